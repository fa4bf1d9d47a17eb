/** What lies on a worn disk and does not open any more: nobody is kept out by it, and what the server has comes again. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { refuse, type Packet } from '@sync/words';
import { readFileSync } from 'node:fs';
import { newDeviceKey, newPerson, type Sealed } from '../../pwa/src/keys';
import { Chance } from './chance';
import { Network } from './network';
import { install, Page, uninstall, type Machine } from './page';
import { Server } from './server';

const { packet } = JSON.parse(
  readFileSync(new URL('../../sync/vectors/check.json', import.meta.url), 'utf8'),
) as { packet: Packet };
const WHO = { share: 'ab'.repeat(32), leaseUntil: '2199-01-01T00:00:00.000Z' };
const PIN = '482915';
const { visit } = packet;
const OTHER = 'b'.repeat(32);
const [me] = packet.team.filter(({ certified }) => certified);
if (!me) throw new Error('the vector has no team');

beforeAll(install);
afterAll(uninstall);

let machine: Machine;
let net: Network;
let page: Page;
let runs = 0;

beforeEach(async () => {
  const server = await Server.open(new Chance(1));
  net = new Network(server, new Chance(2), () => undefined);
  net.calm = true;
  machine = { disk: `damaged ${String(runs++)}`, skew: 0, locks: new Map() };
  page = await anew();
  await alive(
    page.run(async () => {
      const key = await newDeviceKey();
      const { store } = page.inner.house;
      await store.saveDevice({ ...key, label: '平板', serverKey: server.key.publicKey });
      await store.admit((await newPerson({ account: me.account, name: me.name, ...WHO }, PIN, 1)).person);
      server.devices.set(key.id, { publicKey: key.publicKey, persons: [me.account] });
      await server.order({ ...packet, team: [me] });
      await server.order({ ...packet, visit: OTHER, team: [me] });
      await page.desk.boot();
      await page.desk.unlock(me.account, PIN);
      await page.desk.syncNow();
      await page.desk.load(visit);
      await page.desk.record(visit, 'visit.opened', { place: null });
    }),
  );
});

const anew = () => new Page(machine, net.carry, new Chance(3), () => undefined).load();

async function alive<T>(work: Promise<T | 'dead'>): Promise<T> {
  const found = await work;
  if (found === 'dead') throw new Error('the page died');
  return found;
}

function flipped(data: ArrayBuffer): ArrayBuffer {
  const bytes = new Uint8Array(data.slice(0));
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  return bytes.buffer;
}

/** Damage what lies in a table, as a worn disk does. */
async function rot(table: 'packets' | 'drafts' | 'wraps', key: string | [string, string]): Promise<void> {
  await alive(
    page.run(() =>
      page.inner.house.store.write([table], async (tx) => {
        const row = (await tx.objectStore(table).get(key)) as { sealed?: Sealed; wrapped?: Sealed };
        for (const part of ['sealed', 'wrapped'] as const) {
          const lying = row[part];
          if (lying) row[part] = { ...lying, data: flipped(lying.data) };
        }
        await tx.objectStore(table).put(row as never);
      }),
    ),
  );
}

/** The app is started anew and unlocked, without signal. */
async function restarted(): Promise<string | null> {
  page.kill();
  page = await anew();
  return alive(
    page.run(async () => {
      await page.desk.boot();
      return page.desk.unlock(me?.account ?? '', PIN);
    }),
  );
}

const SENTENCE = refuse('packet_damaged', { n: 1 }).sentence;
const synced = () => alive(page.run(() => page.desk.syncNow()));

test.each([
  ['packet', 'packets', visit],
  ['key', 'wraps', [me.account, visit]],
] as const)(
  'a damaged %s of one visit keeps nobody out: it is said, the others open, and it comes again with signal',
  async (_, table, key) => {
    await rot(table, key as string);
    expect(await restarted()).toBeNull();
    expect([...page.desk.visits.keys()]).toEqual([OTHER]);
    expect(page.desk.state.hindrance).toBe(SENTENCE);
    await synced();
    expect([...page.desk.visits.keys()].sort()).toEqual([visit, OTHER].sort());
    expect(page.desk.state.hindrance).toBeNull();
    await alive(page.run(() => page.desk.load(visit)));
    expect(page.desk.visits.get(visit)?.state?.opened.length).toBe(1);
    expect(page.desk.state.total.safe).toBe(true);
    expect(await restarted()).toBeNull();
    expect(page.desk.visits.size).toBe(2);
    expect(page.desk.state.hindrance).toBeNull();
  },
);

test('a packet that got damaged under a visit at work closes nothing that is open', async () => {
  await rot('packets', visit);
  await alive(page.run(async () => (await import('../../pwa/src/desk/visits')).loadVisits()));
  expect(page.desk.visits.size).toBe(2);
});

test('a damaged draft is begun anew, and the form opens', async () => {
  await alive(page.run(() => page.desk.keepDraft(visit, 'note', '写到一半')));
  expect(await alive(page.run(() => page.desk.draftOf(visit, 'note')))).toBe('写到一半');
  await rot('drafts', [visit, 'note']);
  expect(await alive(page.run(() => page.desk.draftOf(visit, 'note')))).toBeNull();
});

test('who forgot the PIN and was registered anew sees the visit again, records waiting and all', async () => {
  await alive(
    page.run(async () => {
      const { person } = await newPerson({ account: me.account, name: me.name, ...WHO }, '736405', 1);
      await page.inner.house.store.admit(person);
      page.desk.lock();
      await page.desk.unlock(me.account, '736405');
      await (await import('../../pwa/src/desk/sync')).freshlyJoined();
    }),
  );
  expect(page.desk.visits.size).toBe(0);
  await synced();
  expect([...page.desk.visits.keys()].sort()).toEqual([visit, OTHER].sort());
  await alive(page.run(() => page.desk.load(visit)));
  expect(page.desk.visits.get(visit)?.state?.opened.length).toBe(1);
  expect(page.desk.state.total.safe).toBe(true);
});

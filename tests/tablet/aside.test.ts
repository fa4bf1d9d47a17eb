/** What nobody at work can open: it goes in sealed or goes aside with its sentence, and the rest goes on. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { toHex } from '@sync/canon';
import { REFUSALS, type Packet } from '@sync/words';
import { readFileSync } from 'node:fs';
import { newDeviceKey, newPerson, seal, type Sealed } from '../../pwa/src/keys';
import { badItems } from '../../pwa/src/view/data';
import { Chance } from './chance';
import { Network } from './network';
import { install, Page, uninstall } from './page';
import { Server } from './server';

const { packet } = JSON.parse(
  readFileSync(new URL('../../sync/vectors/check.json', import.meta.url), 'utf8'),
) as { packet: Packet };
const WHO = { share: 'ab'.repeat(32), leaseUntil: '2199-01-01T00:00:00.000Z' };
const PIN = '482915';
const { visit } = packet;
const [me, colleague] = packet.team.filter(({ certified }) => certified);
if (!me || !colleague) throw new Error('the vector has no team');

beforeAll(install);
afterAll(uninstall);
afterEach(() => vi.restoreAllMocks());

let server: Server;
let page: Page;
let runs = 0;

beforeEach(async () => {
  server = await Server.open(new Chance(1));
  const net = new Network(server, new Chance(2), () => undefined);
  net.calm = true;
  const machine = { disk: `aside ${String(runs++)}`, skew: 0, locks: new Map() };
  page = await new Page(machine, net.carry, new Chance(3), () => undefined).load();
  await page.run(async () => {
    const key = await newDeviceKey();
    const { store } = page.inner.house;
    const recoveryKey = server.recovery.person.publicKey;
    await store.saveDevice({ ...key, label: '平板', serverKey: server.key.publicKey, recoveryKey });
    for (const { account, name } of [me, colleague])
      await store.admit((await newPerson({ account, name, ...WHO }, PIN, 1)).person);
    const persons = [me.account, colleague.account];
    server.devices.set(key.id, { publicKey: key.publicKey, persons });
    // Of colleagues' visits there is one that stays in this tablet's scope.
    await server.order({ ...packet, visit: 'b'.repeat(32), team: [colleague] });
    await server.order({ ...packet, team: [me] });
    await page.desk.boot();
    await page.desk.unlock(me.account, PIN);
    await page.desk.syncNow();
    await page.desk.load(visit);
    await page.desk.record(visit, 'visit.opened', { place: null });
    const inspectors = [me.account];
    for (const shown_to of ['一', '二', '三'])
      await page.desk.record(visit, 'identity.shown', { inspectors, shown_to });
  });
});

const known = () => page.run(() => page.inner.house.store.exchange());
const chain = () =>
  page.run(async () => page.inner.house.store.chainOf((await page.inner.house.store.device())?.id ?? ''));
async function alive<T>(work: Promise<T | 'dead'>): Promise<T> {
  const found = await work;
  if (found === 'dead') throw new Error('the page died');
  return found;
}
const statuses = async () =>
  Object.values((await alive(known())).entries)
    .sort((a, b) => a.seq - b.seq)
    .map(({ status, code }) => code ?? status);
const atServer = () =>
  server.kept.rows.filter(({ entry }) => entry.subject === visit && entry.by === me.account);

/** Damage what lies in a table, as a worn disk does. */
async function rot(table: 'bodies' | 'photos', key: string): Promise<void> {
  await page.run(() =>
    page.inner.house.store.write([table], async (tx) => {
      const row = (await tx.objectStore(table).get(key)) as { sealed: Sealed };
      const data = new Uint8Array(row.sealed.data.slice(0));
      data[0] = (data[0] ?? 0) ^ 1;
      await tx.objectStore(table).put({ ...row, sealed: { ...row.sealed, data: data.buffer } } as never);
    }),
  );
}

test('one record damaged at rest goes aside with its sentence and a next step; the others go, and news come', async () => {
  const [, second] = await alive(chain());
  await rot('bodies', second?.id ?? '');
  await alive(page.run(() => page.desk.syncNow()));
  expect(await statuses()).toEqual(['received', 'record_damaged', 'chain_gap', 'chain_gap']);
  expect(atServer().length).toBe(3);
  const [bad] = badItems(await alive(known()), new Map());
  expect(bad?.sentence).toBe(REFUSALS.record_damaged);
  expect(bad?.next).toContain('导出未上传记录');
  expect(bad?.again).toBe(true);
});

test('one record of which nothing is left goes aside; the others go', async () => {
  const [first] = await alive(chain());
  await page.run(() =>
    page.inner.house.store.write(['bodies'], (tx) => tx.objectStore('bodies').delete(first?.id ?? '')),
  );
  await alive(page.run(() => page.desk.syncNow()));
  expect(await statuses()).toEqual(['record_damaged', 'chain_gap', 'chain_gap', 'chain_gap']);
});

test('a damaged record that reached the server by another way is told so with the next session', async () => {
  const [, second] = await alive(chain());
  const { sjxOf } = await import('../../pwa/src/desk/export');
  const device = await alive(page.run(() => page.inner.house.store.device()));
  const rows = await alive(chain());
  if (!device || !second) throw new Error('nothing to carry');
  const file = await alive(page.run(() => sjxOf(device, rows, [])));
  await rot('bodies', second.id);
  await alive(page.run(() => page.desk.syncNow()));
  expect(await statuses()).toContain('record_damaged');
  await server.import(file);
  server.sessions.clear();
  await alive(page.run(() => page.desk.syncNow()));
  expect(await statuses()).toEqual(['received', 'received', 'received', 'received']);
});

async function photograph(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  const digest = toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
  await alive(
    page.run(async () => {
      const key = page.inner.house.open?.keys.get(visit);
      if (!key) throw new Error('no key');
      const sealed = await seal(key, bytes, `photo:${digest}`);
      const row = { digest, visit, size: bytes.length, sealed, original: null, stored: false };
      const body = {
        digest,
        size: bytes.length,
        media_type: 'image/jpeg' as const,
        original_digest: digest,
        original_size: bytes.length,
        slot: digest.slice(0, 32),
        items: [],
        place: null,
        caption: '',
      };
      expect(await page.desk.record(visit, 'evidence.taken', body, row)).toBeNull();
    }),
  );
  return digest;
}

test('one photo damaged at rest goes aside with its sentence; the others go', async () => {
  const digests = [await photograph('one'), await photograph('two'), await photograph('three')];
  await rot('photos', [...digests].sort()[0] ?? '');
  for (let i = 0; i < 6; i++) await alive(page.run(() => page.desk.syncNow()));
  const { blobs } = await alive(known());
  const told = Object.values(blobs).map(({ status, code }) => code ?? status);
  expect(told.sort()).toEqual(['complete', 'complete', 'evidence_damaged']);
  const bad = badItems(await alive(known()), new Map());
  expect(bad.map(({ sentence }) => sentence)).toEqual([REFUSALS.evidence_damaged]);
});

async function colleagueRecords(): Promise<void> {
  await page.desk.unlock(colleague?.account ?? '', PIN);
  await page.desk.load('b'.repeat(32));
  expect(await page.desk.record('b'.repeat(32), 'visit.opened', { place: null })).toBeNull();
}

test("a visit that went to another team does not block a colleague's records behind it: it goes in sealed", async () => {
  await server.order({ ...packet, team: packet.team.slice(-1) });
  await alive(page.run(colleagueRecords));
  await alive(page.run(() => page.desk.syncNow()));
  expect(await statuses()).toEqual(['received', 'received', 'received', 'received', 'received']);
  expect(atServer().length).toBe(4);
  expect(page.desk.state.total.safe).toBe(true);
});

test('who forgot the PIN and was registered anew loses nothing of a visit that went to another team', async () => {
  await server.order({ ...packet, team: packet.team.slice(-1) });
  const digest = await photograph('one');
  await alive(
    page.run(async () => {
      const { person } = await newPerson({ account: me.account, name: me.name, ...WHO }, '736405', 1);
      await page.inner.house.store.admit(person);
      page.desk.lock();
      await page.desk.unlock(me.account, '736405');
      await page.desk.syncNow();
    }),
  );
  expect(await statuses()).toEqual(Array(5).fill('received'));
  expect(server.kept.photos.get(digest)?.stored).toBeGreaterThan(0);
  expect(page.desk.state.total.safe).toBe(true);
});

test('a fault of its own is told and tried again; nothing is lost by it', async () => {
  const told = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const { store } = page.inner.house;
  const chainOf = store.chainOf.bind(store);
  store.chainOf = () => Promise.reject(new TypeError('a fault of the app'));
  await alive(page.run(() => page.desk.syncNow()));
  expect(page.desk.state.hindrance).toContain('记录都在本机，稍后自动再试');
  expect(told).toHaveBeenCalledOnce();
  store.chainOf = chainOf;
  await alive(page.run(() => page.desk.syncNow()));
  expect(page.desk.state.hindrance).toBeNull();
  expect(page.desk.state.total.safe).toBe(true);
});

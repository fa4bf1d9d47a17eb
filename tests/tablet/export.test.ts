import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { signatureHolds } from '@sync/chain';
import { readFileSync } from 'node:fs';
import type { Packet } from '@sync/words';
import { dataKey, newPerson, open, unwrap } from '../../pwa/src/keys';
import { Chance } from './chance';
import { Network } from './network';
import { install, Page, uninstall } from './page';
import { Server } from './server';

const vector = JSON.parse(
  readFileSync(new URL('../../sync/vectors/check.json', import.meta.url), 'utf8'),
) as { packet: Packet };
const LEASE = '2199-01-01T00:00:00.000Z';
const PIN = '482915';
const SECRET = '尹立（虚构）';
const { visit } = vector.packet;
const [me, colleague] = vector.packet.team;

beforeAll(install);
afterAll(uninstall);

let page: Page;
let vault: CryptoKey;
let runs = 0;

beforeEach(async () => {
  const server = await Server.open(new Chance(1));
  const net = new Network(server, new Chance(2), () => undefined);
  net.calm = true;
  const machine = { disk: `export ${String(runs++)}`, skew: 0, locks: new Map() };
  page = await new Page(machine, net.carry, new Chance(3), () => undefined).load();
  // The office's recovery key is a key pair like a person's; here it is one whose private half the test has.
  const share = 'ab'.repeat(32);
  const office = await newPerson({ account: 'f'.repeat(32), name: '', share, leaseUntil: LEASE }, PIN, 1);
  vault = office.vault;
  await page.run(async () => {
    const { newDeviceKey } = await import('../../pwa/src/keys');
    const key = await newDeviceKey();
    const { store } = page.inner.house;
    const recoveryKey = office.person.publicKey;
    await store.saveDevice({ ...key, label: '平板', serverKey: server.key.publicKey, recoveryKey });
    for (const one of [me, colleague]) {
      const who = { account: one?.account ?? '', name: one?.name ?? '', share, leaseUntil: LEASE };
      await store.admit((await newPerson(who, PIN, 1)).person);
    }
    server.devices.set(key.id, { publicKey: key.publicKey, persons: [me?.account ?? ''] });
  });
  await server.order({ ...vector.packet, team: me ? [me] : [] });
  await page.run(async () => {
    await page.desk.boot();
    await page.desk.unlock(me?.account ?? '', PIN);
    await page.desk.syncNow();
  });
});

const parts = async () => {
  const { unsentParts } = await import('../../pwa/src/desk/export');
  const found = await page.run(unsentParts);
  if (found === 'dead') throw new Error('the page is dead');
  return found;
};

test('nothing is exported where everything has its receipt', async () => {
  expect(await parts()).toEqual([]);
});

test('a colleague who is not of the team opens nothing of the visit, recovery does', async () => {
  const { store } = page.inner.house;
  const accounts = await page.run(async () => (await store.allWraps()).map(({ account }) => account));
  expect(accounts).toEqual([me?.account, 'recovery']);
  expect(await page.run(() => page.desk.unlock(colleague?.account ?? '', PIN))).toBeNull();
  expect(page.desk.visits.has(visit)).toBe(false);
});

test('all that is unsent goes into the file, without a PIN, and opens for the office alone', async () => {
  await page.run(() => page.desk.load(visit));
  expect(await page.run(() => page.desk.record(visit, 'visit.opened', { place: null }))).toBeNull();
  const shown = { inspectors: [me?.account ?? ''], shown_to: SECRET };
  expect(await page.run(() => page.desk.record(visit, 'identity.shown', shown))).toBeNull();
  page.desk.lock();
  const made = await parts();
  expect(made).toHaveLength(1);
  const { sjxOf } = await import('../../pwa/src/desk/export');
  const file = await page.run(async () => {
    const { device: own } = page.inner.house;
    return own && sjxOf(own, made[0]?.rows ?? [], made[0]?.photos ?? []);
  });
  if (file === null || file === 'dead') throw new Error('nothing was exported');
  expect(JSON.stringify(file)).not.toContain(SECRET);
  expect(file.entries.map(({ entry }) => entry.kind)).toEqual(['visit.opened', 'identity.shown']);
  const last = file.entries.at(-1)?.entry;
  const device = await page.run(() => page.inner.house.store.device());
  if (!last || device === 'dead' || !device) throw new Error('no device');
  expect(await signatureHolds(device.publicKey, last.id, last.signature)).toBe(true);

  const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64')).buffer;
  const wrapped = file.keys[visit];
  if (!wrapped) throw new Error('no key for recovery');
  const iv = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));
  const lying = { point: wrapped.point, iv: iv(wrapped.iv), data: bytes(wrapped.data) };
  const key = await dataKey(await unwrap(vault, lying, `visit:${visit}`));
  const body = file.entries.at(-1)?.body;
  if (!body) throw new Error('no body');
  const plain = await open(key, { iv: iv(body.iv), data: bytes(body.data) }, `entry:${last.id}`);
  expect(new TextDecoder().decode(plain)).toContain(SECRET);
});

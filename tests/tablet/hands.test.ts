/** The tablet changes hands while something is still being worked on: it stays whose it was, and nothing is lost. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { Packet } from '@sync/words';
import { newDeviceKey, newPerson } from '../../pwa/src/keys';
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
const [first, second] = packet.team.filter(({ certified }) => certified);
if (!first || !second) throw new Error('the vector has no team');
const [block] = packet.blocks;
const place = { organisation: block?.organisation ?? '', item: block?.items[0]?.item ?? '' };

/** The worker takes its time: it answers when the test says so. */
let finish: (() => void) | null = null;
class SlowWorker {
  onmessage: ((event: { data: unknown }) => void) | null = null;
  postMessage(): void {
    const bytes = (): ArrayBuffer => new Uint8Array([0xff, 0xd8, 0xff, 1, 2, 3]).buffer;
    const name = 'ab'.repeat(32);
    const worked = { bytes: bytes(), digest: name, original: bytes(), originalDigest: name, small: bytes() };
    finish = () => this.onmessage?.({ data: { worked } });
  }
}

let page: Page;
let runs = 0;

async function alive<T>(work: () => Promise<T>): Promise<T> {
  const found = await page.run(work);
  if (found === 'dead') throw new Error('the page died');
  return found;
}
const entries = (kind: string) =>
  (page.desk.visits.get(visit)?.entries ?? []).filter(([entry]) => entry.kind === kind).map(([{ by }]) => by);

async function until(is: () => boolean): Promise<void> {
  for (let i = 0; i < 2000 && !is(); i++) await new Promise((resolve) => setImmediate(resolve));
  expect(is()).toBe(true);
}

beforeAll(() => {
  install();
  vi.stubGlobal('Worker', SlowWorker);
});
afterAll(() => {
  vi.unstubAllGlobals();
  uninstall();
});
beforeEach(async () => {
  const server = await Server.open(new Chance(1));
  const net = new Network(server, new Chance(2), () => undefined);
  net.calm = true;
  const machine = { disk: `hands ${String(runs++)}`, skew: 0, locks: new Map() };
  page = await new Page(machine, net.carry, new Chance(3), () => undefined).load();
  finish = null;
  await alive(async () => {
    const key = await newDeviceKey();
    const { store } = page.inner.house;
    await store.saveDevice({ ...key, label: '平板', serverKey: server.key.publicKey });
    for (const { account, name } of [first, second])
      await store.admit((await newPerson({ account, name, ...WHO }, PIN, 1)).person);
    server.devices.set(key.id, { publicKey: key.publicKey, persons: [first.account, second.account] });
    await server.order(packet);
    await page.desk.boot();
    await page.desk.unlock(first.account, PIN);
    await page.desk.syncNow();
    await page.desk.load(visit);
    await page.desk.record(visit, 'visit.opened', { place: null });
    const shown = { inspectors: [first.account, second.account], shown_to: '苏禾（虚构）' };
    await page.desk.record(visit, 'identity.shown', shown);
  });
});

test('a photograph belongs to whoever took it, also where the tablet changed hands before it was worked on', async () => {
  const refusal = await alive(async () => {
    const taking = page.desk.photograph(visit, [place], '', new Blob(['x']));
    await until(() => finish !== null);
    const changing = page.desk.unlock(second.account, PIN);
    finish?.();
    expect(await changing).toBeNull();
    return taking;
  });
  expect(refusal).toBeNull();
  await alive(() => page.desk.load(visit));
  expect(entries('evidence.taken')).toEqual([first.account]);
  expect(page.desk.state.me?.account).toBe(second.account);
});

test('who locks the tablet loses no photograph, and sees nothing of the visit any more once it is saved', async () => {
  const refusal = await alive(async () => {
    const taking = page.desk.photograph(visit, [place], '', new Blob(['x']));
    await until(() => finish !== null);
    page.desk.lock();
    expect([page.desk.state.phase, page.desk.state.me]).toEqual(['locked', null]);
    finish?.();
    return taking;
  });
  expect(refusal).toBeNull();
  await until(() => page.inner.house.open === null);
  expect(page.desk.visits.size).toBe(0);
  await alive(async () => {
    await page.desk.unlock(first.account, PIN);
    await page.desk.load(visit);
  });
  expect(entries('evidence.taken')).toEqual([first.account]);
});

test('who locks the tablet while nothing is worked on has shut everything at once', () => {
  page.desk.lock();
  expect([page.inner.house.open, page.desk.visits.size]).toEqual([null, 0]);
});

test('a recording is saved under the name of whoever ended it, though the tablet is locked meanwhile', async () => {
  const refusal = await alive(async () => {
    const media = new Blob([new Uint8Array(500)], { type: 'audio/webm' });
    const { keepRecording } = await import('../../pwa/src/desk/pictures');
    const about = { media_type: 'audio/webm', seconds: 3, announced: true, items: [], caption: '' } as const;
    const keeping = keepRecording(visit, media, about);
    page.desk.lock();
    return keeping;
  });
  expect(refusal).toBeNull();
  await alive(async () => {
    await page.desk.unlock(first.account, PIN);
    await page.desk.load(visit);
  });
  expect(entries('recording.made')).toEqual([first.account]);
});

test.each([
  ['the keys of the others', 'allWraps'],
  ['the visits', 'packets'],
] as const)(
  'a change of person that breaks off at %s leaves the screen and the author the same',
  async (_, at) => {
    await alive(async () => {
      const { store } = page.inner.house;
      const fault = new DOMException('Internal error', 'UnknownError');
      vi.spyOn(store, at as 'packets').mockRejectedValueOnce(fault);
      await page.desk.unlock(second.account, PIN).catch(() => null);
      await page.desk.record(visit, 'rights.told', { recusal: 'not_requested', statement: '' });
    });
    expect(page.desk.state.phase).toBe('open');
    expect(page.desk.state.me?.account).toBe(first.account);
    expect(entries('rights.told')).toEqual([first.account]);
  },
);

test('an unlocking that breaks off leaves the tablet locked', async () => {
  await alive(async () => {
    page.desk.lock();
    const { store } = page.inner.house;
    const real = store.allWraps.bind(store);
    store.allWraps = () => {
      store.allWraps = real;
      return Promise.reject(new DOMException('Internal error', 'UnknownError'));
    };
    await page.desk.unlock(second.account, PIN).catch(() => null);
  });
  const { state, house } = page.inner;
  expect([state.phase, state.me, house.open]).toEqual(['locked', null, null]);
});

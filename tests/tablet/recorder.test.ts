/** 录音、录像: what was recorded is saved, whatever happens to the app, the microphone or the disk meanwhile. */
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { Packet } from '@sync/words';
import { newDeviceKey, newPerson, open } from '../../pwa/src/keys';
import { Chance } from './chance';
import { Network } from './network';
import { install, Page, uninstall, type Machine } from './page';
import { Server } from './server';

const { packet } = JSON.parse(
  readFileSync(new URL('../../sync/vectors/check.json', import.meta.url), 'utf8'),
) as { packet: Packet };
const PIN = '482915';
const { visit } = packet;
const [me] = packet.team.filter(({ certified }) => certified);
if (!me) throw new Error('the vector has no team');
const WHO = { ...me, share: 'ab'.repeat(32), leaseUntil: '2199-01-01T00:00:00.000Z' };

class Track extends EventTarget {
  stop(): void {
    Ear.last?.deaf();
  }
}

/** A device's recorder as the tests drive it. */
class Ear extends EventTarget {
  static last: Ear | null = null;
  static isTypeSupported = (type: string): boolean => type.endsWith('webm');
  state: 'inactive' | 'recording' = 'inactive';
  /** What was heard since the last piece. */
  private heard = '';
  constructor(readonly stream: { getTracks: () => Track[] }) {
    super();
    Ear.last = this;
  }
  start(): void {
    this.state = 'recording';
  }
  /** One piece, as after three seconds. */
  hears(words: string): void {
    this.heard = words;
    this.piece();
  }
  private piece(): void {
    const data = new Blob([this.heard]);
    this.heard = '';
    this.dispatchEvent(Object.assign(new Event('dataavailable'), { data }));
  }
  stop(): void {
    if (this.state === 'inactive') throw new DOMException('not recording', 'InvalidStateError');
    this.heard = '.';
    this.deaf();
  }
  /** Its tracks ended: it gives what it has and stops by itself. */
  deaf(): void {
    if (this.state === 'inactive') return;
    this.state = 'inactive';
    setImmediate(() => {
      this.piece();
      this.dispatchEvent(new Event('stop'));
    });
  }
}

type Recorder = typeof import('../../pwa/src/screens/inside/recorder');
let machine: Machine;
let server: Server;
let net: Network;
let page: Page;
let recorder: Recorder;
let runs = 0;

async function alive<T>(work: () => Promise<T>): Promise<T> {
  const found = await page.run(work);
  if (found === 'dead') throw new Error('the page died');
  return found;
}
async function anew(): Promise<void> {
  page = await new Page(machine, net.carry, new Chance(3), () => undefined).load();
  recorder = await alive(() => import('../../pwa/src/screens/inside/recorder'));
}
async function unlocked(): Promise<void> {
  await page.desk.boot();
  await page.desk.unlock(WHO.account, PIN);
  await page.desk.load(visit);
}
/** The app was killed and is opened again. */
async function killed(): Promise<void> {
  page.kill();
  await anew();
  await alive(unlocked);
}
const begin = () => alive(() => recorder.begin(visit, 'audio', [], '拒绝签字过程'));
const end = () => alive(() => recorder.end());
async function settled(): Promise<void> {
  for (let i = 0; i < 200; i++) await new Promise((resolve) => setImmediate(resolve));
}
async function until(is: () => boolean): Promise<void> {
  for (let i = 0; i < 5000 && !is(); i++) await new Promise((resolve) => setImmediate(resolve));
  expect(is()).toBe(true);
}
const saved = () =>
  alive(async () => {
    const { state } = page.desk.visits.get(visit) ?? {};
    const { house } = page.inner;
    const key = house.open?.keys.get(visit);
    if (!key) throw new Error('locked');
    const words: string[] = [];
    for (const { made } of state?.recordings ?? []) {
      const row = await house.store.photo(made.body.digest);
      if (!row) throw new Error('the sound is not here');
      words.push(new TextDecoder().decode(await open(key, row.sealed, `photo:${made.body.digest}`)));
    }
    return words;
  });
const lying = () =>
  alive(async () => (await page.inner.house.store.draftsOf(visit)).map(({ slot }) => slot).sort());
/** The next write of a piece fails once, as a browser's storage does now and then. */
function hiccup(): void {
  const { store } = page.inner.house;
  const real = store.saveDraft.bind(store);
  store.saveDraft = (row) => {
    if (!row.slot.startsWith('piece:')) return real(row);
    store.saveDraft = real;
    return Promise.reject(new DOMException('Internal error', 'UnknownError'));
  };
}

beforeAll(() => {
  install();
  vi.stubGlobal('MediaRecorder', Ear);
  const getUserMedia = () => {
    const track = new Track();
    return Promise.resolve({ getTracks: () => [track] });
  };
  Object.assign(navigator, { mediaDevices: { getUserMedia } });
});
afterAll(() => {
  vi.unstubAllGlobals();
  uninstall();
});
beforeEach(async () => {
  server = await Server.open(new Chance(1));
  net = new Network(server, new Chance(2), () => undefined);
  net.calm = true;
  machine = { disk: `recorder ${String(runs++)}`, skew: 0, locks: new Map() };
  await anew();
  await alive(async () => {
    const key = await newDeviceKey();
    const { store } = page.inner.house;
    await store.saveDevice({ ...key, label: '平板', serverKey: server.key.publicKey });
    await store.admit((await newPerson(WHO, PIN, 1)).person);
    server.devices.set(key.id, { publicKey: key.publicKey, persons: [WHO.account] });
    await server.order({ ...packet, team: [me] });
    await unlocked();
    await page.desk.syncNow();
    await page.desk.load(visit);
    await page.desk.record(visit, 'visit.opened', { place: null });
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  page.kill();
});

test('a recording that nobody saved is saved before the next one begins: neither is lost, and nothing is mixed', async () => {
  expect(await begin()).toBeNull();
  for (const words of ['甲1', '甲2', '甲3']) Ear.last?.hears(words);
  await settled();
  await killed();
  expect(await begin()).toBeNull();
  expect(await saved()).toEqual(['甲1甲2甲3']);
  Ear.last?.hears('乙1');
  expect(await end()).toBeNull();
  expect(await saved()).toEqual(['甲1甲2甲3', '乙1.']);
  expect(await lying()).toEqual([]);
});

test('where the one that was cut off cannot be saved, nothing new is begun over it', async () => {
  expect(await begin()).toBeNull();
  Ear.last?.hears('甲1');
  await settled();
  await killed();
  const { store } = page.inner.house;
  const append = vi.spyOn(store, 'append').mockRejectedValue(new DOMException('full', 'QuotaExceededError'));
  expect(await begin()).toContain('没有开始新的录制');
  expect(recorder.running.value).toBeNull();
  append.mockRestore();
  expect(await lying()).toEqual(['piece:000000', 'recording']);
  expect(await alive(() => recorder.saveKept(visit, null))).toBeNull();
  expect(await saved()).toEqual(['甲1']);
});

test('pieces whose description was lost are found and can be saved', async () => {
  await alive(() => page.desk.keepPiece(visit, 0, new Blob([new Uint8Array([0x1a, 0x45])])));
  expect(await alive(() => recorder.kept(visit))).toMatchObject({ media_type: 'video/webm', seconds: 3 });
  expect(await alive(() => recorder.saveKept(visit, null))).toBeNull();
  expect((await saved()).length).toBe(1);
  expect(await alive(() => recorder.kept(visit))).toBeNull();
});

test('a microphone that goes ends the recording at once: what was heard is saved, and that is said', async () => {
  await begin();
  Ear.last?.hears('甲1');
  await alive(() => {
    Ear.last?.deaf();
    return until(() => recorder.ended.value !== null);
  });
  expect(recorder.running.value).toBeNull();
  expect(recorder.ended.value).toContain('已断开');
  expect(recorder.ended.value).toContain('已存本机');
  expect(await saved()).toEqual(['甲1']);
  expect(await end()).toBeNull();
});

test('a track that ends while its recorder goes on ends the recording, too', async () => {
  await begin();
  Ear.last?.hears('甲1');
  await alive(() => {
    Ear.last?.stream.getTracks()[0]?.dispatchEvent(new Event('ended'));
    return until(() => recorder.ended.value !== null);
  });
  expect(await saved()).toEqual(['甲1.']);
});

test('a recorder that has stopped already is not waited for', async () => {
  await begin();
  Ear.last?.hears('甲1');
  if (Ear.last) Ear.last.state = 'inactive';
  expect(await end()).toBeNull();
  expect(await saved()).toEqual(['甲1']);
});

test('one write that failed is told, tried again, and neither this recording nor the next one suffers', async () => {
  vi.spyOn(console, 'error').mockReturnValue();
  await begin();
  hiccup();
  Ear.last?.hears('甲1');
  await alive(() => until(() => recorder.ended.value !== null));
  expect(recorder.ended.value).toContain('没有存好');
  expect(recorder.running.value).not.toBeNull();
  Ear.last?.hears('甲2');
  await alive(() => until(() => recorder.ended.value === null));
  expect(await lying()).toEqual(['piece:000000', 'piece:000001', 'recording']);
  expect(await end()).toBeNull();
  await begin();
  Ear.last?.hears('乙1');
  expect(await end()).toBeNull();
  expect(await saved()).toEqual(['甲1甲2.', '乙1.']);
});

test('a recording that could not be saved is whole when it is saved later, also what the disk never had', async () => {
  vi.spyOn(console, 'error').mockReturnValue();
  await begin();
  Ear.last?.hears('甲1');
  await settled();
  const { store } = page.inner.house;
  const draft = vi
    .spyOn(store, 'saveDraft')
    .mockRejectedValue(new DOMException('Internal error', 'UnknownError'));
  const append = vi
    .spyOn(store, 'append')
    .mockRejectedValue(new DOMException('Internal error', 'UnknownError'));
  Ear.last?.hears('甲2');
  expect(await end()).not.toBeNull();
  draft.mockRestore();
  append.mockRestore();
  expect(await alive(() => recorder.saveKept(visit, null))).toBeNull();
  expect(await saved()).toEqual(['甲1甲2.']);
  expect(await lying()).toEqual([]);
});

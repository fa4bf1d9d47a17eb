/** Sending and receiving: one at a time for the whole tablet, driven by the pure machine. */
import type { JSONValue } from '@sync/canon';
import { hurry, nextAction, offerAgain, summary, took } from '@sync/exchange';
import { START, type Action, type Outcome, type State } from '@sync/exchange_words';
import { REFUSALS } from '@sync/words';
import * as net from '../exchange';
import { open, seal } from '../keys';
import { entryOf, exclusive, NOTHING, type BodyRow, type EntryRow, type Haul, type WrapRow } from '../store';
import { atWork, house, Locked, state, visits } from './state';
import { keyOf, load, loadVisits, openWraps, wrapForAll } from './visits';

const SOON_MS = 1_500;
const OVER_THE_AIR = '没有连上服务器，记录都在本机；有信号后自动同步。';

let timer: ReturnType<typeof setTimeout> | undefined;
let running = false;
let wanted = false;

/** Sync shortly; `now` also ends the machine's waiting, because signal came back or somebody asked. */
export function syncSoon(now = false): void {
  clearTimeout(timer);
  timer = setTimeout(() => void syncNow(now), now ? 0 : SOON_MS);
}

/** 同步: everything that is due, until nothing is; once more where somebody asked meanwhile. Does nothing while the
 * tablet is locked; what locking interrupts is done again later, for nothing is taken in by halves. */
export async function syncNow(asked = true): Promise<void> {
  if (running) wanted ||= asked;
  if (running || !house.open || !navigator.onLine) return;
  running = true;
  clearTimeout(timer);
  const { account } = house.open;
  try {
    await exclusive('suijian/sync', async () => {
      if (asked) await change(hurry);
      if (!(await house.store.session(account))) await change((known) => ({ ...known, signed_in: false }));
      let waitUntil = 0;
      while (house.open?.account === account && waitUntil === 0) {
        const now = Date.now();
        const known = await house.store.exchange();
        const action = nextAction(known, now);
        state.syncing = wordsFor(action);
        if (action.kind === 'idle') waitUntil = action.until;
        else if (!(await step(action, known))) waitUntil = now + 60_000;
      }
      if (waitUntil > 0)
        timer = setTimeout(() => void syncNow(false), Math.max(1_000, waitUntil - Date.now()));
    });
  } catch (error) {
    if (!(error instanceof Locked)) throw error;
  } finally {
    running = false;
    state.syncing = null;
    await refresh();
    if (wanted) syncSoon(true);
    wanted = false;
  }
}

/** Offer once more what the server set aside (重新上传). */
export async function sendAgain(): Promise<void> {
  await change(offerAgain);
  syncSoon(true);
}

/** A person was added: the keys of visits that came earlier are fetched again, now for this person too. */
export async function freshlyJoined(): Promise<void> {
  await change(fromTheStart);
}

/** The counts of everything and of each visit, as the machine knows them. */
export async function refresh(): Promise<void> {
  const known = await house.store.exchange();
  state.total = summary(known);
  for (const [visit, loaded] of visits) visits.set(visit, { ...loaded, counts: summary(known, visit) });
  const code = known.revoked ? 'device_revoked' : known.blocked;
  if (code && code in REFUSALS) state.hindrance = REFUSALS[code as keyof typeof REFUSALS];
  else if (known.attempt === 0) state.hindrance = null;
}

function fromTheStart(known: State): State {
  return { ...known, cursor: START, more: true, signed_in: false };
}

function change(next: (known: State) => State): Promise<State> {
  return house.store.takeIn(NOTHING, next);
}

function wordsFor(action: Action): string | null {
  switch (action.kind) {
    case 'session':
      return '正在连接…';
    case 'push':
      return action.entries.length > 0 ? `正在上传 ${String(action.entries.length)} 条记录…` : '正在接收…';
    case 'packets':
      return `正在下载 ${String(action.digests.length)} 份检查资料…`;
    case 'blob':
      return '正在上传照片…';
    case 'idle':
      return null;
  }
}

/** Do one action and tell the machine. False where this person can do nothing more for now. */
async function step(action: Exclude<Action, { kind: 'idle' }>, known: State): Promise<boolean> {
  let done: Done;
  try {
    done = await doing(action, known);
    state.signal = 'there';
    if (done.outcome.kind !== 'unauthorised') state.syncedAt = Date.now();
  } catch (error) {
    done = { action, outcome: failed(error), haul: NOTHING };
  }
  const jitter = crypto.getRandomValues(new Uint16Array(1))[0] ?? 0;
  await house.store.takeIn(done.haul, (now) =>
    took(now, done.action, done.outcome, Date.now(), jitter % 1000),
  );
  if (done.haul.packets.length > 0) await loadVisits();
  else for (const visit of new Set(done.haul.entries.map(({ row }) => row.visit))) await load(visit);
  await refresh();
  return !done.stuck;
}

interface Done {
  action: Action;
  outcome: Outcome;
  haul: Haul;
  /** Entries of somebody else come first and only that person's key opens them. */
  stuck?: boolean;
}

function failed(error: unknown): Outcome {
  if (error instanceof net.Declined) {
    state.signal = 'there';
    state.hindrance = error.refusal.sentence;
    return error.status === 401 ? { kind: 'unauthorised' } : { kind: 'declined', code: error.refusal.code };
  }
  if (!(error instanceof net.NoAnswer)) throw error;
  state.signal = navigator.onLine ? 'unreachable' : 'none';
  state.hindrance = OVER_THE_AIR;
  return { kind: 'unreachable' };
}

async function doing(action: Exclude<Action, { kind: 'idle' }>, known: State): Promise<Done> {
  const { device, open: work } = atWork();
  if (action.kind === 'session') {
    const session = await net.openSession(device, work.account);
    const { token, token_expires: expires, revoked } = session;
    await house.store.saveSession({ account: work.account, token, expires });
    await extendLease(work.account, session);
    return { action, outcome: { kind: 'opened', revoked }, haul: NOTHING };
  }
  const token = (await house.store.session(work.account))?.token;
  if (!token) return { action, outcome: { kind: 'unauthorised' }, haul: NOTHING };
  if (action.kind === 'push') return pushing(action, known, token);
  if (action.kind === 'packets') return fetching(action, token);
  return uploading(action, token);
}

async function extendLease(account: string, session: net.Opened): Promise<void> {
  const person = (await house.store.people()).find((one) => one.account === account);
  const { share, lease_until: leaseUntil } = session;
  if (!person || share === undefined || leaseUntil === undefined) return;
  await house.store.savePerson({ ...person, share, leaseUntil });
}

async function pushing(
  action: Extract<Action, { kind: 'push' }>,
  known: State,
  token: string,
): Promise<Done> {
  const { device, open: work } = atWork();
  const chain = new Map((await house.store.chainOf(device.id)).map((row) => [row.id, row]));
  const sign = new Set(action.sign);
  const entries: { entry: EntryRow; body: JSONValue }[] = [];
  for (const id of action.entries) {
    const row = chain.get(id);
    const lying = await house.store.body(id);
    if (!row || !lying?.sealed || !work.keys.has(row.visit)) break;
    const bytes = await open(keyOf(row.visit), lying.sealed, `entry:${id}`);
    entries.push({ entry: row, body: JSON.parse(new TextDecoder().decode(bytes)) as JSONValue });
  }
  const stuck = entries.length < action.entries.length;
  const last = entries.at(-1);
  if (stuck && last) sign.add(last.entry.id);
  const signed = await Promise.all(
    entries.map(async ({ entry, body }) => {
      const row = sign.has(entry.id) ? await house.store.signStored(device, entry) : entry;
      return { entry: entryOf(row), body };
    }),
  );
  const at = new Date().toISOString();
  const ask = { device: device.id, epoch: known.epoch, cursor: known.cursor, entries: signed, at };
  const answer = await net.push(token, device.serverKey, ask);
  const sent: Action = { ...action, entries: signed.map(({ entry }) => entry.id), sign: [...sign] };
  if (stuck) state.hindrance = '本机还有其他人员的记录，请其本人解锁后同步；记录都在，没有丢失。';
  return { action: sent, outcome: answer.told, haul: await haulOf(answer, token), stuck };
}

/**
 * What an answer brings, ready to be stored. Orders of visits bring their packets and keys along at once: without
 * the visit's key nothing of it could be kept sealed.
 */
async function haulOf(answer: net.Pushed, token: string): Promise<Haul> {
  const { open: work } = atWork();
  const orders = answer.entries.filter(({ entry }) => entry.kind === 'visit.ordered');
  const strange = orders.filter(({ entry }) => !work.keys.has(entry.subject));
  const digests = strange.map(({ body }) => (body as { packet_digest: string }).packet_digest);
  const brought = digests.length > 0 ? await packetsFor(digests, token) : NOTHING;
  const entries: Haul['entries'] = [];
  for (const { entry, body } of answer.entries) {
    const key = work.keys.get(entry.subject);
    // A receipt names entries only and has nothing private; other things about a visit that is not ours stay away.
    if (!key && entry.kind !== 'entry.received') continue;
    const lying: BodyRow = key
      ? { entry: entry.id, sealed: await seal(key, utf8(body), `entry:${entry.id}`), plain: null }
      : { entry: entry.id, sealed: null, plain: body };
    entries.push({ row: { ...entry, visit: entry.subject }, body: lying });
  }
  const photosStored = answer.told.stored.map(({ digest }) => digest);
  return { ...brought, entries, photosStored };
}

async function fetching(action: Extract<Action, { kind: 'packets' }>, token: string): Promise<Done> {
  const here = new Set((await house.store.packets()).map(({ digest }) => digest));
  const missing = action.digests.filter((name) => !here.has(name));
  const haul = missing.length > 0 ? await packetsFor(missing, token) : NOTHING;
  const got = [
    ...action.digests.filter((name) => here.has(name)),
    ...haul.packets.map(({ digest }) => digest),
  ];
  return { action, outcome: { kind: 'got_packets', digests: got }, haul };
}

async function packetsFor(digests: readonly string[], token: string): Promise<Haul> {
  const answer = await net.fetchPackets(token, digests, await house.store.textDigests());
  const wraps: WrapRow[] = [];
  for (const [visit, raw] of answer.keys) wraps.push(...(await wrapForAll(visit, raw)));
  // The keys are stored before anything is sealed under them, so that nothing lies here that nobody can open.
  await house.store.takeIn({ ...NOTHING, wraps }, (known) => known);
  await openWraps();
  const packets: Haul['packets'] = [];
  for (const [digest, packet] of answer.packets) {
    const { visit } = packet;
    packets.push({ visit, digest, sealed: await seal(keyOf(visit), utf8(packet), `packet:${visit}`) });
  }
  const texts = [...answer.texts].map(([digest, text]) => ({ digest, text }));
  return { ...NOTHING, packets, texts };
}

async function uploading(action: Extract<Action, { kind: 'blob' }>, token: string): Promise<Done> {
  const row = await house.store.photo(action.digest);
  const { open: work } = atWork();
  if (!row || !work.keys.has(row.visit))
    return { action, outcome: { kind: 'unreachable' }, haul: NOTHING, stuck: true };
  const at =
    action.offset === null
      ? await net.photoAt(token, action.digest)
      : await net.sendPhoto(
          token,
          action.digest,
          await open(keyOf(row.visit), row.sealed, `photo:${action.digest}`),
          action.offset,
        );
  const haul = at.stored > 0 ? { ...NOTHING, photosStored: [action.digest] } : NOTHING;
  return { action, outcome: { kind: 'blob_at', ...at }, haul };
}

function utf8(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

/**
 * What a tablet sends and asks next: a pure state machine. Twin of `exchange.py`; both run `vectors/exchange.json`.
 *
 * The shell keeps `State`, asks `nextAction`, does that one thing, tells `took` what came of it and keeps the state
 * that it gets back. No I/O, clock or chance here: `now` is milliseconds on the tablet's own clock, right or wrong (set
 * back, it makes nothing wait longer than the longest wait), `jitter` a whole number from 0 to 999. One bad item goes
 * aside and the rest go on; nothing leaves the state.
 */

import {
  allAgain,
  askWithEachSession,
  askNumbers,
  complete,
  freshBlob,
  NEVER,
  settled,
  told,
} from './exchange_items';
import {
  BASE_MS,
  BATCH_BYTES,
  BATCH_ENTRIES,
  LONGEST_MS,
  PACKETS_AT_ONCE,
  PULL_MS,
  TRIES,
  type Action,
  type BlobState,
  type EntryState,
  type ExchangeAnswer,
  type Exchanged,
  type Handed,
  type Keyed,
  type Outcome,
  type PacketState,
  type State,
  type Summary,
} from './exchange_words';

export { fetchAgain, offerAgain } from './exchange_items';
export * from './exchange_words';

/** Refusals that pass by themselves: nobody's item is at fault. */
const WAIT_CODES: ReadonlySet<string> = new Set(['server_busy', 'storage_full', 'too_many']);
/** Refusals of the person or the tablet: no item is at fault, and waiting alone does not help. */
const BLOCK_CODES: ReadonlySet<string> = new Set([
  'not_allowed',
  'account_disabled',
  'device_unknown',
  'device_revoked',
]);

/** Kinds of the office that decide on one held entry (暂存核定). */
const DECISIONS: ReadonlySet<string> = new Set(['entry.admitted', 'entry.set_aside']);

// --- what happens on the tablet -----------------------------------------------------------------------------

/** An entry was stored on the tablet: it waits from now on. Saying it twice changes nothing. */
export function recorded(
  state: State,
  entry: string,
  seq: number,
  prev: string,
  visit: string,
  size: number,
): State {
  if (state.entries[entry]) return state;
  const made: EntryState = {
    seq,
    prev,
    visit,
    size,
    status: 'waiting',
    code: null,
    receipt: 0,
    decided: false,
  };
  return { ...state, entries: { ...state.entries, [entry]: made } };
}

/** A photo was stored on the tablet and `entry` announces it. The same picture may be announced twice. */
export function photographed(
  state: State,
  digest: string,
  size: number,
  visit: string,
  entry: string,
): State {
  const known = state.blobs[digest];
  if (known?.entries.includes(entry)) return state;
  const made = known ? { ...known, entries: [...known.entries, entry] } : freshBlob(size, visit, [entry], 0);
  return { ...state, blobs: { ...state.blobs, [digest]: made } };
}

/** A photo was destroyed on the tablet (当场删除): nothing of it is sent or asked for any more. */
export function destroyed(state: State, digest: string): State {
  return {
    ...state,
    blobs: Object.fromEntries(Object.entries(state.blobs).filter(([key]) => key !== digest)),
  };
}

/** Signal came back, or somebody pressed 立即同步: try at once. */
export function hurry(state: State): State {
  return { ...state, retry_at: 0, pull_at: 0 };
}

// --- next ---------------------------------------------------------------------------------------------------

/** The one thing to do now: entries first, then packets, then photos, then news; each when its turn is due. */
export function nextAction(state: State, now: number): Action {
  if (ahead(state.retry_at, now, LONGEST_MS)) return { kind: 'idle', until: state.retry_at };
  if (!state.signed_in) return { kind: 'session' };
  const entries = batchOf(state);
  if (entries.length > 0 || state.more) return { kind: 'push', entries, sign: endsOf(state, entries) };
  const wanted = keysWhere(state.packets, (p) => p.status === 'wanted');
  // A revoked tablet is given none, and its photos must not wait for them.
  if (wanted.length > 0 && !state.revoked)
    return { kind: 'packets', digests: wanted.slice(0, PACKETS_AT_ONCE) };
  const digest = firstBlob(state);
  if (digest !== null) return { kind: 'blob', digest, offset: at(state.blobs, digest).offset };
  if (ahead(state.pull_at, now, 2 * PULL_MS)) return { kind: 'idle', until: state.pull_at };
  return { kind: 'push', entries: [], sign: [] };
}

/** Whether `moment` is still to come. Further away than anything ever waits, the clock was set back since. */
function ahead(moment: number, now: number, longest: number): boolean {
  return now < moment && moment <= now + longest;
}

function batchOf(state: State): readonly string[] {
  const waiting = Object.entries(state.entries)
    .filter(([, e]) => e.status === 'waiting')
    .sort(([a, x], [b, y]) => x.seq - y.seq || order(a, b));
  const chosen: string[] = [];
  let size = 0;
  for (const [key, entry] of waiting.slice(0, state.batch)) {
    size += entry.size;
    if (chosen.length > 0 && size > BATCH_BYTES) break;
    chosen.push(key);
  }
  return chosen;
}

function endsOf(state: State, batch: readonly string[]): readonly string[] {
  const followed = new Set(batch.map((key) => at(state.entries, key).prev));
  return batch.filter((key) => !followed.has(key));
}

function firstBlob(state: State): string | null {
  let best: string | null = null;
  for (const [key, blob] of Object.entries(state.blobs)) {
    if (blob.status !== 'waiting') continue;
    if (!blob.entries.some((entry) => (state.entries[entry]?.receipt ?? 0) > 0)) continue;
    const other = best === null ? null : at(state.blobs, best);
    if (best === null || other === null || blob.failures - other.failures < 0) best = key;
    else if (blob.failures === other.failures && order(key, best) < 0) best = key;
  }
  return best;
}

// --- took ---------------------------------------------------------------------------------------------------

/** The state after `action` came out so. An outcome that does not belong to the action counts as a broken answer. */
export function took(state: State, action: Action, outcome: Outcome, now: number, jitter: number): State {
  // The photo was destroyed while it was on its way: whatever came of it, there is nothing left to do for it.
  if (action.kind === 'blob' && !Object.hasOwn(state.blobs, action.digest)) return state;
  if (outcome.kind === 'unauthorised') {
    const over = { ...state, signed_in: false };
    return state.proven ? over : later(over, now, jitter);
  }
  if (outcome.kind === 'declined') return declined(state, action, outcome.code, now, jitter);
  if (action.kind === 'session' && outcome.kind === 'opened')
    return {
      ...askWithEachSession(state),
      signed_in: true,
      proven: false,
      blocked: null,
      revoked: outcome.revoked,
      retry_at: 0,
    };
  if (action.kind === 'push' && outcome.kind === 'exchanged')
    return exchanged(state, action.entries, outcome, now, jitter);
  if (action.kind === 'push' && outcome.kind === 'handed')
    return handed(state, action.entries, outcome, now, jitter);
  if (action.kind === 'packets' && outcome.kind === 'got_packets')
    return gotPackets(state, action.digests, outcome.digests, now, jitter);
  if (action.kind === 'blob' && outcome.kind === 'blob_at')
    return blobAt(state, action.digest, action.offset, outcome.offset, outcome.stored, now, jitter);
  if (action.kind === 'blob') return later(withBlob(state, action.digest, { offset: null }), now, jitter);
  // A line that breaks in the middle of every large batch lets a small one through.
  if (action.kind === 'push' && action.entries.length > 1)
    return later({ ...state, batch: Math.floor(action.entries.length / 2) }, now, jitter);
  return later(state, now, jitter);
}

/**
 * One failure more: wait twice as long, somewhere in the second half of the time, so that tablets that lost the
 * server together do not come back together.
 */
function later(state: State, now: number, jitter: number): State {
  const delay = Math.min(LONGEST_MS, BASE_MS * 2 ** Math.min(state.attempt, 20));
  const half = Math.floor(delay / 2);
  return { ...state, attempt: state.attempt + 1, retry_at: now + half + Math.floor((half * jitter) / 1000) };
}

function well(state: State): State {
  return { ...state, attempt: 0, retry_at: 0, proven: true, blocked: null };
}

/** What one push may hold after one that arrived. */
function larger(state: State): number {
  return Math.min(BATCH_ENTRIES, 2 * state.batch);
}

function declined(state: State, action: Action, code: string, now: number, jitter: number): State {
  if (action.kind === 'session' || BLOCK_CODES.has(code))
    return later({ ...state, blocked: code, signed_in: false }, now, jitter);
  if (WAIT_CODES.has(code) || action.kind === 'idle') return later(state, now, jitter);
  if (action.kind === 'push') {
    const [only] = action.entries;
    if (only === undefined) return later(state, now, jitter);
    if (action.entries.length > 1) return { ...state, batch: Math.floor(action.entries.length / 2) };
    const aside: EntryState = { ...at(state.entries, only), status: 'aside', code };
    return { ...state, entries: { ...state.entries, [only]: aside }, batch: BATCH_ENTRIES };
  }
  if (action.kind === 'packets') return later(packetsFailed(state, action.digests), now, jitter);
  const failed = blobFailed(state, action.digest, code);
  // A server that has never heard of the photo may be an older one of itself: the news say so, and come first.
  return later(code === 'not_found' ? { ...failed, more: true } : failed, now, jitter);
}

function exchanged(
  before: State,
  sent: readonly string[],
  outcome: Exchanged,
  now: number,
  jitter: number,
): State {
  const state = isAnotherServer(before, outcome) ? allAgain(before) : before;
  const receipted = settled(told(state.entries, outcome.receipts), outcome.decided ?? []);
  const entries = outcome.unproven ? receipted : askNumbers(receipted);
  const blobs: Record<string, BlobState> = { ...state.blobs };
  for (const stored of outcome.stored) {
    const blob = blobs[stored.digest];
    if (blob) blobs[stored.digest] = complete(blob, stored.number);
  }
  const packets: Record<string, PacketState> = { ...state.packets };
  for (const digest of outcome.packets) {
    // Named again, it is given again: it may have gone aside while the visit was not this tablet's.
    if (packets[digest] === undefined || packets[digest].status === 'aside')
      packets[digest] = { status: 'wanted', failures: 0 };
  }
  const stuck = sent.some((key) => at(entries, key).status === 'waiting');
  const after: State = {
    ...well(state),
    epoch: outcome.epoch,
    cursor: outcome.cursor,
    backed_up: outcome.backed_up,
    entries,
    blobs,
    packets,
    more: outcome.more,
    revoked: outcome.revoked,
    batch: larger(state),
    pull_at: now + PULL_MS + Math.floor((PULL_MS * jitter) / 1000),
  };
  // Entries without a verdict are offered again, but not in a tight circle.
  return stuck ? later({ ...after, attempt: state.attempt }, now, jitter) : after;
}

function handed(state: State, sent: readonly string[], outcome: Handed, now: number, jitter: number): State {
  const entries = told(state.entries, outcome.receipts);
  for (const key of outcome.damaged) {
    const entry = entries[key];
    if (entry?.receipt === 0) entries[key] = { ...entry, status: 'aside', code: 'record_damaged' };
  }
  const after: State = { ...state, entries, batch: larger(state) };
  if (sent.some((key) => at(entries, key).status === 'waiting')) return later(after, now, jitter);
  return { ...after, attempt: 0, retry_at: 0 };
}

function gotPackets(
  state: State,
  asked: readonly string[],
  arrived: readonly string[],
  now: number,
  jitter: number,
): State {
  const packets: Record<string, PacketState> = { ...state.packets };
  const here = asked.filter((key) => arrived.includes(key));
  for (const key of here) packets[key] = { status: 'here', failures: 0 };
  const missing = asked.filter((key) => !arrived.includes(key));
  const after = packetsFailed({ ...well(state), packets }, missing);
  return here.length > 0 ? after : later({ ...after, attempt: state.attempt }, now, jitter);
}

function packetsFailed(state: State, digests: readonly string[]): State {
  const packets: Record<string, PacketState> = { ...state.packets };
  for (const key of digests) {
    const failures = at(packets, key).failures + 1;
    packets[key] = { status: failures >= TRIES ? 'aside' : 'wanted', failures };
  }
  return { ...state, packets };
}

function blobAt(
  state: State,
  digest: string,
  sentFrom: number | null,
  offset: number,
  stored: number,
  now: number,
  jitter: number,
): State {
  const blob = at(state.blobs, digest);
  if (stored > 0) return { ...well(state), blobs: { ...state.blobs, [digest]: complete(blob, stored) } };
  if (offset === sentFrom && offset < blob.size)
    return later(withBlob(state, digest, { offset: null }), now, jitter);
  if (offset === sentFrom || offset > blob.size)
    return later(blobFailed(state, digest, 'digest_mismatch'), now, jitter);
  return withBlob(well(state), digest, { offset });
}

function blobFailed(state: State, digest: string, code: string): State {
  const failures = at(state.blobs, digest).failures + 1;
  if (failures < TRIES) return withBlob(state, digest, { offset: null, failures });
  return withBlob(state, digest, { offset: null, failures, status: 'aside', code });
}

function withBlob(state: State, digest: string, changes: Partial<BlobState>): State {
  return { ...state, blobs: { ...state.blobs, [digest]: { ...at(state.blobs, digest), ...changes } } };
}

// --- reading ------------------------------------------------------------------------------------------------

/**
 * Whether the server is not the one that the tablet knew: restored from a backup, or its ledger is another. What
 * only the office said has to be forgotten then: the server says again what it still knows.
 */
export function isAnotherServer(state: State, outcome: Exchanged): boolean {
  return state.epoch !== null && (outcome.epoch !== state.epoch || outcome.reset);
}

/**
 * What may be believed of an answer that a server which signs its answers did not sign: receipts, since each bears a
 * signature of its own, but neither their numbers, nor that pictures are whole, nor what a backup holds. Nothing is
 * deleted on such a word; `NEVER` is above every backup. An answer that is signed again asks for the numbers.
 */
export function unproven(state: State, outcome: Exchanged): Exchanged {
  const same = outcome.epoch === state.epoch && !outcome.reset;
  const receipts = outcome.receipts.map((one) => ({ ...one, number: NEVER }));
  return {
    ...outcome,
    receipts,
    stored: [],
    backed_up: same ? state.backed_up : 0,
    revoked: state.revoked,
    unproven: true,
  };
}

/**
 * The answer of POST /field/exchange, reduced to what this machine needs. The caller checks the server's signature
 * on every `received` entry first.
 */
export function readExchange(answer: ExchangeAnswer): Exchanged {
  return {
    kind: 'exchanged',
    epoch: answer.epoch,
    cursor: { number: answer.cursor.number, within: answer.cursor.within ?? 0, head: answer.cursor.head },
    backed_up: answer.backed_up,
    receipts: answer.received.flatMap((item) =>
      item.body.receipts.map(({ entry, status, code }) => ({ entry, status, code, number: item.number })),
    ),
    packets: answer.entries.flatMap(({ entry, body }) =>
      entry.kind === 'visit.ordered' && body?.packet_digest ? [body.packet_digest] : [],
    ),
    stored: answer.entries.flatMap(({ entry, body, number, lost }) =>
      entry.kind === 'evidence.stored' && body?.digest && !lost ? [{ digest: body.digest, number }] : [],
    ),
    decided: answer.entries.flatMap(({ entry, body }) =>
      DECISIONS.has(entry.kind) && body?.entry ? [body.entry] : [],
    ),
    more: answer.more ?? false,
    reset: answer.reset ?? false,
    revoked: answer.revoked ?? false,
  };
}

/** The counts of everything on this tablet, or of one visit. */
export function summary(state: State, visit: string | null = null): Summary {
  const entries = Object.values(state.entries).filter((e) => visit === null || e.visit === visit);
  const blobs = Object.values(state.blobs).filter((b) => visit === null || b.visit === visit);
  const receipts = entries.filter((e) => e.receipt > 0).length;
  const done = blobs.filter((b) => b.status === 'complete').length;
  return {
    recorded: entries.length,
    receipts,
    held: entries.filter((e) => e.status === 'held' && !e.decided).length,
    aside: entries.filter((e) => e.status === 'aside').length,
    photos: blobs.length,
    photos_complete: done,
    photos_aside: blobs.filter((b) => b.status === 'aside').length,
    backed_up: entries.filter((e) => e.receipt > 0 && e.receipt <= state.backed_up).length,
    safe: receipts === entries.length && done === blobs.length,
  };
}

// --- small things -------------------------------------------------------------------------------------------

function at<T>(record: Keyed<T>, key: string): T {
  const found = record[key];
  if (found === undefined) throw new Error(`not in the state: ${key}`);
  return found;
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function keysWhere<T>(record: Keyed<T>, test: (value: T) => boolean): string[] {
  return Object.entries(record)
    .filter(([, value]) => test(value))
    .map(([key]) => key)
    .sort(order);
}

/** The visit: load → check → append → fold. */
import { digest, type JSONValue } from '@sync/canon';
import type { Draft } from '@sync/check';
import { fetchAgain, summary } from '@sync/exchange';
import type { State } from '@sync/exchange_words';
import type { VisitState } from '@sync/state';
import {
  NO_PREV,
  refuse,
  type Bodies,
  type FieldKind,
  type Entry,
  type ItemText,
  type Packet,
} from '@sync/words';
import { openWhole, seal } from '../keys';
import { whereNow } from '../place';
import { entryOf, isFull, NOTHING, type Fresh, type PhotoRow } from '../store';
import { isRecording, unsavedRecordings } from '../store/reading';
import { tellOthers } from './channel';
import { askForOrdered, bodyIn } from './orders';
import { atWork, chance, former, house, state, visits, type Loaded } from './state';
import { syncSoon } from './sync';

/** A body without its nonce, which is added when it is recorded. */
export type Plain<K extends FieldKind> = Omit<Bodies[K], 'nonce'>;

/** Kinds whose entry the device signs at once: each stands for somebody's signature or closes the visit. */
const SIGNED: ReadonlySet<string> = new Set([
  'signature.given',
  'signature.refused',
  'signature.absent',
  'notice.served',
  'part.signed',
  'transcript.taken',
  'paper.signed',
  'supplement.signed',
  'visit.finished',
]);

/** Loaded once, as soon as the first visit is opened: the list is shown before. */
function rules(): Promise<typeof import('./rules')> {
  return import('./rules');
}

/** What the whole tablet has, and what of it is safe. */
export async function count(known: State): Promise<void> {
  const unsaved = await unsavedRecordings(house.store);
  const total = summary(known);
  state.total = { ...total, unsaved, safe: total.safe && unsaved === 0 };
}

async function recount(slot: string): Promise<void> {
  if (isRecording(slot)) await count(await house.store.exchange());
}

/** Every packet that the person's keys open, at once; what was recorded in each follows one by one. */
export async function loadVisits(): Promise<void> {
  const { open: work } = atWork();
  const counts = await house.store.exchange();
  const rows = await house.store.packets();
  const damaged = new Map<string, string>();
  const found = await Promise.all(
    rows.map(async ({ visit, digest: name, sealed }) => {
      const key = work.keys.get(visit);
      if (!key) return null;
      const bytes = await openWhole(key, sealed, `packet:${visit}`);
      if (!bytes) damaged.set(name, visit);
      return bytes ? (JSON.parse(new TextDecoder().decode(bytes)) as Packet) : null;
    }),
  );
  await askAgain([...damaged.keys()]);
  former.clear();
  // What is open in memory stays open: it was whole when it was read.
  const mine = new Set([...damaged.values()].filter((visit) => visits.has(visit)));
  for (const packet of found) {
    if (!packet) continue;
    const { visit, team } = packet;
    const here = { packet, counts: summary(counts, visit) };
    // The tablet also holds visits of colleagues, whose keys a person has none of: each sees the own ones, and of
    // those that were given to others only that they were.
    if (team.some(({ account }) => account === work.account)) {
      mine.add(visit);
      visits.set(visit, { ...(visits.get(visit) ?? { state: null, entries: [] }), ...here });
    } else former.set(visit, { ...here, state: null, entries: [], replaced: true });
  }
  for (const visit of visits.keys()) if (!mine.has(visit)) visits.delete(visit);
  await count(counts);
  // The list is shown before this: opening every body of every visit takes longer than a person waits.
  void foldAll(work.account);
}

/** Packets that lie here and do not open are fetched once more; nobody is kept from the others meanwhile. */
async function askAgain(damaged: readonly string[]): Promise<void> {
  house.damaged = new Set(damaged);
  const n = damaged.length + atWork().open.shut.size;
  state.damaged = n > 0 ? refuse('packet_damaged', { n }).sentence : null;
  state.hindrance ??= state.damaged;
  if (damaged.length === 0) return;
  try {
    await house.store.takeIn(NOTHING, (known) => fetchAgain(known, damaged));
  } catch (error) {
    // A full tablet opens all the same, and asks the next time.
    if (!isFull(error)) throw error;
  }
}

async function foldAll(account: string): Promise<void> {
  for (const visit of [...visits.keys()]) {
    if (house.open?.account !== account) return;
    await load(visit);
  }
  if (house.open?.account === account && (await askForOrdered())) syncSoon();
}

let readings = 0;
/** Visit → the reading that is shown: an earlier one that took longer does not take its place. */
const shown = new Map<string, number>();

type Read = Loaded['entries'];

/** Fold what lies here of a visit. False where it is not here or not for this person. */
export async function load(visit: string): Promise<boolean> {
  const ready = rules();
  if (!visits.has(visit)) return false;
  const key = keyOf(visit);
  const reading = ++readings;
  const rows = await house.store.entriesOf(visit);
  const lying = await Promise.all(
    rows.map(async ({ row, body }) => {
      return [entryOf(row), await bodyIn(key, body)] as const;
    }),
  );
  const counts = summary(await house.store.exchange(), visit);
  const { fold } = await ready;
  const known = visits.get(visit);
  if (known && reading > (shown.get(visit) ?? 0)) {
    shown.set(visit, reading);
    // What was recorded here since the store was read. What came from the server may have been forgotten since.
    const own = known.entries.filter(([{ id, device }]) => device === house.device?.id && id !== NO_PREV);
    const entries = joined(lying, own);
    visits.set(visit, { packet: known.packet, entries, state: fold(entries), counts });
  }
  return true;
}

function joined(some: Read, more: Read): Read {
  const here = new Set(some.map(([{ id }]) => id));
  return [...some, ...more.filter(([{ id }]) => !here.has(id))];
}

interface RecordNow {
  record: JSONValue;
  digest: string;
}

const records = new WeakMap<VisitState, WeakMap<Packet, Promise<RecordNow>>>();

/**
 * The digest that a signature names now, and the record behind it. Worked out once for each state: the screen asks
 * after every answer, and so does the check of the next one.
 */
export function recordNow(packet: Packet, folded: VisitState): Promise<RecordNow> {
  const here = records.get(folded) ?? new WeakMap<Packet, Promise<RecordNow>>();
  records.set(folded, here);
  const known = here.get(packet);
  if (known) return known;
  const made = recordOfNow(packet, folded);
  here.set(packet, made);
  made.catch(() => here.delete(packet));
  return made;
}

async function recordOfNow(packet: Packet, folded: VisitState): Promise<RecordNow> {
  const { recordOf } = await rules();
  const record = recordOf(packet, folded);
  return { record, digest: await digest('record/1', record) };
}

/** What lies beside an entry: the picture that it announces, or the digest of one that is destroyed with it. */
interface Beside {
  photo?: PhotoRow;
  gone?: string;
}

/** Refused with this sentence, or recorded as this entry. */
export type Done = { refusal: string; entry: null } | { refusal: null; entry: string };

/**
 * Record one thing in a visit: null once it lies on this tablet and was read back, else the refusal's sentence.
 * Refused or failed, nothing was recorded.
 */
export async function record<K extends FieldKind>(
  visit: string,
  kind: K,
  plain: Plain<K>,
  photo: PhotoRow | null = null,
  by: string = atWork().open.account,
): Promise<string | null> {
  return (await recordBeside(visit, kind, plain, photo ? { photo } : {}, by)).refusal;
}

/** The same, and which entry it became; with what lies beside it. */
export function recordBeside<K extends FieldKind>(
  visit: string,
  kind: K,
  plain: Plain<K>,
  beside: Beside = {},
  by: string = atWork().open.account,
): Promise<Done> {
  const next = recording.then(() => recordNext(visit, kind, plain, beside, by));
  recording = next.catch(() => null);
  return next;
}

// One after another, so that each is checked against the state that the one before it left.
let recording: Promise<unknown> = Promise.resolve();

async function recordNext<K extends FieldKind>(
  visit: string,
  kind: K,
  plain: Plain<K>,
  { photo, gone }: Beside,
  by: string,
): Promise<Done> {
  const body = { ...plain, nonce: chance() } as unknown as Record<string, JSONValue>;
  const refusal = await refusalOf(visit, kind, body, by);
  if (refusal !== null) return refused(refusal);
  const { device } = atWork();
  const key = keyOf(visit);
  const fresh: Fresh = {
    kind,
    subject: visit,
    by,
    at: new Date().toISOString(),
    body,
    signed: SIGNED.has(kind),
    seal: (entry) => seal(key, new TextEncoder().encode(JSON.stringify(body)), `entry:${entry}`),
    ...(photo ? { photo: { digest: photo.digest, size: photo.size } } : {}),
  };
  let entry: string | undefined;
  try {
    const made = await house.store.append(device, [fresh], photo ? [photo] : [], gone ? [gone] : []);
    entry = made[0]?.id ?? '';
    await took(visit, made, body);
  } catch (error) {
    if (isFull(error)) return refused(refuse('tablet_full').sentence);
    if (!(error instanceof DOMException)) throw error;
    console.error(error);
    entry ??= await lying(visit, body.nonce);
    if (entry === undefined) return refused(UNSURE);
  }
  tellOthers({ visits: [visit], packets: false });
  syncSoon();
  return { refusal: null, entry };
}

const UNSURE = '本机存储出了差错，没有确认保存；填写的内容仍在本页，请稍等再试一次。';

/** The browser may write something and fail before it says so: told as refused, it would be recorded twice. */
async function lying(visit: string, nonce: JSONValue | undefined): Promise<string | undefined> {
  try {
    await load(visit);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
  const said = (body: JSONValue | null): unknown => (body as { nonce?: unknown } | null)?.nonce;
  return visits.get(visit)?.entries.find(([, body]) => said(body) === nonce)?.[0].id;
}

async function refusalOf(visit: string, kind: FieldKind, body: object, by: string): Promise<string | null> {
  const known = visits.get(visit);
  if (!known?.state) return refuse('visit_unknown').sentence;
  const { digest: record_digest } = await recordNow(known.packet, known.state);
  const { check } = await rules();
  const draft = { kind, body, by, record_digest } as unknown as Draft;
  return check(known.packet, known.state, draft)?.sentence ?? null;
}

/** Whether the person at work may record this now: the refusal's sentence, or null. Nothing is recorded. */
export function askFirst<K extends FieldKind>(
  visit: string,
  kind: K,
  plain: Plain<K>,
): Promise<string | null> {
  return refusalOf(visit, kind, { ...plain, nonce: chance() }, atWork().open.account);
}

export function refused(sentence: string): Done {
  return { refusal: sentence, entry: null };
}

async function took(visit: string, made: Entry[], body: JSONValue): Promise<void> {
  const { fold } = await rules();
  // Only now: the visit may have been read anew meanwhile.
  const known = visits.get(visit);
  if (!known) return;
  const entries = joined(
    known.entries,
    made.map((entry) => [entry, body] as const),
  );
  visits.set(visit, { ...known, entries, state: fold(entries) });
  const counts = await house.store.exchange();
  const now = visits.get(visit);
  if (now) visits.set(visit, { ...now, counts: summary(counts, visit) });
  await count(counts);
}

export function textOf(name: string): Promise<ItemText | undefined> {
  return house.store.text(name);
}

/** A draft that could not be kept was told to its own caller; the next one is tried all the same. */
function over(): void {
  return undefined;
}

// One after another: sealing takes its time, and an older text must never land on a newer one.
let drafting: Promise<void> = Promise.resolve();

/** Something typed and not yet recorded; kept sealed so that a kill loses nothing. Where there is no room, that is
 * told and what is typed stays on the page. */
export function keepDraft(visit: string, slot: string, value: JSONValue): Promise<void> {
  const key = keyOf(visit);
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  drafting = drafting.catch(over).then(async () => {
    try {
      await house.store.saveDraft({ visit, slot, sealed: await seal(key, bytes, `draft:${visit}/${slot}`) });
      await recount(slot);
    } catch (error) {
      if (!isFull(error)) throw error;
      state.hindrance = refuse('tablet_full').sentence;
    }
  });
  return drafting;
}

export async function draftOf(visit: string, slot: string): Promise<JSONValue | null> {
  const row = await house.store.draft(visit, slot);
  if (!row) return null;
  // What is damaged is begun anew: a form that does not open would keep more from being said than what it lost.
  const bytes = await openWhole(keyOf(visit), row.sealed, `draft:${visit}/${slot}`);
  return bytes ? (JSON.parse(new TextDecoder().decode(bytes)) as JSONValue) : null;
}

/** An answer that was begun and not yet recorded. */
export type AnswerDraft = Pick<Bodies['answer.given'], 'answer' | 'findings' | 'note'>;

/**
 * The answers that this person began in a block and did not record, by item: read at once, for sixty cards that
 * would each ask twice. Each officer's draft is the own one; what an older version of the app kept for all is still
 * found.
 */
export async function answersBegun(
  visit: string,
  organisation: string,
): Promise<ReadonlyMap<string, AnswerDraft>> {
  const key = keyOf(visit);
  const { account } = atWork().open;
  const rows = await house.store.draftsOf(visit, `item:${organisation}:`);
  const found = new Map<string, AnswerDraft>();
  // An own one comes after the one for all.
  for (const { slot, sealed } of rows.sort((a, b) => a.slot.length - b.slot.length)) {
    const [, , item = '', by = account] = slot.split(':');
    if (by !== account) continue;
    const bytes = await openWhole(key, sealed, `draft:${visit}/${slot}`);
    if (bytes) found.set(item, JSON.parse(new TextDecoder().decode(bytes)) as AnswerDraft);
  }
  return found;
}

export function dropDraft(visit: string, slot: string): Promise<void> {
  drafting = drafting.catch(over).then(async () => {
    await house.store.dropDraft(visit, slot);
    await recount(slot);
  });
  return drafting;
}

/** 登记到达, with the place if the device knows it. */
export async function arrive(visit: string): Promise<string | null> {
  return record(visit, 'visit.opened', { place: await whereNow() });
}

export function keyOf(visit: string): CryptoKey {
  const key = atWork().open.keys.get(visit);
  if (!key) throw new Error('no key for this visit');
  return key;
}

export type { Loaded };

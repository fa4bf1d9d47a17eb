/**
 * A lost tablet keeps nothing but what the office's backup lacks: sealed, and closed to everybody on it. What was received
 * and is in no backup stays too, or a server that becomes an older one of itself would lose it with the tablet's copy.
 */
import { took } from '@sync/exchange';
import { EMPTY, type Exchanged, type Keyed, type State } from '@sync/exchange_words';
import { RECOVERY, type Lost } from '../rows';
import type { Store } from '../store';
import { cutOff, isRecording } from './reading';
import { TABLES } from './schema';

/** Which server this is, and up to which number a backup holds its ledger. */
export interface Stand {
  epoch: string;
  backed_up: number;
}

/**
 * One transaction: people, sessions, packets, texts, drafts (but not a recording that was cut off), received entries and pictures go, and so do the keys
 * of visits whose kept records the office opens by recovery. What no recovery key covers keeps its wraps, without
 * the server's share. Doing it again with the same `stand` changes nothing more. `stand` is null where the server says
 * nothing of backups: then what it received goes.
 */
export async function keepUnsent(store: Store, since: string, stand: Stand | null): Promise<Lost> {
  return store.write(TABLES, async (tx) => {
    const one = tx.objectStore('one');
    const known = standing(((await one.get('exchange')) as State | undefined) ?? EMPTY, stand);
    const safe = (receipt: number): boolean => receipt > 0 && (!stand || receipt <= stand.backed_up);
    const photos = new Set(await tx.objectStore('photos').getAllKeys());
    const entries = only(known.entries, ({ receipt }) => !safe(receipt));
    // A picture that was cleaned here is not here to be handed in.
    const blobs = only(known.blobs, ({ stored }, digest) => !safe(stored) && photos.has(digest));
    const drafts = tx.objectStore('drafts');
    const lying = await drafts.getAllKeys();
    for (const key of lying) if (!isRecording(key[1])) await drafts.delete(key);
    const recordings = cutOff(lying);
    const owned = [...Object.values(entries), ...Object.values(blobs)].map(({ visit }) => visit);
    const visits = new Set([...owned, ...recordings]);
    for (const id of await tx.objectStore('entries').getAllKeys())
      if (!(id in entries)) await tx.objectStore('entries').delete(id);
    for (const id of await tx.objectStore('bodies').getAllKeys())
      if (!(id in entries)) await tx.objectStore('bodies').delete(id);
    for (let at = await tx.objectStore('photos').openCursor(); at; at = await at.continue()) {
      if (!(at.key in blobs)) await at.delete();
      else if (at.value.original) await at.update({ ...at.value, original: null });
    }
    for (const table of ['sessions', 'packets', 'texts', 'thumbs'] as const)
      await tx.objectStore(table).clear();
    const wraps = await tx.objectStore('wraps').getAll();
    const covered = new Set(wraps.filter(({ account }) => account === RECOVERY).map(({ visit }) => visit));
    const needed = new Set<string>();
    for (const { account, visit } of wraps) {
      if (visits.has(visit) && (account === RECOVERY || !covered.has(visit))) needed.add(account);
      else await tx.objectStore('wraps').delete([account, visit]);
    }
    for (const person of await tx.objectStore('people').getAll()) {
      if (!needed.has(person.account)) await tx.objectStore('people').delete(person.account);
      else if (person.share !== null) await tx.objectStore('people').put({ ...person, share: null });
    }
    const before = (await one.get('lost')) as Lost | undefined;
    const lost = { since: before?.since ?? since, ...countsOf({ entries, blobs }, recordings.size) };
    await one.delete('pending');
    await one.put(lost, 'lost');
    await one.put({ ...known, entries, blobs, packets: {} }, 'exchange');
    return lost;
  });
}

/** What lies here still: not received yet, and received but in no backup. Recordings that were cut off are nowhere else. */
export function countsOf(
  { entries, blobs }: Pick<State, 'entries' | 'blobs'>,
  recordings: number,
): Omit<Lost, 'since'> {
  const lacking = Object.values(entries).filter(({ receipt }) => receipt === 0).length;
  const photos = Object.values(blobs).filter(({ status }) => status !== 'complete').length;
  const waiting = Object.keys(entries).length + Object.keys(blobs).length - lacking - photos;
  return { entries: lacking, photos: photos + recordings, waiting };
}

/** The machine after the server said which one it is: an older one of itself is offered everything again. */
function standing(known: State, stand: Stand | null): State {
  if (!stand) return known;
  const { epoch, backed_up } = stand;
  const nothing = { receipts: [], packets: [], stored: [], more: false, reset: false, revoked: true };
  const said: Exchanged = { kind: 'exchanged', epoch, backed_up, cursor: known.cursor, ...nothing };
  return took(known, { kind: 'push', entries: [], sign: [] }, said, 0, 0);
}

/** Everything, the tablet's own key with it. */
export async function wipe(store: Store): Promise<void> {
  await store.write(TABLES, async (tx) => {
    for (const table of TABLES) await tx.objectStore(table).clear();
  });
}

function only<T>(record: Keyed<T>, test: (value: T, key: string) => boolean): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([key, value]) => test(value, key)));
}

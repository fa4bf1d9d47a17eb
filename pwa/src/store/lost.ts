/** A lost tablet keeps nothing but what nobody else has: sealed, unsent, and closed to everybody on it. */
import type { Keyed, State } from '@sync/exchange_words';
import { RECOVERY, type Lost } from '../rows';
import type { Store } from '../store';
import { EMPTY } from '@sync/exchange_words';
import { TABLES } from './schema';

/**
 * One transaction: people, sessions, drafts, packets, texts, received entries and pictures go, and so do the keys
 * of visits whose unsent records the office opens by recovery. What no recovery key covers keeps its wraps, without
 * the server's share. Doing it again changes nothing more.
 */
export async function keepUnsent(store: Store, since: string): Promise<Lost> {
  return store.write(TABLES, async (tx) => {
    const one = tx.objectStore('one');
    const known = ((await one.get('exchange')) as State | undefined) ?? EMPTY;
    const entries = only(known.entries, ({ receipt }) => receipt === 0);
    const blobs = only(known.blobs, ({ status }) => status !== 'complete');
    const visits = new Set([...Object.values(entries), ...Object.values(blobs)].map(({ visit }) => visit));
    for (const id of await tx.objectStore('entries').getAllKeys())
      if (!(id in entries)) await tx.objectStore('entries').delete(id);
    for (const id of await tx.objectStore('bodies').getAllKeys())
      if (!(id in entries)) await tx.objectStore('bodies').delete(id);
    for (let at = await tx.objectStore('photos').openCursor(); at; at = await at.continue()) {
      if (!(at.key in blobs)) await at.delete();
      else if (at.value.original) await at.update({ ...at.value, original: null });
    }
    for (const table of ['sessions', 'packets', 'texts', 'thumbs', 'drafts'] as const)
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
    const counts = { entries: Object.keys(entries).length, photos: Object.keys(blobs).length };
    const lost = { since: before?.since ?? since, ...counts };
    await one.delete('pending');
    await one.put(lost, 'lost');
    await one.put({ ...known, entries, blobs, packets: {} }, 'exchange');
    return lost;
  });
}

/** What the server has now leaves: entries of which it signed a receipt, photos that it keeps. */
export async function dropHandedIn(
  store: Store,
  entries: readonly string[],
  photos: readonly string[],
): Promise<void> {
  await store.write(['one', 'entries', 'bodies', 'photos'], async (tx) => {
    const known = ((await tx.objectStore('one').get('exchange')) as State | undefined) ?? EMPTY;
    for (const id of entries) {
      await tx.objectStore('entries').delete(id);
      await tx.objectStore('bodies').delete(id);
    }
    for (const digest of photos) await tx.objectStore('photos').delete(digest);
    const gone = new Set([...entries, ...photos]);
    const left = {
      entries: Object.fromEntries(Object.entries(known.entries).filter(([id]) => !gone.has(id))),
      blobs: Object.fromEntries(Object.entries(known.blobs).filter(([digest]) => !gone.has(digest))),
    };
    await tx.objectStore('one').put({ ...known, ...left }, 'exchange');
  });
}

/** Everything, the tablet's own key with it. */
export async function wipe(store: Store): Promise<void> {
  await store.write(TABLES, async (tx) => {
    for (const table of TABLES) await tx.objectStore(table).clear();
  });
}

function only<T>(record: Keyed<T>, test: (value: T) => boolean): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => test(value)));
}

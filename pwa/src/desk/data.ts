/** What lies on this tablet: measured, shown, cleaned once it is safe elsewhere. */
import type { State } from '@sync/exchange_words';
import { dropPhotos, photoSizes } from '../store/photos';
import { askToKeep, bytesEach, measured, type Space } from '../store/space';
import { overdue, spent } from '../view/data';
import { lookAtRoom } from './room';
import { house, visits } from './state';

/** Everything that the page 数据与同步 says. `spent`: photos that may be cleaned, with what they take. */
export interface Lying {
  known: State;
  names: ReadonlyMap<string, string>;
  space: Space | null;
  each: number;
  spent: { photos: number; bytes: number };
}

export async function lying(): Promise<Lying> {
  const known = await house.store.exchange();
  const photos = await photoSizes(house.store);
  const away = new Set(spent(known, over()));
  const gone = photos.filter(({ digest }) => away.has(digest));
  return {
    known,
    names: new Map([...visits].map(([visit, { packet }]) => [visit, packet.target.name])),
    space: await measured(),
    each: bytesEach(photos.map(({ bytes }) => bytes)),
    spent: { photos: gone.length, bytes: gone.reduce((sum, { bytes }) => sum + bytes, 0) },
  };
}

/**
 * What lies here longer than the packet's rule asks (keep_days, counted from when this tablet first knew that a backup
 * holds all of the visit) leaves by itself: photos. Where the rule is 0 nothing leaves but by hand.
 */
export async function tidy(now: number): Promise<number> {
  const known = await house.store.exchange();
  const away = spent(known, over());
  const visitOf = (digest: string): string => known.blobs[digest]?.visit ?? '';
  const before = await house.store.spent();
  const since: Record<string, number> = {};
  for (const digest of away) since[visitOf(digest)] = before[visitOf(digest)] ?? now;
  if (canonicalKeys(since) !== canonicalKeys(before)) await house.store.saveSpent(since);
  const due = overdue(since, new Map([...visits].map(([visit, { packet }]) => [visit, packet])), now);
  const gone = await dropPhotos(house.store, (then) =>
    spent(then, over()).filter((digest) => due.has(then.blobs[digest]?.visit ?? '')),
  );
  if (gone > 0) await lookAtRoom();
  return gone;
}

function canonicalKeys(record: Readonly<Record<string, number>>): string {
  return Object.keys(record).sort().join();
}

/** 清理: photos of visits that are over and backed up leave this tablet. How many that were. */
export async function clean(): Promise<number> {
  const gone = await dropPhotos(house.store, (known) => spent(known, over()));
  await lookAtRoom();
  return gone;
}

function over(): Set<string> {
  const done = [...visits].filter(([, { state: folded }]) => (folded?.finished.length ?? 0) > 0);
  return new Set(done.map(([visit]) => visit));
}

/** Ask the browser once more not to clear what lies here. */
export async function keepHere(): Promise<void> {
  await askToKeep();
  await lookAtRoom();
}

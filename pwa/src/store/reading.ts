/** Small readings that several of the store's transactions share. */
import { sameBytes } from '@sync/canon';
import { EMPTY, type State } from '@sync/exchange_words';
import { NO_PREV } from '@sync/words';
import type { Sealed } from '../keys';
import type { EntryRow } from '../rows';
import type { Store } from '../store';
import type { Head } from './chained';

interface ChainIndex {
  index(name: 'chain'): {
    openCursor(range: IDBKeyRange, direction: 'prev'): Promise<{ value: EntryRow } | null>;
  };
}

export async function headIn(entries: ChainIndex, device: string): Promise<Head> {
  const last = await entries.index('chain').openCursor(chainRange(device, 0), 'prev');
  return last ? { seq: last.value.seq, id: last.value.id } : { seq: 0, id: NO_PREV };
}

interface OneTable {
  get(key: 'exchange'): Promise<unknown>;
}

export async function exchangeIn(one: OneTable): Promise<State> {
  return ((await one.get('exchange')) as State | undefined) ?? EMPTY;
}

/** Slots of a recording that nobody ended or saved; what is in them is the only copy. */
export function isRecording(slot: string): boolean {
  return slot.startsWith('piece:') || slot.startsWith('recording');
}

/** Visits in which a recording was cut off, or still runs. */
export function cutOff(keys: readonly [string, string][]): Set<string> {
  return new Set(keys.filter(([, slot]) => isRecording(slot)).map(([visit]) => visit));
}

/** How many visits that are. */
export async function unsavedRecordings(store: Store): Promise<number> {
  return cutOff(await store.use((db) => db.getAllKeys('drafts'))).size;
}

export function ofAccount(account: string): IDBKeyRange {
  return IDBKeyRange.bound([account, ''], [account, '\uffff']);
}

export function chainRange(device: string, after: number): IDBKeyRange {
  return IDBKeyRange.bound([device, after], [device, Number.MAX_SAFE_INTEGER], true);
}

export function sealedSame(a: Sealed | null | undefined, b: Sealed | null): boolean {
  if (!a || !b) return a === b;
  return sameBytes(a.iv, b.iv) && sameBytes(new Uint8Array(a.data), new Uint8Array(b.data));
}

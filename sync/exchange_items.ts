/**
 * What becomes of a tablet's items: entries by the server's receipts, photos by what it holds, and both by being
 * offered once more. Twin of `exchange_items.py`; `exchange` decides when.
 */
import type { BlobState, EntryState, Keyed, State, Told } from './exchange_words';

/** Why the tablet itself sets something aside: nobody at work could read it. */
const DAMAGED: ReadonlySet<string | null> = new Set(['record_damaged', 'evidence_damaged']);

/** Everything that went aside is offered once more (重新上传). */
export function offerAgain(state: State): State {
  return {
    ...state,
    entries: mapped(state.entries, (e) =>
      e.status === 'aside' ? { ...e, status: 'waiting', code: null } : e,
    ),
    blobs: mapped(state.blobs, (b) => (b.status === 'aside' ? again(b) : b)),
    packets: mapped(state.packets, (p) => (p.status === 'aside' ? { status: 'wanted', failures: 0 } : p)),
    retry_at: 0,
  };
}

/** These packets lie on the tablet and do not open: they are asked for once more. */
export function fetchAgain(state: State, digests: readonly string[]): State {
  const wanted = digests.map((key) => [key, { status: 'wanted', failures: 0 } as const] as const);
  return { ...state, packets: { ...state.packets, ...Object.fromEntries(wanted) } };
}

/** The number of a receipt that nobody vouched for: above every backup. */
export const NEVER = Number.MAX_SAFE_INTEGER;

/**
 * What has its receipt without a number is offered once more: the server says that it is there, and at which number,
 * without which nobody knows when a backup holds it.
 */
export function askNumbers(entries: Keyed<EntryState>): Record<string, EntryState> {
  return mapped(entries, (e) =>
    e.receipt === NEVER ? { ...e, status: 'waiting', code: null, receipt: 0 } : e,
  );
}

/** The entries after these receipts. */
export function told(before: Keyed<EntryState>, receipts: readonly Told[]): Record<string, EntryState> {
  const entries: Record<string, EntryState> = { ...before };
  for (const one of receipts) {
    const entry = entries[one.entry];
    if (entry) entries[one.entry] = receipted(entry, one);
  }
  askAboutGaps(entries, receipts);
  return entries;
}

function receipted(entry: EntryState, one: Told): EntryState {
  if (one.status === 'refused') {
    // An entry that has a receipt keeps it: the refusal is of damaged bytes on the way.
    return entry.receipt > 0 ? entry : { ...entry, status: 'aside', code: one.code };
  }
  const receipt = Math.min(entry.receipt || one.number, one.number);
  if (one.status === 'held') return { ...entry, status: 'held', code: one.code, receipt };
  return { ...entry, status: 'received', code: null, receipt };
}

/**
 * Where an entry has its place, others that a gap held may have theirs by now: the receipt that said so may have been
 * lost on the way, so they are offered once more. Whatever a gap still holds is told so with the others.
 */
function askAboutGaps(entries: Record<string, EntryState>, receipts: readonly Told[]): void {
  if (receipts.every(({ status, code }) => status === 'refused' || code === 'chain_gap')) return;
  const named = new Set(receipts.map(({ entry }) => entry));
  for (const [key, entry] of Object.entries(entries)) {
    if (waitsForGap(entry) && !named.has(key)) entries[key] = { ...entry, status: 'waiting', code: null };
  }
}

function waitsForGap(entry: EntryState): boolean {
  return entry.status === 'held' && entry.code === 'chain_gap' && !entry.decided;
}

/**
 * The entries after a person decided on some. Where a gap held one, those behind it have their place: the server looks
 * at them once they are offered, or did so for a request that was late, whose answer nobody heard.
 */
export function settled(
  entries: Record<string, EntryState>,
  decided: readonly string[],
): Record<string, EntryState> {
  if (decided.length === 0) return entries;
  const over = new Set(decided);
  const filled = decided.some((key) => entries[key]?.code === 'chain_gap');
  return mapped(entries, (e, key) => {
    if (over.has(key)) return { ...e, decided: true };
    return filled && waitsForGap(e) ? { ...e, status: 'waiting', code: null } : e;
  });
}

/**
 * Each session offers once more what could not be read here, since it may have come to the server by another way, in a
 * file or from a colleague who can open it, and what a gap held, since a decision on it may not have been heard.
 */
export function askWithEachSession(state: State): State {
  return {
    ...state,
    entries: mapped(state.entries, (e) =>
      (e.status === 'aside' && DAMAGED.has(e.code)) || waitsForGap(e)
        ? { ...e, status: 'waiting', code: null }
        : e,
    ),
    blobs: mapped(state.blobs, (b) => (b.status === 'aside' && DAMAGED.has(b.code) ? again(b) : b)),
  };
}

export function freshBlob(
  size: number,
  visit: string,
  entries: readonly string[],
  offset: number | null,
): BlobState {
  return { size, visit, entries, offset, status: 'waiting', code: null, failures: 0, stored: 0 };
}

function again({ size, visit, entries }: BlobState): BlobState {
  return freshBlob(size, visit, entries, null);
}

export function complete(blob: BlobState, number: number): BlobState {
  const stored = Math.min(blob.stored || number, number);
  return { ...blob, status: 'complete', code: null, offset: blob.size, stored };
}

/**
 * The server is another one, or an older one of itself: everything is offered again. Numbers of receipts say nothing
 * about its ledger, and what went aside may have done so because it did not know what came before.
 */
export function allAgain(state: State): State {
  return {
    ...state,
    entries: mapped(state.entries, (e) => ({
      ...e,
      status: 'waiting',
      code: null,
      receipt: 0,
      decided: false,
    })),
    blobs: mapped(state.blobs, again),
  };
}

function mapped<T>(record: Keyed<T>, change: (value: T, key: string) => T): Keyed<T> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));
}

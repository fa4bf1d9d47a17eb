/**
 * 导出未上传记录: everything that has no receipt, as it lies here, sealed, into a file that only the office opens. No PIN
 * is needed for it: whoever holds the tablet carries the file and reads nothing of it.
 */
import { toHex } from '@sync/canon';
import { base64 } from '../base64';
import type { Sealed } from '../keys';
import { entryOf, RECOVERY, type Device } from '../store';
import { house } from './state';

interface SealedText {
  iv: string;
  data: string;
}

/** What `backend/field/recovery.py` reads. */
export interface SjxFile {
  format: 'sjx/1';
  device: string;
  keys: Record<string, SealedText & { point: string }>;
  entries: { entry: ReturnType<typeof entryOf>; body: SealedText }[];
  photos: { digest: string; visit: string; picture: SealedText }[];
}

export interface Exported {
  name: string;
  file: SjxFile;
}

/** Null where nothing is unsent. */
export async function exportUnsent(): Promise<Exported | null> {
  const { store, device } = house;
  if (!device) return null;
  const { blobs } = await store.exchange();
  const unsent = Object.keys(blobs).filter((digest) => blobs[digest]?.status !== 'complete');
  const file = await sjxOf(device, unsent);
  if (!file) return null;
  const day = new Date().toISOString().slice(0, 10);
  return { name: `未上传记录-${device.label}-${day}.sjx`, file };
}

/** Unsigned entries in a row that one file may hold: the server reads no more than 500 at once. */
const SIGN_EVERY = 200;

/**
 * Entries without a receipt (where `records`) and these photos; null where there is nothing of it. Entries are signed
 * at the end of each run of theirs and often enough in between, so that each is covered.
 */
export async function sjxOf(
  device: Device,
  unsent: readonly string[],
  records = true,
): Promise<SjxFile | null> {
  const { store } = house;
  const known = await store.exchange();
  const all = records ? await store.chainOf(device.id) : [];
  const chain = all.filter(({ id }) => (known.entries[id]?.receipt ?? 0) === 0);
  if (chain.length === 0 && unsent.length === 0) return null;
  const followed = new Set(chain.map(({ prev }) => prev));
  const file: SjxFile = { format: 'sjx/1', device: device.id, keys: {}, entries: [], photos: [] };
  for (const [place, row] of chain.entries()) {
    const covered = followed.has(row.id) && (place + 1) % SIGN_EVERY > 0;
    const signed = covered ? row : await store.signStored(device, row);
    const body = await store.body(row.id);
    if (body?.sealed) file.entries.push({ entry: entryOf(signed), body: inText(body.sealed) });
  }
  for (const digest of unsent) {
    const row = await store.photo(digest);
    if (row) file.photos.push({ digest, visit: row.visit, picture: inText(row.sealed) });
  }
  const visits = new Set([...chain.map(({ visit }) => visit), ...file.photos.map(({ visit }) => visit)]);
  for (const { visit, wrapped } of await store.wraps(RECOVERY))
    if (visits.has(visit)) file.keys[visit] = { point: wrapped.point, ...inText(wrapped) };
  return file;
}

/** Hand the file to the browser's downloads. What went into it stays on the tablet until it has its receipts. */
export function download({ name, file }: Exported): void {
  const address = URL.createObjectURL(new Blob([JSON.stringify(file)], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(address);
  }, 60_000);
}

function inText({ iv, data }: Sealed): SealedText {
  return { iv: toHex(iv), data: base64(new Uint8Array(data)) };
}

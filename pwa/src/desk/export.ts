/**
 * 导出未上传记录: everything that has no receipt, as it lies here, sealed, into a file that only the office opens. No PIN
 * is needed for it: whoever holds the tablet carries the file and reads nothing of it.
 */
import { fromHex, toHex } from '@sync/canon';
import { base64 } from '../base64';
import { sign, type Sealed } from '../keys';
import { entryOf, RECOVERY, type Device, type EntryRow } from '../store';
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
  const rows = await unsentRows(device);
  if (rows.length + unsent.length === 0) return null;
  const file = await sjxOf(device, rows, unsent);
  const day = new Date().toISOString().slice(0, 10);
  return { name: `未上传记录-${device.label}-${day}.sjx`, file };
}

/** Entries of this tablet's chain without a receipt. */
export async function unsentRows(device: Device): Promise<EntryRow[]> {
  const known = await house.store.exchange();
  const chain = await house.store.chainOf(device.id);
  return chain.filter(({ id }) => (known.entries[id]?.receipt ?? 0) === 0);
}

/** Where a body is gone its entry goes alone: the server may have it already, and says so. */
const GONE: SealedText = { iv: '0'.repeat(24), data: '' };

/**
 * These entries and photos as they lie here. Each entry is signed for itself: where one between them does not open,
 * the others are covered all the same.
 */
export async function sjxOf(
  device: Device,
  rows: readonly EntryRow[],
  unsent: readonly string[],
): Promise<SjxFile> {
  const { store } = house;
  const file: SjxFile = { format: 'sjx/1', device: device.id, keys: {}, entries: [], photos: [] };
  for (const row of rows) {
    const entry = entryOf({ ...row, signature: row.signature || (await sign(device, fromHex(row.id))) });
    const lying = await store.body(row.id);
    file.entries.push({ entry, body: lying?.sealed ? inText(lying.sealed) : GONE });
  }
  for (const digest of unsent) {
    const row = await store.photo(digest);
    if (row) file.photos.push({ digest, visit: row.visit, picture: inText(row.sealed) });
  }
  const visits = new Set([...rows.map(({ visit }) => visit), ...file.photos.map(({ visit }) => visit)]);
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

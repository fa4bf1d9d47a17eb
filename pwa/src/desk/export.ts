/**
 * 导出未上传记录: everything that has no receipt, as it lies here, sealed, into a file that only the office opens. No PIN
 * is needed for it: whoever holds the tablet carries the file and reads nothing of it.
 */
import { toHex } from '@sync/canon';
import type { Sealed } from '../keys';
import { entryOf, RECOVERY } from '../store';
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

/** Null where nothing is unsent. Entries are signed at the end of each run of theirs, so that each is covered. */
export async function exportUnsent(): Promise<Exported | null> {
  const { store, device } = house;
  if (!device) return null;
  const known = await store.exchange();
  const chain = (await store.chainOf(device.id)).filter(({ id }) => (known.entries[id]?.receipt ?? 0) === 0);
  const unsent = Object.entries(known.blobs).filter(([, { status }]) => status !== 'complete');
  if (chain.length === 0 && unsent.length === 0) return null;
  const followed = new Set(chain.map(({ prev }) => prev));
  const file: SjxFile = { format: 'sjx/1', device: device.id, keys: {}, entries: [], photos: [] };
  for (const row of chain) {
    const signed = followed.has(row.id) ? row : await store.signStored(device, row);
    const body = await store.body(row.id);
    if (body?.sealed) file.entries.push({ entry: entryOf(signed), body: inText(body.sealed) });
  }
  for (const [digest] of unsent) {
    const row = await store.photo(digest);
    if (row) file.photos.push({ digest, visit: row.visit, picture: inText(row.sealed) });
  }
  const visits = new Set([...chain.map(({ visit }) => visit), ...file.photos.map(({ visit }) => visit)]);
  for (const { visit, wrapped } of await store.wraps(RECOVERY))
    if (visits.has(visit)) file.keys[visit] = { point: wrapped.point, ...inText(wrapped) };
  const day = new Date().toISOString().slice(0, 10);
  return { name: `未上传记录-${device.label}-${day}.sjx`, file };
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
  const bytes = new Uint8Array(data);
  let text = '';
  for (let at = 0; at < bytes.length; at += 32_768)
    text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  return { iv: toHex(iv), data: btoa(text) };
}

/**
 * 导出未上传记录: everything that has no receipt, as it lies here, sealed, into a file that only the office opens. No PIN
 * is needed for it: whoever holds the tablet carries the file and reads nothing of it.
 */
import { fromHex, toHex } from '@sync/canon';
import { base64 } from '../base64';
import { sign, type Sealed } from '../keys';
import { entryOf, RECOVERY, type Device, type EntryRow } from '../store';
import { pieces } from './pieces';
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

/** What one file is to hold: entries in the order of the chain, and photos by digest. */
export interface Part {
  rows: EntryRow[];
  photos: string[];
}

/**
 * Bytes of records and pictures in one file. In base64 they stay below the 100 MB that the server takes at once, and a
 * tablet's memory holds the text and its bytes side by side. A single recording may be larger (64 MB) and goes alone.
 */
const PART = { bytes: 48_000_000 };

/** Everything that the server does not have, as files: entries first, for they announce the photos. */
export async function unsentParts(): Promise<Part[]> {
  const { store, device } = house;
  if (!device) return [];
  const known = await store.exchange();
  const photos = Object.entries(known.blobs).filter(([, { status }]) => status !== 'complete');
  return partsOf(
    await unsentRows(device),
    ({ id }) => known.entries[id]?.size ?? 0,
    photos.map(([digest, { size }]) => ({ digest, size })),
  );
}

export function partsOf(
  rows: readonly EntryRow[],
  sizeOf: (row: EntryRow) => number,
  photos: readonly { digest: string; size: number }[],
): Part[] {
  const things: { size: number; row?: EntryRow; photo?: string }[] = [
    ...rows.map((row) => ({ row, size: sizeOf(row) })),
    ...photos.map(({ digest, size }) => ({ photo: digest, size })),
  ];
  return [...pieces(things, ({ size }) => size, PART)].map((piece) => ({
    rows: piece.flatMap(({ row }) => row ?? []),
    photos: piece.flatMap(({ photo }) => photo ?? []),
  }));
}

/** One part as a file in the browser's downloads; what went into it. It stays on the tablet until it has its receipts. */
export async function exportPart(
  part: Part,
  place: number,
  many: number,
): Promise<{ entries: number; photos: number }> {
  const { device } = house;
  if (!device) return { entries: 0, photos: 0 };
  const file = await sjxOf(device, part.rows, part.photos);
  const day = new Date().toISOString().slice(0, 10);
  const which = many > 1 ? `-第${String(place + 1)}份共${String(many)}份` : '';
  download(`未上传记录-${device.label}-${day}${which}.sjx`, file);
  return { entries: file.entries.length, photos: file.photos.length };
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

function download(name: string, file: SjxFile): void {
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

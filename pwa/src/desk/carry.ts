/**
 * 代交导出文件: what another tablet wrote into a file is handed in over this one's line. Nothing of it is kept here, and
 * nothing of it is read: only the server opens it.
 */
import { Declined, NoAnswer } from '../exchange';
import { carry, type Taken } from '../exchange/carry';
import type { SjxFile } from './export';
import { pieces } from './pieces';
import { house } from './state';
import { syncNow } from './sync';

export type { Taken };

/** Base64 of photos that one request holds, so that a line that breaks costs little. */
const PIECE = { bytes: 8_000_000 };
const NO_FILE = '这不是终端导出的未上传记录文件（.sjx），没有交出任何内容；请重新选择文件。';
const NO_SIGNAL = '代交需要信号：没有连上服务器。原文件不受影响；有信号后再选这个文件，已交的不会重复。';
const NOBODY = '代交需要有人解锁本机；请解锁后再选这个文件。';

/** The outcome of all its pieces, or a sentence that says why it did not get through. */
export async function handInFile(file: Blob): Promise<Taken | string> {
  const whole = await read(file);
  if (whole === null) return NO_FILE;
  if (!navigator.onLine) return NO_SIGNAL;
  try {
    let sum: Taken | null = null;
    for (const piece of piecesOf(whole)) {
      const token = await session();
      if (token === null) return house.open ? NO_SIGNAL : NOBODY;
      sum = added(sum, await carry(token, piece));
    }
    return sum ?? NO_FILE;
  } catch (error) {
    if (error instanceof NoAnswer) return NO_SIGNAL;
    if (error instanceof Declined) return error.refusal.sentence;
    throw error;
  }
}

async function read(file: Blob): Promise<SjxFile | null> {
  try {
    const found = JSON.parse(await file.text()) as Partial<SjxFile> | null;
    const { format, entries, photos } = found ?? {};
    return format === 'sjx/1' && Array.isArray(entries) && Array.isArray(photos) ? (found as SjxFile) : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The session of who is at work; a fresh one where it is missing. */
async function session(): Promise<string | null> {
  const account = house.open?.account;
  if (account === undefined) return null;
  const known = await house.store.session(account);
  if (known && Date.parse(known.expires) > Date.now()) return known.token;
  await syncNow();
  return (await house.store.session(account))?.token ?? null;
}

/** Entries first, for they announce the photos; these a few at a time, each request no larger than it must be. */
export function* piecesOf(file: SjxFile): Generator<SjxFile> {
  if (file.entries.length > 0) yield { ...file, photos: [] };
  const sizeOf = ({ picture }: SjxFile['photos'][number]): number => picture.data.length;
  for (const photos of pieces(file.photos, sizeOf, PIECE)) yield { ...file, entries: [], photos };
}

function added(before: Taken | null, now: Taken): Taken {
  if (before === null) return now;
  return {
    label: now.label,
    accepted: before.accepted + now.accepted,
    exists: before.exists + now.exists,
    held: before.held + now.held,
    decided: before.decided + now.decided,
    refused: before.refused + now.refused,
    closed: before.closed + now.closed,
    photos: before.photos + now.photos,
    photos_refused: before.photos_refused + now.photos_refused,
  };
}

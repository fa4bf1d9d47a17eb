/** Pictures and sound of a visit: taken, kept sealed, shown, destroyed. */
import { toHex } from '@sync/canon';
import { refuse, type Bodies, type ItemOf } from '@sync/words';
import { base64 } from '../base64';
import { open, seal } from '../keys';
import { NotAPicture, smallOf, workOn } from '../photo/work';
import { whereMeanwhile } from '../place';
import { isFull, type PhotoRow } from '../store';
import { lookAtRoom } from './room';
import { atWork, chance, house } from './state';
import { finishing } from './under_way';
import { askFirst, keyOf, record, recordBeside, refused, type Done, type Plain } from './visits';

/** A photograph for items of one or several blocks. The refusal's sentence, or null once it lies here. */
export async function photograph(
  visit: string,
  items: readonly ItemOf[],
  caption: string,
  file: Blob,
): Promise<string | null> {
  return (await photographed(visit, items, caption, file)).refusal;
}

/** The same, and the entry that it became: `evidence.added` where the picture is no part of the record (a page signed
 * on paper, a seal, a supplement). */
export function photographed(
  visit: string,
  items: readonly ItemOf[],
  caption: string,
  file: Blob,
  kind: 'evidence.taken' | 'evidence.added' = 'evidence.taken',
): Promise<Done> {
  return finishing(taken(visit, items, caption, file, kind));
}

async function taken(
  visit: string,
  items: readonly ItemOf[],
  caption: string,
  file: Blob,
  kind: 'evidence.taken' | 'evidence.added',
): Promise<Done> {
  // Whoever pressed the button took it, however long it is worked on.
  const { account } = atWork().open;
  const key = keyOf(visit);
  try {
    const [worked, place] = await whereMeanwhile(workOn(file));
    const row: PhotoRow = {
      digest: worked.digest,
      visit,
      size: worked.bytes.byteLength,
      sealed: await seal(key, new Uint8Array(worked.bytes), `photo:${worked.digest}`),
      original: await seal(key, new Uint8Array(worked.original), `original:${worked.digest}`),
      stored: false,
    };
    const body: Plain<'evidence.taken'> = {
      digest: worked.digest,
      size: row.size,
      media_type: 'image/jpeg',
      original_digest: worked.originalDigest,
      original_size: worked.original.byteLength,
      slot: chance(),
      items,
      place,
      caption,
    };
    const done = await recordBeside(visit, kind, body, { photo: row }, account);
    if (done.refusal === null) await keepSmall(visit, key, worked.digest, worked.small);
    void lookAtRoom();
    return done;
  } catch (error) {
    if (error instanceof NotAPicture) return refused('这个文件不是照片，没有保存；请用相机重新拍照。');
    throw error;
  }
}

/** The same photograph for further items (同一张照片用于其他事项): an entry of its own, the picture travels once. */
export function attach(
  visit: string,
  taken: Bodies['evidence.taken'],
  items: readonly ItemOf[],
): Promise<string | null> {
  const { digest: name, size, media_type, original_digest, original_size, place, caption } = taken;
  const again = { digest: name, size, media_type, original_digest, original_size, place, caption };
  return record(visit, 'evidence.taken', { ...again, slot: chance(), items });
}

/**
 * 当场删除: the picture is destroyed here with the first of these entries, before it is sent. What says that it was
 * taken, and why it had to go, stays. `entries`: all evidence.taken entries of this picture. Whether each of them may
 * go is asked before: a picture that somebody else still relies on is not destroyed for half of its uses.
 */
export async function destroy(
  visit: string,
  name: string,
  entries: readonly string[],
  basis: string,
  reason: string,
): Promise<string | null> {
  for (const evidence of entries) {
    const refusal = await askFirst(visit, 'evidence.deleted', { evidence, basis, reason });
    if (refusal !== null) return refusal;
  }
  for (const evidence of entries) {
    const plain: Plain<'evidence.deleted'> = { evidence, basis, reason };
    const { refusal } = await recordBeside(visit, 'evidence.deleted', plain, { gone: name });
    if (refusal !== null) return refusal;
  }
  const address = await shown.get(name);
  if (address) URL.revokeObjectURL(address);
  shown.delete(name);
  small.delete(name);
  return null;
}

/** Sound or film, sealed like a photo; what it is about and whether the party was told comes with it. */
export function keepRecording(visit: string, media: Blob, about: About): Promise<string | null> {
  return finishing(kept(visit, media, about));
}

type About = Pick<Plain<'recording.made'>, 'media_type' | 'seconds' | 'announced' | 'items' | 'caption'>;

async function kept(visit: string, media: Blob, about: About): Promise<string | null> {
  const { account } = atWork().open;
  const key = keyOf(visit);
  const bytes = new Uint8Array(await media.arrayBuffer());
  const [whole, place] = await whereMeanwhile(crypto.subtle.digest('SHA-256', bytes));
  const name = toHex(new Uint8Array(whole));
  const sealed = await seal(key, bytes, `photo:${name}`);
  const photo: PhotoRow = { digest: name, visit, size: bytes.length, sealed, original: null, stored: false };
  const plain = { ...about, digest: name, size: bytes.length, place };
  const { refusal } = await recordBeside(visit, 'recording.made', plain, { photo }, account);
  void lookAtRoom();
  return refusal;
}

const shown = new Map<string, Promise<string | null>>();
const small = new Map<string, Promise<string | null>>();

/** An address of the photo (or recording) for an <img>, or null where it is not on this tablet. */
export function pictureOf(visit: string, name: string, type = 'image/jpeg'): Promise<string | null> {
  return addressOf(shown, name, async () => {
    const bytes = await pictureIn(visit, name);
    return bytes && URL.createObjectURL(new Blob([bytes], { type }));
  });
}

/**
 * An address of the photo made small, for lists. The picture is in the address itself: making a blob and its address
 * waits for another process each, which is felt while hundreds are scrolled.
 */
export function thumbOf(visit: string, name: string): Promise<string | null> {
  return addressOf(small, name, async () => {
    const bytes = await smallIn(visit, name);
    return bytes && `data:image/jpeg;base64,${base64(bytes)}`;
  });
}

async function smallIn(visit: string, name: string): Promise<Uint8Array | null> {
  const row = await house.store.thumb(name);
  if (row) return open(keyOf(visit), row.sealed, `thumb:${name}`);
  const bytes = await pictureIn(visit, name);
  if (!bytes) return null;
  const made = await smallOf(new Blob([bytes]));
  await keepSmall(visit, keyOf(visit), name, made);
  return new Uint8Array(made);
}

/** Where there is no room for it the list makes it again from the whole picture. */
async function keepSmall(visit: string, key: CryptoKey, name: string, bytes: ArrayBuffer): Promise<void> {
  const sealed = await seal(key, new Uint8Array(bytes), `thumb:${name}`);
  try {
    await house.store.saveThumb({ digest: name, visit, sealed });
  } catch (error) {
    if (!isFull(error)) throw error;
  }
}

async function pictureIn(visit: string, name: string): Promise<Uint8Array<ArrayBuffer> | null> {
  const row = await house.store.photo(name);
  return row ? open(keyOf(visit), row.sealed, `photo:${name}`) : null;
}

/** One address a picture; a picture that is not here (yet) is looked for again the next time. */
function addressOf(
  known: Map<string, Promise<string | null>>,
  name: string,
  make: () => Promise<string | null>,
): Promise<string | null> {
  const before = known.get(name);
  if (before) return before;
  const made = make().then((address) => {
    if (address === null) known.delete(name);
    return address;
  });
  known.set(name, made);
  made.catch(() => known.delete(name));
  return made;
}

const PIECE = 'piece:';

/** A piece of a recording that still runs, so that a kill loses seconds and not the whole. `number` counts from 0. */
export async function keepPiece(visit: string, number: number, piece: Blob): Promise<string | null> {
  const slot = `${PIECE}${String(number).padStart(6, '0')}`;
  const bytes = new Uint8Array(await piece.arrayBuffer());
  try {
    await house.store.saveDraft({
      visit,
      slot,
      sealed: await seal(keyOf(visit), bytes, `draft:${visit}/${slot}`),
    });
    return null;
  } catch (error) {
    if (!isFull(error)) throw error;
    return refuse('tablet_full').sentence;
  }
}

/** The pieces of a recording that nobody ended, in order. */
export async function piecesOf(visit: string): Promise<Blob[]> {
  const rows = (await house.store.draftsOf(visit)).filter(({ slot }) => slot.startsWith(PIECE));
  const sorted = rows.sort((a, b) => (a.slot < b.slot ? -1 : 1));
  return Promise.all(
    sorted.map(
      async ({ slot, sealed }) => new Blob([await open(keyOf(visit), sealed, `draft:${visit}/${slot}`)]),
    ),
  );
}

export async function dropPieces(visit: string): Promise<void> {
  for (const { slot } of await house.store.draftsOf(visit))
    if (slot.startsWith(PIECE)) await house.store.dropDraft(visit, slot);
}

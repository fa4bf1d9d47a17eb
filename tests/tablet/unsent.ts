/** A sealed file of unsent records, opened as the office opens it (`sync/PROTOCOL.md` section 4.6). */
import { fromHex, type JSONValue } from '@sync/canon';
import type { Entry } from '@sync/words';
import type { SjxFile } from '../../pwa/src/desk/export';
import { dataKey, open, unwrap } from '../../pwa/src/keys';

export interface OpenedFile {
  items: { entry: Entry; body: JSONValue }[];
  /** Entries that do not open. */
  closed: string[];
  photos: Map<string, Uint8Array>;
}

/** Under the keys that it brings, wrapped for `vault`, or where it brings none that opens those of `keyOf`. */
export async function openFile(
  file: SjxFile,
  vault: CryptoKey,
  keyOf: (visit: string) => string | undefined,
): Promise<OpenedFile> {
  const found: OpenedFile = { items: [], closed: [], photos: new Map() };
  const keyFor = async (visit: string): Promise<Uint8Array<ArrayBuffer> | null> => {
    const wrap = file.keys[visit];
    const brought =
      wrap && (await orNull(unwrap(vault, { point: wrap.point, ...lying(wrap) }, `visit:${visit}`)));
    const known = keyOf(visit);
    return brought ?? (known === undefined ? null : fromHex(known));
  };
  const opened = async (visit: string, sealed: { iv: string; data: string }, about: string) => {
    const raw = await keyFor(visit);
    return raw && orNull(open(await dataKey(raw), lying(sealed), about));
  };
  for (const { entry, body } of file.entries) {
    const plain = await opened(entry.subject, body, `entry:${entry.id}`);
    if (plain) found.items.push({ entry, body: JSON.parse(new TextDecoder().decode(plain)) as JSONValue });
    else found.closed.push(entry.id);
  }
  for (const { digest, visit, picture } of file.photos) {
    const bytes = await opened(visit, picture, `photo:${digest}`);
    if (bytes) found.photos.set(digest, bytes);
  }
  return found;
}

async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}

function lying({ iv, data }: { iv: string; data: string }) {
  return { iv: fromHex(iv), data: new Uint8Array(Buffer.from(data, 'base64')).buffer };
}

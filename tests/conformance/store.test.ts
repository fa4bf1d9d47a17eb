import 'fake-indexeddb/auto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { chainFaults, signatureHolds } from '@sync/chain';
import { utf8, type JSONValue } from '@sync/canon';
import { NO_PREV } from '@sync/words';
import { dataKey, newDeviceKey, open, seal, type DeviceKey } from '../../pwa/src/keys';
import { entryOf, NOTHING, NotSaved, Store, tables, type Fresh } from '../../pwa/src/store';

const VISIT = 'a'.repeat(32);
const WHO = 'b'.repeat(32);
const SECRET = '2 号冷柜显示 9℃';
let name = '';
let device: DeviceKey;
let key: CryptoKey;
let store: Store;

const body = (note: string) => ({ nonce: 'c'.repeat(32), note });
const answer = (note: string, signed = false): Fresh => ({
  kind: 'answer.given',
  subject: VISIT,
  by: WHO,
  at: '2026-11-20T02:26:00.000Z',
  body: body(note),
  signed,
  seal: (entry) => seal(key, utf8(JSON.stringify(body(note))), `entry:${entry}`),
});
const photoOf = async (bytes: Uint8Array) => ({
  digest: 'd'.repeat(64),
  visit: VISIT,
  size: bytes.length,
  sealed: await seal(key, bytes, `photo:${'d'.repeat(64)}`),
  original: await seal(key, bytes, `original:${'d'.repeat(64)}`),
  stored: false,
});

/** Every byte of every row of every table, as one text in which plain words would be found. */
async function everything(): Promise<string> {
  const db = await new Promise<IDBDatabase>((resolve, reject) => {
    const asked = indexedDB.open(name);
    asked.onsuccess = () => {
      resolve(asked.result);
    };
    asked.onerror = () => {
      reject(new Error('not opened'));
    };
  });
  const found: string[] = [];
  for (const table of db.objectStoreNames) {
    const rows = await new Promise<unknown[]>((resolve) => {
      const asked = db.transaction(table).objectStore(table).getAll();
      asked.onsuccess = () => {
        resolve(asked.result as unknown[]);
      };
    });
    const bytes = (_: string, value: unknown): unknown =>
      value instanceof ArrayBuffer || value instanceof Uint8Array
        ? new TextDecoder().decode(value instanceof ArrayBuffer ? new Uint8Array(value) : value)
        : value;
    found.push(`${table}: ${JSON.stringify(rows, bytes)}`);
  }
  db.close();
  return found.join('\n');
}

beforeEach(async () => {
  name = `test-${crypto.randomUUID()}`;
  device = await newDeviceKey();
  key = await dataKey(crypto.getRandomValues(new Uint8Array(32)));
  store = new Store(name);
});
afterEach(() => store.close());

describe('the chain', () => {
  test('begins at 1 with nothing before it and goes on without a gap', async () => {
    await store.append(device, [answer('one'), answer('two')]);
    await store.append(device, [answer('three')]);
    const chain = await store.chainOf(device.id);
    expect(chain.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(chain[0]?.prev).toBe(NO_PREV);
    expect(chain[2]?.prev).toBe(chain[1]?.id);
  });

  test('two windows of one tablet never write the same place, however they race', async () => {
    const other = new Store(name);
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        (i % 2 ? store : other).append(device, [answer(`note ${String(i)}`)]),
      ),
    );
    const chain = await store.chainOf(device.id);
    expect(chain.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    const faults = await chainFaults(device.publicKey, chain.map(entryOf), new Map<string, JSONValue>());
    expect([...new Set(faults.values())]).toEqual(['unsigned']);
    await other.close();
  });

  test('one signature at its end covers all that lies before it', async () => {
    await store.append(device, [answer('one'), answer('two')]);
    const last = (await store.chainOf(device.id)).at(-1);
    if (!last) throw new Error('nothing stored');
    const signed = await store.signStored(device, last);
    expect(await signatureHolds(device.publicKey, signed.id, signed.signature)).toBe(true);
    const chain = (await store.chainOf(device.id)).map(entryOf);
    expect((await chainFaults(device.publicKey, chain, new Map<string, JSONValue>())).size).toBe(0);
  });

  test('a batch of which one part cannot be written leaves nothing behind', async () => {
    const broken: Fresh = { ...answer('two'), seal: () => Promise.reject(new Error('no key')) };
    await expect(store.append(device, [answer('one'), broken])).rejects.toThrow('no key');
    expect(await store.chainOf(device.id)).toEqual([]);
    expect((await store.exchange()).entries).toEqual({});
  });
});

describe('what was stored', () => {
  test('is there after the program was killed, and the chain goes on where it stood', async () => {
    await store.append(device, [answer(SECRET)]);
    const again = new Store(name);
    const [found] = await again.entriesOf(VISIT);
    if (!found?.body?.sealed) throw new Error('lost');
    const bytes = await open(key, found.body.sealed, `entry:${found.row.id}`);
    expect(JSON.parse(new TextDecoder().decode(bytes))).toEqual(body(SECRET));
    const [next] = await again.append(device, [answer('two')]);
    expect(next?.seq).toBe(2);
    await again.close();
  });

  test('lies sealed: no body, photo or draft is found in clear in any table', async () => {
    const photo = await photoOf(utf8(`JPEG of ${SECRET}`));
    await store.append(device, [answer(SECRET)], [photo]);
    await store.saveDraft({ visit: VISIT, slot: 'item:1', sealed: await seal(key, utf8(SECRET), 'draft') });
    const text = await everything();
    for (const table of tables) expect(text).toContain(`${table}: `);
    expect(text).toContain('answer.given');
    expect(text).not.toContain('冷柜');
    expect(text).not.toContain('9℃');
  });

  test('a body opens only beside the entry that it belongs to', async () => {
    const [one] = await store.append(device, [answer(SECRET)]);
    const lying = await store.body(one?.id ?? '');
    if (!lying?.sealed) throw new Error('lost');
    await expect(open(key, lying.sealed, `entry:${'0'.repeat(64)}`)).rejects.toThrow();
  });

  test('is known to the exchange in the same moment, the photo with its entry', async () => {
    const photo = await photoOf(utf8('picture'));
    const taken = { ...answer('photo'), photo: { digest: photo.digest, size: photo.size } };
    const [entry] = await store.append(device, [taken], [photo]);
    const known = await store.exchange();
    expect(known.entries[entry?.id ?? '']).toMatchObject({ seq: 1, visit: VISIT, status: 'waiting' });
    expect(known.blobs[photo.digest]).toMatchObject({ size: photo.size, entries: [entry?.id] });
  });

  test('a photo of which other bytes lie there than were written is not called saved', async () => {
    const photo = await photoOf(utf8('picture'));
    const worn = { ...photo.sealed, data: photo.sealed.data.slice(0) };
    // A disk that keeps the length and not the bytes.
    new Uint8Array(worn.data)[3] = 0x5a ^ (new Uint8Array(photo.sealed.data)[3] ?? 0);
    const write = store.write.bind(store);
    store.write = async (names, work) => {
      const done = await write(names, work);
      await write(['photos'], (tx) => tx.objectStore('photos').put({ ...photo, sealed: worn }));
      return done;
    };
    await expect(store.append(device, [answer('photo')], [photo])).rejects.toThrow(NotSaved);
  });

  test('the same picture taken again takes the place of one that was damaged since', async () => {
    const photo = await photoOf(utf8('picture'));
    await store.append(device, [answer('photo')], [photo]);
    const again = await photoOf(utf8('picture'));
    await store.append(device, [answer('again')], [again]);
    expect((await store.photo(photo.digest))?.sealed.iv).toEqual(again.sealed.iv);
    await store.takeIn({ ...NOTHING, photosStored: [photo.digest] }, (state) => state);
    await store.append(device, [answer('third')], [photo]);
    expect(await store.photo(photo.digest)).toMatchObject({ stored: true, original: null });
  });

  test('the original of a photo is kept until the server holds the copy, the copy longer', async () => {
    const photo = await photoOf(utf8('picture'));
    await store.append(device, [answer('photo')], [photo]);
    expect((await store.photo(photo.digest))?.original).not.toBeNull();
    await store.takeIn({ ...NOTHING, photosStored: [photo.digest] }, (state) => state);
    expect(await store.photo(photo.digest)).toMatchObject({ stored: true, original: null });
    expect((await store.photo(photo.digest))?.sealed.data.byteLength).toBeGreaterThan(0);
  });

  test('an entry that the server sends again changes nothing', async () => {
    const [entry] = await store.append(device, [answer(SECRET)]);
    if (!entry) throw new Error('nothing stored');
    const row = { ...entry, visit: VISIT, signature: 'f'.repeat(128) };
    const lying = { entry: entry.id, sealed: null, plain: { note: 'forged' } };
    await store.takeIn({ ...NOTHING, entries: [{ row, body: lying }] }, (state) => state);
    const [found] = await store.entriesOf(VISIT);
    expect(found?.row.signature).toBe(entry.signature);
    expect(found?.body?.plain).toBeNull();
  });
});

/**
 * The only persistence of the tablet: IndexedDB. What counts is written with strict durability and read back
 * before anybody says 已存本机. Envelopes lie in clear; bodies, packets, photos and drafts lie sealed.
 */
import { fromHex } from '@sync/canon';
import { destroyed, photographed, recorded } from '@sync/exchange';
import type { State } from '@sync/exchange_words';
import type { Entry, ItemText } from '@sync/words';
import { openDB, type IDBPDatabase, type IDBPTransaction } from 'idb';
import { sign, type DeviceKey, type Person } from './keys';
import type {
  Device,
  EntryRow,
  BodyRow,
  PhotoRow,
  PacketRow,
  WrapRow,
  DraftRow,
  Pending,
  Session,
  Spent,
  Fresh,
  Haul,
  Lost,
  ThumbRow,
} from './rows';
import { chained, receiptOfNow, type Head, type Made } from './store/chained';
import { chainRange, exchangeIn, headIn, ofAccount, sealedSame } from './store/reading';
import { STRICT, TABLES, upgrade, VERSION, type Schema, type Table } from './store/schema';

export * from './rows';

/** How often one piece of work is begun again because the browser closed the database under it. */
const REOPENINGS = 3;

/** What was written is not what lies there: the disk failed, nobody may say 已存本机. */
export class NotSaved extends Error {}

export class Store {
  private db: Promise<IDBPDatabase<Schema>> | null = null;

  /** `newer` is told where a newer version of the app has the tables: this one can neither read nor write them. */
  constructor(
    private readonly name = 'suijian',
    private readonly newer: () => void = () => undefined,
  ) {}

  async device(): Promise<Device | undefined> {
    return (await this.use((db) => db.get('one', 'device'))) as Device | undefined;
  }

  async saveDevice(device: Device): Promise<void> {
    await this.write(['one'], (tx) => tx.objectStore('one').put(device, 'device'));
  }

  async pending(): Promise<Pending | null> {
    return ((await this.use((db) => db.get('one', 'pending'))) as Pending | undefined) ?? null;
  }

  async savePending(pending: Pending): Promise<void> {
    await this.write(['one'], (tx) => tx.objectStore('one').put(pending, 'pending'));
  }

  /** Null while this tablet is in use. */
  async lost(): Promise<Lost | null> {
    return ((await this.use((db) => db.get('one', 'lost'))) as Lost | undefined) ?? null;
  }

  async spent(): Promise<Spent> {
    return ((await this.use((db) => db.get('one', 'spent'))) as Spent | undefined) ?? {};
  }

  async saveSpent(spent: Spent): Promise<void> {
    await this.write(['one'], (tx) => tx.objectStore('one').put(spent, 'spent'));
  }

  /** What the exchange's machine knows; it lives beside the entries that it is about. */
  async exchange(): Promise<State> {
    return this.use((db) => exchangeIn(db.transaction('one').objectStore('one')));
  }

  people(): Promise<Person[]> {
    return this.use((db) => db.getAll('people'));
  }

  async savePerson(person: Person): Promise<void> {
    await this.write(['people'], (tx) => tx.objectStore('people').put(person, person.account));
  }

  /** A person whose PIN is set now: the pending enrolment is done with, and so are keys under an earlier PIN. */
  async admit(person: Person): Promise<void> {
    await this.write(['people', 'one', 'wraps'], async (tx) => {
      await tx.objectStore('people').put(person, person.account);
      await tx.objectStore('wraps').delete(ofAccount(person.account));
      await tx.objectStore('one').delete('pending');
    });
  }

  session(account: string): Promise<Session | undefined> {
    return this.use((db) => db.get('sessions', account));
  }

  async saveSession(session: Session): Promise<void> {
    await this.write(['sessions'], (tx) => tx.objectStore('sessions').put(session, session.account));
  }

  wraps(account: string): Promise<WrapRow[]> {
    return this.use((db) => db.getAll('wraps', ofAccount(account)));
  }

  allWraps(): Promise<WrapRow[]> {
    return this.use((db) => db.getAll('wraps'));
  }

  async dropWraps(rows: readonly { account: string; visit: string }[]): Promise<void> {
    await this.write(['wraps'], async (tx) => {
      for (const { account, visit } of rows) await tx.objectStore('wraps').delete([account, visit]);
    });
  }

  packets(): Promise<PacketRow[]> {
    return this.use((db) => db.getAll('packets'));
  }

  async text(digest: string): Promise<ItemText | undefined> {
    return (await this.use((db) => db.get('texts', digest)))?.text;
  }

  textDigests(): Promise<string[]> {
    return this.use((db) => db.getAllKeys('texts'));
  }

  /**
   * Entries of a visit with their bodies, and what the server's receipts hold of them now; a body may be missing
   * where it was erased.
   */
  async entriesOf(visit: string): Promise<{ row: EntryRow; body: BodyRow | undefined }[]> {
    return this.use(async (db) => {
      const tx = db.transaction(['one', 'entries', 'bodies']);
      const rows = await tx.objectStore('entries').index('visit').getAll(visit);
      const found: { row: EntryRow; body: BodyRow | undefined }[] = await Promise.all(
        rows.map(async (row) => ({ row, body: await tx.objectStore('bodies').get(row.id) })),
      );
      const { entries } = await exchangeIn(tx.objectStore('one'));
      const held = new Map<string, string>();
      for (const { id } of rows) if (entries[id]?.status === 'held') held.set(id, entries[id].code ?? '');
      const own = rows.find(({ id }) => held.has(id));
      return own ? [...found, receiptOfNow(visit, own.device, held)] : found;
    });
  }

  /** This device's own chain from `after` (exclusive) on, in order. */
  async chainOf(device: string, after = 0): Promise<EntryRow[]> {
    return this.use((db) => db.getAllFromIndex('entries', 'chain', chainRange(device, after)));
  }

  body(entry: string): Promise<BodyRow | undefined> {
    return this.use((db) => db.get('bodies', entry));
  }

  async head(device: string): Promise<Head> {
    return this.use((db) => headIn(db.transaction('entries').objectStore('entries'), device));
  }

  photo(digest: string): Promise<PhotoRow | undefined> {
    return this.use((db) => db.get('photos', digest));
  }

  photos(): Promise<PhotoRow[]> {
    return this.use((db) => db.getAll('photos'));
  }

  thumb(digest: string): Promise<ThumbRow | undefined> {
    return this.use((db) => db.get('thumbs', digest));
  }

  /** Keep a photo made small; not where the photo itself is gone. */
  async saveThumb(thumb: ThumbRow): Promise<void> {
    await this.write(['photos', 'thumbs'], async (tx) => {
      const known = await tx.objectStore('photos').getKey(thumb.digest);
      if (known !== undefined) await tx.objectStore('thumbs').put(thumb);
    });
  }

  draft(visit: string, slot: string): Promise<DraftRow | undefined> {
    return this.use((db) => db.get('drafts', [visit, slot]));
  }

  /** Of a visit, those whose slot begins so. */
  draftsOf(visit: string, begin = ''): Promise<DraftRow[]> {
    const range = IDBKeyRange.bound([visit, begin], [visit, `${begin}\uffff`]);
    return this.use((db) => db.getAll('drafts', range));
  }

  async saveDraft(draft: DraftRow): Promise<void> {
    await this.write(['drafts'], (tx) => tx.objectStore('drafts').put(draft));
  }

  async dropDraft(visit: string, slot: string): Promise<void> {
    await this.write(['drafts'], (tx) => tx.objectStore('drafts').delete([visit, slot]));
  }

  /**
   * Put `drafts` at the end of this device's chain, photos beside them, all or nothing. Two windows of the same
   * tablet never write the same place: one writer by Web Lock where there is one, and in any case the head is
   * compared again inside the transaction. Resolves only after everything was read back. Throws NotSaved.
   * Photos in `gone` (digests) are destroyed in the same transaction: nothing of them stays here or is sent.
   */
  async append(
    device: DeviceKey,
    fresh: Fresh[],
    photos: PhotoRow[] = [],
    gone: readonly string[] = [],
  ): Promise<Entry[]> {
    return exclusive('suijian/chain', async () => {
      for (;;) {
        const head = await this.head(device.id);
        const made = await chained(device, fresh, head);
        if (!(await this.extend(head, device.id, made, photos, gone))) continue;
        await this.readBack(made, photos, gone);
        return made.map(({ row }) => row);
      }
    });
  }

  /** Sign an entry that lies here and stands last in an outgoing batch; the signature covers all before it. */
  async signStored(device: DeviceKey, row: EntryRow): Promise<EntryRow> {
    if (row.signature !== '') return row;
    const signed = { ...row, signature: await sign(device, fromHex(row.id)) };
    await this.write(['entries'], (tx) => tx.objectStore('entries').put(signed));
    return signed;
  }

  /**
   * What the server brought and how the machine goes on, in one transaction; an entry that already lies here keeps
   * its row. `next` sees the state as it is now: taps may have been recorded while the server was answering. What
   * `forget` said is forgotten first: an older server may not know it any more, and says again what it still knows.
   */
  async takeIn(haul: Haul, next: (state: State) => State): Promise<State> {
    return this.write(['one', 'wraps', 'entries', 'bodies', 'packets', 'texts', 'photos'], async (tx) => {
      const entries = tx.objectStore('entries');
      if (haul.forget !== null) {
        for (const id of await entries.index('chain').getAllKeys(chainRange(haul.forget, 0))) {
          await entries.delete(id);
          await tx.objectStore('bodies').delete(id);
        }
      }
      for (const { row, body } of haul.entries) {
        if ((await entries.getKey(row.id)) !== undefined) continue;
        await entries.put(row);
        await tx.objectStore('bodies').put(body);
      }
      for (const packet of haul.packets) await tx.objectStore('packets').put(packet);
      for (const wrap of haul.wraps) await tx.objectStore('wraps').put(wrap);
      for (const text of haul.texts) await tx.objectStore('texts').put(text);
      for (const digest of haul.photosStored) {
        const photo = await tx.objectStore('photos').get(digest);
        if (photo && !photo.stored)
          await tx.objectStore('photos').put({ ...photo, stored: true, original: null });
      }
      const state = next(await exchangeIn(tx.objectStore('one')));
      await tx.objectStore('one').put(state, 'exchange');
      return state;
    });
  }

  async close(): Promise<void> {
    const db = await this.db;
    this.db = null;
    db?.close();
  }

  private async extend(
    head: Head,
    device: string,
    made: Made[],
    photos: PhotoRow[],
    gone: readonly string[],
  ): Promise<boolean> {
    return this.write(['one', 'entries', 'bodies', 'photos', 'thumbs'], async (tx) => {
      const now = await headIn(tx.objectStore('entries'), device);
      // The browser may close the database after it committed and before it said so: then all of it is here.
      if (now.id === made.at(-1)?.row.id) return true;
      if (now.id !== head.id) return false;
      for (const photo of photos) {
        const known = await tx.objectStore('photos').get(photo.digest);
        // The same picture again is written again: what lay here before may have been damaged since.
        await tx
          .objectStore('photos')
          .put(known?.stored ? { ...photo, original: null, stored: true } : photo);
      }
      let state = await exchangeIn(tx.objectStore('one'));
      for (const { row, body, size, photo } of made) {
        await tx.objectStore('entries').add(row);
        await tx.objectStore('bodies').add(body);
        state = recorded(state, row.id, row.seq, row.prev, row.visit, size);
        if (photo) state = photographed(state, photo.digest, photo.size, row.visit, row.id);
      }
      for (const digest of gone) {
        await tx.objectStore('photos').delete(digest);
        await tx.objectStore('thumbs').delete(digest);
        state = destroyed(state, digest);
      }
      await tx.objectStore('one').put(state, 'exchange');
      return true;
    });
  }

  private async readBack(made: Made[], photos: PhotoRow[], gone: readonly string[]): Promise<void> {
    await this.use(async (db) => {
      const tx = db.transaction(['entries', 'bodies', 'photos']);
      for (const { row, body } of made) {
        const lies = await tx.objectStore('entries').get(row.id);
        const lying = await tx.objectStore('bodies').get(row.id);
        if (lies?.seq !== row.seq || !sealedSame(lying?.sealed, body.sealed)) throw new NotSaved(row.id);
      }
      for (const photo of photos) {
        const lies = await tx.objectStore('photos').get(photo.digest);
        if (!sealedSame(lies?.sealed, photo.sealed)) throw new NotSaved(photo.digest);
      }
      for (const digest of gone) {
        if ((await tx.objectStore('photos').getKey(digest)) !== undefined) throw new NotSaved(digest);
      }
    });
  }

  /** One transaction, durable once this resolves; all of it or nothing. */
  async write<T>(
    tables: Table[],
    work: (tx: IDBPTransaction<Schema, Table[], 'readwrite'>) => Promise<T>,
  ): Promise<T> {
    return this.use(async (db) => {
      const tx = db.transaction(tables, 'readwrite', STRICT);
      // Without this, an aborted transaction would reject twice and once unheard.
      const done = tx.done.then(
        () => null,
        (error: unknown) => error,
      );
      try {
        const value = await work(tx);
        const failed = await done;
        if (failed) throw failed as Error;
        return value;
      } catch (error) {
        // Whatever failed, a part of it must not be kept: the browser commits what it is not told to undo.
        abort(tx);
        const failed = await done;
        throw isNamed(error, 'AbortError') && failed instanceof DOMException ? failed : error;
      }
    });
  }

  /** iOS closes IndexedDB when memory is short, Chromium when its own process of storage ended: open it again. */
  async use<T>(work: (db: IDBPDatabase<Schema>) => Promise<T>): Promise<T> {
    for (let again = 0; ; again++) {
      const opened = this.opened();
      try {
        return await work(await opened);
      } catch (error) {
        const aborted = isNamed(error, 'AbortError') && this.db !== opened;
        const closed = isNamed(error, 'InvalidStateError') || isNamed(error, 'UnknownError');
        if (again >= REOPENINGS || !(aborted || closed)) throw error;
        if (this.db === opened) this.db = null;
      }
    }
  }

  private opened(): Promise<IDBPDatabase<Schema>> {
    if (this.db) return this.db;
    const opening: Promise<IDBPDatabase<Schema>> = openDB<Schema>(this.name, VERSION, {
      upgrade,
      // A newer version of the app waits in another window: it may have the tables.
      blocking: (_, wanted) => {
        if (wanted !== null) this.newer();
        this.lose(opening);
        void opening.then((db) => {
          db.close();
        });
      },
      terminated: () => {
        this.lose(opening);
      },
    });
    this.db = opening;
    opening.catch((error: unknown) => {
      if (isNamed(error, 'VersionError')) this.newer();
      this.lose(opening);
    });
    return opening;
  }

  private lose(opening: Promise<IDBPDatabase<Schema>>): void {
    if (this.db === opening) this.db = null;
  }
}

/** Whether a write failed for want of room, or was not found where it was written: nothing of it is kept. */
export function isFull(error: unknown): boolean {
  return error instanceof NotSaved || isNamed(error, 'QuotaExceededError');
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof DOMException && error.name === name;
}

function abort(tx: { abort: () => void }): void {
  try {
    tx.abort();
  } catch (error) {
    // It is over already, by itself or by the fault that is being told.
    if (!isNamed(error, 'InvalidStateError')) throw error;
  }
}

/** Every table of the store, for whoever must show that nothing lies in it in clear. */
export const tables: readonly string[] = TABLES;

/** One at a time among all windows of this origin; where there are no Web Locks the work runs at once. */
export async function exclusive<T>(name: string, work: () => Promise<T>): Promise<T> {
  if (typeof navigator === 'undefined' || !('locks' in navigator)) return work();
  return await navigator.locks.request(name, work);
}

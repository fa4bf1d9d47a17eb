/**
 * The only persistence of the tablet: IndexedDB. What counts is written with strict durability and read back
 * before anybody says 已存本机. Envelopes lie in clear; bodies, packets, photos and drafts lie sealed.
 */
import { bodyDigest, entryId } from '@sync/chain';
import { canonical, fromHex, sameBytes } from '@sync/canon';
import { photographed, recorded } from '@sync/exchange';
import { EMPTY, type State } from '@sync/exchange_words';
import { NO_PREV, type Entry, type ItemText } from '@sync/words';
import { openDB, type DBSchema, type IDBPDatabase, type IDBPTransaction, type StoreNames } from 'idb';
import { sign, type DeviceKey, type Person, type Sealed } from './keys';
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
  Fresh,
  Haul,
} from './rows';

export * from './rows';

/** An entry ready to be written; `size` is what it takes on the wire, in canonical bytes. */
interface Made {
  row: EntryRow;
  body: BodyRow;
  size: number;
  photo: { digest: string; size: number } | null;
}

interface Schema extends DBSchema {
  one: { key: 'device' | 'exchange' | 'pending'; value: Device | State | Pending };
  people: { key: string; value: Person };
  sessions: { key: string; value: Session };
  wraps: { key: [string, string]; value: WrapRow };
  entries: { key: string; value: EntryRow; indexes: { chain: [string, number]; visit: string } };
  bodies: { key: string; value: BodyRow };
  packets: { key: string; value: PacketRow };
  texts: { key: string; value: { digest: string; text: ItemText } };
  photos: { key: string; value: PhotoRow; indexes: { visit: string } };
  drafts: { key: [string, string]; value: DraftRow };
}

type Table = StoreNames<Schema>;
const TABLES: Table[] = [
  'one',
  'people',
  'sessions',
  'wraps',
  'entries',
  'bodies',
  'packets',
  'texts',
  'photos',
  'drafts',
];
const STRICT = { durability: 'strict' } as const;
const VERSION = 1;

/** What was written is not what lies there: the disk failed, nobody may say 已存本机. */
export class NotSaved extends Error {}

export class Store {
  private db: Promise<IDBPDatabase<Schema>> | null = null;

  constructor(private readonly name = 'suijian') {}

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

  packets(): Promise<PacketRow[]> {
    return this.use((db) => db.getAll('packets'));
  }

  async text(digest: string): Promise<ItemText | undefined> {
    return (await this.use((db) => db.get('texts', digest)))?.text;
  }

  textDigests(): Promise<string[]> {
    return this.use((db) => db.getAllKeys('texts'));
  }

  /** Entries of a visit with their bodies; a body may be missing where it was erased. */
  async entriesOf(visit: string): Promise<{ row: EntryRow; body: BodyRow | undefined }[]> {
    return this.use(async (db) => {
      const tx = db.transaction(['entries', 'bodies']);
      const rows = await tx.objectStore('entries').index('visit').getAll(visit);
      return Promise.all(
        rows.map(async (row) => ({ row, body: await tx.objectStore('bodies').get(row.id) })),
      );
    });
  }

  /** This device's own chain from `after` (exclusive) on, in order. */
  async chainOf(device: string, after = 0): Promise<EntryRow[]> {
    return this.use((db) => db.getAllFromIndex('entries', 'chain', chainRange(device, after)));
  }

  body(entry: string): Promise<BodyRow | undefined> {
    return this.use((db) => db.get('bodies', entry));
  }

  async head(device: string): Promise<{ seq: number; id: string }> {
    return this.use((db) => headIn(db.transaction('entries').objectStore('entries'), device));
  }

  photo(digest: string): Promise<PhotoRow | undefined> {
    return this.use((db) => db.get('photos', digest));
  }

  photos(): Promise<PhotoRow[]> {
    return this.use((db) => db.getAll('photos'));
  }

  draft(visit: string, slot: string): Promise<DraftRow | undefined> {
    return this.use((db) => db.get('drafts', [visit, slot]));
  }

  draftsOf(visit: string): Promise<DraftRow[]> {
    return this.use((db) => db.getAll('drafts', IDBKeyRange.bound([visit, ''], [visit, '\uffff'])));
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
   */
  async append(device: DeviceKey, fresh: Fresh[], photos: PhotoRow[] = []): Promise<Entry[]> {
    return exclusive('suijian/chain', async () => {
      for (;;) {
        const head = await this.head(device.id);
        const made = await chained(device, fresh, head);
        if (!(await this.extend(head, device.id, made, photos))) continue;
        await this.readBack(made, photos);
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
   * its row. `next` sees the state as it is now: taps may have been recorded while the server was answering.
   */
  async takeIn(haul: Haul, next: (state: State) => State): Promise<State> {
    return this.write(['one', 'wraps', 'entries', 'bodies', 'packets', 'texts', 'photos'], async (tx) => {
      const entries = tx.objectStore('entries');
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
    head: { seq: number; id: string },
    device: string,
    made: Made[],
    photos: PhotoRow[],
  ): Promise<boolean> {
    return this.write(['one', 'entries', 'bodies', 'photos'], async (tx) => {
      const now = await headIn(tx.objectStore('entries'), device);
      if (now.id !== head.id) return false;
      for (const photo of photos) {
        const known = await tx.objectStore('photos').get(photo.digest);
        if (!known) await tx.objectStore('photos').add(photo);
      }
      let state = await exchangeIn(tx.objectStore('one'));
      for (const { row, body, size, photo } of made) {
        await tx.objectStore('entries').add(row);
        await tx.objectStore('bodies').add(body);
        state = recorded(state, row.id, row.seq, row.prev, row.visit, size);
        if (photo) state = photographed(state, photo.digest, photo.size, row.visit, row.id);
      }
      await tx.objectStore('one').put(state, 'exchange');
      return true;
    });
  }

  private async readBack(made: Made[], photos: PhotoRow[]): Promise<void> {
    await this.use(async (db) => {
      const tx = db.transaction(['entries', 'bodies', 'photos']);
      for (const { row, body } of made) {
        const lies = await tx.objectStore('entries').get(row.id);
        const lying = await tx.objectStore('bodies').get(row.id);
        if (lies?.seq !== row.seq || !sealedSame(lying?.sealed, body.sealed)) throw new NotSaved(row.id);
      }
      for (const photo of photos) {
        const lies = await tx.objectStore('photos').get(photo.digest);
        if (lies?.sealed.data.byteLength !== photo.sealed.data.byteLength) throw new NotSaved(photo.digest);
      }
    });
  }

  private async write<T>(
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
        await done;
        throw error;
      }
    });
  }

  /** iOS closes IndexedDB when memory is short: open it again once and repeat. */
  private async use<T>(work: (db: IDBPDatabase<Schema>) => Promise<T>): Promise<T> {
    try {
      return await work(await this.opened());
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== 'InvalidStateError') throw error;
      this.db = null;
      return work(await this.opened());
    }
  }

  private opened(): Promise<IDBPDatabase<Schema>> {
    this.db ??= openDB<Schema>(this.name, VERSION, {
      upgrade(db) {
        for (const table of ['one', 'people', 'sessions'] as const) db.createObjectStore(table);
        db.createObjectStore('wraps', { keyPath: ['account', 'visit'] });
        const entries = db.createObjectStore('entries', { keyPath: 'id' });
        entries.createIndex('chain', ['device', 'seq']);
        entries.createIndex('visit', 'visit');
        db.createObjectStore('bodies', { keyPath: 'entry' });
        db.createObjectStore('packets', { keyPath: 'visit' });
        db.createObjectStore('texts', { keyPath: 'digest' });
        db.createObjectStore('photos', { keyPath: 'digest' }).createIndex('visit', 'visit');
        db.createObjectStore('drafts', { keyPath: ['visit', 'slot'] });
      },
      terminated: () => {
        this.db = null;
      },
    });
    return this.db;
  }
}

/** Every table of the store, for whoever must show that nothing lies in it in clear. */
export const tables: readonly string[] = TABLES;

/** One at a time among all windows of this origin; where there are no Web Locks the work runs at once. */
export async function exclusive<T>(name: string, work: () => Promise<T>): Promise<T> {
  if (typeof navigator === 'undefined' || !('locks' in navigator)) return work();
  return await navigator.locks.request(name, work);
}

async function chained(
  device: DeviceKey,
  fresh: Fresh[],
  head: { seq: number; id: string },
): Promise<Made[]> {
  const made: Made[] = [];
  let { seq, id: prev } = head;
  for (const { kind, subject, by, at, body, signed, seal, photo } of fresh) {
    seq += 1;
    const envelope = {
      kind,
      subject,
      by,
      device: device.id,
      seq,
      prev,
      at,
      body_digest: await bodyDigest(body),
    };
    const id = await entryId(envelope);
    const signature = signed ? await sign(device, fromHex(id)) : '';
    const row = { ...envelope, id, signature, visit: subject };
    const size = canonical({ entry: { ...envelope, id, signature: '0'.repeat(128) }, body }).length;
    const lying = { entry: id, sealed: await seal(id), plain: null };
    made.push({ row, body: lying, size, photo: photo ?? null });
    prev = id;
  }
  return made;
}

interface ChainIndex {
  index(name: 'chain'): {
    openCursor(range: IDBKeyRange, direction: 'prev'): Promise<{ value: EntryRow } | null>;
  };
}

async function headIn(entries: ChainIndex, device: string): Promise<{ seq: number; id: string }> {
  const last = await entries.index('chain').openCursor(chainRange(device, 0), 'prev');
  return last ? { seq: last.value.seq, id: last.value.id } : { seq: 0, id: NO_PREV };
}

interface OneTable {
  get(key: 'exchange'): Promise<unknown>;
}

async function exchangeIn(one: OneTable): Promise<State> {
  return ((await one.get('exchange')) as State | undefined) ?? EMPTY;
}

function ofAccount(account: string): IDBKeyRange {
  return IDBKeyRange.bound([account, ''], [account, '\uffff']);
}

function chainRange(device: string, after: number): IDBKeyRange {
  return IDBKeyRange.bound([device, after], [device, Number.MAX_SAFE_INTEGER], true);
}

function sealedSame(a: Sealed | null | undefined, b: Sealed | null): boolean {
  if (!a || !b) return a === b;
  return sameBytes(a.iv, b.iv) && sameBytes(new Uint8Array(a.data), new Uint8Array(b.data));
}

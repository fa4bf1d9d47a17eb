/** The tables of the tablet's store, as they were released. A later version adds to `upgrade` and never empties. */
import type { State } from '@sync/exchange_words';
import type { ItemText } from '@sync/words';
import type { DBSchema, IDBPDatabase, StoreNames } from 'idb';
import type { Person } from '../keys';
import type {
  BodyRow,
  Device,
  DraftRow,
  EntryRow,
  Lost,
  PacketRow,
  Pending,
  PhotoRow,
  Session,
  Spent,
  ThumbRow,
  WrapRow,
} from '../rows';

export interface Schema extends DBSchema {
  one: {
    key: 'device' | 'exchange' | 'pending' | 'lost' | 'spent';
    value: Device | State | Pending | Lost | Spent;
  };
  people: { key: string; value: Person };
  sessions: { key: string; value: Session };
  wraps: { key: [string, string]; value: WrapRow };
  entries: { key: string; value: EntryRow; indexes: { chain: [string, number]; visit: string } };
  bodies: { key: string; value: BodyRow };
  packets: { key: string; value: PacketRow };
  texts: { key: string; value: { digest: string; text: ItemText } };
  photos: { key: string; value: PhotoRow; indexes: { visit: string } };
  thumbs: { key: string; value: ThumbRow; indexes: { visit: string } };
  drafts: { key: [string, string]; value: DraftRow };
}

export type Table = StoreNames<Schema>;
export const TABLES: Table[] = [
  'one',
  'people',
  'sessions',
  'wraps',
  'entries',
  'bodies',
  'packets',
  'texts',
  'photos',
  'thumbs',
  'drafts',
];
export const STRICT = { durability: 'strict' } as const;
export const VERSION = 2;

/** From the version that lies there (0: none) to the present one, step by step. */
export function upgrade(db: IDBPDatabase<Schema>, from: number): void {
  if (from < 1) first(db);
  if (from < 2) db.createObjectStore('thumbs', { keyPath: 'digest' }).createIndex('visit', 'visit');
}

function first(db: IDBPDatabase<Schema>): void {
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
}

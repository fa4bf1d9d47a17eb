/** What lies in the store, table by table. */
import type { JSONValue } from '@sync/canon';
import type { Entry, ItemText } from '@sync/words';
import type { DeviceKey, Sealed, Wrapped } from './keys';

export interface Device extends DeviceKey {
  label: string;
  serverKey: string;
  /** The department's recovery key (P-256 point in hex): the office opens what nobody on this tablet can. */
  recoveryKey?: string;
  /** The server has signed an answer: from then on nothing is deleted here on a word that it did not sign. */
  proves?: boolean;
}

/** An entry that lies here, written on this tablet or brought by the server; `visit` is what it is about. */
export interface EntryRow extends Entry {
  visit: string;
}

/** A body lies sealed where a visit's key covers it; bodies without anything private (receipts) lie open. */
export interface BodyRow {
  entry: string;
  sealed: Sealed | null;
  plain: JSONValue | null;
}

/** A photo's working copy, and its original until the server holds the copy. */
export interface PhotoRow {
  digest: string;
  visit: string;
  size: number;
  sealed: Sealed;
  original: Sealed | null;
  stored: boolean;
}

/** A photo made small, for lists: reading hundreds of whole pictures would make a tablet stutter. */
export interface ThumbRow {
  digest: string;
  visit: string;
  sealed: Sealed;
}

export interface PacketRow {
  visit: string;
  digest: string;
  sealed: Sealed;
}

/** Stands in place of an account where a data key is wrapped for the department's recovery. */
export const RECOVERY = 'recovery';

/** A visit's data key, wrapped for one person or for recovery. */
export interface WrapRow {
  account: string;
  visit: string;
  wrapped: Wrapped;
}

export interface DraftRow {
  visit: string;
  slot: string;
  sealed: Sealed;
}

/** An enrolment whose PIN is still to be set: the code is used up, so a kill must not lose what it brought. */
export interface Pending {
  account: string;
  name: string;
  share: string;
  leaseUntil: string;
}

/**
 * This tablet is revoked and cleared but for so much, which the server does not have yet. `waiting`: records and photos
 * that it has, and that stay sealed until a backup holds them too.
 */
export interface Lost {
  since: string;
  entries: number;
  photos: number;
  waiting?: number;
}

export interface Session {
  account: string;
  token: string;
  expires: string;
}

/** Visit → since when (milliseconds since 1970) this tablet knows that a backup holds all of it. */
export type Spent = Readonly<Record<string, number>>;

/** What a screen decided; `seal` gives the bytes to keep for the body of the entry with that id. */
export interface Fresh {
  kind: string;
  subject: string;
  by: string;
  at: string;
  body: Readonly<Record<string, JSONValue>>;
  signed: boolean;
  seal: (entry: string) => Promise<Sealed>;
  /** The photo that this entry announces. */
  photo?: { digest: string; size: number };
}

/** Everything that one answer of the server brings, stored in one transaction with the machine's next state. */
export interface Haul {
  entries: { row: EntryRow; body: BodyRow }[];
  packets: PacketRow[];
  wraps: WrapRow[];
  texts: { digest: string; text: ItemText }[];
  photosStored: string[];
  /** The device whose entries are forgotten before these are stored: the office's, once its server is an older one. */
  forget: string | null;
}
export const NOTHING: Haul = {
  entries: [],
  packets: [],
  wraps: [],
  texts: [],
  photosStored: [],
  forget: null,
};

/** The entry as it travels. */
export function entryOf(row: EntryRow): Entry {
  const { kind, subject, by, device, seq, prev, at, body_digest, id, signature } = row;
  return { kind, subject, by, device, seq, prev, at, body_digest, id, signature };
}

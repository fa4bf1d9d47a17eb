/** What the server in memory keeps, and what goes over its wire. */
import type { JSONValue } from '@sync/canon';
import type { Entry, Packet } from '@sync/words';

export interface Row {
  entry: Entry;
  body: JSONValue;
  head: string;
}
/** An entry that counts for a visit, since `place`. */
export interface Counts {
  place: number;
  number: number;
  visit: string;
}
export interface Photo {
  size: number;
  bytes: Uint8Array;
  stored: number;
}
export interface Device {
  publicKey: string;
  persons: string[];
}
/** What a backup holds. */
export interface Kept {
  rows: Row[];
  counts: Counts[];
  held: Map<string, string>;
  photos: Map<string, Photo>;
  orders: Map<string, { packet: Packet; order: string }>;
  /** Tablet and visit → the number since which the visit is in the tablet's scope, where it came there later. */
  since: Map<string, number>;
}
/** One request; `proof`: its Device-Proof. */
export interface Sent {
  method: string;
  path: string;
  token: string | null;
  proof: string;
  body: Uint8Array;
  from: number;
}
export interface Reply {
  status: number;
  body: JSONValue;
  headers?: Record<string, string>;
}
export interface Receipt {
  entry: string;
  status: string;
  code: string | null;
}
export interface Asked {
  device: string;
  epoch: string | null;
  cursor: { number: number; within: number; head: string };
  entries: { entry: Entry; body: JSONValue }[];
}

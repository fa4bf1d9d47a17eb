/** What the server in memory keeps, and what goes over its wire. */
import { H, utf8, type JSONValue } from '@sync/canon';
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
  /** Every packet that an order ever named, by digest. */
  packets: Map<string, Packet>;
  /** Tablet and visit → the number since which the visit is in the tablet's scope, where it came there later. */
  since: Map<string, number>;
  /** Tablets out of use, and what each of them said it still has to hand in. */
  revoked: Set<string>;
  left: Map<string, Left>;
}
export interface Left {
  entries: number;
  photos: number;
}
/** One request; `proof`: its Device-Proof; `nonce`: its Answer-Nonce, over which a server that signs proves its answer. */
export interface Sent {
  method: string;
  path: string;
  token: string | null;
  proof: string;
  nonce: string;
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

/** What `prove` signs. */
export function proofOf(tag: string, ...parts: string[]): Promise<Uint8Array> {
  return H(tag, ...parts.map(utf8));
}

export function copied(kept: Kept): Kept {
  return structuredClone(kept);
}

export function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

export function json(body: Uint8Array): JSONValue {
  return JSON.parse(new TextDecoder().decode(body)) as JSONValue;
}

export function refused(status: number, code: string): Reply {
  return { status, body: { code, sentence: '（测试）', details: {} } };
}

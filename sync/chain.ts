/**
 * Entries and their chains: ids, body digests, thumbprints, signatures. Twin of `chain.py`, which says why; both
 * run `vectors/chain.json`.
 *
 *     entryId(envelope): Promise<string>                bodyDigest(body): Promise<string>
 *     answerDigest(nonce, path, body): Promise<string>
 *     thumbprint(publicKey): Promise<string>            signEntry(privateKey, id): Promise<string>
 *     signatureHolds(publicKey, entry, signature): Promise<boolean>
 *     chainFaults(publicKey, entries, bodies, start?): Promise<Map<string, Fault>>
 */

import { canonical, digest, fromHex, H, sha256, toHex, utf8, type Bytes, type JSONValue } from './canon';
import { NO_PREV, type Entry, type Envelope } from './words';

const CURVE = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const ALGORITHM = { name: 'ECDSA', hash: 'SHA-256' } as const;

/** H("entry/1", canonical(the eight envelope fields)) in hex. */
export async function entryId(envelope: Envelope): Promise<string> {
  const { kind, subject, by, device, seq, prev, at, body_digest } = envelope;
  return toHex(await H('entry/1', canonical({ kind, subject, by, device, seq, prev, at, body_digest })));
}

/** H("body/1", canonical(body)) in hex. */
export function bodyDigest(body: JSONValue): Promise<string> {
  return digest('body/1', body);
}

/** A device's id: SHA-256 of its public key (65-byte uncompressed P-256 point, given in hex). */
export async function thumbprint(publicKey: string): Promise<string> {
  return toHex(await sha256(fromHex(publicKey)));
}

/** What the server signs of an answer: H("answer/1", nonce, path, body) in hex. */
export async function answerDigest(nonce: string, path: string, body: Bytes): Promise<string> {
  return toHex(await H('answer/1', utf8(nonce), utf8(path), body));
}

/** The device's ECDSA-P256-SHA256 signature (raw r‖s, hex) over the 32 bytes of an entry's id. */
export async function signEntry(privateKey: CryptoKey, id: string): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.sign(ALGORITHM, privateKey, fromHex(id))));
}

/** Whether `signature` (raw r‖s, hex) is this key's ECDSA-P256-SHA256 signature over the id's 32 bytes. */
export async function signatureHolds(publicKey: string, entry: string, signature: string): Promise<boolean> {
  // Nothing but lower-case hex, as on the server: two spellings of one key would be two values of one thing.
  const point = /^04[0-9a-f]{128}$/.test(publicKey) ? fromHex(publicKey) : null;
  const signed = bytesOf(entry);
  const raw = bytesOf(signature);
  if (!point || !signed || raw?.length !== 64) return false;
  let key: CryptoKey;
  try {
    key = await crypto.subtle.importKey('raw', point, CURVE, false, ['verify']);
  } catch {
    // Not a point of the curve: no signature holds under it.
    return false;
  }
  return crypto.subtle.verify(ALGORITHM, key, raw, signed);
}

/**
 * What is wrong with an entry of a chain: its id, its body's digest, its place, its device or its signature;
 * `unsigned` marks entries after the last signature, which nothing covers yet.
 */
export type Fault = 'id' | 'body' | 'seq' | 'prev' | 'device' | 'signature' | 'unsigned';

/** The (seq, id) that the first entry of a piece of chain continues. */
export interface Start {
  readonly seq: number;
  readonly id: string;
}

/**
 * The faults of a device's entries in chain order, by entry id; empty when every one is in order. A body that is
 * not in `bodies` is not checked (it may have been erased); a fault of one does not excuse those after it.
 */
export async function chainFaults(
  publicKey: string,
  entries: readonly Entry[],
  bodies: ReadonlyMap<string, JSONValue>,
  start: Start = { seq: 0, id: NO_PREV },
): Promise<Map<string, Fault>> {
  const faults = new Map<string, Fault>();
  const device = await thumbprint(publicKey);
  let before = start;
  let covered = 0;
  for (const [place, entry] of entries.entries()) {
    const fault = await faultOf(entry, device, before, bodies.get(entry.id), publicKey);
    if (fault) faults.set(entry.id, fault);
    else if (entry.signature) covered = place + 1;
    before = { seq: entry.seq, id: entry.id };
  }
  for (const entry of entries.slice(covered)) {
    if (!faults.has(entry.id)) faults.set(entry.id, 'unsigned');
  }
  return faults;
}

async function faultOf(
  entry: Entry,
  device: string,
  before: Start,
  body: JSONValue | undefined,
  publicKey: string,
): Promise<Fault | null> {
  if (entry.device !== device) return 'device';
  if ((await entryId(entry)) !== entry.id) return 'id';
  if (entry.seq !== before.seq + 1) return 'seq';
  if (entry.prev !== before.id) return 'prev';
  if (body !== undefined && (await bodyDigest(body)) !== entry.body_digest) return 'body';
  if (entry.signature && !(await signatureHolds(publicKey, entry.id, entry.signature))) return 'signature';
  return null;
}

function bytesOf(hex: string): Bytes | null {
  return /^([0-9a-f]{2})*$/.test(hex) ? fromHex(hex) : null;
}

/**
 * Canonical bytes: the one byte form of a value, the one domain-tagged hash, and the RFC 6962 Merkle tree.
 * Twin of `canon.py`; both run `vectors/canon.json`. PROTOCOL.md, "Canonical bytes", says the same in prose.
 */

export type JSONValue =
  null | boolean | number | string | readonly JSONValue[] | { readonly [key: string]: JSONValue };

export type Bytes = Uint8Array<ArrayBuffer>;

const MAX_DEPTH = 64;

/** There is no canonical form. `reason` is a stable code, `where` a path such as `$.a[0]`. */
export class NotCanonical extends Error {
  readonly reason: string;
  readonly where: string;

  constructor(reason: string, where = '$') {
    super(`${reason} at ${where}`);
    this.name = 'NotCanonical';
    this.reason = reason;
    this.where = where;
  }
}

/** RFC 8785 bytes, restricted: ASCII keys, NFC strings without lone surrogates, safe integers, 64 levels. */
export function canonical(value: JSONValue): Bytes {
  return utf8(write(value, '$', 0));
}

/**
 * The value that UTF-8 JSON stands for; lenient on whitespace and key order, strict on the rest: duplicate keys,
 * floats (also `1.0` and `1e2`), `-0` and a byte order mark throw `NotCanonical`.
 */
export function parse(data: Uint8Array): JSONValue {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data);
  } catch {
    throw new NotCanonical('not-utf8');
  }
  const value = new Reader(text).document();
  write(value, '$', 0);
  return value;
}

/** Whether `data` is exactly the canonical form of some value. */
export function isCanonical(data: Uint8Array): boolean {
  try {
    return sameBytes(canonical(parse(data)), data);
  } catch (error) {
    if (error instanceof NotCanonical) return false;
    throw error;
  }
}

/** SHA-256 over the tag (UTF-8) and each part, every one preceded by its length as 8 bytes, big-endian. */
export function H(tag: string, ...parts: Uint8Array[]): Promise<Bytes> {
  return sha256(framed(utf8(tag), ...parts));
}

/** The parts one after another, each preceded by its length as 8 bytes, big-endian. */
export function framed(...parts: Uint8Array[]): Bytes {
  return concat(...parts.flatMap((part) => [uint64(part.length), part]));
}

/** Lower-case hex of `H(tag, canonical(value))`. */
export async function digest(tag: string, value: JSONValue): Promise<string> {
  return toHex(await H(tag, canonical(value)));
}

/** RFC 6962 leaf: SHA-256(0x00 | data). */
export function leafHash(data: Uint8Array): Promise<Bytes> {
  return sha256(concat(Uint8Array.of(0), data));
}

/** RFC 6962 node: SHA-256(0x01 | left | right). The prefix keeps a leaf from posing as a node. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Promise<Bytes> {
  return sha256(concat(Uint8Array.of(1), left, right));
}

/** RFC 6962 root over the leaves' data. The empty tree is SHA-256 of nothing. */
export async function merkleRoot(leaves: readonly Uint8Array[]): Promise<Bytes> {
  let level = await Promise.all(leaves.map(leafHash));
  while (level.length > 1) level = await levelAbove(level);
  return level[0] ?? sha256(new Uint8Array());
}

/** The audit path of leaf `i` (from 0), its sibling first. Throws `RangeError` outside the tree. */
export async function merkleProof(leaves: readonly Uint8Array[], i: number): Promise<Bytes[]> {
  if (!Number.isInteger(i) || i < 0 || i >= leaves.length)
    throw new RangeError(`leaf ${i} of ${leaves.length}`);
  const path: Bytes[] = [];
  let level = await Promise.all(leaves.map(leafHash));
  for (let place = i; level.length > 1; place = Math.floor(place / 2)) {
    const sibling = level[place % 2 ? place - 1 : place + 1];
    if (sibling) path.push(sibling);
    level = await levelAbove(level);
  }
  return path;
}

/** Whether `leaf` (its data, not its hash) stands at place `i` of the tree of `n` leaves under `root`. */
export async function merkleVerify(
  root: Uint8Array,
  n: number,
  i: number,
  leaf: Uint8Array,
  proof: readonly Uint8Array[],
): Promise<boolean> {
  if (!Number.isSafeInteger(i) || !Number.isSafeInteger(n) || i < 0 || i >= n) return false;
  let node = await leafHash(leaf);
  let place = i;
  let used = 0;
  for (let last = n - 1; last > 0; last = Math.floor(last / 2)) {
    // A last node without a sibling rises unchanged, as in the RFC's uneven split.
    if (place % 2 || place < last) {
      const sibling = proof[used++];
      if (!sibling) return false;
      node = await (place % 2 ? nodeHash(sibling, node) : nodeHash(node, sibling));
    }
    place = Math.floor(place / 2);
  }
  return used === proof.length && sameBytes(node, root);
}

export async function sha256(data: Uint8Array): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', owned(data)));
}

export function utf8(text: string): Bytes {
  return owned(new TextEncoder().encode(text));
}

export function toHex(data: Uint8Array): string {
  return Array.from(data, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The bytes of lower-case hex; throws `RangeError` on anything else. */
export function fromHex(text: string): Bytes {
  if (!/^([0-9a-f]{2})*$/.test(text)) throw new RangeError('not hex');
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => parseInt(text.slice(2 * i, 2 * i + 2), 16));
}

/** A safe non-negative integer as 8 bytes, big-endian. */
export function uint64(value: number): Bytes {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

export function concat(...parts: Uint8Array[]): Bytes {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** The same bytes on an ArrayBuffer of their own type, which WebCrypto's types insist on; copies only if shared. */
function owned(data: Uint8Array): Bytes {
  return data.buffer instanceof ArrayBuffer ? (data as Bytes) : new Uint8Array(data);
}

function levelAbove(level: readonly Bytes[]): Promise<Bytes[]> {
  const pairs = Array.from({ length: Math.ceil(level.length / 2) }, (_, j) => level.slice(2 * j, 2 * j + 2));
  return Promise.all(
    pairs.map(([left, right]) => (right ? nodeHash(left as Bytes, right) : Promise.resolve(left as Bytes))),
  );
}

function write(value: JSONValue, where: string, depth: number): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return writeText(value, where);
  if (typeof value === 'number') return writeNumber(value, where);
  if (typeof value !== 'object') throw new NotCanonical('type', where);
  if (depth >= MAX_DEPTH) throw new NotCanonical('depth', where);
  if (Array.isArray(value)) {
    const items: readonly JSONValue[] = value;
    return `[${Array.from(items, (item, i) => write(item, `${where}[${i}]`, depth + 1)).join(',')}]`;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw new NotCanonical('type', where);
  const fields = Object.entries(value as { readonly [key: string]: JSONValue });
  for (const [key] of fields) {
    if (!isAscii(key)) throw new NotCanonical('key-not-ascii', where);
  }
  fields.sort(([a], [b]) => (a < b ? -1 : 1));
  const members = fields.map(
    ([key, item]) => `${JSON.stringify(key)}:${write(item, `${where}.${key}`, depth + 1)}`,
  );
  return `{${members.join(',')}}`;
}

function writeText(text: string, where: string): string {
  if (!isAscii(text)) {
    if (/\p{Surrogate}/u.test(text)) throw new NotCanonical('lone-surrogate', where);
    if (text.normalize('NFC') !== text) throw new NotCanonical('not-nfc', where);
  }
  return JSON.stringify(text);
}

function writeNumber(value: number, where: string): string {
  if (Object.is(value, -0)) throw new NotCanonical('negative-zero', where);
  if (!Number.isInteger(value)) throw new NotCanonical('float', where);
  if (!Number.isSafeInteger(value)) throw new NotCanonical('integer-range', where);
  return String(value);
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
}

/** JSON as RFC 8259 has it. `JSON.parse` would keep the last of two equal keys and turn `1.0` into `1`. */
class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  document(): JSONValue {
    const value = this.value(0);
    this.space();
    if (this.at !== this.text.length) throw new NotCanonical('not-json');
    return value;
  }

  private value(depth: number): JSONValue {
    this.space();
    const next = this.text[this.at];
    if (next === '{' || next === '[') {
      if (depth >= MAX_DEPTH) throw new NotCanonical('depth');
      this.at++;
      return next === '{' ? this.members(depth + 1) : this.items(depth + 1);
    }
    if (next === '"') return this.string();
    if (this.match(/true/y)) return true;
    if (this.match(/false/y)) return false;
    if (this.match(/null/y)) return null;
    return this.number();
  }

  private items(depth: number): JSONValue[] {
    const found: JSONValue[] = [];
    if (this.take(']')) return found;
    do found.push(this.value(depth));
    while (this.take(','));
    this.need(']');
    return found;
  }

  private members(depth: number): { readonly [key: string]: JSONValue } {
    const found = new Map<string, JSONValue>();
    if (this.take('}')) return {};
    let twice = false;
    do {
      this.space();
      const key = this.string();
      this.need(':');
      twice ||= found.has(key);
      found.set(key, this.value(depth));
    } while (this.take(','));
    this.need('}');
    if (twice) throw new NotCanonical('duplicate-key');
    // fromEntries defines own properties, so that a key such as "__proto__" is kept like any other.
    return Object.fromEntries(found);
  }

  private string(): string {
    const raw = this.match(/"(?:[ !#-[\]-\uffff]|\\["\\/bfnrt]|\\u[0-9A-Fa-f]{4})*"/y);
    if (raw === null) throw new NotCanonical('not-json');
    return JSON.parse(raw) as string;
  }

  private number(): number {
    const raw = this.match(/-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y);
    if (raw === null) throw new NotCanonical('not-json');
    if (/[.eE]/.test(raw)) throw new NotCanonical('float');
    if (raw === '-0') throw new NotCanonical('negative-zero');
    const value = Number(raw);
    if (!Number.isSafeInteger(value)) throw new NotCanonical('integer-range');
    return value;
  }

  private match(pattern: RegExp): string | null {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found === null) return null;
    this.at += found[0].length;
    return found[0];
  }

  private space(): void {
    this.match(/[ \t\n\r]*/y);
  }

  private take(mark: string): boolean {
    this.space();
    if (this.text[this.at] !== mark) return false;
    this.at++;
    return true;
  }

  private need(mark: string): void {
    if (!this.take(mark)) throw new NotCanonical('not-json');
  }
}

/** Tickets and bitmaps: which rows are drawn, as a function of public bytes only. Twin of `tickets.py`. */

import { H, toHex, uint64, type Bytes } from './canon';

const CHUNK = 1 << 17;

/** ceil(rows/8) bytes; row i is bit i % 8, counted from the least significant, of byte floor(i/8). */
export function makeBitmap(rows: number, eligible: Iterable<number>): Bytes {
  const bits = new Uint8Array(Math.ceil(rows / 8));
  for (const i of eligible) {
    if (!Number.isInteger(i) || i < 0 || i >= rows) throw new RangeError(`row ${i} of ${rows}`);
    bits[i >> 3] = at(bits, i >> 3) | (1 << (i & 7));
  }
  return bits;
}

/** Hex of H("bitmap/1", rows as 8 bytes, bitmap). */
export async function bitmapDigest(rows: number, bitmap: Uint8Array): Promise<string> {
  return toHex(await H('bitmap/1', uint64(rows), bitmap));
}

/** How many rows the bitmap holds. */
export function eligibleCount(bitmap: Uint8Array): number {
  let count = 0;
  for (let byte of bitmap) for (; byte; byte &= byte - 1) count++;
  return count;
}

/** Whether the bitmap has the length for `rows` and no bit beyond them. */
export function bitmapFits(bitmap: Uint8Array, rows: number): boolean {
  return (
    bitmap.length === Math.ceil(rows / 8) &&
    (rows % 8 === 0 || at(bitmap, bitmap.length - 1) >> (rows % 8) === 0)
  );
}

/** ceil(n·num/den) in integers. Throws RangeError unless n >= 0, den >= 1 and 0 <= num <= den. */
export function ceilRatio(n: number, num: number, den: number): number {
  if (n < 0 || den < 1 || num < 0 || num > den) throw new RangeError(`ratio ${num}/${den} of ${n}`);
  return Number((BigInt(n) * BigInt(num) + BigInt(den) - 1n) / BigInt(den));
}

/** Tickets start..start+count-1, 8 bytes each: the AES-256-CTR keystream (zero IV) from byte 8·start on. */
export async function tickets(key: Uint8Array, start: number, count: number): Promise<Bytes> {
  const odd = start % 2;
  const counter = new Uint8Array(16);
  counter.set(uint64((start - odd) / 2), 8);
  const secret = await crypto.subtle.importKey('raw', new Uint8Array(key), 'AES-CTR', false, ['encrypt']);
  const zeros = new Uint8Array(8 * (count + odd));
  const stream = await crypto.subtle.encrypt({ name: 'AES-CTR', counter, length: 128 }, secret, zeros);
  return new Uint8Array(stream).subarray(8 * odd);
}

/** ticket(i) as an unsigned big-endian integer. */
export async function ticket(key: Uint8Array, i: number): Promise<bigint> {
  return viewOf(await tickets(key, i, 1)).getBigUint64(0);
}

/** The first k eligible rows in order of (ticket, row). */
export async function ranked(
  key: Uint8Array,
  bitmap: Uint8Array,
  rows: number,
  k: number,
): Promise<number[]> {
  return (await firstByTicket(key, bitmap, rows, k)).map((one) => one.row);
}

/** The first k eligible rows in order of (ticket, row), as an ascending list: the drawn index set. */
export async function drawStratum(
  key: Uint8Array,
  bitmap: Uint8Array,
  rows: number,
  k: number,
): Promise<number[]> {
  return (await ranked(key, bitmap, rows, k)).sort((a, b) => a - b);
}

interface Candidate {
  readonly high: number;
  readonly low: number;
  readonly row: number;
}

async function firstByTicket(
  key: Uint8Array,
  bitmap: Uint8Array,
  rows: number,
  k: number,
): Promise<Candidate[]> {
  if (!bitmapFits(bitmap, rows)) throw new RangeError('the bitmap does not fit the number of rows');
  const n = eligibleCount(bitmap);
  if (!Number.isInteger(k) || k < 0 || k > n) throw new RangeError(`cannot draw ${k} of ${n}`);
  if (k === 0) return [];
  // A bound on the tickets' first 32 bits that all but surely leaves k; if it does not, it is doubled. Floats are
  // allowed here: the bound decides only how much is sorted, never what comes first.
  let bound = Math.min(2 ** 32, Math.ceil(((k + 8 * Math.sqrt(k) + 8) / n) * 2 ** 32));
  for (;;) {
    const found = await below(key, bitmap, rows, bound);
    if (found.length >= k) {
      return found.sort((a, b) => a.high - b.high || a.low - b.low || a.row - b.row).slice(0, k);
    }
    bound = Math.min(2 ** 32, bound * 2);
  }
}

async function below(key: Uint8Array, bitmap: Uint8Array, rows: number, bound: number): Promise<Candidate[]> {
  const found: Candidate[] = [];
  for (let start = 0; start < rows; start += CHUNK) {
    const count = Math.min(CHUNK, rows - start);
    const view = viewOf(await tickets(key, start, count));
    for (let j = 0; j < count; j++) {
      const high = view.getUint32(8 * j);
      if (high >= bound) continue;
      const row = start + j;
      if ((at(bitmap, row >> 3) >> (row & 7)) & 1) found.push({ high, low: view.getUint32(8 * j + 4), row });
    }
  }
  return found;
}

function viewOf(bytes: Bytes): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Byte `i`; outside the array 0. */
function at(bytes: Uint8Array, i: number): number {
  return bytes[i] ?? 0;
}

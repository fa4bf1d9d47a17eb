/** What this tablet tells by its own key alone, while nobody is at work on it. Apart from the shell. */
import { canonical, H, toHex, utf8, type JSONValue } from '@sync/canon';
import type { Told } from '@sync/exchange_words';
import * as v from 'valibot';
import type { SjxFile } from '../desk/export';
import { EntryWords, isReceipt, mustProve, NoAnswer, parsed, post, provenBy } from '../exchange';
import { prove, sign } from '../keys';
import type { Device } from '../rows';

const PIECE_TIMEOUT_MS = 600_000;

/** `wrong`: account → wrong PINs in a row; `left`: what a tablet that cleared itself still keeps. */
export interface Standings {
  wrong: Record<string, number>;
  left: { entries: number; photos: number } | null;
}

const Standing = v.object({
  revoked: v.boolean(),
  withheld: v.array(v.string()),
  recovery_key: v.string(),
  /** An older server says neither. */
  epoch: v.optional(v.string()),
  backed_up: v.optional(v.number()),
});
const Receipts = v.object({
  device: v.string(),
  receipts: v.array(
    v.object({
      entry: v.string(),
      status: v.picklist(['accepted', 'exists', 'held', 'refused']),
      code: v.nullable(v.string()),
    }),
  ),
});
const Taken = v.object({
  photos: v.number(),
  stored: v.optional(v.record(v.string(), v.number())),
  received: v.array(v.object({ number: v.number(), entry: EntryWords, body: v.looseObject({}) })),
});

/** Tell it; the answer says how this tablet stands. Throws Declined, NoAnswer. */
export async function tell(key: Device, told: Standings): Promise<v.InferOutput<typeof Standing>> {
  const nonce = await challenge(key.id);
  const words = canonical(told as unknown as JSONValue);
  const signature = await sign(key, await H('device/1', utf8(nonce), words));
  const body = JSON.stringify({ device: key.id, nonce, signature, told });
  const headers = { 'Content-Type': 'application/json', Accept: 'application/json' };
  const { value, proven } = await provenBy(key.serverKey, '/field/device', { method: 'POST', headers, body });
  // On this word the tablet clears itself.
  mustProve(key, proven);
  return parsed(Standing, value);
}

/**
 * Hand in a piece of a file of unsent records; the server's signed receipts, how many photos it keeps, and the numbers
 * of evidence.stored by digest. Throws Declined, and NoAnswer where a receipt is not the server's.
 */
export async function handIn(
  key: Device,
  file: SjxFile,
): Promise<{ receipts: Told[]; photos: number; stored: ReadonlyMap<string, number> }> {
  const nonce = await challenge(key.id);
  const body = utf8(JSON.stringify(file));
  const sha = toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', body)));
  const proof = await prove(key, 'unsent/1', nonce, sha);
  const headers = { 'Content-Type': 'application/json', 'Device-Proof': `${key.id} ${nonce} ${proof}` };
  const init = { method: 'POST', headers, body };
  const asked = provenBy(key.serverKey, '/field/device/unsent', init, undefined, PIECE_TIMEOUT_MS);
  const { value, proven } = await asked;
  mustProve(key, proven);
  const { photos, stored, received } = parsed(Taken, value);
  const receipts: Told[] = [];
  for (const { number, entry, body: said } of received) {
    if (!(await isReceipt(key.serverKey, key.id, entry, said as JSONValue)))
      throw new NoAnswer('a receipt that the server did not sign');
    for (const one of parsed(Receipts, said).receipts) receipts.push({ ...one, number });
  }
  return { receipts, photos, stored: new Map(Object.entries(stored ?? {})) };
}

async function challenge(device: string): Promise<string> {
  return parsed(v.object({ nonce: v.string() }), await post('/field/session/challenge', { device })).nonce;
}

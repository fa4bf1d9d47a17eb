/** What this tablet tells by its own key alone, while nobody is at work on it. Apart from the shell. */
import { canonical, H, toHex, utf8, type JSONValue } from '@sync/canon';
import { bodyDigest, entryId, signatureHolds } from '@sync/chain';
import * as v from 'valibot';
import type { SjxFile } from '../desk/export';
import { call, EntryWords, jsonOf, NoAnswer, parsed, post } from '../exchange';
import { prove, sign, type DeviceKey } from '../keys';

const PIECE_TIMEOUT_MS = 600_000;

/** `wrong`: account → wrong PINs in a row; `left`: what a tablet that cleared itself still keeps. */
export interface Told {
  wrong: Record<string, number>;
  left: { entries: number; photos: number } | null;
}

const Standing = v.object({
  revoked: v.boolean(),
  withheld: v.array(v.string()),
  recovery_key: v.string(),
});
const Receipts = v.object({
  receipts: v.array(v.object({ entry: v.string(), status: v.string() })),
});
const Taken = v.object({
  photos: v.number(),
  received: v.array(v.object({ entry: EntryWords, body: v.looseObject({}) })),
});

/** Tell it; the answer says how this tablet stands. Throws Declined, NoAnswer. */
export async function tell(key: DeviceKey, told: Told): Promise<v.InferOutput<typeof Standing>> {
  const nonce = await challenge(key.id);
  const words = canonical(told as unknown as JSONValue);
  const signature = await sign(key, await H('device/1', utf8(nonce), words));
  return parsed(Standing, await post('/field/device', { device: key.id, nonce, signature, told }));
}

/**
 * Hand in a piece of a file of unsent records; the entries of which the server signed that it has them, and how many
 * photos it keeps. Throws Declined, and NoAnswer where a receipt is not the server's.
 */
export async function handIn(
  key: DeviceKey,
  serverKey: string,
  file: SjxFile,
): Promise<{ entries: string[]; photos: number }> {
  const nonce = await challenge(key.id);
  const body = utf8(JSON.stringify(file));
  const sha = toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', body)));
  const proof = await prove(key, 'unsent/1', nonce, sha);
  const headers = { 'Content-Type': 'application/json', 'Device-Proof': `${key.id} ${nonce} ${proof}` };
  const init = { method: 'POST', headers, body };
  const answer = await call('/field/device/unsent', init, undefined, PIECE_TIMEOUT_MS);
  const { photos, received } = parsed(Taken, await jsonOf(answer));
  const entries: string[] = [];
  for (const { entry, body: said } of received) {
    const whole =
      (await entryId(entry)) === entry.id && (await bodyDigest(said as JSONValue)) === entry.body_digest;
    if (!whole || !(await signatureHolds(serverKey, entry.id, entry.signature)))
      throw new NoAnswer('a receipt that the server did not sign');
    for (const one of parsed(Receipts, said).receipts) if (one.status !== 'refused') entries.push(one.entry);
  }
  return { entries, photos };
}

async function challenge(device: string): Promise<string> {
  return parsed(v.object({ nonce: v.string() }), await post('/field/session/challenge', { device })).nonce;
}

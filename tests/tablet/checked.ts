/** Which entries of a batch are whole and covered by a signature (`sync/PROTOCOL.md` section 2), in the order of `seq`. */
import type { JSONValue } from '@sync/canon';
import { bodyDigest, entryId, signatureHolds } from '@sync/chain';
import type { Entry } from '@sync/words';
import type { Asked, Receipt } from './wire';

/** The others get a refusal, or no verdict where nothing covers them yet. */
export async function checked(
  publicKey: string,
  device: string,
  items: Asked['entries'],
): Promise<{
  valid: { entry: Entry; body: JSONValue }[];
  receipts: Receipt[];
}> {
  const receipts: Receipt[] = [];
  const whole = new Map<string, { entry: Entry; body: JSONValue }>();
  for (const item of items) {
    const { entry, body } = item;
    const fits = (await entryId(entry)) === entry.id && (await bodyDigest(body)) === entry.body_digest;
    if (fits && entry.device === device) whole.set(entry.id, item);
    else
      receipts.push({
        entry: entry.id,
        status: 'refused',
        code: 'signature_bad',
      });
  }
  const covered = new Set<string>();
  for (const { entry } of [...whole.values()]) {
    if (entry.signature === '') continue;
    if (!(await signatureHolds(publicKey, entry.id, entry.signature))) {
      receipts.push({
        entry: entry.id,
        status: 'refused',
        code: 'signature_bad',
      });
      whole.delete(entry.id);
      continue;
    }
    for (let at = entry.id; whole.has(at) && !covered.has(at); at = whole.get(at)?.entry.prev ?? '')
      covered.add(at);
  }
  const valid = [...whole.values()]
    .filter(({ entry }) => covered.has(entry.id))
    .sort((a, b) => a.entry.seq - b.entry.seq);
  return { valid, receipts };
}

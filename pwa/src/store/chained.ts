/** New entries at the end of a device's chain, ready to be written. */
import { canonical, fromHex } from '@sync/canon';
import { bodyDigest, entryId } from '@sync/chain';
import { NO_PREV, type Entry } from '@sync/words';
import { sign, type DeviceKey } from '../keys';
import type { BodyRow, EntryRow, Fresh } from '../rows';

/** Place and id of the last entry of a chain; 0 and `NO_PREV` before the first. */
export interface Head {
  seq: number;
  id: string;
}

/** An entry ready to be written; `size` is what it takes on the wire, in canonical bytes. */
export interface Made {
  row: EntryRow;
  body: BodyRow;
  size: number;
  photo: { digest: string; size: number } | null;
}

export async function chained(device: DeviceKey, fresh: Fresh[], head: Head): Promise<Made[]> {
  const made: Made[] = [];
  let { seq, id: prev } = head;
  for (const { kind, subject, by, at, body, signed, seal, photo } of fresh) {
    seq += 1;
    const envelope = {
      kind,
      subject,
      by,
      device: device.id,
      seq,
      prev,
      at,
      body_digest: await bodyDigest(body),
    };
    const id = await entryId(envelope);
    const signature = signed ? await sign(device, fromHex(id)) : '';
    const row = { ...envelope, id, signature, visit: subject };
    const size = canonical({ entry: { ...envelope, id, signature: '0'.repeat(128) }, body }).length;
    const lying = { entry: id, sealed: await seal(id), plain: null };
    made.push({ row, body: lying, size, photo: photo ?? null });
    prev = id;
  }
  return made;
}

/**
 * What the receipts hold now, as `fold` reads it; the server does the same. A receipt of the past may say something
 * else, so that receipts themselves are never folded.
 */
export function receiptOfNow(
  visit: string,
  device: string,
  held: ReadonlyMap<string, string>,
): { row: EntryRow; body: BodyRow } {
  const receipts = [...held].map(([entry, code]) => ({ entry, status: 'held', code }));
  const entry: Entry = {
    kind: 'entry.received',
    subject: visit,
    by: visit,
    device,
    seq: 1,
    prev: NO_PREV,
    at: '1970-01-01T00:00:00.000Z',
    body_digest: NO_PREV,
    id: NO_PREV,
    signature: '',
  };
  return {
    row: { ...entry, visit },
    body: { entry: NO_PREV, sealed: null, plain: { nonce: visit, device, receipts } },
  };
}

/** Which packet a visit's newest order names. One packet of a visit lies here, whichever of its orders came first. */
import type { JSONValue } from '@sync/canon';
import { fetchAgain } from '@sync/exchange';
import type { Bodies } from '@sync/words';
import { openWhole } from '../keys';
import { isFull, NOTHING, type BodyRow } from '../store';
import { atWork, house } from './state';

/** What lies here of a body; null where it is missing or does not open. */
export async function bodyIn(key: CryptoKey, row: BodyRow | undefined): Promise<JSONValue | null> {
  if (!row) return null;
  if (!row.sealed) return row.plain;
  // A damaged body is one that is missing: the rest of the visit is shown, and what is sent goes on.
  const bytes = await openWhole(key, row.sealed, `entry:${row.entry}`);
  return bytes ? (JSON.parse(new TextDecoder().decode(bytes)) as JSONValue) : null;
}

/** The digest that the newest order here names; null where none is here or opens. Orders are the server's own, and its
 * chain counts them. */
export async function orderedPacket(visit: string, key: CryptoKey): Promise<string | null> {
  const rows = await house.store.entriesOf(visit);
  const orders = rows.filter(({ row }) => row.kind === 'visit.ordered');
  const newest = orders.sort((a, b) => b.row.seq - a.row.seq)[0];
  const body = newest && ((await bodyIn(key, newest.body)) as Bodies['visit.ordered'] | null);
  return body?.packet_digest ?? null;
}

/**
 * Ask for the packets that the newest orders name where others lie here: the server became an older one of itself, or
 * two orders came together. Whether any was asked for.
 */
export async function askForOrdered(): Promise<boolean> {
  const { keys } = atWork().open;
  const [known, rows] = [await house.store.exchange(), await house.store.packets()];
  // Where no visit was ordered twice there is nothing to look through.
  if (Object.keys(known.packets).length <= rows.length) return false;
  const others: string[] = [];
  for (const { visit, digest } of rows) {
    const key = keys.get(visit);
    const named = key ? await orderedPacket(visit, key) : null;
    if (named !== null && named !== digest && known.packets[named]?.status === 'here') others.push(named);
  }
  if (others.length === 0) return false;
  try {
    await house.store.takeIn(NOTHING, (now) => fetchAgain(now, others));
  } catch (error) {
    // A full tablet goes on with what lies here, and asks the next time.
    if (!isFull(error)) throw error;
    return false;
  }
  return true;
}

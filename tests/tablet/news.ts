/** Reading by place (`sync/PROTOCOL.md` section 4.2), in small pages. */
import type { JSONValue } from '@sync/canon';
import type { Asked, Device, Kept } from './wire';

const PAGE = 12;
const ZERO = '0'.repeat(64);

interface Here {
  kept: Kept;
  epoch: string;
  backedUp: number;
}

/** What this tablet has not read of its visits, and how far it has read then. */
export function newsOf(
  { kept, epoch, backedUp }: Here,
  known: Device,
  device: string,
  asked: Asked,
): Record<string, JSONValue> {
  const { number, head, within } = asked.cursor;
  const lost = number > 0 && (kept.rows[number - 1]?.head ?? '') !== head;
  const another = asked.epoch !== epoch;
  const from = lost || another ? { number: 0, within: 0 } : { number, within };
  const end = { number: kept.rows.length, within: 0, head: kept.rows.at(-1)?.head ?? ZERO };
  const here = { epoch: epoch, backed_up: backedUp };
  const reset: Record<string, JSONValue> = lost && !another ? { reset: true } : {};
  if (kept.revoked.has(device)) return { ...here, cursor: end, entries: [], ...reset, revoked: true };
  const scope = new Set(scopeOf(kept, known));
  const unread = kept.counts
    .map((one) => ({
      ...one,
      place: Math.max(one.place, kept.since.get(`${device} ${one.visit}`) ?? 0),
    }))
    .filter(({ place, number: own, visit }) => {
      const later = place > from.number || (from.within > 0 && place === from.number && own > from.within);
      return later && scope.has(visit) && kept.rows[own - 1]?.entry.device !== device;
    })
    .sort((a, b) => a.place - b.place || a.number - b.number);
  const page = unread.slice(0, PAGE);
  const entries = page.map(({ number: own }) => {
    const row = kept.rows[own - 1];
    return { number: own, entry: row?.entry as unknown as JSONValue, body: row?.body ?? null };
  });
  const last = page.at(-1);
  const more = last !== undefined && unread.length > page.length;
  const cursor = more
    ? { number: last.place, within: last.number, head: kept.rows[last.place - 1]?.head ?? ZERO }
    : end;
  return { ...here, cursor, entries, ...(more ? { more } : {}), ...reset };
}

/** The visits whose team a person of this tablet is of. */
export function scopeOf(kept: Kept, known: Device): string[] {
  return [...kept.orders]
    .filter(([, { packet }]) => packet.team.some(({ account }) => known.persons.includes(account)))
    .map(([visit]) => visit);
}

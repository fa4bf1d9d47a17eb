/**
 * Who on this tablet may open which visit. A visit's data key is wrapped for those of its team who use this tablet
 * and for the recovery key of the department; a colleague who is not of the team opens nothing of it.
 */
import { fromHex, type Bytes } from '@sync/canon';
import type { Packet } from '@sync/words';
import { dataKey, openWhole, unwrap, wrapFor } from '../keys';
import { NOTHING, RECOVERY, type WrapRow } from '../store';
import { atWork, house } from './state';

/** A visit's data key (32 bytes in hex) for everybody of its team who uses this tablet, and for recovery. */
export async function wrapsFor(packet: Packet, raw: string): Promise<WrapRow[]> {
  return wrapped(packet, () => Promise.resolve(fromHex(raw)), new Set());
}

async function wrapped(
  packet: Packet,
  unwrapped: () => Promise<Bytes>,
  have: ReadonlySet<string>,
): Promise<WrapRow[]> {
  const { visit, team } = packet;
  const members = (await house.store.people()).filter(({ account }) =>
    team.some((one) => one.account === account),
  );
  const recovery = house.device?.recoveryKey;
  const keys = [
    ...members.map(({ account, publicKey }) => ({ account, publicKey })),
    ...(recovery ? [{ account: RECOVERY, publicKey: recovery }] : []),
  ].filter(({ account }) => !have.has(account));
  if (keys.length === 0) return [];
  const raw = await unwrapped();
  return Promise.all(
    keys.map(async ({ account, publicKey }) => ({
      account,
      visit,
      wrapped: await wrapFor(publicKey, raw, `visit:${visit}`),
    })),
  );
}

/**
 * Whatever the person at work can open, the visit's other members on this tablet and its recovery can from now on: a
 * colleague of the team who joined the tablet later takes over without signal. Who is not of the team loses the key,
 * once nothing of the visit waits to be sent.
 */
export async function shareWraps(): Promise<void> {
  const { open: work } = atWork();
  const all = await house.store.allWraps();
  const mine = new Map(all.filter(({ account }) => account === work.account).map((row) => [row.visit, row]));
  const sent = Object.values((await house.store.exchange()).entries);
  for (const { visit, sealed } of await house.store.packets()) {
    const own = mine.get(visit);
    const key = work.keys.get(visit);
    if (!own || !key) continue;
    const bytes = await openWhole(key, sealed, `packet:${visit}`);
    // It is fetched again, and shared then.
    if (!bytes) continue;
    const packet = JSON.parse(new TextDecoder().decode(bytes)) as Packet;
    const members = new Set([RECOVERY, ...packet.team.map(({ account }) => account)]);
    const here = all.filter((row) => row.visit === visit);
    const have = new Set(here.map(({ account }) => account));
    const wraps = await wrapped(packet, () => unwrap(work.vault, own.wrapped, `visit:${visit}`), have);
    if (wraps.length > 0) await house.store.takeIn({ ...NOTHING, wraps }, (known) => known);
    const strangers = here.filter(({ account }) => !members.has(account));
    const waits = sent.some((entry) => entry.visit === visit && entry.receipt === 0);
    if (strangers.length > 0 && members.has(work.account) && !waits) await house.store.dropWraps(strangers);
  }
}

/** The data keys that lie here for a person, opened; `shut`: visits whose key is damaged, and that open
 * again once their orders were read anew. */
export async function keysOf(
  account: string,
  vault: CryptoKey,
): Promise<{ keys: Map<string, CryptoKey>; shut: Set<string> }> {
  const keys = new Map<string, CryptoKey>();
  const shut = new Set<string>();
  for (const { visit, wrapped: lying } of await house.store.wraps(account)) {
    try {
      keys.set(visit, await dataKey(await unwrap(vault, lying, `visit:${visit}`)));
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      shut.add(visit);
    }
  }
  return { keys, shut };
}

/** What the machine asks for, done once over the network: each action brings its outcome and what is to be stored. */
import { fromHex, type JSONValue } from '@sync/canon';
import { unproven } from '@sync/exchange';
import { PACKETS_AT_ONCE, START, type Action, type Outcome, type State } from '@sync/exchange_words';
import type { Bodies, Packet } from '@sync/words';
import * as net from '../exchange';
import { dataKey, openWhole, seal } from '../keys';
import { entryOf, NOTHING, type BodyRow, type EntryRow, type Haul, type WrapRow } from '../store';
import { tellOthers } from './channel';
import { orderedPacket } from './orders';
import { atWork, house } from './state';
import { loadVisits } from './visits';
import { wrapsFor } from './wraps';

export interface Done {
  action: Action;
  outcome: Outcome;
  haul: Haul;
}

/** One action of the machine, done once. Throws Declined, NoAnswer, Locked, and what the store throws. */
export async function doing(action: Exclude<Action, { kind: 'idle' }>, known: State): Promise<Done> {
  const { device, open: work } = atWork();
  if (action.kind === 'session') {
    const session = await net.openSession(device, work.account);
    const { token, token_expires: expires, revoked } = session;
    await house.store.saveSession({ account: work.account, token, expires });
    await extendLease(work.account, session);
    return { action, outcome: { kind: 'opened', revoked }, haul: NOTHING };
  }
  const token = (await house.store.session(work.account))?.token;
  if (!token) return { action, outcome: { kind: 'unauthorised' }, haul: NOTHING };
  if (action.kind === 'push') return pushing(action, known, token);
  if (action.kind === 'packets') return fetching(action, token);
  return uploading(action, token);
}

async function extendLease(account: string, session: net.Opened): Promise<void> {
  if (house.device && session.recovery_key && session.recovery_key !== house.device.recoveryKey) {
    house.device = { ...house.device, recoveryKey: session.recovery_key };
    await house.store.saveDevice(house.device);
  }
  const person = (await house.store.people()).find((one) => one.account === account);
  const { share, lease_until: leaseUntil } = session;
  if (!person || share === undefined || leaseUntil === undefined) return;
  await house.store.savePerson({ ...person, share, leaseUntil });
}

async function pushing(
  action: Extract<Action, { kind: 'push' }>,
  known: State,
  token: string,
): Promise<Done> {
  const { device } = atWork();
  const run = await runOf(action.entries, token);
  if (run.sealed.length > 0) {
    const outcome = await (await import('./handin')).handInSealed(run.sealed);
    return { action: { ...action, entries: run.sealed.map(({ id }) => id) }, outcome, haul: NOTHING };
  }
  if (run.gone.length > 0)
    return {
      action: { ...action, entries: run.gone },
      outcome: { kind: 'handed', receipts: [], damaged: run.gone },
      haul: NOTHING,
    };
  const { entries } = run;
  const sign = new Set(action.sign);
  const last = entries.at(-1);
  if (last) sign.add(last.entry.id);
  const signed = await Promise.all(
    entries.map(async ({ entry, body }) => {
      const row = sign.has(entry.id) ? await house.store.signStored(device, entry) : entry;
      return { entry: entryOf(row), body };
    }),
  );
  const at = new Date().toISOString();
  const ask = { device: device.id, epoch: known.epoch, cursor: known.cursor, entries: signed, at };
  const answer = await net.push(token, device.serverKey, ask);
  const sent: Action = { ...action, entries: signed.map(({ entry }) => entry.id), sign: [...sign] };
  const outcome = await believed(known, answer);
  return { action: sent, outcome, haul: await haulOf({ ...answer, told: outcome }, token) };
}

/** What may be believed of an answer; a server that signed one is held to that from then on. */
async function believed(known: State, { told, proven }: net.Pushed): Promise<net.Pushed['told']> {
  const { device } = atWork();
  if (!proven) return device.proves ? unproven(known, told) : told;
  if (!device.proves) {
    house.device = { ...device, proves: true };
    await house.store.saveDevice(house.device);
  }
  return told;
}

/** Where a batch begins, in the order of the chain: entries that open here, or sealed ones, or ids of which nothing is
 * left. Only one of the three has anything in it; the rest has its turn after that. */
interface Run {
  entries: { entry: EntryRow; body: JSONValue }[];
  sealed: EntryRow[];
  gone: string[];
}

async function runOf(batch: readonly string[], token: string): Promise<Run> {
  const run: Run = { entries: [], sealed: [], gone: [] };
  const { entries, sealed, gone } = run;
  const chain = new Map((await house.store.chainOf(atWork().device.id)).map((row) => [row.id, row]));
  const keys = new Map<string, Promise<CryptoKey | null>>();
  for (const id of batch) {
    const row = chain.get(id);
    if (!row) {
      if (entries.length + sealed.length > 0) break;
      gone.push(id);
      continue;
    }
    if (gone.length > 0) break;
    const key = keys.get(row.visit) ?? keyFor(row.visit, token);
    keys.set(row.visit, key);
    const body = await bodyOf(id, await key);
    if ((body === undefined ? entries : sealed).length > 0) break;
    if (body === undefined) sealed.push(row);
    else entries.push({ entry: row, body });
  }
  return run;
}

/** Undefined where it does not open here: no key, or not what was sealed. */
async function bodyOf(id: string, key: CryptoKey | null): Promise<JSONValue | undefined> {
  const lying = await house.store.body(id);
  if (!key || !lying?.sealed) return undefined;
  const bytes = await openWhole(key, lying.sealed, `entry:${id}`);
  return bytes && (JSON.parse(new TextDecoder().decode(bytes)) as JSONValue);
}

/**
 * What an answer brings, ready to be stored. Orders of visits bring their packets and keys along at once: without
 * the visit's key nothing of it could be kept sealed.
 */
async function haulOf(answer: net.Pushed, token: string): Promise<Haul> {
  const orders = answer.entries.filter(({ entry }) => entry.kind === 'visit.ordered');
  // News come as the ledger has them: of two orders of a visit the later one counts.
  const newest = new Map(
    orders.map(({ entry, body }) => [
      entry.subject,
      { visit: entry.subject, ...(body as unknown as Bodies['visit.ordered']) },
    ]),
  );
  const strange = await withoutKeys([...newest.values()]);
  const digests = strange.map(({ packet_digest }) => packet_digest);
  const brought = await packetsAhead(digests, token);
  const entries: Haul['entries'] = [];
  for (const { entry, body } of answer.entries) {
    const key = entry.kind === 'entry.received' ? null : await keyFor(entry.subject, token);
    // A receipt names entries only and has nothing private; other things about a visit that is not ours stay away.
    if (!key && entry.kind !== 'entry.received') continue;
    const lying: BodyRow = key
      ? { entry: entry.id, sealed: await seal(key, utf8(body), `entry:${entry.id}`), plain: null }
      : { entry: entry.id, sealed: null, plain: body };
    entries.push({ row: { ...entry, visit: entry.subject }, body: lying });
  }
  const photosStored = answer.told.stored.map(({ digest }) => digest);
  return { ...brought, entries, photosStored };
}

/** Orders of visits whose key does not lie here for everybody of the team who uses this tablet. One that is only lent
 * (a forgotten PIN, a damaged key, a colleague at work, and records to send) would not show a visit to its member again. */
async function withoutKeys<T extends Pick<Bodies['visit.ordered'], 'team'> & { visit: string }>(
  orders: readonly T[],
): Promise<T[]> {
  if (orders.length === 0) return [];
  const { open: work } = atWork();
  const wraps = await house.store.allWraps();
  const lying = new Set(wraps.map(({ account, visit }) => `${account} ${visit}`));
  const people = new Set((await house.store.people()).map(({ account }) => account));
  return orders.filter(({ visit, team }) => {
    if (work.shut.has(visit) || !(work.keys.has(visit) || work.guests.has(visit))) return true;
    return team.some(({ account }) => people.has(account) && !lying.has(`${account} ${visit}`));
  });
}

async function fetching(action: Extract<Action, { kind: 'packets' }>, token: string): Promise<Done> {
  const lying = (await house.store.packets()).map(({ digest }) => digest);
  const here = new Set(lying.filter((name) => !house.damaged.has(name)));
  const missing = action.digests.filter((name) => !here.has(name)).slice(0, few);
  const came = missing.length > 0 ? await packetsFor(missing, token, replaced) : NONE;
  const lay = action.digests.filter((name) => here.has(name));
  // The machine asks for the rest in its next action.
  const asked: Action = { ...action, digests: [...lay, ...missing] };
  const got = [...lay, ...came.digests];
  return { action: asked, outcome: { kind: 'got_packets', digests: got }, haul: came.haul };
}

/** How many packets are asked for at once: a line that broke is asked for fewer. */
const FEW = 8;
let few = FEW;

async function fewerAfter<T>(asking: Promise<T>): Promise<T> {
  try {
    const answer = await asking;
    few = Math.min(FEW, few * 2);
    return answer;
  } catch (error) {
    few = Math.max(1, Math.floor(few / 2));
    throw error;
  }
}

/** Packets that an answer cannot be kept without, a few at a time: each few are kept and shown before the next, so that
 * a line that breaks does not have to bring them again. */
async function packetsAhead(digests: readonly string[], token: string): Promise<Haul> {
  for (let at = 0; ;) {
    const some = digests.slice(at, at + few);
    at += some.length;
    const { haul } = some.length > 0 ? await packetsFor(some, token) : NONE;
    if (at >= digests.length) return haul;
    await house.store.takeIn(haul, (known) => known);
    tellOthers({ visits: [], packets: true });
    await loadVisits();
  }
}

/** Whether a newer order here names another packet: the answer says nothing of the order of two packets of a visit. */
async function replaced(visit: string, digest: string, key: CryptoKey): Promise<boolean> {
  const named = await orderedPacket(visit, key);
  return named !== null && named !== digest;
}

/** Packets that came, ready to be stored, and the digests of all that came, the replaced ones too. */
interface Came {
  haul: Haul;
  digests: string[];
}
const NONE: Came = { haul: NOTHING, digests: [] };

async function packetsFor(
  digests: readonly string[],
  token: string,
  skipped: typeof replaced = () => Promise.resolve(false),
): Promise<Came> {
  const answer = await fewerAfter(net.fetchPackets(token, digests, await house.store.textDigests()));
  const arrived: string[] = [];
  const came: { digest: string; packet: Packet; raw: string; key: CryptoKey }[] = [];
  for (const [digest, packet] of answer.packets) {
    const raw = answer.keys.get(packet.visit);
    if (!raw) continue;
    const key = await dataKey(fromHex(raw));
    arrived.push(digest);
    if (!(await skipped(packet.visit, digest, key))) came.push({ digest, packet, raw, key });
  }
  const wraps: WrapRow[] = [];
  for (const { packet, raw } of came) wraps.push(...(await wrapsFor(packet, raw)));
  // The keys are stored before anything is sealed under them, so that nothing lies here that nobody can open.
  await house.store.takeIn({ ...NOTHING, wraps }, (known) => known);
  const { open: work } = atWork();
  const packets: Haul['packets'] = [];
  for (const { digest, packet, key } of came) {
    const { visit, team } = packet;
    (team.some(({ account }) => account === work.account) ? work.keys : work.guests).set(visit, key);
    work.shut.delete(visit);
    packets.push({ visit, digest, sealed: await seal(key, utf8(packet), `packet:${visit}`) });
  }
  const texts = [...answer.texts].map(([digest, text]) => ({ digest, text }));
  return { haul: { ...NOTHING, packets, texts }, digests: arrived };
}

/**
 * The key under which things of a visit lie here. Of a colleague's visit the server lends it while there is signal,
 * so that this person's session keeps what comes sealed and sends what lies sealed; nothing of it is shown.
 */
async function keyFor(visit: string, token: string): Promise<CryptoKey | null> {
  const { open: work } = atWork();
  const known = work.keys.get(visit) ?? work.guests.get(visit);
  if (known) return known;
  const row = (await house.store.packets()).find((one) => one.visit === visit);
  if (!row) return null;
  const named = Object.keys((await house.store.exchange()).packets);
  const have = await house.store.textDigests();
  // The packet that lies here is asked for first; an older server may only know one before it.
  const asks = [[row.digest]];
  for (let at = 0; at < named.length; at += PACKETS_AT_ONCE) asks.push(named.slice(at, at + PACKETS_AT_ONCE));
  let raw: string | undefined;
  for (const digests of asks) raw ??= (await net.fetchPackets(token, digests, have)).keys.get(visit);
  // None of them: its order is still to be read, and what comes before it must not be passed over unread.
  raw ??= (await net.fetchPackets(token, await ordersOf(visit, token), have)).keys.get(visit);
  if (!raw) return null;
  const key = await dataKey(fromHex(raw));
  work.guests.set(visit, key);
  return key;
}

/** The packets that orders of a visit name, read from the ledger's beginning without taking anything in. */
async function ordersOf(visit: string, token: string): Promise<string[]> {
  const { device } = atWork();
  const found: string[] = [];
  let ask = { epoch: null as string | null, cursor: START };
  for (let more = true; more;) {
    const at = new Date().toISOString();
    const { told, entries } = await net.push(token, device.serverKey, {
      ...ask,
      device: device.id,
      entries: [],
      at,
    });
    for (const { entry, body } of entries)
      if (entry.kind === 'visit.ordered' && entry.subject === visit)
        found.push((body as { packet_digest: string }).packet_digest);
    ask = { epoch: told.epoch, cursor: told.cursor };
    more = told.more;
  }
  return found.slice(-PACKETS_AT_ONCE);
}

/** Bytes of a film that go in one request: what a request may take of the server and of a weak line. Photographs are
 * smaller. Between two of them entries go first. */
const SLICE = 2 * 1024 * 1024;

/** The film that is on its way, opened: once, and not once a slice. It goes with what opened it. */
const underWay = new WeakMap<object, { digest: string; bytes: Uint8Array<ArrayBuffer> }>();

async function uploading(action: Extract<Action, { kind: 'blob' }>, token: string): Promise<Done> {
  const { device, open: work } = atWork();
  const { digest, offset } = action;
  let bytes = underWay.get(work)?.digest === digest ? underWay.get(work)?.bytes : undefined;
  if (offset === null) bytes = undefined;
  if (!bytes && offset !== null) {
    const row = await house.store.photo(digest);
    // A picture that is not here any more goes aside by itself; the others go on.
    if (!row) return { action, outcome: { kind: 'declined', code: 'evidence_unknown' }, haul: NOTHING };
    const key = await keyFor(row.visit, token);
    bytes = key ? await openWhole(key, row.sealed, `photo:${digest}`) : undefined;
    if (!bytes && !(await (await import('./handin')).handInPhoto(digest)))
      return { action, outcome: { kind: 'declined', code: 'evidence_damaged' }, haul: NOTHING };
  }
  const until = (offset ?? 0) + SLICE;
  if (bytes && offset !== null && until < bytes.length) underWay.set(work, { digest, bytes });
  else underWay.delete(work);
  const at =
    offset === null || !bytes
      ? await whereIs(token, device, digest)
      : await net.sendPhoto(token, device, digest, bytes.subarray(0, until), offset);
  const haul = at.stored > 0 ? { ...NOTHING, photosStored: [action.digest] } : NOTHING;
  return { action, outcome: { kind: 'blob_at', ...at }, haul };
}

/** What HEAD says is not signed: that a picture is whole is then asked with an empty PUT, which is. */
async function whereIs(token: string, device: net.Server, digest: string): ReturnType<typeof net.photoAt> {
  const at = await net.photoAt(token, digest);
  if (at.stored === 0 || !device.proves) return at;
  return net.sendPhoto(token, device, digest, new Uint8Array(), at.offset);
}

function utf8(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

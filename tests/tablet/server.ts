/**
 * The server's side of the exchange in memory, written from `sync/PROTOCOL.md` section 4: receipts, reading by place,
 * photos by offset, epochs. Signatures, ids and digests are checked as the protocol says; there is nothing else here
 * that the real server has.
 */
import { bodyDigest, entryId, signatureHolds } from '@sync/chain';
import { digest, fromHex, H, toHex, utf8, type JSONValue } from '@sync/canon';
import { DEVICE_KINDS, NO_PREV, type Entry, type Packet } from '@sync/words';
import type { SjxFile } from '../../pwa/src/desk/export';
import { newDeviceKey, newPerson, sign, type DeviceKey } from '../../pwa/src/keys';
import type { Chance } from './chance';
import { openFile } from './unsent';
import type { Asked, Device, Kept, Receipt, Reply, Row, Sent } from './wire';

export type { Kept, Reply, Sent } from './wire';

const PAGE = 12;
const ZERO = '0'.repeat(64);
const OUTSIDE = -1;

export class Server {
  kept: Kept = {
    rows: [],
    counts: [],
    held: new Map(),
    photos: new Map(),
    orders: new Map(),
    since: new Map(),
  };
  epoch = '1'.repeat(32);
  backedUp = 0;
  readonly devices = new Map<string, Device>();
  readonly sessions = new Map<string, { device: string; account: string }>();
  private readonly nonces = new Map<string, string>();
  /** Visit → its data key, in hex. It is not in the ledger, and a restored server has it all the same. */
  private readonly keys = new Map<string, string>();
  private seq = 0;
  private prev = NO_PREV;
  // One request after another, as the ledger is one writer's at a time.
  private turn: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly key: DeviceKey,
    /** The key pair that visits' data keys are wrapped for, made like a person's. */
    readonly recovery: Awaited<ReturnType<typeof newPerson>>,
    private readonly chance: Chance,
  ) {}

  static async open(chance: Chance, key?: DeviceKey): Promise<Server> {
    const office = {
      account: 'f'.repeat(32),
      name: '',
      share: 'ab'.repeat(32),
      leaseUntil: '2199-01-01T00:00:00.000Z',
    };
    return new Server(key ?? (await newDeviceKey()), await newPerson(office, '482915', 1), chance);
  }

  get number(): number {
    return this.kept.rows.length;
  }

  private get head(): string {
    return this.kept.rows.at(-1)?.head ?? ZERO;
  }

  /** 备份: what is held now, and the horizon that devices wait for. */
  backUp(): Promise<Kept> {
    return this.alone(() => {
      this.backedUp = this.number;
      return Promise.resolve(copied(this.kept));
    });
  }

  /** The server is an older one of itself from now on. Whoever says it knows it by the epoch. */
  restore(backup: Kept): Promise<void> {
    return this.alone(() => {
      this.kept = copied(backup);
      this.epoch = this.chance.hex(16);
      this.backedUp = Math.min(this.backedUp, this.number);
      this.sessions.clear();
      // Its own chain goes on where it stood in the backup.
      const own = this.kept.rows.filter(({ entry }) => entry.device === this.key.id).at(-1);
      this.seq = own?.entry.seq ?? 0;
      this.prev = own?.entry.id ?? NO_PREV;
      return Promise.resolve();
    });
  }

  /** visit.ordered: a packet with this team, in place of the order before. */
  order(packet: Packet, key: string = this.chance.hex(32)): Promise<void> {
    return this.alone(async () => {
      const { visit } = packet;
      if (!this.keys.has(visit)) this.keys.set(visit, key);
      const before = this.kept.orders.get(visit);
      const body = {
        nonce: this.chance.hex(16),
        scheme: packet.scheme,
        target: packet.target.target,
        planned_on: packet.planned_on,
        team: packet.team as unknown as JSONValue,
        packet_digest: await digest('packet/1', packet as unknown as JSONValue),
        supersedes: before ? [before.order] : [],
      };
      const entry = await this.say('visit.ordered', visit, body);
      this.kept.orders.set(visit, { packet, order: entry.id });
      for (const [device, known] of this.devices) this.scoped(`${device} ${visit}`, known, packet);
      this.kept.counts.push({ place: this.number, number: this.number, visit });
    });
  }

  /** A visit that comes into a tablet's scope is read whole from there on. */
  private scoped(key: string, { persons }: Device, { team }: Packet): void {
    const inside = team.some(({ account }) => persons.includes(account));
    if (!inside) this.kept.since.set(key, OUTSIDE);
    else if (this.kept.since.get(key) === OUTSIDE) this.kept.since.set(key, this.number);
  }

  /** One request of a tablet. */
  answer({ method, path, token, proof, body, from }: Sent): Promise<Reply> {
    return this.alone(async () => {
      if (path === '/field/session/challenge') return this.challenge(json(body) as { device: string });
      if (path === '/field/session') return this.session(json(body) as Record<string, string>);
      if (path === '/field/device/unsent') return this.unsent(proof, body);
      const session = this.sessions.get(token ?? '');
      if (!session) return refused(401, 'not_signed_in');
      if (path === '/field/exchange') return this.exchange(session.device, json(body) as unknown as Asked);
      if (path === '/field/packets') return this.packets(session.device, json(body) as { digests: string[] });
      return this.photo(method, path.slice('/field/blobs/'.length), body, from);
    });
  }

  /** Every entry of a visit with what the receipts hold of it now, as the server itself folds it. */
  entriesOf(visit: string): [Entry, JSONValue][] {
    const known = this.kept.rows.filter(({ entry }) => entry.subject === visit);
    const found: [Entry, JSONValue][] = known.map(({ entry, body }) => [entry, body]);
    const receipts = known.flatMap(({ entry }) => {
      const code = this.kept.held.get(entry.id);
      return code ? [{ entry: entry.id, status: 'held', code }] : [];
    });
    if (receipts.length === 0 || !known[0]) return found;
    const receipt = { ...known[0].entry, kind: 'entry.received', id: NO_PREV, seq: 1, prev: NO_PREV };
    return [...found, [receipt, { nonce: visit, device: this.key.id, receipts }]];
  }

  private alone<T>(work: () => Promise<T>): Promise<T> {
    const next = this.turn.then(work, work);
    this.turn = next.catch(() => null);
    return next;
  }

  private async challenge({ device }: { device: string }): Promise<Reply> {
    await Promise.resolve();
    if (!this.devices.has(device)) return refused(403, 'device_unknown');
    const nonce = this.chance.hex(16);
    this.nonces.set(nonce, device);
    return { status: 200, body: { nonce } };
  }

  private async session({ device = '', account = '', nonce = '', signature = '' }: Record<string, string>) {
    const known = this.devices.get(device);
    if (!known || this.nonces.get(nonce) !== device) return refused(401, 'not_signed_in');
    this.nonces.delete(nonce);
    const proof = toHex(await proofOf('session/1', nonce, account));
    if (!(await signatureHolds(known.publicKey, proof, signature))) return refused(403, 'device_unknown');
    const token = this.chance.hex(32);
    this.sessions.set(token, { device, account });
    const far = '2099-01-01T00:00:00.000Z';
    const persons = known.persons.map((id) => ({ id, name: '虚构' }));
    const share = 'ab'.repeat(32);
    return {
      status: 200,
      body: { token, token_expires: far, share, lease_until: far, revoked: false, persons },
    };
  }

  private async exchange(device: string, asked: Asked): Promise<Reply> {
    const known = this.devices.get(device);
    if (!known || asked.device !== device) return refused(403, 'device_unknown');
    const received = await this.receive(device, await this.take(known, device, asked.entries));
    return { status: 200, body: { ...this.news(known, device, asked), received } };
  }

  private async receive(device: string, receipts: Receipt[]): Promise<JSONValue[]> {
    if (receipts.length === 0) return [];
    const body = { nonce: this.chance.hex(16), device, receipts } as unknown as Record<string, JSONValue>;
    const entry = await this.say('entry.received', this.chance.hex(16), body);
    for (const { entry: id, status } of receipts) if (status === 'accepted') this.count(id);
    return [{ number: this.number, entry: entry as unknown as JSONValue, body }];
  }

  /** A sealed file from the tablet itself: what opens is taken in, what does not but is here already is told so. */
  private async unsent(proof: string, body: Uint8Array): Promise<Reply> {
    const [device = '', nonce = '', signature = ''] = proof.split(' ');
    const known = this.devices.get(device);
    if (!known || this.nonces.get(nonce) !== device) return refused(401, 'not_signed_in');
    this.nonces.delete(nonce);
    const sha = toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', body.slice())));
    const said = toHex(await proofOf('unsent/1', nonce, sha));
    if (!(await signatureHolds(known.publicKey, said, signature))) return refused(403, 'device_unknown');
    return { status: 200, body: await this.takeIn(known, json(body) as unknown as SjxFile) };
  }

  /** A file that the office imports. */
  import(file: SjxFile): Promise<unknown> {
    return this.alone(async () => {
      const known = this.devices.get(file.device);
      return known && this.takeIn(known, file);
    });
  }

  private async takeIn(known: Device, file: SjxFile): Promise<JSONValue> {
    const { device } = file;
    const keyOf = (visit: string): string | undefined => this.keys.get(visit);
    const { items, closed, photos } = await openFile(file, this.recovery.vault, keyOf);
    const receipts = closed.flatMap((id) => this.had(device, id));
    receipts.push(...(await this.take(known, device, items)));
    let kept = 0;
    for (const [name, bytes] of photos) {
      const photo = this.kept.photos.get(name);
      if (!photo) continue;
      if (photo.stored === 0) photo.bytes = new Uint8Array();
      if ((await this.photo('PUT', name, bytes, 0)).status === 200) kept++;
    }
    return { photos: kept, received: await this.receive(device, receipts) };
  }

  private had(device: string, id: string): Receipt[] {
    const here = this.kept.rows.some(({ entry }) => entry.id === id && entry.device === device);
    const code = this.kept.held.get(id) ?? null;
    return here ? [{ entry: id, status: code ? 'held' : 'exists', code }] : [];
  }

  private async take(known: Device, device: string, items: Asked['entries']) {
    if (items.length === 0) return [];
    const receipts: Receipt[] = [];
    const whole = new Map<string, { entry: Entry; body: JSONValue }>();
    for (const item of items) {
      const { entry, body } = item;
      const fits = (await entryId(entry)) === entry.id && (await bodyDigest(body)) === entry.body_digest;
      if (fits && entry.device === device) whole.set(entry.id, item);
      else receipts.push({ entry: entry.id, status: 'refused', code: 'signature_bad' });
    }
    const covered = new Set<string>();
    for (const { entry } of [...whole.values()]) {
      if (entry.signature === '') continue;
      if (!(await signatureHolds(known.publicKey, entry.id, entry.signature))) {
        receipts.push({ entry: entry.id, status: 'refused', code: 'signature_bad' });
        whole.delete(entry.id);
        continue;
      }
      for (let at = entry.id; whole.has(at) && !covered.has(at); at = whole.get(at)?.entry.prev ?? '')
        covered.add(at);
    }
    const valid = [...whole.values()]
      .filter(({ entry }) => covered.has(entry.id))
      .sort((a, b) => a.entry.seq - b.entry.seq);
    for (const item of valid) receipts.push(this.judge(known, device, item));
    this.freeGaps(known, device, receipts);
    return receipts;
  }

  private judge(known: Device, device: string, { entry, body }: { entry: Entry; body: JSONValue }) {
    const own = this.kept.rows.filter((row) => row.entry.device === device);
    if (own.some((row) => row.entry.id === entry.id)) {
      const code = this.kept.held.get(entry.id) ?? null;
      return { entry: entry.id, status: code ? 'held' : 'exists', code };
    }
    const code = this.codeOf(known, own, entry);
    this.write(entry, body);
    if (code) this.kept.held.set(entry.id, code);
    if (entry.kind === 'evidence.taken') {
      const { digest: name, size } = body as { digest: string; size: number };
      if (!this.kept.photos.has(name))
        this.kept.photos.set(name, { size, bytes: new Uint8Array(), stored: 0 });
    }
    return { entry: entry.id, status: code ? 'held' : 'accepted', code };
  }

  private codeOf(known: Device, own: Row[], entry: Entry): string | null {
    if (own.some((row) => this.kept.held.get(row.entry.id) === 'chain_forked')) return 'chain_forked';
    if (own.some((row) => row.entry.seq === entry.seq)) return 'chain_forked';
    const first = entry.seq === 1 && entry.prev === NO_PREV;
    const before = own.find((row) => row.entry.seq === entry.seq - 1);
    if (!first && before && before.entry.id !== entry.prev) return 'chain_forked';
    if (!first && (!before || this.kept.held.get(before.entry.id) === 'chain_gap')) return 'chain_gap';
    if (!known.persons.includes(entry.by)) return 'author_unknown';
    if (!DEVICE_KINDS.some((kind) => kind === entry.kind)) return 'kind_unknown';
    return this.kept.orders.has(entry.subject) ? null : 'visit_unknown';
  }

  private freeGaps(known: Device, device: string, receipts: Receipt[]): void {
    const own = this.kept.rows.filter((row) => row.entry.device === device);
    for (const { entry } of [...own].sort((a, b) => a.entry.seq - b.entry.seq)) {
      if (this.kept.held.get(entry.id) !== 'chain_gap') continue;
      const others = own.filter((row) => row.entry.id !== entry.id);
      const code = this.codeOf(known, others, entry);
      if (code === 'chain_gap') continue;
      this.kept.held.delete(entry.id);
      if (code) this.kept.held.set(entry.id, code);
      receipts.push({ entry: entry.id, status: code ? 'held' : 'accepted', code });
    }
  }

  private count(id: string): void {
    const number = this.kept.rows.findIndex(({ entry }) => entry.id === id) + 1;
    const visit = this.kept.rows[number - 1]?.entry.subject ?? '';
    if (!this.kept.counts.some((one) => one.number === number))
      this.kept.counts.push({ place: this.number, number, visit });
  }

  private news(known: Device, device: string, asked: Asked): Record<string, JSONValue> {
    const { number, head, within } = asked.cursor;
    const lost = number > 0 && (this.kept.rows[number - 1]?.head ?? '') !== head;
    const another = asked.epoch !== this.epoch;
    const from = lost || another ? { number: 0, within: 0 } : { number, within };
    const scope = new Set(this.scopeOf(known));
    const unread = this.kept.counts
      .map((one) => ({
        ...one,
        place: Math.max(one.place, this.kept.since.get(`${device} ${one.visit}`) ?? 0),
      }))
      .filter(({ place, number: own, visit }) => {
        const later = place > from.number || (from.within > 0 && place === from.number && own > from.within);
        return later && scope.has(visit) && this.kept.rows[own - 1]?.entry.device !== device;
      })
      .sort((a, b) => a.place - b.place || a.number - b.number);
    const page = unread.slice(0, PAGE);
    const entries = page.map(({ number: own }) => {
      const row = this.kept.rows[own - 1];
      return { number: own, entry: row?.entry as unknown as JSONValue, body: row?.body ?? null };
    });
    const last = page.at(-1);
    const more = last !== undefined && unread.length > page.length;
    const cursor = more
      ? { number: last.place, within: last.number, head: this.kept.rows[last.place - 1]?.head ?? ZERO }
      : { number: this.number, within: 0, head: this.head };
    const said = { epoch: this.epoch, backed_up: this.backedUp, cursor, entries };
    return { ...said, ...(more ? { more } : {}), ...(lost && !another ? { reset: true } : {}) };
  }

  private scopeOf(known: Device): string[] {
    return [...this.kept.orders]
      .filter(([, { packet }]) => packet.team.some(({ account }) => known.persons.includes(account)))
      .map(([visit]) => visit);
  }

  private async packets(device: string, { digests }: { digests: string[] }): Promise<Reply> {
    const known = this.devices.get(device);
    const packets: Record<string, JSONValue> = {};
    const keys: Record<string, string> = {};
    for (const visit of known ? this.scopeOf(known) : []) {
      const packet = this.kept.orders.get(visit)?.packet as unknown as JSONValue;
      const name = await digest('packet/1', packet);
      if (!digests.includes(name)) continue;
      packets[name] = packet;
      keys[visit] = this.keys.get(visit) ?? '';
    }
    return { status: 200, body: { packets, texts: {}, keys } };
  }

  private async photo(method: string, name: string, sent: Uint8Array, from: number): Promise<Reply> {
    const photo = this.kept.photos.get(name);
    if (!photo) return refused(404, 'not_found');
    if (method === 'HEAD') {
      const headers = {
        'Upload-Offset': String(photo.stored ? photo.size : photo.bytes.length),
        'Upload-Stored': String(photo.stored),
      };
      return { status: 200, body: null, headers };
    }
    if (photo.stored === 0) {
      if (from !== photo.bytes.length) return refused(409, 'blob_offset');
      photo.bytes = joined(photo.bytes, sent);
      const offset = photo.bytes.length;
      if (offset < photo.size) return { status: 200, body: { offset, stored: 0 } };
      const found = toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', photo.bytes.slice())));
      if (found !== name) {
        photo.bytes = new Uint8Array();
        return refused(422, 'digest_mismatch');
      }
      for (const visit of this.visitsOf(name)) {
        const body = { nonce: this.chance.hex(16), digest: name, size: offset };
        await this.say('evidence.stored', visit, body);
        this.kept.counts.push({ place: this.number, number: this.number, visit });
        photo.stored ||= this.number;
      }
    }
    return { status: 200, body: { offset: photo.size, stored: photo.stored } };
  }

  private visitsOf(name: string): string[] {
    const announced = this.kept.rows.filter(
      ({ entry, body }) => entry.kind === 'evidence.taken' && (body as { digest: string }).digest === name,
    );
    return [...new Set(announced.map(({ entry }) => entry.subject))];
  }

  /** An entry of the office's own, signed. */
  private async say(kind: string, subject: string, body: Record<string, JSONValue>): Promise<Entry> {
    const envelope = {
      kind,
      subject,
      by: 'e'.repeat(32),
      device: this.key.id,
      seq: this.seq + 1,
      prev: this.prev,
      at: '2026-11-20T01:00:00.000Z',
      body_digest: await bodyDigest(body),
    };
    const id = await entryId(envelope);
    const entry = { ...envelope, id, signature: await sign(this.key, fromHex(id)) };
    [this.seq, this.prev] = [entry.seq, id];
    this.write(entry, body);
    return entry;
  }

  private write(entry: Entry, body: JSONValue): void {
    this.kept.rows.push({ entry, body, head: this.chance.hex(32) });
  }
}

/** What `prove` signs. */
function proofOf(tag: string, ...parts: string[]): Promise<Uint8Array> {
  return H(tag, ...parts.map(utf8));
}

function copied(kept: Kept): Kept {
  return structuredClone(kept);
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function json(body: Uint8Array): JSONValue {
  return JSON.parse(new TextDecoder().decode(body)) as JSONValue;
}

export function refused(status: number, code: string): Reply {
  return { status, body: { code, sentence: '（测试）', details: {} } };
}

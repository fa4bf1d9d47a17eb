/**
 * The server's side of the exchange in memory, written from `sync/PROTOCOL.md` section 4: receipts, reading by place,
 * photos by offset, epochs. Signatures, ids and digests are checked as the protocol says; there is nothing else here
 * that the real server has.
 */
import { answerDigest, bodyDigest, entryId, signatureHolds, thumbprint } from '@sync/chain';
import { canonical, digest, fromHex, H, toHex, utf8, type JSONValue } from '@sync/canon';
import { DEVICE_KINDS, NO_PREV, type Entry, type Packet } from '@sync/words';
import type { SjxFile } from '../../pwa/src/desk/export';
import { newDeviceKey, newPerson, sign, type DeviceKey } from '../../pwa/src/keys';
import type { Chance } from './chance';
import { openFile } from './unsent';
import {
  copied,
  joined,
  json,
  proofOf,
  refused,
  type Asked,
  type Device,
  type Kept,
  type Left,
  type Receipt,
  type Reply,
  type Row,
  type Sent,
} from './wire';
import { checked } from './checked';
import { newsOf, scopeOf } from './news';

export { refused, type Kept, type Reply, type Sent } from './wire';

interface Standing {
  device: string;
  nonce: string;
  signature: string;
  told: { wrong: Record<string, number>; left: Left | null };
}

const OUTSIDE = -1;
const FAR = '2099-01-01T00:00:00.000Z';

export class Server {
  kept: Kept = {
    rows: [],
    counts: [],
    held: new Map(),
    photos: new Map(),
    orders: new Map(),
    packets: new Map(),
    since: new Map(),
    revoked: new Set(),
    left: new Map(),
  };
  epoch = '1'.repeat(32);
  backedUp = 0;
  /** A fault that must be found: it tells tablets that everything is backed up. */
  boasts = false;
  /** A server of an older version signs no answers. */
  signs = true;
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
      const name = await digest('packet/1', packet as unknown as JSONValue);
      const body = {
        nonce: this.chance.hex(16),
        scheme: packet.scheme,
        target: packet.target.target,
        planned_on: packet.planned_on,
        team: packet.team as unknown as JSONValue,
        packet_digest: name,
        supersedes: before ? [before.order] : [],
      };
      const entry = await this.say('visit.ordered', visit, body);
      this.kept.orders.set(visit, { packet, order: entry.id });
      this.kept.packets.set(name, packet);
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

  /** The answer, signed where the tablet asks for that and this server knows how to. */
  async proven(sent: Sent): Promise<Reply> {
    const reply = await this.answer(sent);
    if (!this.signs || sent.nonce === '' || reply.body === null) return reply;
    const signed = await answerDigest(sent.nonce, sent.path, utf8(JSON.stringify(reply.body)));
    return { ...reply, headers: { 'Answer-Proof': await sign(this.key, fromHex(signed)) } };
  }

  /** One request of a tablet. */
  answer({ method, path, token, proof, body, from }: Sent): Promise<Reply> {
    return this.alone(async () => {
      if (path === '/field/enrol') return this.enrol(json(body) as Record<string, string>);
      if (path === '/field/session/challenge') return this.challenge(json(body) as { device: string });
      if (path === '/field/session') return this.session(json(body) as Record<string, string>);
      if (path === '/field/device') return this.standing(json(body) as unknown as Standing);
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

  /** The code is the account itself: whom a code names is the office's affair. */
  private async enrol({ code = '', public_key = '', proof = '' }: Record<string, string>): Promise<Reply> {
    const asked = toHex(await proofOf('enrol/1', code));
    if (!(await signatureHolds(public_key, asked, proof))) return refused(422, 'invite_invalid');
    const device = await thumbprint(public_key);
    this.devices.set(device, { publicKey: public_key, persons: [code] });
    const said = { device, account: { id: code, name: '虚构' }, server_key: this.key.publicKey };
    return { status: 200, body: { ...said, proves: this.signs, ...this.opened(device, code) } };
  }

  private async challenge({ device }: { device: string }): Promise<Reply> {
    await Promise.resolve();
    if (!this.devices.has(device)) return refused(403, 'device_unknown');
    const nonce = this.chance.hex(16);
    this.nonces.set(nonce, device);
    return { status: 200, body: { nonce } };
  }

  /** device.revoked: what comes from it from now on is held, and nothing is lent to it any more. */
  revoke(device: string): Promise<void> {
    return this.alone(async () => {
      const body = {
        nonce: this.chance.hex(16),
        device,
        reason: '遗失（虚构）',
      };
      await this.say('device.revoked', device.slice(0, 32), body);
      this.kept.revoked.add(device);
    });
  }

  private async standing({ device, nonce, signature, told }: Standing): Promise<Reply> {
    const known = this.devices.get(device);
    if (!known || this.nonces.get(nonce) !== device) return refused(401, 'not_signed_in');
    this.nonces.delete(nonce);
    const said = toHex(await H('device/1', utf8(nonce), canonical(told as unknown as JSONValue)));
    if (!(await signatureHolds(known.publicKey, said, signature))) return refused(403, 'device_unknown');
    const revoked = this.kept.revoked.has(device);
    if (revoked && told.left) this.kept.left.set(device, told.left);
    const backed_up = this.boasts ? this.number : this.backedUp;
    const body = { revoked, withheld: [], recovery_key: this.recovery.person.publicKey, epoch: this.epoch };
    return { status: 200, body: { ...body, backed_up } };
  }

  private async session({ device = '', account = '', nonce = '', signature = '' }: Record<string, string>) {
    const known = this.devices.get(device);
    if (!known || this.nonces.get(nonce) !== device) return refused(401, 'not_signed_in');
    this.nonces.delete(nonce);
    const proof = toHex(await proofOf('session/1', nonce, account));
    if (!(await signatureHolds(known.publicKey, proof, signature))) return refused(403, 'device_unknown');
    const persons = known.persons.map((id) => ({ id, name: '虚构' }));
    const revoked = this.kept.revoked.has(device);
    const { token, token_expires, ...lent } = this.opened(device, account);
    return { status: 200, body: { token, token_expires, revoked, persons, ...(revoked ? {} : lent) } };
  }

  private opened(device: string, account: string) {
    const token = this.chance.hex(32);
    this.sessions.set(token, { device, account });
    return { token, token_expires: FAR, share: 'ab'.repeat(32), lease_until: FAR };
  }

  private async exchange(device: string, asked: Asked): Promise<Reply> {
    const known = this.devices.get(device);
    if (!known || asked.device !== device) return refused(403, 'device_unknown');
    const received = await this.receive(device, await this.take(known, device, asked.entries));
    return { status: 200, body: { ...newsOf(this, known, device, asked), received } };
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
    const stored: Record<string, number> = {};
    for (const [name, bytes] of photos) {
      const photo = this.kept.photos.get(name);
      if (!photo) continue;
      if (photo.stored === 0) photo.bytes = new Uint8Array();
      if ((await this.photo('PUT', name, bytes, 0)).status !== 200) continue;
      kept++;
      stored[name] = photo.stored;
    }
    return {
      photos: kept,
      stored,
      received: await this.receive(device, receipts),
    };
  }

  private had(device: string, id: string): Receipt[] {
    const here = this.kept.rows.some(({ entry }) => entry.id === id && entry.device === device);
    const code = this.kept.held.get(id) ?? null;
    return here ? [{ entry: id, status: code ? 'held' : 'exists', code }] : [];
  }

  private async take(known: Device, device: string, items: Asked['entries']) {
    if (items.length === 0) return [];
    const { valid, receipts } = await checked(known.publicKey, device, items);
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
    if (this.kept.revoked.has(entry.device)) return 'device_revoked';
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

  private packets(device: string, { digests }: { digests: string[] }): Reply {
    const known = this.devices.get(device);
    if (this.kept.revoked.has(device)) return refused(422, 'device_revoked');
    const packets: Record<string, JSONValue> = {};
    const keys: Record<string, string> = {};
    const scope = new Set(known ? scopeOf(this.kept, known) : []);
    // In the order of canonical JSON, as the server answers: which order is the newest does not follow from it.
    for (const name of [...digests].sort()) {
      const packet = this.kept.packets.get(name);
      if (!packet || !scope.has(packet.visit)) continue;
      packets[name] = packet as unknown as JSONValue;
      keys[packet.visit] = this.keys.get(packet.visit) ?? '';
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

/** One schedule: three tablets of a team, work and misfortune from one seed, then calm weather, then what must hold. */
import { canonical, toHex, type JSONValue } from '@sync/canon';
import { fold } from '@sync/fold';
import type { Packet, TeamMember } from '@sync/words';
import { readFileSync } from 'node:fs';
import { newDeviceKey, newPerson } from '../../pwa/src/keys';
import type { Device } from '../../pwa/src/store';
import { Chance } from './chance';
import { Network } from './network';
import { HEALTHY, Page, passes, type Machine } from './page';
import { Server, type Kept } from './server';

const PIN = '482915';
const SHARE = 'ab'.repeat(32);
const LEASE = '2199-01-01T00:00:00.000Z';
const YEAR = 365 * 24 * 3_600_000;
const TABLETS = 3;
const vector = JSON.parse(
  readFileSync(new URL('../../sync/vectors/check.json', import.meta.url), 'utf8'),
) as { packet: Packet };

/** A tablet in somebody's hands. `windows` are the pages open on it, the first one the older. */
interface Held {
  machine: Machine;
  device: Device;
  people: TeamMember[];
  windows: Page[];
  drafts: Map<string, { kept: number; tried: number }>;
}

export class Broken extends Error {}

export class Schedule {
  readonly faults = new Map<string, number>();
  private readonly chance: Chance;
  private readonly held: Held[] = [];
  private server!: Server;
  private net!: Network;
  private visits: string[] = [];
  private team: TeamMember[] = [];
  private backup: Kept | null = null;
  /** Entries that a tablet called saved, with what was said; photos likewise, with their bytes. */
  private readonly saved = new Map<string, string>();
  private readonly pictures = new Map<string, Uint8Array>();
  private at = 0;

  constructor(
    readonly seed: number,
    readonly steps: number,
  ) {
    this.chance = new Chance(seed);
  }

  private readonly count = (what: string): void => {
    this.faults.set(what, (this.faults.get(what) ?? 0) + 1);
  };

  async run(): Promise<Map<string, number>> {
    this.server = await Server.open(new Chance(this.seed + 1));
    this.net = new Network(this.server, new Chance(this.seed + 2), this.count);
    this.team = vector.packet.team.filter(({ certified }) => certified);
    this.visits = [this.chance.hex(16), this.chance.hex(16)];
    // Of the second visit only one person of each tablet is of the team: the other one opens nothing of it.
    const some = this.team.filter((_, i) => i % 2 === 0);
    const [first = '', second = ''] = this.visits;
    await this.server.order({ ...vector.packet, visit: first });
    await this.server.order({ ...vector.packet, visit: second, team: some });
    try {
      this.net.calm = true;
      for (let i = 0; i < TABLETS; i++) await this.handOut(i);
      this.net.calm = false;
      for (this.at = 1; this.at <= this.steps; this.at++) await this.step();
      await this.settle();
      if (this.net.bug) throw this.net.bug as Error;
      await this.invariants();
    } catch (error) {
      throw error instanceof Broken
        ? error
        : this.broken(String(error instanceof Error ? error.stack : error));
    } finally {
      for (const { windows } of this.held) for (const page of windows) page.kill();
    }
    return this.faults;
  }

  private broken(what: string): Broken {
    return new Broken(`SEED=${String(this.seed)} step ${String(this.at)}: ${what}`);
  }

  private async handOut(index: number): Promise<void> {
    const key = await newDeviceKey();
    const device: Device = { ...key, label: '测试平板（虚构）', serverKey: this.server.key.publicKey };
    const people = this.team.slice(index * 2, index * 2 + 2);
    this.server.devices.set(key.id, { publicKey: key.publicKey, persons: people.map((one) => one.account) });
    const machine: Machine = { disk: `${String(this.seed)}-${String(index)}`, skew: 0, locks: new Map() };
    const held: Held = { machine, device, people, windows: [], drafts: new Map() };
    this.held.push(held);
    const page = await this.page(held);
    const { store } = page.inner.house;
    await page.run(async () => {
      await store.saveDevice(device);
      for (const { account, name } of people) {
        const { person } = await newPerson({ account, name, share: SHARE, leaseUntil: LEASE }, PIN, 1);
        await store.admit(person);
      }
    });
    page.kill();
    held.windows = [];
    await this.open(held);
    await this.sync(held, true);
  }

  private async page(held: Held): Promise<Page> {
    const page = await new Page(
      held.machine,
      this.net.carry,
      new Chance(this.chance.below(2 ** 31)),
      this.count,
    ).load();
    held.windows.push(page);
    return page;
  }

  /** Start the app on this tablet and unlock it. */
  private async open(held: Held): Promise<Page> {
    const page = await this.page(held);
    const { account } = this.chance.of(held.people);
    const said = await page.run(async () => {
      await page.desk.boot();
      return page.desk.unlock(account, PIN);
    });
    if (said !== null && said !== 'dead') throw this.broken(`the PIN opens nothing: ${said}`);
    const { store } = page.inner.house;
    const append = store.append.bind(store);
    // What append resolves with is what a person is told is saved.
    store.append = async (device, fresh, photos) => {
      const made = await append(device, fresh, photos);
      made.forEach((entry, i) => this.saved.set(entry.id, text(fresh[i]?.body as JSONValue)));
      return made;
    };
    return page;
  }

  private async living(held: Held): Promise<Page> {
    held.windows = held.windows.filter(({ dead }) => !dead);
    if (held.windows.length === 0) await this.open(held);
    return this.chance.of(held.windows);
  }

  private async step(): Promise<void> {
    passes(this.chance.below(90_000));
    const held = this.chance.of(this.held);
    const page = await this.living(held);
    page.ills = this.chance.is(0.5)
      ? { killInside: 0.006, killAfterCommit: 0.03, closed: 0.03, unheard: 0.03, quota: 0.006 }
      : HEALTHY;
    const what = this.chance.next();
    if (what < 0.5) await this.work(held, page);
    else if (what < 0.78) await this.sync(held, this.chance.is(0.5));
    else if (what < 0.82) await this.both(held);
    else if (what < 0.86) this.killed(page);
    else if (what < 0.88) await this.draft(held, page);
    else if (what < 0.9) await this.net.deliverLate();
    else if (what < 0.92) this.wrongClock(held);
    else if (what < 0.94) await this.reorder();
    else if (what < 0.96) await this.backedUp();
    else if (what < 0.975) await this.restored();
    else await this.handOver(held, page);
    page.ills = HEALTHY;
  }

  private killed(page: Page): void {
    this.count('page killed between two steps');
    page.kill();
  }

  private wrongClock(held: Held): void {
    this.count('clock wrong by years');
    held.machine.skew = Math.round((this.chance.next() - 0.5) * 20 * YEAR);
  }

  private async backedUp(): Promise<void> {
    this.count('backup');
    this.backup = await this.server.backUp();
  }

  private async restored(): Promise<void> {
    if (!this.backup) return;
    this.count('server restored from an older backup');
    await this.server.restore(this.backup);
  }

  /** The office changes the order: another day; whoever had the older one must not keep it beside the new one. */
  private async reorder(): Promise<void> {
    this.count('order changed');
    const visit = this.chance.of(this.visits);
    const known = this.server.kept.orders.get(visit);
    const day = `2026-12-${String(1 + this.chance.below(28)).padStart(2, '0')}`;
    if (known) await this.server.order({ ...known.packet, planned_on: day });
  }

  private async handOver(held: Held, page: Page): Promise<void> {
    this.count('handed to a colleague');
    const { account } = this.chance.of(held.people);
    const said = await page.run(() => page.desk.unlock(account, PIN));
    if (said !== null && said !== 'dead' && !said.includes('存储空间不足'))
      throw this.broken(`the colleague's PIN opens nothing: ${said}`);
  }

  private async sync(held: Held, asked: boolean): Promise<void> {
    const page = await this.living(held);
    await page.run(() => page.desk.syncNow(asked));
  }

  /** Two windows of one tablet record and sync at the same time. */
  private async both(held: Held): Promise<void> {
    await this.living(held);
    if (held.windows.length < 2) await this.open(held);
    this.count('two windows at once');
    await Promise.all(
      held.windows.map(async (page) => {
        await this.work(held, page);
        await page.run(() => page.desk.syncNow());
        await this.work(held, page);
      }),
    );
  }

  private async draft(held: Held, page: Page): Promise<void> {
    const visit = this.chance.of(this.visits);
    if (!page.desk.visits.has(visit)) return;
    const slot = `${visit} note`;
    const known = held.drafts.get(slot) ?? { kept: 0, tried: 0 };
    const tried = known.tried + 1;
    held.drafts.set(slot, { ...known, tried });
    await page.run(async () => {
      page.desk.state.hindrance = null;
      await page.desk.keepDraft(visit, 'note', tried);
      const told = page.desk.state.hindrance as string | null;
      if (!told?.includes('存储空间不足')) held.drafts.set(slot, { kept: tried, tried });
    });
    const again = held.windows.find(({ dead }) => !dead);
    const { kept } = held.drafts.get(slot) ?? { kept: 0 };
    if (again?.desk.visits.has(visit)) await this.draftIsThere(again, visit, kept);
  }

  private async draftIsThere(page: Page, visit: string, kept: number): Promise<void> {
    const found = await page.run(() => page.desk.draftOf(visit, 'note'));
    if (found !== 'dead' && ((found as number | null) ?? 0) < kept)
      throw this.broken('something typed is lost');
  }

  /** One thing on site, as a screen would hand it to the desk. */
  private async work(held: Held, page: Page): Promise<void> {
    const visit = this.chance.of(this.visits);
    const loaded = page.desk.visits.get(visit);
    if (!loaded?.state || !page.desk.state.me) return;
    const place = null;
    const what = this.chance.below(5);
    const said = await page.run<string | null>(async () => {
      if (loaded.state?.opened.length === 0) return page.desk.record(visit, 'visit.opened', { place });
      if (what === 0)
        return page.desk.record(visit, 'rights.told', { recusal: 'not_requested', statement: '' });
      if (what === 1) {
        const inspectors = held.people.map(({ account }) => account);
        return page.desk.record(visit, 'identity.shown', { inspectors, shown_to: '尹立（虚构）' });
      }
      return this.photograph(page, visit);
    });
    if (said === null) this.count('recorded');
    else if (said === 'dead') this.count('killed in mid-save');
    else this.count(said.includes('存储空间不足') ? 'refused: tablet full' : 'refused by check');
  }

  private async photograph(page: Page, visit: string): Promise<string | null> {
    const bytes = new TextEncoder().encode(
      `picture ${this.chance.hex(8)} `.repeat(1 + this.chance.below(20)),
    );
    const name = toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
    const { seal } = await import('../../pwa/src/keys');
    const key = page.inner.house.open?.keys.get(visit);
    if (!key) throw this.broken('a visit is shown and its key is not here');
    const row = {
      digest: name,
      visit,
      size: bytes.length,
      sealed: await seal(key, bytes, `photo:${name}`),
      original: await seal(key, bytes, `original:${name}`),
      stored: false,
    };
    const said = await page.desk.record(
      visit,
      'evidence.taken',
      {
        digest: name,
        size: bytes.length,
        media_type: 'image/jpeg',
        original_digest: name,
        original_size: bytes.length,
        slot: this.chance.hex(16),
        items: [],
        place: null,
        caption: '',
      },
      row,
    );
    if (said === null) this.pictures.set(name, bytes);
    return said;
  }

  // --- calm weather, and what must hold

  private async settle(): Promise<void> {
    this.net.calm = true;
    for (const held of this.held) held.machine.skew = 0;
    for (const held of this.held) {
      // Another person's app than the one that recorded may be open: each signs in and sends.
      for (const page of held.windows) page.kill();
      held.windows = [];
    }
    let safe = 0;
    for (let round = 0; round < 12; round++) {
      for (const held of this.held) {
        passes(400_000);
        await this.sync(held, true);
      }
      // Once all is there, everybody asks for news; who still asks for a packet that an older server does not know
      // gives that up first, after three times.
      if (this.held.every(({ windows }) => windows.every(({ desk }) => desk.state.total.safe))) safe++;
      if (safe > 4) return;
    }
    if (this.net.bug) throw this.net.bug as Error;
    const counts = this.held.map(({ windows }) => JSON.stringify(windows[0]?.desk.state.total));
    const told = this.held.map(({ windows }) => windows[0]?.desk.state.hindrance);
    for (const { windows } of this.held) {
      const known = await windows[0]?.inner.house.store.exchange();
      const waits = Object.entries(known?.blobs ?? {}).filter(([, blob]) => blob.status !== 'complete');
      for (const [name, blob] of waits) {
        const there = this.server.kept.photos.get(name);
        told.push(JSON.stringify({ blob, there: { ...there, bytes: there?.bytes.length } }));
      }
    }
    throw this.broken(`not everything arrived: ${counts.join(' ')} ${told.join(' ')}`);
  }

  private async invariants(): Promise<void> {
    const there = new Map<string, string>();
    const nonces = new Set<string>();
    for (const { entry, body } of this.server.kept.rows) {
      const { nonce } = body as { nonce: string };
      if (there.has(entry.id) || nonces.has(nonce)) throw this.broken(`twice: ${entry.kind} ${entry.id}`);
      there.set(entry.id, text(body));
      nonces.add(nonce);
    }
    for (const [id, said] of this.saved) {
      if (!there.has(id)) throw this.broken(`lost: ${id}`);
      if (there.get(id) !== said) throw this.broken(`changed: ${id}`);
    }
    for (const [name, bytes] of this.pictures) {
      const photo = this.server.kept.photos.get(name);
      if (!photo?.stored) throw this.broken(`photo lost: ${name}`);
      if (Buffer.compare(photo.bytes, bytes) !== 0) throw this.broken(`photo changed: ${name}`);
    }
    for (const held of this.held) await this.converged(held);
  }

  private async converged(held: Held): Promise<void> {
    const page = await this.living(held);
    const { store } = page.inner.house;
    const chain = await page.run(() => store.chainOf(held.device.id));
    if (chain === 'dead') throw this.broken('nobody may die in calm weather');
    chain.forEach(({ seq }, place) => {
      if (seq !== place + 1) throw this.broken(`the chain has a gap at ${String(place + 1)}`);
    });
    await this.onlyMembersOpen(held, page);
    const [member] = held.people;
    await page.run(() => page.desk.unlock(member?.account ?? '', PIN));
    for (const visit of this.visits) {
      await page.run(() => page.desk.load(visit));
      const mine = page.desk.visits.get(visit)?.state;
      const theirs = fold(this.server.entriesOf(visit));
      if (text(mine as never) !== text(theirs as never))
        throw this.broken(`${visit} does not converge on ${held.machine.disk}: ${difference(mine, theirs)}`);
      const { kept } = held.drafts.get(`${visit} note`) ?? { kept: 0 };
      await this.draftIsThere(page, visit, kept);
    }
  }

  /** A visit's key lies here for those of its team who use this tablet, and for nobody else. */
  private async onlyMembersOpen(held: Held, page: Page): Promise<void> {
    const [, second = ''] = this.visits;
    for (const { account } of held.people) {
      const wraps = await page.run(() => page.inner.house.store.wraps(account));
      if (wraps === 'dead') throw this.broken('nobody may die in calm weather');
      const opens = wraps.some(({ visit }) => visit === second);
      if (opens !== (account === held.people[0]?.account))
        throw this.broken(
          opens ? "a colleague opens another team's visit" : 'a member cannot open the visit',
        );
    }
  }
}

/** Which entries only one of two states knows; where that is none, which parts of them differ. */
function difference(mine: object | null | undefined, theirs: object): string {
  const ids = (state: unknown): Set<string> =>
    new Set(JSON.stringify(state).match(/"entry":"[0-9a-f]{64}"/g) ?? []);
  const [here, there] = [ids(mine ?? {}), ids(theirs)];
  const only = [...there].filter((id) => !here.has(id)).map((id) => `missing here ${id}`);
  const extra = [...here].filter((id) => !there.has(id)).map((id) => `only here ${id}`);
  const parts = Object.entries(theirs as Record<string, JSONValue>)
    .filter(([name, value]) => text(value) !== text((mine as Record<string, JSONValue>)[name] ?? null))
    .map(([name]) => name);
  return [...only, ...extra, ...parts].join(', ');
}

function text(value: JSONValue): string {
  return new TextDecoder().decode(canonical(value));
}

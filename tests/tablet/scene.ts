/** Three tablets of a team in their hands, and what must hold once the weather has cleared. */
import { canonical, type JSONValue } from '@sync/canon';
import { fold } from '@sync/fold';
import type { Entry, TeamMember } from '@sync/words';
import type { Device } from '../../pwa/src/store';
import { Chance } from './chance';
import type { Network } from './network';
import { Page, passes, type Machine } from './page';
import type { Kept, Server } from './server';

export const PIN = '482915';

/** A tablet in somebody's hands. `windows` are the pages open on it, the first one the older. */
export interface Held {
  machine: Machine;
  device: Device;
  people: TeamMember[];
  windows: Page[];
  drafts: Map<string, { kept: number; tried: number }>;
}

export class Broken extends Error {}

export class Scene {
  readonly faults = new Map<string, number>();
  /** A fault of the program itself, that must be found. */
  forgetful = false;
  protected readonly chance: Chance;
  protected readonly held: Held[] = [];
  protected server!: Server;
  protected net!: Network;
  protected visits: string[] = [];
  protected team: TeamMember[] = [];
  protected backup: Kept | null = null;
  /** Entries that a tablet called saved, with what was said; photos likewise, with their bytes. */
  protected readonly saved = new Map<string, string>();
  protected readonly pictures = new Map<string, Uint8Array>();
  /** What went bad where it lay: records and photos that nobody may have to send any more. */
  protected readonly rotten = new Set<string>();
  protected readonly cloned = new Set<string>();
  protected readonly revoked = new Set<string>();
  /** The server was an older one of itself at least once. */
  protected older = false;
  /** Who may be of the second visit's team: one person of each tablet. */
  protected members: TeamMember[] = [];
  protected at = 0;

  constructor(
    readonly seed: number,
    readonly steps: number,
  ) {
    this.chance = new Chance(seed);
  }

  protected readonly count = (what: string): void => {
    this.faults.set(what, (this.faults.get(what) ?? 0) + 1);
  };

  protected broken(what: string): Broken {
    return new Broken(`SEED=${String(this.seed)} step ${String(this.at)}: ${what}`);
  }

  protected async page(held: Held): Promise<Page> {
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
  protected async open(held: Held): Promise<Page> {
    const page = await this.page(held);
    const { account } = this.chance.of(held.people);
    const said = await page.run(async () => {
      await page.desk.boot();
      return cleared(page) ? null : page.desk.unlock(account, PIN);
    });
    if (said !== null && said !== 'dead') throw this.broken(`the PIN opens nothing: ${said}`);
    const { store } = page.inner.house;
    // Planted: nothing is written, and it is called saved all the same.
    if (this.forgetful && this.chance.is(0.2))
      Object.assign(store, { extend: () => Promise.resolve(true), readBack: () => Promise.resolve() });
    const append = store.append.bind(store);
    // What append resolves with is what a person is told is saved.
    store.append = async (device, fresh, photos) => {
      const made = await append(device, fresh, photos);
      made.forEach((entry, i) => this.saved.set(entry.id, text(fresh[i]?.body as JSONValue)));
      return made;
    };
    return page;
  }

  protected async living(held: Held): Promise<Page> {
    held.windows = held.windows.filter(({ dead }) => !dead);
    if (held.windows.length === 0) await this.open(held);
    return this.chance.of(held.windows);
  }

  /** What the app does by itself: sync, and afterwards ask how the tablet stands where it was told that it is revoked. */
  protected async sync(held: Held, asked: boolean): Promise<void> {
    const page = await this.living(held);
    await page.run(async () => {
      if (cleared(page)) return page.standing.standing();
      await page.desk.syncNow(asked);
      return page.standing.afterSync();
    });
    await this.noLie(page);
    if (page.dead || !cleared(page)) return;
    for (const window of held.windows) if (window !== page) window.kill();
    held.windows = [page];
  }

  protected async draftIsThere(page: Page, visit: string, kept: number): Promise<void> {
    const found = await page.run(() => page.desk.draftOf(visit, 'note'));
    if (found !== 'dead' && ((found as number | null) ?? 0) < kept)
      throw this.broken('something typed is lost');
  }

  // --- calm weather, and what must hold

  protected async settle(): Promise<void> {
    this.net.calm = true;
    for (const held of this.held) held.machine.skew = 0;
    for (const held of this.held) {
      // Another person's app than the one that recorded may be open: each signs in and sends.
      for (const page of held.windows) page.kill();
      held.windows = [];
    }
    let safe = 0;
    // One round is one try of one thing that does not open, and a photo has three before it is aside.
    const rounds = 12 + 3 * this.rotten.size;
    for (let round = 0; round < rounds; round++) {
      for (const held of this.held) {
        passes(400_000);
        await this.sync(held, true);
      }
      // Once all is there, everybody asks for news; who still asks for a packet that an older server does not know
      // gives that up first, after three times.
      if (await this.atRest()) safe++;
      if (safe > 4) return;
    }
    if (this.net.bug) throw this.net.bug as Error;
    const counts = this.held.map(({ windows }) => JSON.stringify(windows[0]?.desk.state.total));
    const told = this.held.map(({ windows }) => windows[0]?.desk.state.hindrance);
    for (const { windows } of this.held) {
      const known = await windows[0]?.inner.house.store.exchange();
      for (const [id, { seq, status, code, receipt }] of Object.entries(known?.entries ?? {}))
        if (receipt === 0) told.push(JSON.stringify({ id, seq, status, code, bad: this.rotten.has(id) }));
      const waits = Object.entries(known?.blobs ?? {}).filter(([, blob]) => blob.status !== 'complete');
      for (const [name, blob] of waits) {
        const there = this.server.kept.photos.get(name);
        told.push(JSON.stringify({ blob, there: { ...there, bytes: there?.bytes.length } }));
      }
    }
    throw this.broken(`not everything arrived: ${counts.join(' ')} ${told.join(' ')}`);
  }

  /** No tablet believes more backed up, or a photo whole, than the server it spoke to says. */
  protected async noLie(page: Page): Promise<void> {
    const known = await page.run(() => page.inner.house.store.exchange());
    if (known === 'dead' || known.epoch !== this.server.epoch) return;
    if (known.backed_up > this.server.backedUp) throw this.broken('a tablet believes backed up what is not');
    for (const [name, { status }] of Object.entries(known.blobs))
      if (status === 'complete' && !this.server.kept.photos.get(name)?.stored)
        throw this.broken('a tablet believes a photo whole that is not');
  }

  /** Everything has its receipt and every photo is whole; what went bad is shown as aside. */
  protected async atRest(): Promise<boolean> {
    for (const held of this.held) {
      const page = await this.living(held);
      // Nobody works on it any more: it is at rest once it has cleared itself, and holds nothing but what went bad.
      if (this.server.kept.revoked.has(held.device.id) && !cleared(page)) return false;
      const known = await page.run(() => page.inner.house.store.exchange());
      if (known === 'dead') return false;
      // Nobody is at work on a tablet that cleared itself, and so nobody sets aside what does not open.
      const shown = (name: string, status: string): boolean =>
        (status === 'aside' || cleared(page)) && this.rotten.has(name);
      const entries = Object.entries(known.entries);
      if (!entries.every(([id, one]) => one.receipt > 0 || shown(id, one.status))) return false;
      const blobs = Object.entries(known.blobs);
      // A photo whose record went bad is never announced.
      const mute = (ids: readonly string[]): boolean => ids.every((id) => this.rotten.has(id));
      if (
        !blobs.every(([id, one]) => one.status === 'complete' || shown(id, one.status) || mute(one.entries))
      )
        return false;
    }
    return true;
  }

  protected async invariants(): Promise<void> {
    const there = new Map<string, string>();
    const nonces = new Set<string>();
    for (const { entry, body } of this.server.kept.rows) {
      const { nonce } = body as { nonce: string };
      if (there.has(entry.id) || nonces.has(nonce)) throw this.broken(`twice: ${entry.kind} ${entry.id}`);
      there.set(entry.id, text(body));
      nonces.add(nonce);
    }
    for (const [id, said] of this.saved) {
      if (!there.has(id) && this.rotten.has(id)) continue;
      if (!there.has(id)) throw this.broken(`lost: ${id}`);
      if (there.get(id) !== said) throw this.broken(`changed: ${id}`);
    }
    const mute = this.mute();
    for (const [name, bytes] of this.pictures) {
      const photo = this.server.kept.photos.get(name);
      if (!photo?.stored && (this.rotten.has(name) || mute.has(name))) continue;
      if (!photo?.stored) throw this.broken(`photo lost: ${name}`);
      if (Buffer.compare(photo.bytes, bytes) !== 0) throw this.broken(`photo changed: ${name}`);
    }
    for (const held of this.held) await this.converged(held);
  }

  /** Digests of photos whose record went bad. */
  private mute(): Set<string | undefined> {
    return new Set(
      [...this.saved].flatMap(([id, said]) =>
        this.rotten.has(id) ? [(JSON.parse(said) as { digest?: string }).digest] : [],
      ),
    );
  }

  protected async converged(held: Held): Promise<void> {
    const page = await this.living(held);
    if (cleared(page)) return this.nothingLies(held, page);
    const { store } = page.inner.house;
    const chain = await page.run(() => store.chainOf(held.device.id));
    if (chain === 'dead') throw this.broken('nobody may die in calm weather');
    chain.forEach(({ seq }, place) => {
      if (seq !== place + 1) throw this.broken(`the chain has a gap at ${String(place + 1)}`);
    });
    await this.onlyMembersOpen(held, page);
    if (this.cloned.has(held.device.id)) return;
    const [member] = held.people;
    await page.run(() => page.desk.unlock(member?.account ?? '', PIN));
    // A packet that went bad is found by who can open it, and comes again.
    for (let i = 0; i < 2; i++) await this.sync(held, true);
    const own = new Set(chain.map(({ id }) => id));
    for (const visit of this.visits) {
      const team = this.server.kept.orders.get(visit)?.packet.team ?? [];
      if (!team.some(({ account }) => account === member?.account)) continue;
      await page.run(() => page.desk.load(visit));
      const loaded = page.desk.visits.get(visit);
      if (!loaded?.state) throw this.broken(`a member does not see the visit on ${held.machine.disk}`);
      if (text(loaded.packet as never) !== text(this.server.kept.orders.get(visit)?.packet as never))
        throw this.broken(`another order's packet is shown on ${held.machine.disk}`);
      // What went bad here and what an older backup took back is not as the server has it: all else is.
      const apart = this.apart(own, loaded.entries);
      const less = loaded.entries.filter(([{ id }]) => !apart.has(id));
      const mine = apart.size === 0 ? loaded.state : fold(less);
      // What a receipt holds of others is not sent to a tablet.
      const all = fold(this.server.entriesOf(visit).filter(([{ id }]) => !(own.has(id) && apart.has(id))));
      const seen = new Set([...own, ...mine.held.map(({ entry }) => entry)]);
      const theirs = { ...all, held: all.held.filter(({ entry }) => seen.has(entry)) };
      if (text(mine as never) !== text(theirs as never))
        throw this.broken(`${visit} does not converge on ${held.machine.disk}: ${difference(mine, theirs)}`);
      const { kept } = held.drafts.get(`${visit} note`) ?? { kept: 0 };
      await this.draftIsThere(page, visit, kept);
    }
  }

  /**
   * A revoked tablet has nothing that anybody on it could read, nothing that a backup holds, and the office was told
   * what is still to come from it.
   */
  private async nothingLies(held: Held, page: Page): Promise<void> {
    this.count('a revoked tablet cleared itself');
    await this.server.backUp();
    await this.sync(held, true);
    const { store } = page.inner.house;
    const found = await page.run(async () => {
      const [wraps, people, packets, photos] = await Promise.all([
        store.allWraps(),
        store.people(),
        store.packets(),
        store.photos(),
      ]);
      const keys = wraps.filter(({ account }) => account !== 'recovery').length;
      const entries = (await store.chainOf(held.device.id)).map(({ id }) => id);
      const closed = [...entries, ...photos.map(({ digest }) => digest)];
      return {
        open: keys + people.length + packets.length,
        closed,
        wiped: !(await store.device()),
      };
    });
    if (found === 'dead') throw this.broken('nobody may die in calm weather');
    if (found.open > 0) throw this.broken('a revoked tablet keeps what somebody on it could open');
    // A photo whose record went bad was never announced: the server cannot take it.
    const stays = found.closed.filter((name) => !this.rotten.has(name) && !this.mute().has(name));
    if (stays.length > 0) throw this.broken(`a revoked tablet keeps what a backup holds: ${stays.join()}`);
    if (found.wiped !== (found.closed.length === 0))
      throw this.broken('a tablet with nothing left keeps its key');
    const told = this.server.kept.left.get(held.device.id);
    if (!this.server.kept.revoked.has(held.device.id) || this.cloned.has(held.device.id)) return;
    if ((told?.entries ?? 0) + (told?.photos ?? 0) !== found.closed.length)
      throw this.broken(`the office was told of other records: ${JSON.stringify(told)}`);
  }

  /**
   * Of the entries here, those that a tablet may see otherwise than the server: its own that went bad where they lay;
   * and of others what it read before the server became an older one of itself, where their tablet could not give it
   * back its place, because it went bad there, stands behind what did, had a twin that was first, or is out of
   * use since.
   */
  private apart(own: ReadonlySet<string>, here: readonly (readonly [Entry, unknown])[]): Set<string> {
    const there = new Set(this.server.kept.rows.map(({ entry }) => entry.id));
    const taken = ({ id, device }: Entry): boolean => {
      if (!there.has(id)) return this.rotten.has(id);
      // That every gap is of what went bad follows from nothing else being lost.
      const code = this.server.kept.held.get(id);
      if (code === 'device_revoked') return this.revoked.has(device);
      return code === 'chain_gap' || (code === 'chain_forked' && this.cloned.has(device));
    };
    const found = here.filter(([entry]) =>
      own.has(entry.id) ? this.rotten.has(entry.id) : this.older && taken(entry),
    );
    return new Set(found.map(([{ id }]) => id));
  }

  /** A visit's key lies here for those of its team who use this tablet, and for nobody else. */
  protected async onlyMembersOpen(held: Held, page: Page): Promise<void> {
    const [, second = ''] = this.visits;
    for (const { account } of held.people) {
      const wraps = await page.run(() => page.inner.house.store.wraps(account));
      if (wraps === 'dead') throw this.broken('nobody may die in calm weather');
      const opens = wraps.some(({ visit }) => visit === second);
      const team = this.server.kept.orders.get(second)?.packet.team ?? [];
      const member = team.some((one) => one.account === account);
      // Who was of the team keeps the key until a member has seen that nothing waits.
      if (!opens && this.cloned.has(held.device.id)) continue;
      if (opens ? account !== held.people[0]?.account : member)
        throw this.broken(
          opens ? "a colleague opens another team's visit" : 'a member cannot open the visit',
        );
    }
  }
}

/** Whether this tablet was revoked and has cleared itself: nobody is to unlock it. */
export function cleared({ inner }: Page): boolean {
  return inner.state.phase === 'lost' || inner.state.phase === 'unknown';
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

export function text(value: JSONValue): string {
  return new TextDecoder().decode(canonical(value));
}

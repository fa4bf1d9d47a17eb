/** One schedule: three tablets of a team, work and misfortune from one seed, then calm weather, then what must hold. */
import { toHex } from '@sync/canon';
import type { Packet } from '@sync/words';
import { readFileSync } from 'node:fs';
import { newDeviceKey, newPerson } from '../../pwa/src/keys';
import type { Device } from '../../pwa/src/store';
import { Chance } from './chance';
import { Network } from './network';
import { anew, copied, rot } from './misfortune';
import { seeded } from './order';
import { begins, HEALTHY, passes, type Page, type Machine } from './page';
import { Broken, cleared, PIN, Scene, type Held } from './scene';
import { Server } from './server';

const SHARE = 'ab'.repeat(32);
const LEASE = '2199-01-01T00:00:00.000Z';
const YEAR = 365 * 24 * 3_600_000;
const TABLETS = 3;
let schedules = 0;
const vector = JSON.parse(
  readFileSync(new URL('../../sync/vectors/check.json', import.meta.url), 'utf8'),
) as { packet: Packet };

export class Schedule extends Scene {
  /** No two schedules of one process share a disk, even from one seed. */
  private readonly nth = ++schedules;

  async run(): Promise<Map<string, number>> {
    seeded(this.seed + 3);
    begins();
    this.server = await Server.open(new Chance(this.seed + 1));
    this.server.signs = this.seed % 3 !== 0;
    this.net = new Network(this.server, new Chance(this.seed + 2), this.count);
    this.team = vector.packet.team.filter(({ certified }) => certified);
    this.visits = [this.chance.hex(16), this.chance.hex(16)];
    // Of the second visit only one person of each tablet is of the team: the other one opens nothing of it.
    const some = this.team.filter((_, i) => i % 2 === 0);
    this.members = some;
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

  protected async handOut(index: number): Promise<void> {
    const key = await newDeviceKey();
    const device: Device = {
      ...key,
      label: '测试平板（虚构）',
      serverKey: this.server.key.publicKey,
      recoveryKey: this.server.recovery.person.publicKey,
    };
    const people = this.team.slice(index * 2, index * 2 + 2);
    this.server.devices.set(key.id, { publicKey: key.publicKey, persons: people.map((one) => one.account) });
    const disk = `${String(this.seed)}-${String(index)} (${String(this.nth)})`;
    const machine: Machine = { disk, skew: 0, locks: new Map() };
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

  protected async step(): Promise<void> {
    passes(this.chance.below(90_000));
    const held = this.chance.of(this.held);
    const page = await this.living(held);
    page.ills = this.chance.is(0.5)
      ? { killInside: 0.006, killAfterCommit: 0.03, closed: 0.03, unheard: 0.03, quota: 0.006 }
      : HEALTHY;
    const what = this.chance.next();
    if (cleared(page) && what >= 0.2) return this.sync(held, true);
    if (cleared(page)) {
      this.killed(page);
      return;
    }
    if (what < 0.44) await this.work(held, page);
    else if (what < 0.5) await this.misfortune(held, page);
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

  private async misfortune(held: Held, page: Page): Promise<void> {
    page.ills = HEALTHY;
    const what = this.chance.next();
    if (what < 0.2) await this.rot(page, 'bodies', 'a record went bad on the tablet');
    else if (what < 0.4) await this.rot(page, 'photos', 'a photo went bad on the tablet');
    else if (what < 0.55) await this.rot(page, 'packets', 'a packet went bad on the tablet');
    else if (what < 0.65) await this.rot(page, 'wraps', "a visit's key went bad on the tablet");
    else if (what < 0.8) await this.otherTeam();
    else if (what < 0.9) await this.forgot(held, page);
    else if (what < 0.95) await this.revoke(held);
    else if (this.cloned.size === 0) await this.clone(held, page);
  }

  private async rot(page: Page, table: Parameters<typeof rot>[2], what: string): Promise<void> {
    const key = await rot(page, this.chance, table);
    if (key === null) return;
    this.count(what);
    if (table === 'bodies' || table === 'photos') this.rotten.add(key);
    // Whoever has it open already has it whole; it is read again with the next start.
    if (table === 'packets' || table === 'wraps') page.kill();
  }

  /** Whoever was of the team of the second visit is not any more, or is again. */
  private async otherTeam(): Promise<void> {
    const [, second = ''] = this.visits;
    const known = this.server.kept.orders.get(second);
    if (!known) return;
    const team = this.members.filter(() => this.chance.is(0.6));
    this.count(team.length === 0 ? 'a visit was given to others' : 'people of a team changed');
    const rest = vector.packet.team.filter(({ certified }) => !certified);
    await this.server.order({ ...known.packet, team: team.length > 0 ? team : rest });
  }

  private async forgot(held: Held, page: Page): Promise<void> {
    this.count('a PIN was forgotten, its person registered anew');
    const { account, name } = this.chance.of(held.people);
    await anew(page, { account, name, share: SHARE, leaseUntil: LEASE }, PIN);
    for (const window of held.windows) window.kill();
  }

  /** Two tablets with one key from now on; each goes on by itself. */
  private async clone(held: Held, page: Page): Promise<void> {
    this.count('a tablet was cloned');
    this.cloned.add(held.device.id);
    const machine: Machine = { disk: `${held.machine.disk}-clone`, skew: 0, locks: new Map() };
    const twin: Held = { ...held, machine, windows: [], drafts: new Map() };
    this.held.push(twin);
    await copied(page, await this.page(twin));
    for (const window of twin.windows) window.kill();
  }

  /** It was lost: the office revokes it, and it learns so on its next contact. */
  protected async revoke(held: Held): Promise<void> {
    if (this.revoked.size > 1) return;
    this.count('a tablet was lost and revoked');
    this.revoked.add(held.device.id);
    await this.server.revoke(held.device.id);
  }

  private killed(page: Page): void {
    this.count('page killed between two steps');
    page.kill();
  }

  private wrongClock(held: Held): void {
    this.count('clock wrong by years');
    held.machine.skew = Math.round((this.chance.next() - 0.5) * 20 * YEAR);
  }

  protected async backedUp(): Promise<void> {
    this.count('backup');
    this.backup = await this.server.backUp();
  }

  protected async restored(): Promise<void> {
    if (!this.backup) return;
    this.count('server restored from an older backup');
    this.older = true;
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

  /** Two windows of one tablet record and sync at the same time. */
  protected async both(held: Held): Promise<void> {
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

  /** One thing on site, as a screen would hand it to the desk. */
  protected async work(held: Held, page: Page): Promise<void> {
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
}

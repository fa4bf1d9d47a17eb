/** One tablet in one hand, at a visit that has begun, over a network that does what a test says. */
import type { Packet, TeamMember } from '@sync/words';
import { readFileSync } from 'node:fs';
import { newDeviceKey, newPerson } from '../../pwa/src/keys';
import { Chance } from './chance';
import { Network } from './network';
import { Page, passes, type Machine, type Wire } from './page';
import { Server } from './server';

const { packet } = JSON.parse(
  readFileSync(new URL('../../sync/vectors/check.json', import.meta.url), 'utf8'),
) as { packet: Packet };
const officers = packet.team.filter(({ certified }) => certified);
const WHO = { share: 'ab'.repeat(32), leaseUntil: '2199-01-01T00:00:00.000Z' };
export const PIN = '482915';
export const VISIT = packet.visit;
export { packet };

let runs = 0;

export async function alive<T>(work: Promise<T | 'dead'>): Promise<T> {
  const found = await work;
  if (found === 'dead') throw new Error('the page died');
  return found;
}

/** The server with its line; `order` says who of the vector's officers are at the visit. */
export async function office(many = 1): Promise<{ server: Server; net: Network; team: TeamMember[] }> {
  const server = await Server.open(new Chance(1));
  const net = new Network(server, new Chance(2), () => undefined);
  net.calm = true;
  const team = officers.slice(0, many);
  await server.order({ ...packet, team });
  return { server, net, team };
}

/** A tablet; `wire` is what its requests meet, and may be another one later. */
export class One {
  page!: Page;
  device = '';
  wire: Wire;
  readonly machine: Machine = { disk: `one ${String(runs++)}`, skew: 0, locks: new Map() };

  constructor(
    readonly server: Server,
    readonly net: Network,
    readonly me: TeamMember,
  ) {
    this.wire = net.carry;
  }

  /** Enrolled, opened, synced. */
  static async of(server: Server, net: Network, me: TeamMember): Promise<One> {
    const one = new One(server, net, me);
    one.page = await one.window();
    await one.run(async () => {
      const key = await newDeviceKey();
      one.device = key.id;
      const { store } = one.page.inner.house;
      const office = { serverKey: server.key.publicKey, recoveryKey: server.recovery.person.publicKey };
      await store.saveDevice({ ...key, label: '平板（虚构）', ...office });
      await store.admit((await newPerson({ account: me.account, name: me.name, ...WHO }, PIN, 1)).person);
      server.devices.set(key.id, { publicKey: key.publicKey, persons: [me.account] });
    });
    await one.opens();
    return one;
  }

  /** One more window of the same tablet. */
  async window(): Promise<Page> {
    const wire: Wire = (page, method, path, init) => this.wire(page, method, path, init);
    const page = await new Page(this.machine, wire, new Chance(3), () => undefined).load();
    // The modules that were loaded last are this page's own.
    await this.run(async () => {
      (await import('../../pwa/src/desk/windows')).followWindows();
    }, page);
    return page;
  }

  run<T>(work: () => Promise<T>, page = this.page): Promise<T> {
    return alive(page.run(work));
  }

  async opens(page = this.page): Promise<void> {
    await this.run(async () => {
      await page.desk.boot();
      await page.desk.unlock(this.me.account, PIN);
      await page.desk.syncNow();
      await page.desk.load(VISIT);
    }, page);
  }

  /** The app is killed and started anew. */
  async again(): Promise<void> {
    this.page.kill();
    this.page = await this.window();
    await this.opens();
  }

  /** 同步, as the app does it, `times` in a row with minutes in between. */
  async sync(times = 1, page = this.page): Promise<void> {
    for (let i = 0; i < times; i++) {
      if (times > 1) passes(400_000);
      await this.run(async () => {
        await page.desk.syncNow(true);
        await page.standing.afterSync();
      }, page);
    }
  }

  record(kind: string, body: object, page = this.page): Promise<string | null> {
    return this.run(() => page.desk.record(VISIT, kind as never, body as never), page);
  }

  arrives(): Promise<string | null> {
    return this.record('visit.opened', { place: null });
  }

  shows(): Promise<string | null> {
    return this.record('identity.shown', { inspectors: [this.me.account], shown_to: '苏禾（虚构）' });
  }
}

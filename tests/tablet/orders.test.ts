/** A visit that was ordered more than once: the tablet shows what the newest order says, however the packets came. */
import { readFileSync } from 'node:fs';
import type { Packet } from '@sync/words';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Chance } from './chance';
import { Network } from './network';
import { seeded } from './order';
import { begins, install, uninstall } from './page';
import { Schedule } from './schedule';
import { Server } from './server';

const { packet } = JSON.parse(
  readFileSync(new URL('../../sync/vectors/check.json', import.meta.url), 'utf8'),
) as { packet: Packet };
const FIRST = { ...packet, planned_on: '2026-12-01' };
const SECOND = { ...packet, planned_on: '2026-12-02' };
/** Packets have other digests with each seed, so that now the first order's and now the second's is the smaller. */
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

class Ordered extends Schedule {
  async begin(): Promise<this> {
    seeded(this.seed);
    begins();
    this.server = await Server.open(new Chance(this.seed + 1));
    this.net = new Network(this.server, new Chance(this.seed + 2), this.count);
    this.net.calm = true;
    this.team = packet.team.filter(({ certified }) => certified);
    this.members = this.team;
    this.visits = [this.chance.hex(16), this.chance.hex(16)];
    return this;
  }

  async order(said: Packet): Promise<void> {
    await this.server.order({ ...said, visit: this.visits[0] ?? '' });
  }

  backUp(): Promise<void> {
    return this.backedUp();
  }

  becomesOlder(): Promise<void> {
    return this.restored();
  }

  /** Who on this tablet has a key of the visit. */
  async keyed(): Promise<string[]> {
    const [held] = this.held;
    if (!held) throw new Error('no tablet was handed out');
    const { store } = (await this.living(held)).inner.house;
    const wraps = await store.allWraps();
    return wraps.map(({ account }) => account).filter((account) => account !== 'recovery');
  }

  /** The planned day that a person on this tablet is shown, now and after the app was started anew. */
  async shown(): Promise<(string | undefined)[]> {
    if (this.held.length === 0) await this.handOut(0);
    const [held] = this.held;
    if (!held) throw new Error('no tablet was handed out');
    for (const window of held.windows) window.kill();
    for (let i = 0; i < 3; i++) await this.sync(held, true);
    const day = (page: Awaited<ReturnType<Schedule['living']>>): string | undefined =>
      page.desk.visits.get(this.visits[0] ?? '')?.packet.planned_on;
    return [day(await this.living(held)), day(await this.open(held))];
  }
}

beforeAll(install);
afterAll(uninstall);

describe('a visit that was ordered twice', () => {
  test.each(SEEDS)('is shown by its newer order where both come together (%i)', async (seed) => {
    const scene = await new Ordered(seed, 0).begin();
    await scene.order(FIRST);
    await scene.order(SECOND);
    expect(await scene.shown()).toEqual(['2026-12-02', '2026-12-02']);
  });

  test.each(SEEDS)('is shown to whom only its newer order names (%i)', async (seed) => {
    const scene = await new Ordered(seed, 0).begin();
    await scene.order({ ...FIRST, team: packet.team.filter(({ certified }) => !certified) });
    await scene.order(SECOND);
    expect(await scene.shown()).toEqual(['2026-12-02', '2026-12-02']);
  });

  test.each(SEEDS)('gives no key to whom only its older order names (%i)', async (seed) => {
    const scene = await new Ordered(seed, 0).begin();
    const [leader, second] = packet.team.filter(({ certified }) => certified);
    await scene.order(FIRST);
    await scene.order({ ...SECOND, team: packet.team.filter((one) => one !== second) });
    await scene.shown();
    expect(await scene.keyed()).toEqual([leader?.account]);
  });

  test.each(SEEDS)('is shown by the first one again where the server became older (%i)', async (seed) => {
    const scene = await new Ordered(seed, 0).begin();
    await scene.order(FIRST);
    expect(await scene.shown()).toEqual(['2026-12-01', '2026-12-01']);
    await scene.backUp();
    await scene.order(SECOND);
    expect(await scene.shown()).toEqual(['2026-12-02', '2026-12-02']);
    await scene.becomesOlder();
    expect(await scene.shown()).toEqual(['2026-12-01', '2026-12-01']);
  });
});

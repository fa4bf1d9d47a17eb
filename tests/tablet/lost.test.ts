/** A revoked tablet and a server that becomes an older one of itself: what the tablet had handed in is not lost. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { install, uninstall } from './page';
import { Schedule } from './schedule';
import { cleared } from './scene';

beforeAll(install);
afterAll(uninstall);

/** One tablet records, hands in, is revoked and clears itself; then the server is the one of before all that. */
class OnceLost extends Schedule {
  waiting = 0;

  constructor(private readonly boasts: boolean) {
    super(1, 1);
  }

  protected override async step(): Promise<void> {
    this.net.calm = true;
    this.server.boasts = this.boasts;
    const [held] = this.held;
    if (!held) throw new Error('nobody holds a tablet');
    await this.backedUp();
    const page = await this.living(held);
    for (let i = 0; i < 12; i++) await this.work(held, page);
    await this.sync(held, true);
    await this.revoke(held);
    await this.sync(held, true);
    if (!cleared(page)) throw new Error('it was told that it is revoked');
    this.waiting = page.inner.state.lost?.waiting ?? 0;
    await this.restored();
  }
}

test('what was received and is in no backup is wiped, and lost with an older backup: the storm finds it', async () => {
  await expect(new OnceLost(true).run()).rejects.toThrow('lost: ');
});

test('a revoked tablet keeps it sealed, hands it in again to the older server, and wipes itself after the backup', async () => {
  const schedule = new OnceLost(false);
  await schedule.run();
  expect(schedule.waiting).toBeGreaterThan(5);
  expect(schedule.faults.get('a revoked tablet cleared itself')).toBe(1);
});

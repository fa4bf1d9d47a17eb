/**
 * The real store, keys, desk and exchange of the tablet under every fault that a browser, a network and a server
 * have: nothing that was called saved is lost, nothing is there twice, everybody sees the same in the end. A run that
 * fails says its seed; `SEED=7 npx vitest run tests/tablet` shows it again, `N=200` runs as many as `make faults`.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { install, uninstall } from './page';
import { Schedule } from './schedule';

const SEED = Number(process.env.SEED ?? 0);
const N = Number(process.env.N ?? 50);
const STEPS = 40;
const seeds = SEED > 0 ? [SEED] : Array.from({ length: N }, (_, i) => i + 1);
const faults = new Map<string, number>();

beforeAll(install);
afterAll(uninstall);

test(`nothing is lost, nothing twice, all converge: ${String(seeds.length)} schedules`, async () => {
  for (const seed of seeds) {
    for (const [what, times] of await new Schedule(seed, STEPS).run())
      faults.set(what, (faults.get(what) ?? 0) + times);
  }
  const told = [...faults].sort(([a], [b]) => (a < b ? -1 : 1)).map(([what, n]) => `  ${what}: ${String(n)}`);
  console.info(`${String(seeds.length)} schedules of ${String(STEPS)} steps\n${told.join('\n')}`);
  const kinds = [...faults.keys()].filter((what) => !/^(recorded|refused|killed in mid-save)/.test(what));
  if (seeds.length >= 200) expect(kinds.length).toBeGreaterThanOrEqual(24);
}, 600_000);

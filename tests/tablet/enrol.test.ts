/** What a tablet believes of a server from the moment on that it is enrolled. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import type { Packet } from '@sync/words';
import { Chance } from './chance';
import { Network, unsigned } from './network';
import { install, Page, uninstall } from './page';
import { Server } from './server';

const { packet } = JSON.parse(
  readFileSync(new URL('../../sync/vectors/check.json', import.meta.url), 'utf8'),
) as { packet: Packet };
const [me] = packet.team;
if (!me) throw new Error('the vector has no team');
let runs = 0;

beforeAll(install);
afterAll(uninstall);

/** A tablet whose very first exchange meets somebody on the line who is not the server. */
async function firstExchange(signs: boolean) {
  const server = await Server.open(new Chance(1));
  server.signs = signs;
  await server.order({ ...packet, team: me ? [me] : [] });
  const net = new Network(server, new Chance(2), () => undefined);
  net.calm = true;
  const machine = { disk: `enrol ${String(runs++)}`, skew: 0, locks: new Map() };
  const page = await new Page(machine, net.carry, new Chance(3), () => undefined).load();
  const found = await page.run(async () => {
    await page.desk.boot();
    expect(await page.desk.enrol(me?.account ?? '', '平板')).toBeNull();
    net.calm = false;
    net.trouble = 1;
    net.fates = [unsigned];
    expect(await page.desk.setPin('482915')).toBeNull();
    await page.desk.syncNow();
    return { device: page.inner.house.device, known: await page.inner.house.store.exchange() };
  });
  if (found === 'dead') throw new Error('the page is dead');
  return found;
}

test('of a server that signs, a new tablet believes no backup that it did not sign, not even the first', async () => {
  const { device, known } = await firstExchange(true);
  expect(device?.proves).toBe(true);
  expect(known.epoch).not.toBeNull();
  expect(known.backed_up).toBe(0);
});

test('a new tablet works with an older server that signs nothing', async () => {
  const { device, known } = await firstExchange(false);
  expect(device?.proves).toBe(false);
  expect(known.epoch).not.toBeNull();
});

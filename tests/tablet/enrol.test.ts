/** What a tablet believes of a server from the moment on that it is enrolled. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
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

/** An enrolled tablet on a calm line, with somebody at work. */
async function enrolled() {
  const server = await Server.open(new Chance(1));
  await server.order({ ...packet, team: me ? [me] : [] });
  const net = new Network(server, new Chance(2), () => undefined);
  net.calm = true;
  const machine = { disk: `enrol ${String(runs++)}`, skew: 0, locks: new Map() };
  const page = await new Page(machine, net.carry, new Chance(3), () => undefined).load();
  await page.run(async () => {
    await page.desk.boot();
    await page.desk.enrol(me?.account ?? '', '平板');
    expect(await page.desk.setPin('482915')).toBeNull();
  });
  return page;
}

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

test('whose PIN was wrong too often is told that this person is paused, not the tablet, until it is over', async () => {
  const page = await enrolled();
  await page.run(async () => {
    const { pausedWords } = await import('../../pwa/src/desk/people');
    const account = me.account;
    page.desk.lock();
    const [person] = await page.inner.house.store.people();
    if (!person) throw new Error('nobody was enrolled');
    await page.inner.house.store.savePerson({ ...person, failed: 4 });
    expect(await pausedWords(account)).toBeNull();
    const told = await page.desk.unlock(account, '111222');
    expect(told).toContain('您的 PIN 暂停 15 分钟');
    expect(told).toContain('到时再试，或由办公室重新登记');
    expect(await pausedWords(account)).toBe(told);
    page.machine.skew += 15 * 60_000;
    expect(await pausedWords(account)).toBeNull();
  });
});

test('a weak PIN is named at the first entry', async () => {
  const { weakWords } = await import('../../pwa/src/desk/people');
  expect(['123456', '111111', '12345'].map((pin) => weakWords(pin) !== null)).toEqual([true, true, true]);
  expect(weakWords('482915')).toBeNull();
});

test('whoever asks to sync without signal is told so, until there is signal again', async () => {
  const page = await enrolled();
  await page.run(async () => {
    const line = vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false);
    await page.desk.syncNow();
    expect(page.inner.state.hindrance).toBe('现在没有信号，记录都在本机；有信号时会自动上传。');
    line.mockRestore();
    await page.desk.syncNow();
    expect(page.inner.state.hindrance).toBeNull();
  });
});

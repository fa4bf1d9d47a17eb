/** Two windows of one tablet: what one of them fetched or recorded, the other one shows. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { verdict } from '../../pwa/src/view/data';
import { office, One, packet, VISIT } from './one';
import { install, uninstall, type Page } from './page';

/** The browser's channel between windows; what a window hears it hears as itself, and only if it is another one. */
class Channel {
  static all = new Set<Channel>();
  onmessage: ((event: { data: unknown }) => void) | null = null;
  private readonly asItself = AsyncLocalStorage.snapshot();
  constructor(readonly name: string) {
    Channel.all.add(this);
  }
  postMessage(data: unknown): void {
    const others = [...Channel.all].filter((one) => one !== this && one.name === this.name);
    for (const one of others)
      setImmediate(() => {
        one.asItself(() => one.onmessage?.({ data: structuredClone(data) }));
      });
  }
  close(): void {
    Channel.all.delete(this);
  }
}

beforeAll(() => {
  install();
  (globalThis as { BroadcastChannel?: unknown }).BroadcastChannel = Channel;
});
afterAll(() => {
  delete (globalThis as { BroadcastChannel?: unknown }).BroadcastChannel;
  uninstall();
});

let mine: One;
let theirs: One;
let second: Page;

beforeEach(async () => {
  Channel.all.clear();
  const { server, net, team } = await office(2);
  const [me, colleague] = team;
  if (!me || !colleague) throw new Error('the vector has no team');
  mine = await One.of(server, net, me);
  theirs = await One.of(server, net, colleague);
  expect(await mine.arrives()).toBeNull();
  expect(
    await mine.record('identity.shown', {
      inspectors: [me.account, colleague.account],
      shown_to: '苏禾（虚构）',
    }),
  ).toBeNull();
  await mine.sync();
  await theirs.sync();
  second = await mine.window();
  await mine.opens(second);
});

const told = { recusal: 'not_requested', statement: '' };
const rights = (page: Page): number =>
  page.desk.visits.get(VISIT)?.entries.filter(([{ kind }]) => kind === 'rights.told').length ?? 0;
const quiet = (): Promise<void> => new Promise((done) => setTimeout(done, 300));

test('what the second window fetched of a colleague is seen in the first one', async () => {
  expect(await theirs.record('rights.told', told)).toBeNull();
  await theirs.sync();
  await mine.sync(1, second);
  await quiet();
  expect(rights(second)).toBe(1);
  expect(rights(mine.page)).toBe(1);
});

test('a visit that the second window fetched opens in the first one', async () => {
  const visit = 'b'.repeat(32);
  await mine.server.order({ ...packet, visit, team: [mine.me] });
  await mine.sync(1, second);
  await quiet();
  expect(mine.page.desk.visits.get(visit)?.packet.visit).toBe(visit);
});

test('while one window has unsent records the other one does not say that the tablet may be given back', async () => {
  const safe = (page: Page): string => verdict(page.desk.state.total).tone;
  await mine.sync(1, second);
  expect(safe(second)).toBe('good');
  expect(await mine.record('rights.told', told)).toBeNull();
  await quiet();
  expect(safe(second)).not.toBe('good');
  expect(rights(second)).toBe(1);
  await mine.sync();
  await quiet();
  expect(safe(second)).toBe('good');
});

test('a window that is locked hears of it and shows nothing', async () => {
  await mine.run(() => {
    second.desk.lock();
    return Promise.resolve();
  }, second);
  expect(await mine.record('rights.told', told)).toBeNull();
  await quiet();
  expect(second.desk.visits.size).toBe(0);
  expect(second.desk.state.total.safe).toBe(false);
});

/** A recording that a kill cut off: it is counted, said, and not destroyed. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { handBack } from '../../pwa/src/view';
import { verdict } from '../../pwa/src/view/data';
import { office, One, VISIT } from './one';
import { install, passes, uninstall } from './page';

beforeAll(install);
afterAll(uninstall);

let one: One;

beforeEach(async () => {
  const { server, net, team } = await office();
  const [me] = team;
  if (!me) throw new Error('the vector has no team');
  one = await One.of(server, net, me);
  expect(await one.arrives()).toBeNull();
  await one.sync();
  await server.backUp();
  await one.sync();
});

const words = (): string => verdict(one.page.desk.state.total).words;
const store = () => one.page.inner.house.store;

/** Some pieces of a recording, and then the battery ended. */
async function cutOff(): Promise<void> {
  const about = { media_type: 'audio/webm', seconds: 15, items: [], caption: '拒绝签字过程' };
  await one.run(async () => {
    for (let i = 0; i < 3; i++) await one.page.desk.keepPiece(VISIT, i, new Blob([new Uint8Array(1000)]));
    await one.page.desk.keepDraft(VISIT, 'recording', about);
  });
}

test('a tablet with a recording that nobody saved may not be given back, and says how to save it', async () => {
  expect(verdict(one.page.desk.state.total).tone).toBe('good');
  await cutOff();
  expect(verdict(one.page.desk.state.total).tone).toBe('bad');
  await one.again();
  await one.sync();
  expect(words()).toContain('录音录像');
  expect(words()).not.toContain('可以交还终端');
  expect(handBack(one.page.desk.state.total, 0)).toBe('');
});

test('once it is saved or thrown away, the tablet may be given back', async () => {
  await cutOff();
  await one.run(async () => {
    await one.page.desk.dropPieces(VISIT);
    await one.page.desk.dropDraft(VISIT, 'recording');
  });
  expect(words()).toContain('可以交还终端');
});

test('a revoked tablet keeps it, with the key of recovery, and tells the office of it', async () => {
  await cutOff();
  await one.run(() => one.page.desk.keepDraft(VISIT, 'item:x', { note: '打了一半' }));
  await one.server.revoke(one.device);
  one.server.sessions.clear();
  passes(400_000);
  await one.sync(3);
  expect(one.page.desk.state.phase).toBe('lost');
  expect(one.page.desk.state.lost).toMatchObject({ photos: 1, cleared: false });
  expect(one.server.kept.left.get(one.device)).toEqual({ entries: 0, photos: 1 });
  const [drafts, wraps] = await one.run(async () => [
    await store().draftsOf(VISIT),
    await store().allWraps(),
  ]);
  expect(drafts.map(({ slot }) => slot.split(':')[0])).toEqual(['piece', 'piece', 'piece', 'recording']);
  expect(wraps.map(({ account, visit }) => `${account} ${visit}`)).toEqual([`recovery ${VISIT}`]);
});

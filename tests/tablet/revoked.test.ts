/** 停用: what one sentence of the server does, heard half, heard from an older server, or from nobody at all. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { office, One } from './one';
import { install, uninstall, type Wire } from './page';

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
});

/** The line breaks before the tablet can ask how it stands. */
const cut: Wire = (page, method, path, init) => {
  if (path === '/field/device') throw new TypeError('Failed to fetch');
  return one.net.carry(page, method, path, init);
};

/** The session says that the tablet is revoked, and it cannot ask how it stands. */
async function hearsHalf(): Promise<void> {
  await one.server.revoke(one.device);
  one.server.sessions.clear();
  one.wire = cut;
  await one.sync();
  expect(one.page.desk.state.phase).toBe('open');
}

const unsent = (): number => one.page.desk.state.total.recorded - one.page.desk.state.total.receipts;

test('a revoked tablet that lost the line before it could ask clears itself with the next 同步', async () => {
  await hearsHalf();
  one.wire = one.net.carry;
  await one.run(() => one.page.desk.syncNow(true));
  expect(one.page.desk.state.phase).toBe('lost');
});

test('a restored server that does not know the revocation any more gets the work', async () => {
  const backup = await one.server.backUp();
  await hearsHalf();
  await one.server.restore(backup);
  one.server.kept.revoked.clear();
  one.wire = one.net.carry;
  expect(await one.shows()).toBeNull();
  await one.sync(3);
  expect(one.page.desk.state.phase).toBe('open');
  expect(unsent()).toBe(0);
  expect(one.page.desk.state.hindrance).toBeNull();
});

test('a session answer that nobody signed stops a tablet for one 同步, not for good', async () => {
  one.server.sessions.clear();
  let lies = true;
  one.wire = async (page, method, path, init) => {
    const answer = await one.net.carry(page, method, path, init);
    if (!lies || path !== '/field/session') return answer;
    lies = false;
    return new Response(JSON.stringify({ ...((await answer.json()) as object), revoked: true }));
  };
  await one.sync();
  expect(lies).toBe(false);
  expect(await one.shows()).toBeNull();
  await one.sync(2);
  expect(unsent()).toBe(0);
});

test('a server that contradicts itself is asked once a 同步, and the tablet stays as it is', async () => {
  one.server.sessions.clear();
  let asked = 0;
  one.wire = async (page, method, path, init) => {
    asked++;
    const answer = await one.net.carry(page, method, path, init);
    if (path !== '/field/session') return answer;
    return new Response(JSON.stringify({ ...((await answer.json()) as object), revoked: true }));
  };
  await one.sync();
  expect(one.page.desk.state.phase).toBe('open');
  expect(asked).toBeLessThan(6);
});

/** 清理 and the packet's rule decide on what is true in the moment in which they delete. */
import { toHex } from '@sync/canon';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { seal } from '../../pwa/src/keys';
import { office, One, packet, VISIT } from './one';
import { install, uninstall } from './page';

beforeAll(install);
afterAll(uninstall);

let one: One;
let digest = '';
const BYTES = new Uint8Array([0xff, 0xd8, 0xff, ...Array.from({ length: 500 }, (_, i) => i % 13)]);
const [block] = packet.blocks;
if (!block) throw new Error('the vector has no block');
const { organisation } = block;
const item = block.items[0]?.item ?? '';

beforeEach(async () => {
  const { server, net, team } = await office();
  const [me] = team;
  if (!me) throw new Error('the vector has no team');
  one = await One.of(server, net, me);
  expect(await one.arrives()).toBeNull();
  expect(await one.shows()).toBeNull();
});

const { subtle } = crypto;
const store = () => one.page.inner.house.store;
const desk = () => import('../../pwa/src/desk/data');

/** A photo of an item, as the camera would leave it. */
async function shoot(): Promise<void> {
  await one.run(async () => {
    digest = toHex(new Uint8Array(await subtle.digest('SHA-256', BYTES)));
    const key = one.page.inner.house.open?.keys.get(VISIT);
    if (!key) throw new Error('nobody is at work');
    const sealed = await seal(key, BYTES, `photo:${digest}`);
    const size = BYTES.length;
    const photo = { digest, visit: VISIT, size, sealed, original: null, stored: false };
    const about = { digest, size, media_type: 'image/jpeg', original_digest: digest, original_size: size };
    const body = { ...about, slot: VISIT, items: [{ organisation, item }], place: null, caption: '' };
    expect(await one.page.desk.record(VISIT, 'evidence.taken', body as never, photo)).toBeNull();
    await store().saveThumb({ digest, visit: VISIT, sealed });
  });
}

function over(): void {
  const loaded = one.page.desk.visits.get(VISIT);
  if (!loaded?.state) throw new Error('not loaded');
  const finished = { ...loaded.state, finished: [{} as never] };
  one.page.desk.visits.set(VISIT, { ...loaded, state: finished });
}

async function safe(): Promise<void> {
  await one.sync();
  await one.server.backUp();
  await one.sync(2);
  over();
}

test('清理 takes the photo and what was made small of it', async () => {
  await shoot();
  await safe();
  expect(await one.run(async () => (await desk()).clean())).toBe(1);
  expect(await one.run(() => store().photo(digest))).toBeUndefined();
  expect(await one.run(() => store().thumb(digest))).toBeUndefined();
});

test('清理 beside a sync that learns that the server is an older one deletes nothing', async () => {
  const before = await one.server.backUp();
  await shoot();
  await safe();
  await one.server.restore(before);
  const gone = await one.run(async () => {
    const real = store().write.bind(store());
    let first = true;
    // It has decided; before it deletes, the sync under way takes the server's answer in.
    store().write = async (tables, work) => {
      if (first && tables.includes('photos')) {
        first = false;
        await one.page.desk.syncNow();
        over();
      }
      return real(tables, work);
    };
    return (await desk()).clean();
  });
  expect(gone).toBe(0);
  expect(await one.run(() => store().photo(digest))).toBeDefined();
});

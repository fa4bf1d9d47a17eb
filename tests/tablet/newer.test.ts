/** A newer version of the app has the tablet's tables: an older window says so, and nothing that lies here is touched. */
import 'fake-indexeddb/auto';
import { deleteDB, openDB } from 'idb';
import { expect, test } from 'vitest';
import { Store } from '../../pwa/src/store';
import { VERSION } from '../../pwa/src/store/schema';

let runs = 0;

function opened(): { store: Store; name: string; told: () => number } {
  const name = `newer ${String(runs++)}`;
  let told = 0;
  const store = new Store(name, () => {
    told++;
  });
  return { store, name, told: () => told };
}

const draft = { visit: 'a', slot: 'b', sealed: { iv: new Uint8Array(12), data: new ArrayBuffer(3) } };

test('a window whose tables another one made newer lets them go, says so, and writes nothing', async () => {
  const { store, name, told } = opened();
  await store.saveDraft(draft);
  const newer = await openDB(name, VERSION + 1);
  expect(told()).toBe(1);
  await expect(store.saveDraft(draft)).rejects.toThrow('version');
  expect(await newer.count('drafts')).toBe(1);
  newer.close();
});

test('an older version that is started where a newer one was says so', async () => {
  const { name } = opened();
  (await openDB(name, VERSION + 1)).close();
  let told = false;
  const store = new Store(name, () => {
    told = true;
  });
  await expect(store.device()).rejects.toMatchObject({ name: 'VersionError' });
  expect(told).toBe(true);
});

test('a store that is only deleted is no newer one', async () => {
  const { store, name, told } = opened();
  await store.saveDraft(draft);
  await deleteDB(name);
  expect(told()).toBe(0);
  expect(await store.draftsOf('a')).toEqual([]);
});

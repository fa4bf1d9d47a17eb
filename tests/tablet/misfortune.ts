/**
 * What befalls a tablet beside its network and its browser: bytes that go bad where they lie, a PIN that nobody knows
 * any more, a disk that was copied.
 */
import { newPerson, type Sealed } from '../../pwa/src/keys';
import { NOTHING } from '../../pwa/src/rows';
import { TABLES } from '../../pwa/src/store/schema';
import { START, type State } from '@sync/exchange_words';
import type { Chance } from './chance';
import type { Page } from './page';

type Rots = 'bodies' | 'photos' | 'packets' | 'wraps';
interface Row {
  sealed?: Sealed | null;
  wrapped?: Sealed;
}
const OUTSIDE: ReadonlySet<string> = new Set(['one', 'people', 'sessions']);

/**
 * One row of a table goes bad; its key, or null where there was none to choose. Of records and photos one that still
 * waits: what the server has is not the tablet's to lose.
 */
export async function rot(page: Page, chance: Chance, table: Rots): Promise<string | null> {
  const { store } = page.inner.house;
  const done = await page.run(async () => {
    const known = await store.exchange();
    return store.write([table], async (tx) => {
      const rows = tx.objectStore(table);
      const keys = (await rows.getAllKeys()).filter((key) => waits(known, table, key as string));
      if (keys.length === 0) return null;
      const key = chance.of(keys);
      const row = (await rows.get(key)) as Row;
      for (const part of ['sealed', 'wrapped'] as const) {
        const lying = row[part];
        if (!lying) continue;
        const data = new Uint8Array(lying.data.slice(0));
        const at = chance.below(data.length);
        data[at] = (data[at] ?? 0) ^ 1;
        row[part] = { ...lying, data: data.buffer };
      }
      await rows.put(row as never);
      return String(key);
    });
  });
  return done === 'dead' ? null : done;
}

function waits(known: State, table: Rots, key: string): boolean {
  if (table === 'bodies') return known.entries[key]?.receipt === 0;
  if (table === 'photos') return (known.blobs[key]?.status ?? 'complete') !== 'complete';
  return true;
}

/** A person who forgot the PIN is registered anew: another key pair, and no key of any visit. */
export async function anew(
  page: Page,
  who: { account: string; name: string; share: string; leaseUntil: string },
  pin: string,
): Promise<void> {
  const { store } = page.inner.house;
  await page.run(async () => {
    const { person } = await newPerson(who, pin, 1);
    await store.admit(person);
    await store.takeIn(NOTHING, (known) => ({ ...known, cursor: START, more: true, signed_in: false }));
  });
}

/** Everything that lies on one tablet lies on the other one too, keys and all. */
export async function copied(from: Page, to: Page): Promise<void> {
  const tables = await from.run(() =>
    from.inner.house.store.write(TABLES, async (tx) => {
      const found: [(typeof TABLES)[number], unknown[], unknown[]][] = [];
      for (const table of TABLES) {
        const rows = tx.objectStore(table);
        found.push([table, await rows.getAllKeys(), await rows.getAll()]);
      }
      return found;
    }),
  );
  if (tables === 'dead') throw new Error('nobody may die while a disk is copied');
  await to.run(() =>
    to.inner.house.store.write(TABLES, async (tx) => {
      for (const [table, keys, rows] of tables)
        for (const [place, row] of rows.entries())
          await tx
            .objectStore(table)
            .put(row as never, (OUTSIDE.has(table) ? keys[place] : undefined) as never);
    }),
  );
}

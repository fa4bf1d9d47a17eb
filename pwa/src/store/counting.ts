/** What lies here, counted. Apart from the shell. */
import type { Store } from '../store';

/** Visit → how many entries of it lie here. */
export function countEntries(store: Store, visits: readonly string[]): Promise<Map<string, number>> {
  return store.use(async (db) => {
    const index = db.transaction('entries').objectStore('entries').index('visit');
    return new Map(await Promise.all(visits.map(async (v) => [v, await index.count(v)] as const)));
  });
}

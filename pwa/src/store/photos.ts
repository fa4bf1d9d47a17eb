/** The photos of the whole tablet: what they take, and their leaving. */
import type { State } from '@sync/exchange_words';
import type { Store } from '../store';
import { exchangeIn } from './reading';

/** What each photo here takes, original and working copy together, in bytes. */
export function photoSizes(store: Store): Promise<{ digest: string; visit: string; bytes: number }[]> {
  return store.use(async (db) => {
    const found: { digest: string; visit: string; bytes: number }[] = [];
    // One after another: all pictures of a week at once would take more memory than a tablet has.
    for (let at = await db.transaction('photos').store.openCursor(); at; at = await at.continue()) {
      const { digest, visit, sealed, original } = at.value;
      found.push({ digest, visit, bytes: sealed.data.byteLength + (original?.data.byteLength ?? 0) });
    }
    return found;
  });
}

/**
 * Photos that are safe elsewhere leave; how many of them were here. `which` is asked in the transaction that deletes: a
 * sync under way may just have learnt that the server is an older one of itself.
 */
export function dropPhotos(store: Store, which: (known: State) => readonly string[]): Promise<number> {
  return store.write(['one', 'photos', 'thumbs'], async (tx) => {
    let gone = 0;
    for (const digest of which(await exchangeIn(tx.objectStore('one')))) {
      await tx.objectStore('thumbs').delete(digest);
      if ((await tx.objectStore('photos').getKey(digest)) === undefined) continue;
      await tx.objectStore('photos').delete(digest);
      gone++;
    }
    return gone;
  });
}

/** What another window of this tablet fetched or recorded is shown in this one too. Apart from the shell. */
import { NO_PREV } from '@sync/words';
import { countEntries } from '../store/counting';
import { follow, type Changed } from './channel';
import { atWork, house, Locked, visits } from './state';
import { brokeOff, readAnew, refresh } from './sync';
import { keysOf } from './wraps';

export function followWindows(): void {
  follow(
    (changed) => void heard(() => changed),
    () => void heard(async () => ({ visits: await unread(), packets: false })),
  );
}

async function heard(what: () => Changed | Promise<Changed>): Promise<void> {
  try {
    if (!house.open) {
      if (house.device) await refresh();
      return;
    }
    const changed = await what();
    if (changed.packets) await takeKeys();
    await readAnew(changed);
  } catch (error) {
    if (!(error instanceof Locked)) brokeOff(error);
  }
}

/** Visits that came in another window have keys that this one has not opened. */
async function takeKeys(): Promise<void> {
  const { open: work } = atWork();
  const { keys } = await keysOf(work.account, work.vault);
  for (const [visit, key] of keys) if (!work.keys.has(visit)) work.keys.set(visit, key);
}

/** Visits of which more lies here than this window has read. */
async function unread(): Promise<string[]> {
  const lying = await countEntries(house.store, [...visits.keys()]);
  const read = (visit: string): number =>
    visits.get(visit)?.entries.filter(([{ id }]) => id !== NO_PREV).length ?? 0;
  return [...lying].filter(([visit, many]) => many !== read(visit)).map(([visit]) => visit);
}

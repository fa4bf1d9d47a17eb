/**
 * Tries of a PIN, counted also where the store has no room: then in the browser's settings, which have a room of their
 * own. So a full disk lets nobody guess without end, and locks no officer out of what was recorded.
 */
import type { Person } from '../keys';
import { isFull } from '../store';
import { house } from './state';

type Counts = Pick<Person, 'failed' | 'wrong' | 'lockedUntil'>;

const slot = (account: string): string => `suijian.tries.${account}`;

/** Everybody on this tablet, with every try that was counted: of two counts the stricter one holds. */
export async function people(): Promise<Person[]> {
  return (await house.store.people()).map((row) => {
    const kept = localStorage.getItem(slot(row.account));
    if (kept === null) return row;
    const { failed, wrong = 0, lockedUntil } = JSON.parse(kept) as Counts;
    return {
      ...row,
      failed: Math.max(row.failed, failed),
      wrong: Math.max(row.wrong ?? 0, wrong),
      lockedUntil: Math.max(row.lockedUntil, lockedUntil),
    };
  });
}

/** Keep a person; where there is no room at least the tries, until the right PIN. */
export async function savePerson(person: Person): Promise<void> {
  const { account, failed, wrong, lockedUntil } = person;
  let kept = true;
  try {
    await house.store.savePerson(person);
  } catch (error) {
    if (!isFull(error)) throw error;
    kept = failed === 0 && lockedUntil === 0;
  }
  if (kept) localStorage.removeItem(slot(account));
  else localStorage.setItem(slot(account), JSON.stringify({ failed, wrong, lockedUntil }));
}

/**
 * What lies here and nobody at work can open (a visit that went to another team, a forgotten PIN, damaged bytes) is
 * handed in sealed, so that the chain goes on. Apart from the shell.
 */
import type { Outcome } from '@sync/exchange_words';
import { handIn } from '../exchange/device';
import type { EntryRow } from '../store';
import { sjxOf } from './export';
import { atWork } from './state';

/** Throws Declined, NoAnswer. */
export async function handInSealed(rows: readonly EntryRow[]): Promise<Outcome> {
  const { device } = atWork();
  const { receipts } = await handIn(device, await sjxOf(device, rows, []));
  const told = new Set(receipts.map(({ entry }) => entry));
  return { kind: 'handed', receipts, damaged: rows.map(({ id }) => id).filter((id) => !told.has(id)) };
}

/** Whether the server keeps the photo now. Throws Declined, NoAnswer. */
export async function handInPhoto(digest: string): Promise<boolean> {
  const { device } = atWork();
  const { photos } = await handIn(device, await sjxOf(device, [], [digest]));
  return photos > 0;
}

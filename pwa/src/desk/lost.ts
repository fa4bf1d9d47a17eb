/**
 * How this tablet stands with the office: told and asked by its own key, with nobody at work. A revoked one (停用) clears
 * itself first and then hands in what is sealed and unsent: a thief must not gain time by cutting the line in between.
 */
import { Declined, NoAnswer } from '../exchange';
import { took } from '@sync/exchange';
import type { Action, Outcome } from '@sync/exchange_words';
import { handIn, tell } from '../exchange/device';
import { exclusive, isFull, NOTHING, type Device, type EntryRow } from '../store';
import { countsOf, keepUnsent, wipe, type Stand } from '../store/lost';
import { unsavedRecordings } from '../store/reading';
import { tidy } from './data';
import { sjxOf, unsentRows } from './export';
import { lock } from './people';
import { pieces } from './pieces';
import { house, state } from './state';
import { refresh, syncSoon } from './sync';
import { people, savePerson } from './tries';
import { shareWraps } from './wraps';

const AGAIN_MS = 60_000;
const CHANNEL = 'suijian/lost';
let timer: ReturnType<typeof setTimeout> | undefined;

/** Tell of wrong PINs, ask how the tablet stands, and do what follows. Without signal nothing happens; what a full disk
 * kept from being done is done again. */
export async function standing(): Promise<void> {
  const full = await exclusive('suijian/lost', async () => {
    try {
      await ask();
    } catch (error) {
      if (isFull(error)) return true;
      if (!(error instanceof NoAnswer || error instanceof Declined)) throw error;
    }
    return false;
  });
  clearTimeout(timer);
  // Said to be revoked and not yet asked: the line broke in between, and no 同步 goes on before it was asked.
  const waits = state.phase === 'lost' ? !state.lost?.cleared : (await house.store.exchange()).revoked;
  if (full || waits) timer = setTimeout(() => void standing(), AGAIN_MS);
}

/** After a sync the tablet lets go what the packets' rule need not keep. A revoked one was asked how it stands by then. */
export async function afterSync(): Promise<void> {
  if (!house.open || state.signal !== 'there') return;
  try {
    await tidy(Date.now());
  } catch (error) {
    // The next sync does it: what a tablet holds is not less for that.
    if (!isFull(error)) throw error;
  }
}

async function ask(): Promise<void> {
  const { store, device } = house;
  if (!device || state.lost?.cleared || !navigator.onLine) return;
  const wrong = Object.fromEntries(
    (await people()).map(({ account, wrong: count }) => [account, count ?? 0]),
  );
  const lost = await store.lost();
  const left = lost ? { entries: lost.entries, photos: lost.photos } : null;
  const told = await tell(device, { wrong, left });
  for (const person of await people())
    if (told.withheld.includes(person.account) && person.share !== null)
      await savePerson({ ...person, share: null });
  // A server that became an older one of itself may not know any more that this tablet was revoked: it has cleared
  // itself, and hands in all the same.
  if (!told.revoked && !lost) return inUse();
  if (house.open && !device.recoveryKey) {
    house.device = { ...device, recoveryKey: told.recovery_key };
    await store.saveDevice(house.device);
  }
  const { epoch, backed_up } = told;
  await clear(device, epoch === undefined || backed_up === undefined ? null : { epoch, backed_up });
}

/**
 * The office does not know this tablet as revoked: what a session said of that was nobody's word that is signed, or a
 * server's that is an older one of itself by now. Sending goes on, a little later, so that a server that says now this
 * and now that is not asked without end.
 */
async function inUse(): Promise<void> {
  if (!(await house.store.exchange()).revoked) return;
  const retry_at = Date.now() + AGAIN_MS;
  await house.store.takeIn(NOTHING, (known) => ({ ...known, revoked: false, signed_in: false, retry_at }));
  await refresh();
  syncSoon();
}

async function clear(device: Device, stand: Stand | null): Promise<void> {
  const { store } = house;
  // Whoever is at work can still open the own visits: what no recovery key covered is covered now.
  if (house.open) await shareWraps();
  await leave(stand);
  await tellLeft(device);
  await handInAll(device);
  await leave(stand);
  await tellLeft(device);
  const { entries = 0, photos = 0, waiting = 0 } = state.lost ?? {};
  if (entries + photos + waiting > 0) return;
  await wipe(store);
  house.device = null;
  if (state.lost) state.lost.cleared = true;
}

/** What the server does not have yet, as the office reads it. */
async function tellLeft(device: Device): Promise<void> {
  const { entries = 0, photos = 0 } = state.lost ?? {};
  await tell(device, { wrong: {}, left: { entries, photos } });
}

/** Keep what the office's backup lacks alone, and nobody at work: in this window and in every other one. */
async function leave(stand: Stand | null): Promise<void> {
  const first = state.phase !== 'lost';
  const { entries, photos, waiting } = await keepUnsent(house.store, new Date().toISOString(), stand);
  lock();
  state.people = [];
  state.phase = 'lost';
  state.lost = { entries, photos, waiting: waiting ?? 0, cleared: false };
  if (first && 'BroadcastChannel' in globalThis) {
    const channel = new BroadcastChannel(CHANNEL);
    channel.postMessage('cleared');
    channel.close();
  }
}

/** So many entries, and so many bytes of them, go in one request: a line that breaks costs little, and memory holds it. */
const PIECE = { many: 200, bytes: 8_000_000 };

async function handInAll(device: Device): Promise<void> {
  const { store } = house;
  const known = await store.exchange();
  const sizeOf = ({ id }: EntryRow): number => known.entries[id]?.size ?? 0;
  for (const rows of pieces(await unsentRows(device), sizeOf, PIECE)) {
    const { receipts } = await handIn(device, await sjxOf(device, rows, []));
    const entries = rows.map(({ id }) => id);
    await became({ kind: 'push', entries, sign: [] }, { kind: 'handed', receipts, damaged: [] });
  }
  // One by one: a line that breaks costs one picture, and a tablet's memory holds one.
  for (const [digest, { size, status }] of Object.entries((await store.exchange()).blobs)) {
    const piece = status === 'complete' ? null : await sjxOf(device, [], [digest]);
    if (!piece || piece.photos.length === 0) continue;
    const { photos, stored } = await handIn(device, piece);
    // A server that names no number says nothing of backups either.
    const at = { kind: 'blob_at', offset: size, stored: stored.get(digest) ?? 1 } as const;
    if (photos > 0) await became({ kind: 'blob', digest, offset: null }, at);
  }
}

/** Kept at once, and shown: what one request brought survives the next one's failure. */
async function became(action: Action, outcome: Outcome): Promise<void> {
  const next = await house.store.takeIn(NOTHING, (known) => took(known, action, outcome, Date.now(), 0));
  if (state.lost) Object.assign(state.lost, countsOf(next, await unsavedRecordings(house.store)));
}

/** Another window of this tablet cleared it: nothing of what this one shows may stay. */
export function followOthers(): void {
  if (!('BroadcastChannel' in globalThis)) return;
  new BroadcastChannel(CHANNEL).onmessage = () => {
    location.reload();
  };
}

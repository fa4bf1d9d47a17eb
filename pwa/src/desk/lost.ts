/**
 * How this tablet stands with the office: told and asked by its own key, with nobody at work. A revoked one (停用) clears
 * itself first and then hands in what is sealed and unsent: a thief must not gain time by cutting the line in between.
 */
import { Declined, NoAnswer } from '../exchange';
import { handIn, tell } from '../exchange/device';
import { exclusive, type Device } from '../store';
import { dropHandedIn, keepUnsent, wipe } from '../store/lost';
import { tidy } from './data';
import { sjxOf, unsentRows } from './export';
import { lock } from './people';
import { house, state } from './state';
import { people, savePerson } from './tries';
import { shareWraps } from './wraps';

const AGAIN_MS = 60_000;
const CHANNEL = 'suijian/lost';
let timer: ReturnType<typeof setTimeout> | undefined;

/** Tell of wrong PINs, ask how the tablet stands, and do what follows. Without signal nothing happens. */
export async function standing(): Promise<void> {
  await exclusive('suijian/lost', async () => {
    try {
      await ask();
    } catch (error) {
      if (!(error instanceof NoAnswer || error instanceof Declined)) throw error;
    }
  });
  clearTimeout(timer);
  if (state.phase === 'lost' && !state.lost?.cleared) timer = setTimeout(() => void standing(), AGAIN_MS);
}

/** After a sync: a revoked tablet clears itself; any other one lets go what the packets' rule need not keep. */
export async function afterSync(): Promise<void> {
  if ((await house.store.exchange()).revoked) await standing();
  else if (house.open && state.signal === 'there') await tidy(Date.now());
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
  if (!told.revoked) return;
  if (house.open && !device.recoveryKey) {
    house.device = { ...device, recoveryKey: told.recovery_key };
    await store.saveDevice(house.device);
  }
  await clear(device);
}

async function clear(device: Device): Promise<void> {
  const { store } = house;
  // Whoever is at work can still open the own visits: what no recovery key covered is covered now.
  if (house.open) await shareWraps();
  await tell(device, { wrong: {}, left: await leave() });
  await handInAll(device);
  const left = await leave();
  if (left.entries + left.photos === 0) {
    await tell(device, { wrong: {}, left: { entries: 0, photos: 0 } });
    await wipe(store);
    house.device = null;
    if (state.lost) state.lost.cleared = true;
  } else await tell(device, { wrong: {}, left });
}

/** Keep what is unsent alone, and nobody at work: in this window and in every other one. */
async function leave(): Promise<{ entries: number; photos: number }> {
  const first = state.phase !== 'lost';
  const { entries, photos } = await keepUnsent(house.store, new Date().toISOString());
  lock();
  state.people = [];
  state.phase = 'lost';
  state.lost = { entries, photos, cleared: false };
  if (first && 'BroadcastChannel' in globalThis) {
    const channel = new BroadcastChannel(CHANNEL);
    channel.postMessage('cleared');
    channel.close();
  }
  return { entries, photos };
}

async function handInAll(device: Device): Promise<void> {
  const { store } = house;
  const rows = await unsentRows(device);
  if (rows.length > 0) {
    const { receipts } = await handIn(device, device.serverKey, await sjxOf(device, rows, []));
    const taken = receipts.filter(({ status }) => status !== 'refused');
    await dropHandedIn(
      store,
      taken.map(({ entry }) => entry),
      [],
    );
  }
  // One by one: a line that breaks costs one picture, and a tablet's memory holds one.
  for (const digest of Object.keys((await store.exchange()).blobs)) {
    const piece = await sjxOf(device, [], [digest]);
    if (piece.photos.length > 0) {
      const { photos } = await handIn(device, device.serverKey, piece);
      if (photos > 0) await dropHandedIn(store, [], [digest]);
    }
  }
}

/** Another window of this tablet cleared it: nothing of what this one shows may stay. */
export function followOthers(): void {
  if (!('BroadcastChannel' in globalThis)) return;
  new BroadcastChannel(CHANNEL).onmessage = () => {
    location.reload();
  };
}

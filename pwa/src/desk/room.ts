/** What every screen must know of the tablet itself: its room before it is too short, and whose window this is. */
import { measured, PHOTO_BYTES, roomWarning } from '../store/space';
import { state } from './state';

/** What is said before the room is too short; the sizes of photos are the usual ones, so that it costs nothing. */
export async function lookAtRoom(): Promise<void> {
  state.room = roomWarning(await measured(), PHOTO_BYTES);
}

/** The first window of this tablet has it; another one says so, and takes over when the first one is closed. */
export function claimWindow(): void {
  if (typeof navigator === 'undefined' || !('locks' in navigator)) return;
  const forever = (): Promise<never> => {
    state.second = false;
    return new Promise<never>(() => undefined);
  };
  void navigator.locks.request(WINDOW, { ifAvailable: true }, (lock) => {
    if (lock) return forever();
    state.second = true;
    void navigator.locks.request(WINDOW, forever);
    return Promise.resolve();
  });
}
const WINDOW = 'suijian/window';

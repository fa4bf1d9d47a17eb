/** Where this device believes it is, if the person allows it to look. */
import type { Place } from '@sync/words';

const PATIENCE_MS = 3_000;
const OLDEST_MS = 120_000;
const MOST = 1_000_000;

let last: GeolocationPosition | null = null;

/** Micro-degrees; null where there is no fix, no permission, or none in time: a visit never waits for satellites. */
export async function whereNow(): Promise<Place | null> {
  if (!('geolocation' in navigator)) return null;
  return new Promise((resolve) => {
    const late = setTimeout(() => {
      resolve(lastKnown());
    }, PATIENCE_MS + 500);
    navigator.geolocation.getCurrentPosition(
      (position) => {
        clearTimeout(late);
        last = position;
        resolve(placeOf(position));
      },
      () => {
        clearTimeout(late);
        resolve(lastKnown());
      },
      { enableHighAccuracy: true, timeout: PATIENCE_MS, maximumAge: OLDEST_MS },
    );
  });
}

/**
 * The place for something that took its time: `work`'s time is the receiver's time, and then a moment more. After
 * that the last known fix stands, with its age, so that nobody waits and nothing looks newer than it is.
 */
export async function whereMeanwhile<T>(work: Promise<T>, graceMs = 150): Promise<[T, Place | null]> {
  const looking = whereNow();
  const done = await work;
  const enough = new Promise<Place | null>((resolve) => {
    setTimeout(() => {
      resolve(lastKnown());
    }, graceMs);
  });
  return [done, await Promise.race([looking, enough])];
}

/** The last fix of this device since the app was opened, with its age now. */
function lastKnown(): Place | null {
  return last ? placeOf(last) : null;
}

function placeOf({ coords, timestamp }: GeolocationPosition): Place {
  return {
    latitude: Math.round(coords.latitude * 1e6),
    longitude: Math.round(coords.longitude * 1e6),
    accuracy: Math.min(MOST, Math.max(0, Math.round(coords.accuracy))),
    age: Math.min(MOST, Math.max(0, Math.round((Date.now() - timestamp) / 1000))),
  };
}

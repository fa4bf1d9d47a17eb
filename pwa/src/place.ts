/** Where this device believes it is, if the person allows it to look. */
import type { Place } from '@sync/words';

const PATIENCE_MS = 3_000;
const OLDEST_MS = 120_000;
const MOST = 1_000_000;

/** Micro-degrees; null where there is no fix, no permission, or none in time: a visit never waits for satellites. */
export async function whereNow(): Promise<Place | null> {
  if (!('geolocation' in navigator)) return null;
  return new Promise((resolve) => {
    const late = setTimeout(() => {
      resolve(null);
    }, PATIENCE_MS + 500);
    navigator.geolocation.getCurrentPosition(
      ({ coords, timestamp }) => {
        clearTimeout(late);
        resolve({
          latitude: Math.round(coords.latitude * 1e6),
          longitude: Math.round(coords.longitude * 1e6),
          accuracy: Math.min(MOST, Math.max(0, Math.round(coords.accuracy))),
          age: Math.min(MOST, Math.max(0, Math.round((Date.now() - timestamp) / 1000))),
        });
      },
      () => {
        clearTimeout(late);
        resolve(null);
      },
      { enableHighAccuracy: true, timeout: PATIENCE_MS, maximumAge: OLDEST_MS },
    );
  });
}

/**
 * Leaps of the place (定位跳变). Twin of `leaps.py`, which says why.
 *
 *     metres(a, b): number
 *     leaps(fixes): [Fix, metres][]
 */
import type { Place } from './words';

const FASTEST = 45;
const LEAST = 300;
const EARTH = 6_371_000;

/** Something that was recorded at a moment and a place; the place was found `age` seconds before. */
export interface Placed {
  at: string;
  place: Place;
}

/** Metres between two places, along the ground. */
export function metres(a: Place, b: Place): number {
  const rad = (micro: number): number => (micro / 1e6) * (Math.PI / 180);
  const [p, q] = [rad(a.latitude), rad(b.latitude)];
  const half =
    Math.sin((q - p) / 2) ** 2 +
    Math.cos(p) * Math.cos(q) * Math.sin(rad(b.longitude - a.longitude) / 2) ** 2;
  return 2 * EARTH * Math.asin(Math.min(1, Math.sqrt(half)));
}

/**
 * Fixes that nobody can have reached from the one before, in the order in which they were made, each with how many
 * metres away that one was: further apart than both are inexact, and faster than a car.
 */
export function leaps<F extends Placed>(fixes: readonly F[]): [F, number][] {
  const sorted = [...fixes].sort((a, b) => made(a) - made(b));
  return sorted.flatMap((fix, i): [F, number][] => {
    const before = sorted[i - 1];
    if (!before) return [];
    const apart = metres(before.place, fix.place);
    const far = apart - before.place.accuracy - fix.place.accuracy;
    const leapt = far > LEAST && far * 1000 > FASTEST * (made(fix) - made(before));
    return leapt ? [[fix, Math.floor(apart + 0.5)]] : [];
  });
}

/** Milliseconds since 1970 at which the place was found. */
function made({ at, place }: Placed): number {
  return Date.parse(at) - place.age * 1000;
}

/**
 * Cut into pieces, in order, of at most so many bytes and things each: what one request or one file holds, so that a
 * line that breaks costs little and memory bears it. A single thing that is larger goes alone. Pure.
 */
export function* pieces<T>(
  things: readonly T[],
  sizeOf: (thing: T) => number,
  { bytes, many = Infinity }: { bytes: number; many?: number },
): Generator<T[]> {
  let piece: T[] = [];
  let taken = 0;
  for (const thing of things) {
    const size = sizeOf(thing);
    if (piece.length > 0 && (piece.length >= many || taken + size > bytes)) {
      yield piece;
      [piece, taken] = [[], 0];
    }
    piece.push(thing);
    taken += size;
  }
  if (piece.length > 0) yield piece;
}

/** JPEG bytes as this app changes them. Pure. */

const [MARK, START, JFIF, COMMENT] = [0xff, 0xd8, 0xe0, 0xfe];

/** What a comment of 16 bytes adds to a picture: its marker, its length and itself. */
export const COMMENT_BYTES = 20;

/**
 * The same picture with 16 bytes of chance as a comment. Pictures are kept by their digest under the key of their
 * visit: two visits with the very same picture would share one row, and the one would destroy the other's evidence.
 */
export function unlike(jpeg: Uint8Array, chance: Uint8Array): Uint8Array<ArrayBuffer> {
  const [first, second, third, fourth, high = 0, low = 0] = jpeg;
  if (first !== MARK || second !== START || chance.length !== COMMENT_BYTES - 4)
    throw new Error('not a JPEG, or not 16 bytes of chance');
  // JFIF asks to stand first.
  const at = third === MARK && fourth === JFIF ? 4 + high * 256 + low : 2;
  const made = new Uint8Array(jpeg.length + COMMENT_BYTES);
  made.set(jpeg.subarray(0, at));
  made.set([MARK, COMMENT, 0, chance.length + 2, ...chance], at);
  made.set(jpeg.subarray(at), at + COMMENT_BYTES);
  return made;
}

/** Bytes as base64, for what takes text only. */
export function base64(bytes: Uint8Array): string {
  let text = '';
  // In pieces: the arguments of one call are limited.
  for (let at = 0; at < bytes.length; at += 32_768)
    text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  return btoa(text);
}

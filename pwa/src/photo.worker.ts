/** Works on one photo at a time, off the screen's thread: digest of the original, then a small working copy. */
import { toHex } from '@sync/canon';
import type { Worked } from './photo';

const LONG_SIDE = 1600;
const MOST_BYTES = 500_000;
const QUALITIES = [0.82, 0.72, 0.6, 0.48];

async function digestOf(bytes: ArrayBuffer): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
}

/** A JPEG of at most 500 KB whose long side is at most 1600 px. Drawing it anew leaves EXIF behind. */
async function workingCopy(file: Blob): Promise<Blob> {
  const picture = await createImageBitmap(file, { imageOrientation: 'from-image' });
  try {
    for (let side = LONG_SIDE; ; side = Math.floor(side * 0.8)) {
      const scale = Math.min(1, side / Math.max(picture.width, picture.height));
      const width = Math.max(1, Math.round(picture.width * scale));
      const height = Math.max(1, Math.round(picture.height * scale));
      const canvas = new OffscreenCanvas(width, height);
      const pen = canvas.getContext('2d');
      if (!pen) throw new Error('no 2d canvas');
      pen.imageSmoothingQuality = 'high';
      pen.drawImage(picture, 0, 0, width, height);
      for (const quality of QUALITIES) {
        const copy = await canvas.convertToBlob({ type: 'image/jpeg', quality });
        if (copy.size <= MOST_BYTES) return copy;
      }
    }
  } finally {
    picture.close();
  }
}

self.addEventListener('message', (event: MessageEvent<{ file: Blob }>) => {
  const work = async (): Promise<Worked> => {
    const original = await event.data.file.arrayBuffer();
    const originalDigest = await digestOf(original);
    const bytes = await (await workingCopy(event.data.file)).arrayBuffer();
    return { bytes, digest: await digestOf(bytes), original, originalDigest };
  };
  work().then(
    (worked) => {
      self.postMessage({ worked }, { transfer: [worked.bytes, worked.original] });
    },
    (error: unknown) => {
      self.postMessage({ failed: String(error) });
    },
  );
});

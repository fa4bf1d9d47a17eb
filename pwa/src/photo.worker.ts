/** Works on one photo at a time, off the screen's thread: digest of the original, then a small working copy. */
import { toHex } from '@sync/canon';
import type { Answer, Ask, Worked } from './photo';
import { COMMENT_BYTES, unlike } from './view/jpeg';

const LONG_SIDE = 1600;
const MOST_BYTES = 500_000;
const QUALITIES = [0.82, 0.72, 0.6, 0.48];
/** Twice the size at which lists show it, for sharp screens. */
const SMALL_SIDE = 240;
const SMALL_QUALITY = 0.7;

async function digestOf(bytes: ArrayBuffer): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
}

type Picture = ImageBitmap | OffscreenCanvas;

function drawn(picture: Picture, side: number): OffscreenCanvas {
  const scale = Math.min(1, side / Math.max(picture.width, picture.height));
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  const canvas = new OffscreenCanvas(width, height);
  const pen = canvas.getContext('2d');
  if (!pen) throw new Error('no 2d canvas');
  pen.imageSmoothingQuality = 'high';
  pen.drawImage(picture, 0, 0, width, height);
  return canvas;
}

async function small(picture: Picture): Promise<ArrayBuffer> {
  const copy = await drawn(picture, SMALL_SIDE).convertToBlob({ type: 'image/jpeg', quality: SMALL_QUALITY });
  return copy.arrayBuffer();
}

/**
 * A JPEG of at most 500 KB whose long side is at most 1600 px, and a small one. Drawing it anew leaves EXIF behind.
 * No two working copies are the same, though they be made of one file.
 */
async function copies(file: Blob): Promise<{ bytes: ArrayBuffer; small: ArrayBuffer }> {
  const picture = await createImageBitmap(file, { imageOrientation: 'from-image' });
  let canvas: OffscreenCanvas;
  try {
    canvas = drawn(picture, LONG_SIDE);
  } finally {
    picture.close();
  }
  const little = await small(canvas);
  for (;;) {
    for (const quality of QUALITIES) {
      const copy = await canvas.convertToBlob({ type: 'image/jpeg', quality });
      if (copy.size + COMMENT_BYTES > MOST_BYTES) continue;
      const bytes = new Uint8Array(await copy.arrayBuffer());
      return { bytes: unlike(bytes, crypto.getRandomValues(new Uint8Array(16))).buffer, small: little };
    }
    canvas = drawn(canvas, Math.floor(Math.max(canvas.width, canvas.height) * 0.8));
  }
}

async function worked(file: Blob): Promise<Worked> {
  // The digest of what the camera gave comes first and beside the decoding: both wait for other threads.
  const reading = file.arrayBuffer().then(async (original) => ({
    original,
    originalDigest: await digestOf(original),
  }));
  const [read, made] = await Promise.all([reading, copies(file)]);
  return { ...read, ...made, digest: await digestOf(made.bytes) };
}

async function smallOf(picture: Blob): Promise<ArrayBuffer> {
  const bitmap = await createImageBitmap(picture, { imageOrientation: 'from-image' });
  try {
    return await small(bitmap);
  } finally {
    bitmap.close();
  }
}

function answer(value: Answer, transfer: Transferable[] = []): void {
  self.postMessage(value, { transfer });
}

self.addEventListener('message', (event: MessageEvent<Ask>) => {
  const ask = event.data;
  const work =
    'file' in ask
      ? worked(ask.file).then((made) => {
          answer({ worked: made }, [made.bytes, made.original, made.small]);
        })
      : smallOf(ask.smallOf).then((made) => {
          answer({ small: made }, [made]);
        });
  work.catch((error: unknown) => {
    answer({ failed: String(error) });
  });
});

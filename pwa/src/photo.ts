/** From the camera's file to evidence: see `photo.worker.ts`. */

/** A working copy (JPEG) and the original, each with its SHA-256 in hex. */
export interface Worked {
  bytes: ArrayBuffer;
  digest: string;
  original: ArrayBuffer;
  originalDigest: string;
}

/** The file is no picture that this browser can read. */
export class NotAPicture extends Error {}

let worker: Worker | null = null;
let last: Promise<unknown> = Promise.resolve();

/** Have the worker ready: on the very first day the page may lose its signal before the app's files are cached. */
export function readyForPhotos(): Worker {
  worker ??= new Worker(new URL('./photo.worker.ts', import.meta.url), { type: 'module' });
  return worker;
}

/** One photo after another; a picture of 12 million points takes the memory of a tablet. */
export function workOn(file: Blob): Promise<Worked> {
  const next = last.then(
    () => work(file),
    () => work(file),
  );
  last = next;
  return next;
}

function work(file: Blob): Promise<Worked> {
  const at = readyForPhotos();
  return new Promise<Worked>((resolve, reject) => {
    at.onmessage = (event: MessageEvent<{ worked?: Worked; failed?: string }>) => {
      if (event.data.worked) resolve(event.data.worked);
      else reject(new NotAPicture(event.data.failed));
    };
    at.onerror = (event) => {
      worker = null;
      reject(new Error(event.message));
    };
    at.postMessage({ file });
  });
}

/** From the camera's file to evidence: see `photo.worker.ts`. */

/** A working copy (JPEG) and the original, each with its SHA-256 in hex; `small`: a JPEG for lists. */
export interface Worked {
  bytes: ArrayBuffer;
  digest: string;
  original: ArrayBuffer;
  originalDigest: string;
  small: ArrayBuffer;
}

/** What the worker is asked, and what it answers. */
export type Ask = { file: Blob } | { smallOf: Blob };
export interface Answer {
  worked?: Worked;
  small?: ArrayBuffer;
  failed?: string;
}

let worker: Worker | null = null;

/** Have the worker ready: on the very first day the page may lose its signal before the app's files are cached. */
export function readyForPhotos(): Worker {
  worker ??= new Worker(new URL('./photo.worker.ts', import.meta.url), { type: 'module' });
  return worker;
}

/** The next picture gets a fresh one. */
export function endWorker(): void {
  worker?.terminate();
  worker = null;
}

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

/** The file is no picture that this browser can read. */
export class NotAPicture extends Error {}

let worker: Worker | null = null;
let last: Promise<unknown> = Promise.resolve();

/** Have the worker ready: on the very first day the page may lose its signal before the app's files are cached. */
export function readyForPhotos(): Worker {
  worker ??= new Worker(new URL('./photo.worker.ts', import.meta.url), { type: 'module' });
  return worker;
}

/** Throws NotAPicture. */
export async function workOn(file: Blob): Promise<Worked> {
  const { worked, failed } = await inTurn({ file });
  if (!worked) throw new NotAPicture(failed);
  return worked;
}

/** A picture made small, as JPEG. Throws NotAPicture. */
export async function smallOf(picture: Blob): Promise<ArrayBuffer> {
  const { small, failed } = await inTurn({ smallOf: picture });
  if (!small) throw new NotAPicture(failed);
  return small;
}

/** One picture after another; one of 12 million points takes the memory of a tablet. */
function inTurn(ask: Ask): Promise<Answer> {
  const next = last.then(
    () => asked(ask),
    () => asked(ask),
  );
  last = next;
  return next;
}

function asked(ask: Ask): Promise<Answer> {
  const at = readyForPhotos();
  return new Promise<Answer>((resolve, reject) => {
    at.onmessage = (event: MessageEvent<Answer>) => {
      resolve(event.data);
    };
    at.onerror = (event) => {
      worker = null;
      reject(new Error(event.message));
    };
    at.postMessage(ask);
  });
}

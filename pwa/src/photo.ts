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

export async function workOn(file: Blob): Promise<Worked> {
  const worker = new Worker(new URL('./photo.worker.ts', import.meta.url), { type: 'module' });
  try {
    return await new Promise<Worked>((resolve, reject) => {
      worker.addEventListener('message', (event: MessageEvent<{ worked?: Worked; failed?: string }>) => {
        if (event.data.worked) resolve(event.data.worked);
        else reject(new NotAPicture(event.data.failed));
      });
      worker.addEventListener('error', (event) => {
        reject(new Error(event.message));
      });
      worker.postMessage({ file });
    });
  } finally {
    worker.terminate();
  }
}

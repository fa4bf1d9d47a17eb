/** One picture after another goes to the worker; apart from the shell, loaded with the first one. */
import { endWorker, readyForPhotos, type Answer, type Ask, type Worked } from '../photo';

/** The file is no picture that this browser can read. */
export class NotAPicture extends Error {}

/** No picture takes so long, on no tablet: what is not answered by then never is, and others wait behind it. */
const LIMIT_MS = 60_000;

let last: Promise<unknown> = Promise.resolve();

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
  let late: ReturnType<typeof setTimeout> | undefined;
  return new Promise<Answer>((resolve, reject) => {
    const broken = ({ message }: { message: string }): void => {
      endWorker();
      reject(new Error(message));
    };
    late = setTimeout(broken, LIMIT_MS, { message: 'no answer' });
    at.onmessage = (event: MessageEvent<Answer>) => {
      resolve(event.data);
    };
    at.onerror = broken;
    at.postMessage(ask);
  }).finally(() => {
    clearTimeout(late);
  });
}

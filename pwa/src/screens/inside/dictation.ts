/** 听写: speech to text, only where the device does it by itself: what is said on site is not sent to a stranger. */

interface Recogniser extends EventTarget {
  lang: string;
  continuous: boolean;
  interimResults: boolean;
  processLocally: boolean;
  start(): void;
  stop(): void;
}

interface Recognisers {
  new (): Recogniser;
  available?: (asked: { langs: string[]; processLocally: boolean }) => Promise<string>;
}

const LANG = 'zh-CN';
let known: Promise<boolean> | null = null;

function recognisers(): Recognisers | null {
  const all = window as unknown as Partial<Record<string, Recognisers>>;
  return all.SpeechRecognition ?? all.webkitSpeechRecognition ?? null;
}

/** Whether this device writes down Chinese speech without sending it anywhere. */
export function canDictate(): Promise<boolean> {
  known ??= asked();
  return known;
}

async function asked(): Promise<boolean> {
  const made = recognisers();
  if (!made?.available) return false;
  try {
    return (await made.available({ langs: [LANG], processLocally: true })) === 'available';
  } catch (error) {
    // A browser that knows the name and not the question cannot do it on the device.
    if (error instanceof DOMException || error instanceof TypeError) return false;
    throw error;
  }
}

/** What ends listening without being a failure: the person stopped it, or said nothing for a while. */
const QUIET: ReadonlySet<string> = new Set(['aborted', 'no-speech']);

/**
 * Listen until `stop` is called; `said` gets each finished phrase, `over` is told when listening ended, and whether
 * because the device failed. What was said before stays said.
 */
export function listen(said: (words: string) => void, over: (failed: boolean) => void): { stop: () => void } {
  const made = recognisers();
  if (!made) throw new Error('no recogniser on this device');
  const ear = new made();
  ear.lang = LANG;
  ear.continuous = true;
  ear.interimResults = false;
  ear.processLocally = true;
  ear.addEventListener('result', (event) => {
    const { results, resultIndex } = event as unknown as {
      results: ArrayLike<ArrayLike<{ transcript: string }>>;
      resultIndex: number;
    };
    for (let i = resultIndex; i < results.length; i++) said(results[i]?.[0]?.transcript ?? '');
  });
  let failed = false;
  ear.addEventListener('error', (event) => {
    failed = !QUIET.has((event as unknown as { error: string }).error);
  });
  ear.addEventListener('end', () => {
    over(failed);
  });
  ear.start();
  return {
    stop: () => {
      ear.stop();
    },
  };
}

/**
 * `text` with `words` after its place `at`, and the place after them. Nothing that stood there goes: what does not fit
 * any more is cut from the words, never from the text.
 */
export function inserted(text: string, at: number, words: string, most: number): [text: string, at: number] {
  const place = Math.min(Math.max(at, 0), text.length);
  let fits = '';
  for (const sign of words) {
    if (text.length + fits.length + sign.length > most) break;
    fits += sign; // a sign of two halves is never cut in two
  }
  return [`${text.slice(0, place)}${fits}${text.slice(place)}`, place + fits.length];
}

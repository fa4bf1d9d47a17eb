/** From the camera's file to evidence: every working copy is its own, and none waits for ever behind another. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { COMMENT_BYTES, unlike } from '../../pwa/src/view/jpeg';

/** 16 × 12 points, with a JFIF head as browsers write it. */
const JPEG = Uint8Array.from(
  Buffer.from(
    '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABQODxIPDRQSEBIXFRQYHjIhHhwcHj0sLiQySUBMS0dARkVQWnNiUFVtVkVGZIhlbXd7' +
      'gYKBTmCNl4x9lnN+gXz/2wBDARUXFx4aHjshITt8U0ZTfHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8' +
      'fHx8fHx8fHz/wAARCAAMABADASIAAhEBAxEB/8QAFwAAAwEAAAAAAAAAAAAAAAAAAAIEBf/EACMQAAICAQMDBQAAAAAAAAAAAAEC' +
      'AxESAAQhBRMxImGBkcH/xAAUAQEAAAAAAAAAAAAAAAAAAAAA/8QAHREBAAEDBQAAAAAAAAAAAAAAAREAQfACE1GR0f/aAAwDAQAC' +
      'EQMRAD8ATDasFB28cBHOUYXx7+ojRisdtFKtDwSUJb4Cn91Xu4ez3yJJD2kJXnEcC+arWZB1CV2Kuoa6s5Nf3egyDZzE6podyYtz' +
      '6V//2Q==',
    'base64',
  ),
);

/** The segments of a JPEG before its picture: marker, where it begins, where it ends. */
function segments(jpeg: Uint8Array): { marker: number; from: number; to: number }[] {
  const found = [];
  for (let at = 2; jpeg[at] === 0xff && jpeg[at + 1] !== 0xda;) {
    const to = at + 2 + (jpeg[at + 2] ?? 0) * 256 + (jpeg[at + 3] ?? 0);
    found.push({ marker: jpeg[at + 1] ?? 0, from: at, to });
    at = to;
  }
  return found;
}
const chance = fc.uint8Array({ minLength: 16, maxLength: 16 });
const COMMENT = 0xfe;

describe('a working copy', () => {
  test('is another one each time, by 20 bytes, and its picture is the same to the byte', () => {
    fc.assert(
      fc.property(chance, (bytes) => {
        const made = unlike(JPEG, bytes);
        expect(made.length).toBe(JPEG.length + COMMENT_BYTES);
        const comment = segments(made).find(({ marker }) => marker === COMMENT);
        if (!comment) throw new Error('no comment');
        expect(made.slice(comment.from + 4, comment.to)).toEqual(bytes);
        expect([...made.slice(0, comment.from), ...made.slice(comment.to)]).toEqual([...JPEG]);
      }),
    );
  });

  test('keeps JFIF first, and every other segment in its place', () => {
    const before = segments(JPEG).map(({ marker }) => marker);
    const [first, second, ...others] = segments(unlike(JPEG, new Uint8Array(16))).map(({ marker }) => marker);
    expect([first, second]).toEqual([0xe0, COMMENT]);
    expect([first, ...others]).toEqual(before);
  });

  test('without JFIF begins with its comment', () => {
    const [jfif] = segments(JPEG);
    const bare = Uint8Array.from([...JPEG.slice(0, 2), ...JPEG.slice(jfif?.to)]);
    expect(segments(unlike(bare, new Uint8Array(16)))[0]).toEqual({ marker: COMMENT, from: 2, to: 22 });
  });

  test('is made of a JPEG and of 16 bytes of chance, or not at all', () => {
    expect(() => unlike(new Uint8Array([0x89, 0x50, 0x4e, 0x47]), new Uint8Array(16))).toThrow();
    expect(() => unlike(JPEG, new Uint8Array(15))).toThrow();
  });
});

describe('the worker that makes it', () => {
  /** Answers every file but those that are called `mute` or `broken`. */
  class Hand {
    static made: Hand[] = [];
    over = false;
    onmessage: ((event: { data: unknown }) => void) | null = null;
    onerror: ((event: { message: string }) => void) | null = null;
    constructor() {
      Hand.made.push(this);
    }
    postMessage({ smallOf }: { smallOf: File }): void {
      if (smallOf.name === 'broken') setTimeout(() => this.onerror?.({ message: 'out of memory' }), 10);
      else if (smallOf.name !== 'mute')
        setTimeout(() => this.onmessage?.({ data: { small: new ArrayBuffer(1) } }), 10);
    }
    terminate(): void {
      this.over = true;
    }
  }
  const file = (name: string) => new File(['x'], name);

  beforeEach(() => {
    vi.resetModules();
    vi.useFakeTimers();
    vi.stubGlobal('Worker', Hand);
    Hand.made = [];
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  test.each(['mute', 'broken'])(
    'a file that it does not get over (%s) is refused, and a fresh one does the next',
    async (name) => {
      const { smallOf } = await import('../../pwa/src/photo/work');
      const outcomes = Promise.allSettled([
        smallOf(file(name)),
        smallOf(file('next')),
        smallOf(file('last')),
      ]);
      await vi.advanceTimersByTimeAsync(61_000);
      expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
      expect(Hand.made.map(({ over }) => over)).toEqual([true, false]);
    },
  );

  test('a slow one is waited for, and an answered one is not ended afterwards', async () => {
    const { smallOf } = await import('../../pwa/src/photo/work');
    const small = smallOf(file('slow'));
    await vi.advanceTimersByTimeAsync(20);
    expect((await small).byteLength).toBe(1);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(Hand.made.map(({ over }) => over)).toEqual([false]);
  });
});

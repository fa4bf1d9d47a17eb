/** 听写: offered only where the device writes Chinese by itself; nothing that stood in the note is lost by it. */
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { inserted } from '../../pwa/src/screens/inside/dictation';

/** A device's recogniser as the tests drive it: its events come when the test says so. */
class Ear extends EventTarget {
  static last: Ear | null = null;
  static answer: () => Promise<string> = () => Promise.resolve('available');
  static available(asked: { langs: string[]; processLocally: boolean }): Promise<string> {
    expect(asked).toEqual({ langs: ['zh-CN'], processLocally: true });
    return Ear.answer();
  }
  processLocally = false;
  started = false;
  stopped = false;
  constructor() {
    super();
    Ear.last = this;
  }
  start(): void {
    this.started = true;
  }
  stop(): void {
    this.stopped = true;
    this.dispatchEvent(new Event('end'));
  }
  hear(phrases: readonly string[], from = 0): void {
    const results = phrases.map((transcript) => [{ transcript }]);
    this.dispatchEvent(Object.assign(new Event('result'), { results, resultIndex: from }));
  }
  fail(error: string): void {
    this.dispatchEvent(Object.assign(new Event('error'), { error }));
    this.dispatchEvent(new Event('end'));
  }
}

type Dictation = typeof import('../../pwa/src/screens/inside/dictation');

/** The module as a page loads it on a device with these globals: what the device can do is asked once. */
async function on(device: object): Promise<Dictation> {
  vi.resetModules();
  vi.stubGlobal('window', device);
  return import('../../pwa/src/screens/inside/dictation');
}

afterEach(() => {
  vi.unstubAllGlobals();
  Ear.answer = () => Promise.resolve('available');
});

describe('dictation is not offered', () => {
  test('where the device has no recogniser, or one that cannot say whether it stays on the device', async () => {
    expect(await (await on({})).canDictate()).toBe(false);
    expect(await (await on({ webkitSpeechRecognition: class extends EventTarget {} })).canDictate()).toBe(
      false,
    );
  });

  test('where the language would have to be fetched or speech sent away', async () => {
    for (const answer of ['downloadable', 'downloading', 'unavailable']) {
      Ear.answer = () => Promise.resolve(answer);
      expect(await (await on({ SpeechRecognition: Ear })).canDictate()).toBe(false);
    }
    Ear.answer = () => Promise.reject(new TypeError('processLocally'));
    expect(await (await on({ SpeechRecognition: Ear })).canDictate()).toBe(false);
  });
});

describe('dictation', () => {
  test('is offered where the device does it by itself, and gives each phrase once', async () => {
    const { canDictate, listen } = await on({ SpeechRecognition: Ear });
    expect(await canDictate()).toBe(true);
    const said: string[] = [];
    const over: boolean[] = [];
    const ear = listen(
      (words) => said.push(words),
      (failed) => over.push(failed),
    );
    expect(Ear.last).toMatchObject({ started: true, processLocally: true, lang: 'zh-CN' });
    Ear.last?.hear(['冷藏柜温度偏高，']);
    Ear.last?.hear(['冷藏柜温度偏高，', '约十二度。'], 1);
    ear.stop();
    expect(said).toEqual(['冷藏柜温度偏高，', '约十二度。']);
    expect([Ear.last?.stopped, over]).toEqual([true, [false]]);
  });

  test('that fails says so and keeps what was said; silence is no failure', async () => {
    const { listen } = await on({ SpeechRecognition: Ear });
    for (const [error, failed] of [
      ['not-allowed', true],
      ['audio-capture', true],
      ['no-speech', false],
      ['aborted', false],
    ] as const) {
      const said: string[] = [];
      const over: boolean[] = [];
      listen(
        (words) => said.push(words),
        (broke) => over.push(broke),
      );
      Ear.last?.hear(['货架第二层']);
      Ear.last?.fail(error);
      expect([said, over]).toEqual([['货架第二层'], [failed]]);
    }
  });
});

describe('a phrase in a note', () => {
  test('stands at the caret, and the caret after it', () => {
    expect(inserted('仓库，共三箱', 3, '东侧货架，', 2000)).toEqual(['仓库，东侧货架，共三箱', 8]);
    expect(inserted('', 0, '无', 2000)).toEqual(['无', 1]);
  });

  test('never takes anything away that stood there, however long it is', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer(), fc.string(), fc.nat({ max: 60 }), (text, at, words, most) => {
        const [now, place] = inserted(text, at, words, most);
        const added = now.length - text.length;
        expect(now.slice(0, place - added) + now.slice(place)).toBe(text);
        expect(words.startsWith(now.slice(place - added, place))).toBe(true);
        expect(now.length).toBeLessThanOrEqual(Math.max(most, text.length));
      }),
    );
  });
});

/** What is recorded while the app reads a visit, and what comes while something is recorded: both stay in sight. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { office, One, packet, VISIT } from './one';
import { outOfOrder } from './order';
import { install, uninstall } from './page';

const REAL_TIMEOUT = globalThis.setTimeout;
const later = (ms: number): Promise<void> =>
  new Promise((done) => {
    REAL_TIMEOUT(done, ms);
  });

beforeAll(() => {
  install();
  outOfOrder();
});
afterAll(uninstall);

let mine: One;
let theirs: One;
const [block] = packet.blocks;
const item = block?.items[0]?.item ?? '';
const answer = {
  ...{ organisation: block?.organisation, item, answer: 'conform' },
  ...{ findings: [], note: '', supersedes: [] },
};
const told = { recusal: 'not_requested', statement: '' };

beforeEach(async () => {
  const { server, net, team } = await office(2);
  const [me, colleague] = team;
  if (!me || !colleague) throw new Error('the vector has no team');
  mine = await One.of(server, net, me);
  theirs = await One.of(server, net, colleague);
  expect(await mine.arrives()).toBeNull();
  const inspectors = [me.account, colleague.account];
  expect(await mine.record('identity.shown', { inspectors, shown_to: '苏禾（虚构）' })).toBeNull();
  expect(await mine.record('rights.told', told)).toBeNull();
  await mine.sync();
  await theirs.sync();
  expect(await theirs.record('rights.told', { ...told, statement: '再次告知' })).toBeNull();
  await theirs.sync();
});

const shown = (kind: string): number =>
  mine.page.desk.visits.get(VISIT)?.entries.filter(([entry]) => entry.kind === kind).length ?? 0;

/** A slow tablet: what AES answers comes late, as it does for a visit of some hundred records. */
async function slowly<T>(ms: number, work: () => Promise<T>): Promise<T> {
  const { subtle } = globalThis.crypto;
  const real = subtle.decrypt.bind(subtle);
  subtle.decrypt = async (...all: Parameters<typeof real>) => {
    const got = await real(...all);
    await later(ms);
    return got;
  };
  try {
    return await work();
  } finally {
    subtle.decrypt = real;
  }
}

test('an answer tapped while the app folds news of a colleague stays on the screen and in the check', async () => {
  const { page } = mine;
  const { store } = page.inner.house;
  const refusal = await slowly(150, () =>
    mine.run(async () => {
      const real = store.entriesOf.bind(store);
      let begun: () => void = () => undefined;
      const folding = new Promise<void>((go) => {
        begun = go;
      });
      store.entriesOf = async (visit) => {
        const rows = await real(visit);
        begun();
        return rows;
      };
      const syncing = page.desk.syncNow();
      await folding;
      const [said] = await Promise.all([page.desk.record(VISIT, 'answer.given', answer as never), syncing]);
      store.entriesOf = real;
      return said;
    }),
  );
  expect(refusal).toBeNull();
  expect(shown('answer.given')).toBe(1);
  expect(shown('rights.told')).toBe(2);
  // The check knows of it too: the same answer again supersedes nothing, and is refused.
  expect(await mine.record('answer.given', answer)).not.toBeNull();
});

test('news of a colleague stay in sight while an answer is being saved', async () => {
  const { page } = mine;
  const { store } = page.inner.house;
  await mine.run(async () => {
    const exchange = store.exchange.bind(store);
    const append = store.append.bind(store);
    let saved: () => void = () => undefined;
    const written = new Promise<void>((go) => {
      saved = go;
    });
    let slow = false;
    // The one reading after the writing comes late, as any reading behind a larger one does.
    store.exchange = async () => {
      const late = slow;
      slow = false;
      const got = await exchange();
      if (late) {
        saved();
        await later(300);
      }
      return got;
    };
    store.append = async (...all: Parameters<typeof append>) => {
      const made = await append(...all);
      slow = true;
      return made;
    };
    const recording = page.desk.record(VISIT, 'answer.given', answer as never);
    await written;
    await page.desk.syncNow();
    await recording;
  });
  expect(shown('rights.told')).toBe(2);
  expect(shown('answer.given')).toBe(1);
});

test('a reading that began earlier and ends later than another one does not take its place', async () => {
  const { page } = mine;
  const { store } = page.inner.house;
  await mine.run(async () => {
    const real = store.entriesOf.bind(store);
    let first = true;
    store.entriesOf = async (visit) => {
      const late = first;
      first = false;
      const rows = await real(visit);
      if (late) await later(300);
      return rows;
    };
    const early = page.desk.load(VISIT);
    await page.desk.syncNow();
    await early;
  });
  expect(shown('rights.told')).toBe(2);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  EMPTY,
  fetchAgain,
  hurry,
  nextAction,
  offerAgain,
  photographed,
  readExchange,
  unproven,
  recorded,
  summary,
  took,
  type Action,
  type Outcome,
  type Exchanged,
  type State,
} from '@sync/exchange';
import vectors from '../../sync/vectors/exchange.json';

interface Step {
  readonly do: string;
  readonly now?: number;
  readonly jitter?: number;
  readonly expect?: unknown;
  readonly outcome?: unknown;
  readonly entry?: string;
  readonly seq?: number;
  readonly prev?: string;
  readonly visit?: string;
  readonly size?: number;
  readonly digest?: string;
}

const need = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('the vector lacks a field');
  return value;
};

const cases = vectors.exchange as readonly {
  readonly reason: string;
  readonly steps: readonly Step[];
  readonly state: unknown;
  readonly summary: unknown;
}[];

test.each(cases)('$reason', (one) => {
  let state: State = EMPTY;
  let action: Action = nextAction(EMPTY, 0);
  for (const step of one.steps) {
    if (step.do === 'ask') {
      action = nextAction(state, need(step.now));
      expect(action).toEqual(step.expect);
    } else if (step.do === 'took') {
      state = took(state, action, step.outcome as Outcome, need(step.now), need(step.jitter));
    } else if (step.do === 'recorded') {
      state = recorded(
        state,
        need(step.entry),
        need(step.seq),
        need(step.prev),
        need(step.visit),
        need(step.size),
      );
    } else if (step.do === 'photographed') {
      state = photographed(state, need(step.digest), need(step.size), need(step.visit), need(step.entry));
    } else if (step.do === 'hurry') {
      state = hurry(state);
    } else {
      expect(step.do).toBe('offer_again');
      state = offerAgain(state);
    }
  }
  expect(state).toEqual(one.state);
  expect(summary(state)).toEqual(one.summary);
});

test('the answer is reduced to receipts, orders, decisions and photos that are not lost again', () => {
  const read = readExchange({
    epoch: 'e',
    cursor: { number: 9, head: 'f' },
    backed_up: 3,
    received: [{ number: 8, body: { receipts: [{ entry: '1', status: 'held', code: 'chain_gap' }] } }],
    entries: [
      { number: 5, entry: { kind: 'visit.ordered' }, body: { packet_digest: '7' } },
      { number: 6, entry: { kind: 'answer.given' }, body: {} },
      { number: 7, entry: { kind: 'evidence.stored' }, body: { digest: 'c' } },
      { number: 8, entry: { kind: 'evidence.stored' }, body: { digest: 'd' }, lost: true },
      { number: 9, entry: { kind: 'evidence.stored' }, body: null },
      { number: 9, entry: { kind: 'entry.admitted' }, body: { entry: '2' } },
      { number: 9, entry: { kind: 'entry.set_aside' }, body: { entry: '3' } },
      { number: 9, entry: { kind: 'entry.set_aside' }, body: null },
    ],
  });
  expect(read.receipts).toEqual([{ entry: '1', status: 'held', code: 'chain_gap', number: 8 }]);
  expect(read.packets).toEqual(['7']);
  expect(read.stored).toEqual([{ digest: 'c', number: 7 }]);
  expect(read.decided).toEqual(['2', '3']);
  expect(read.cursor).toEqual({ number: 9, within: 0, head: 'f' });
});

test('what a signing server did not sign lets nothing be deleted', () => {
  const said: Exchanged = {
    kind: 'exchanged',
    epoch: 'e',
    cursor: { number: 9, within: 0, head: 'f' },
    backed_up: 900,
    receipts: [{ entry: '1', status: 'accepted', code: null, number: 8 }],
    packets: [],
    stored: [{ digest: 'c', number: 7 }],
    more: false,
    reset: false,
    revoked: true,
  };
  const known: State = { ...EMPTY, epoch: 'e', backed_up: 5 };
  const kept = unproven(known, said);
  expect(kept).toMatchObject({ backed_up: 5, stored: [], revoked: false });
  expect(kept.receipts).toEqual([
    { entry: '1', status: 'accepted', code: null, number: Number.MAX_SAFE_INTEGER },
  ]);
  expect(unproven({ ...known, epoch: '0' }, said).backed_up).toBe(0);
  expect(unproven(known, { ...said, reset: true }).backed_up).toBe(0);
  const fresh = {
    seq: 1,
    prev: '',
    visit: 'v',
    size: 10,
    status: 'waiting',
    code: null,
    receipt: 0,
    decided: false,
  } as const;
  const before: State = { ...known, entries: { 1: fresh } };
  const push = { kind: 'push', entries: ['1'], sign: [] } as const;
  const after = took(before, push, unproven(before, said), 0, 0);
  expect(after.entries['1']?.receipt).toBe(Number.MAX_SAFE_INTEGER);
  const asked = took(after, { ...push, entries: [] }, { ...said, receipts: [] }, 0, 0);
  expect(asked.entries['1']).toMatchObject({ status: 'waiting', receipt: 0 });
  expect(took(asked, push, said, 0, 0).entries['1']?.receipt).toBe(8);
});

const name = (n: number): string => n.toString(16).padStart(64, '0');
const VISIT = 'a'.repeat(32);

function tablet(entries: number, photos: number): State {
  let state = EMPTY;
  for (let seq = 1; seq <= entries; seq++) state = recorded(state, name(seq), seq, name(seq - 1), VISIT, 700);
  for (let photo = 0; photo < photos; photo++)
    state = photographed(state, 'c' + name(photo).slice(1), 1000 + photo, VISIT, name(1 + (photo % entries)));
  return state;
}

/** A server in memory that takes everything; of a photo at most `part` bytes at once. */
function server(): {
  kept: Set<string>;
  sent: Map<string, number>;
  answer: (a: Action, s: State) => Outcome;
} {
  const kept = new Set<string>();
  const sent = new Map<string, number>();
  let number = 0;
  const answer = (action: Action, state: State): Outcome => {
    number += 1;
    if (action.kind === 'session') return { kind: 'opened', revoked: false };
    if (action.kind === 'packets') return { kind: 'got_packets', digests: action.digests };
    if (action.kind === 'blob') {
      const have = sent.get(action.digest) ?? 0;
      const size = need(state.blobs[action.digest]).size;
      if (action.offset !== have) return { kind: 'blob_at', offset: have, stored: 0 };
      const now = Math.min(size, have + 400);
      sent.set(action.digest, now);
      return { kind: 'blob_at', offset: now, stored: now === size ? number : 0 };
    }
    if (action.kind !== 'push') throw new Error(action.kind);
    const receipts = action.entries.map((entry) => {
      const status = kept.has(entry) ? ('exists' as const) : ('accepted' as const);
      kept.add(entry);
      return { entry, status, code: null, number };
    });
    return {
      kind: 'exchanged',
      epoch: '1'.repeat(32),
      cursor: { number, within: 0, head: 'f'.repeat(64) },
      backed_up: 0,
      receipts,
      packets: ['7'.repeat(64)],
      stored: [],
      more: false,
      reset: false,
      revoked: false,
    };
  };
  return { kept, sent, answer };
}

test('whatever happens, nothing is forgotten, and a good network ends it', () => {
  const troubles = fc.array(
    fc.record({
      what: fc.constantFrom('lost before', 'lost after', 'unauthorised', 'server_busy', 'too_large', 'well'),
      jitter: fc.integer({ min: 0, max: 999 }),
      pause: fc.integer({ min: 0, max: 400_000 }),
    }),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 0, max: 4 }),
      troubles,
      (entries, photos, list) => {
        let state = tablet(entries, photos);
        const far = server();
        let now = 0;
        const comes = (action: Action, what: string): Outcome => {
          if (what === 'lost before') return { kind: 'unreachable' };
          if (what === 'unauthorised') return { kind: 'unauthorised' };
          if (what === 'server_busy' || what === 'too_large') return { kind: 'declined', code: what };
          const answer = far.answer(action, state);
          return what === 'well' ? answer : { kind: 'unreachable' };
        };
        for (const { what, jitter, pause } of list) {
          const action = nextAction(state, now);
          if (action.kind !== 'idle') state = took(state, action, comes(action, what), now, jitter);
          now += pause;
          expect(Object.keys(state.entries)).toHaveLength(entries);
          for (const [key, entry] of Object.entries(state.entries))
            if (entry.receipt > 0) expect(far.kept.has(key)).toBe(true);
        }
        state = offerAgain(hurry(state));
        for (let turn = 0; turn < entries + photos * 4 + 30; turn++) {
          const action = nextAction(state, now);
          if (action.kind === 'idle') now = action.until;
          else state = took(state, action, far.answer(action, state), now, 500);
        }
        const counts = summary(state);
        expect(counts.receipts).toBe(entries);
        expect(counts.photos_complete).toBe(photos);
        expect(counts.safe).toBe(true);
      },
    ),
    { seed: 2, numRuns: 150 },
  );
});

test('a packet that does not open is asked for once more, also where it had gone aside', () => {
  const packets = { a: { status: 'here', failures: 0 }, b: { status: 'aside', failures: 3 } } as const;
  const state = fetchAgain({ ...EMPTY, packets, signed_in: true, more: false }, ['b']);
  expect(nextAction(state, 0)).toEqual({ kind: 'packets', digests: ['b'] });
  expect(state.packets.a?.status).toBe('here');
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EMPTY, type BlobState, type EntryState, type State } from '@sync/exchange_words';
import type { JSONValue } from '@sync/canon';
import { summary } from '@sync/exchange';
import type { Entry, Packet } from '@sync/words';
import {
  bytesEach,
  photosLeft,
  PHOTO_BYTES,
  RESERVE_BYTES,
  roomFor,
  roomWarning,
} from '../../pwa/src/store/space';
import {
  backup,
  badItems,
  decidedItems,
  keptWords,
  overdue,
  photoChip,
  spent,
  verdict,
} from '../../pwa/src/view/data';

type Site = NonNullable<Packet['site']>;
const VISIT = 'a'.repeat(32);
const entry = (changes: Partial<EntryState>): EntryState => ({
  seq: 1,
  prev: '0'.repeat(64),
  visit: VISIT,
  size: 500,
  status: 'received',
  code: null,
  receipt: 5,
  decided: false,
  ...changes,
});
const photo = (changes: Partial<BlobState>): BlobState => ({
  size: 1000,
  visit: VISIT,
  entries: ['1'],
  offset: 1000,
  status: 'complete',
  code: null,
  failures: 0,
  stored: 7,
  ...changes,
});
const known = (e: Partial<EntryState>, b: Partial<BlobState>, backed_up: number): State => ({
  ...EMPTY,
  backed_up,
  entries: { '1': entry(e) },
  blobs: { p: photo(b) },
});
const OVER = new Set([VISIT]);

describe('a copy leaves by itself', () => {
  const DAY = 86_400_000;
  const packets = (keep_days: number | null) =>
    new Map([[VISIT, { site: keep_days === null ? null : ({ keep_days } as Site) }]]);

  test.each([
    ['never where the packet has no such rule', null],
    ['never where its rule is nought: only by hand', 0],
  ])('%s', (_, days) => {
    expect(overdue({ [VISIT]: 0 }, packets(days), 9_999 * DAY)).toEqual(new Set());
  });

  test('never for a visit that this person does not see', () => {
    expect(overdue({ [VISIT]: 0 }, new Map(), 9_999 * DAY)).toEqual(new Set());
  });

  test('after the days of its rule since the backup was known, and not a moment before', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3650 }),
        fc.nat(10 ** 12),
        fc.nat(10 ** 12),
        (days, since, later) => {
          const due = overdue({ [VISIT]: since }, packets(days), since + later);
          expect(due.has(VISIT)).toBe(later >= days * DAY);
        },
      ),
    );
  });
});

describe('a photo leaves the tablet only', () => {
  test.each([
    ['never while its visit goes on', known({}, {}, 9), new Set<string>()],
    ['never when it was received but not backed up', known({}, {}, 6), OVER],
    [
      'never while an entry of its visit has no receipt',
      known({ status: 'waiting', receipt: 0 }, {}, 9),
      OVER,
    ],
    ['never while another thing of its visit is not backed up', known({ receipt: 10 }, {}, 9), OVER],
    ['never before it is whole on the server', known({}, { status: 'waiting', stored: 0 }, 9), OVER],
  ])('%s', (_, state, over) => {
    expect(spent(state, over)).toEqual([]);
  });

  test('once its visit is over and all of it is in a backup', () => {
    expect(spent(known({}, {}, 7), OVER)).toEqual(['p']);
  });

  test('and for whatever numbers: what leaves is under the horizon', () => {
    const number = fc.nat({ max: 20 });
    fc.assert(
      fc.property(number, number, number, (receipt, stored, backed) => {
        const status = receipt > 0 ? 'received' : 'waiting';
        const state = known(
          { receipt, status },
          { stored, status: stored > 0 ? 'complete' : 'waiting' },
          backed,
        );
        const safe = receipt > 0 && receipt <= backed && stored > 0 && stored <= backed;
        expect(spent(state, OVER).length).toBe(safe ? 1 : 0);
      }),
    );
  });
});

describe('the room for photos', () => {
  const space = (free: number) => ({ quota: 10 ** 10, usage: 10 ** 10 - free, kept: true });

  test('is told before it hurts, and never as more than there is', () => {
    expect(roomWarning(space(RESERVE_BYTES), PHOTO_BYTES)).toContain('不能再拍照片；已有记录都在');
    expect(roomWarning(space(RESERVE_BYTES + 10 * PHOTO_BYTES), PHOTO_BYTES)).toContain('还可拍约 10 张');
    expect(roomWarning(space(RESERVE_BYTES + 500 * PHOTO_BYTES), PHOTO_BYTES)).toBeNull();
    fc.assert(
      fc.property(fc.nat({ max: 10 ** 10 }), fc.array(fc.nat({ max: 10 ** 8 })), (free, sizes) => {
        const each = bytesEach(sizes);
        expect(photosLeft(space(free), each) * each).toBeLessThanOrEqual(Math.max(0, free - RESERVE_BYTES));
      }),
    );
  });

  test('has four levels in order', () => {
    expect([0, 1, 29, 30, 99, 100].map(roomFor)).toEqual(['none', 'short', 'short', 'low', 'low', 'ample']);
  });

  test('counts on small photos only so far', () => {
    expect(bytesEach([1, 1])).toBe(PHOTO_BYTES / 2);
    expect(bytesEach([PHOTO_BYTES * 3])).toBe(PHOTO_BYTES * 3);
    expect(bytesEach([])).toBe(PHOTO_BYTES);
  });
});

describe('数据与同步', () => {
  test('never says that the tablet may be handed back while anything is missing', () => {
    const waiting = summary(known({ status: 'waiting', receipt: 0 }, {}, 0));
    expect(verdict(waiting)).toMatchObject({ tone: 'warn' });
    expect(verdict(waiting).words).not.toContain('可以交还');
    const aside = summary(known({ status: 'aside', receipt: 0, code: 'signature_bad' }, {}, 0));
    expect(verdict(aside)).toMatchObject({ tone: 'bad' });
    const incomplete = summary(known({}, { status: 'waiting', stored: 0 }, 0));
    expect(verdict(incomplete).words).not.toContain('可以交还');
  });

  test('says it with the counts once everything has its receipt, and apart from that what is backed up', () => {
    const all = summary(known({}, {}, 0));
    expect(verdict(all)).toEqual({
      words: '1 / 1 条有回执，照片 1 / 1 张已收妥：可以交还终端',
      tone: 'good',
    });
    expect(backup(all)).toContain('0 / 1');
    expect(backup(summary(known({}, {}, 5)))).toBe('服务器上的记录已全部备份。');
  });

  test('says of a check that goes on that it does, and not that the tablet may be handed back', () => {
    const all = summary(known({}, {}, 0));
    expect(verdict(all, 2).words).toBe(
      '1 / 1 条有回执，照片 1 / 1 张已收妥：全部有回执；还有 2 次检查没有结束，结束后再交还终端',
    );
  });

  test('says what it means and what to do where the browser declines to keep the records', () => {
    const space = { quota: 9, usage: 1, kept: false };
    expect(keptWords(space).tone).toBe('warn');
    expect(keptWords(space, true)).toMatchObject({ tone: 'bad' });
    expect(keptWords(space, true).words).toMatch(/没有同意.*可能清除.*主屏幕/);
    expect(keptWords({ ...space, kept: true }, true).tone).toBe('good');
  });

  test('gives each bad item its sentence and a next step', () => {
    const state = known(
      { status: 'aside', receipt: 0, code: 'signature_bad' },
      { status: 'aside', stored: 0 },
      0,
    );
    const items = badItems(state, new Map([[VISIT, '云岭鲜果超市（虚构）']]));
    expect(items.length).toBe(2);
    for (const item of items) {
      expect(item.what).toContain('云岭鲜果超市');
      expect(item.sentence.length * item.next.length).toBeGreaterThan(0);
      expect(item.again).toBe(true);
    }
    const [held] = badItems(known({ status: 'held', code: 'author_unknown' }, {}, 0), new Map());
    expect(held).toMatchObject({ again: false, what: '其他人员的检查 · 第 1 条记录' });
  });

  describe('of what was held and decided on', () => {
    const said = (kind: string, at: string, of = '1') =>
      [
        { kind, at },
        { nonce: 'n', entry: of, reason: `${kind} 的理由` },
      ] as unknown as readonly [Entry, JSONValue];
    const visit = (...entries: (readonly [Entry, JSONValue | null])[]) =>
      new Map([[VISIT, { packet: { target: { name: '云岭鲜果超市（虚构）' } } as Packet, entries }]]);
    const state = known({ status: 'held', code: 'author_unknown', decided: true }, {}, 0);

    test('nothing waits any more, and its result is told with its reason', () => {
      expect(badItems(state, new Map())).toEqual([]);
      expect(summary(state).held).toBe(0);
      const [one] = decidedItems(state, visit(said('entry.admitted', '2')));
      expect(one?.what).toBe('云岭鲜果超市（虚构） · 第 1 条记录');
      expect(one?.words).toContain('已采纳');
      expect(one?.reason).toBe('entry.admitted 的理由');
    });

    test('records that wait for the same, or were decided on alike, are told together', () => {
      const seqs = [7, 3, 5, 4];
      const held = (decided: boolean): State => ({
        ...EMPTY,
        entries: Object.fromEntries(
          seqs.map((seq) => [
            String(seq),
            entry({ seq, status: 'held', code: 'chain_gap', decided: decided && seq !== 7 }),
          ]),
        ),
      });
      expect(badItems(held(false), new Map()).map(({ what }) => what)).toEqual([
        '其他人员的检查 · 第 3–5、7 条记录',
      ]);
      const decisions = seqs.map((seq) => said('entry.admitted', String(seq), String(seq)));
      expect(decidedItems(held(true), visit(...decisions))).toMatchObject([
        { what: '云岭鲜果超市（虚构） · 第 3–5 条记录', at: '5' },
      ]);
    });

    test('setting aside weighs more, whichever was said first', () => {
      const both = [said('entry.admitted', '3'), said('entry.set_aside', '2')];
      for (const entries of [both, both.toReversed()]) {
        const found = decidedItems(state, visit(...entries));
        expect(found.map(({ words }) => words)).toEqual([expect.stringContaining('不采纳')]);
      }
    });

    test('a decision on the record of another tablet, on one that counts, or without its body says nothing', () => {
      const counts = known({ status: 'received', decided: true }, {}, 0);
      const open = known({ status: 'held', code: 'chain_gap' }, {}, 0);
      expect(decidedItems(state, visit(said('entry.admitted', '2', 'another')))).toEqual([]);
      expect(decidedItems(counts, visit(said('entry.admitted', '2')))).toEqual([]);
      expect(decidedItems(open, visit(said('entry.admitted', '2')))).toEqual([]);
      const erased = [{ kind: 'entry.admitted', at: '2' } as Entry, null] as const;
      expect(decidedItems(state, visit(erased))).toEqual([]);
    });
  });

  test('shows how far each photo is', () => {
    expect(photoChip(photo({ status: 'waiting', offset: null })).words).toBe('待上传');
    expect(photoChip(photo({ status: 'waiting', offset: 400 })).words).toBe('已上传 40%');
    expect(photoChip(photo({})).words).toBe('已收妥');
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fold } from '@sync/fold';
import type { Evidence, Fact, VisitState } from '@sync/state';
import type { Packet } from '@sync/words';
import { meansOf } from '../../pwa/src/view/inside';
import { following, itemViews, tabletWords, type Choice } from '../../pwa/src/view/item';

const id = (n: number) => n.toString(16).padStart(32, '0');
const name = (n: number) => n.toString(16).padStart(64, '0');
const ORG = id(80);
const OTHER = id(81);
const items = [1, 2, 3].map((n) => ({ item: id(n), number: String(n) }));
const PACKET = {
  visit: id(7),
  team: [{ account: id(101), name: '周岚（虚构）' }],
  blocks: [
    { organisation: ORG, items },
    { organisation: OTHER, items },
  ],
} as unknown as Packet;

function fact<K extends Fact['kind']>(n: number, kind: K, body: object): Fact<K> {
  return { entry: name(n), kind, by: id(101), at: '2026-11-20T02:00:00.000Z', body } as unknown as Fact<K>;
}
const place = fc.record({
  organisation: fc.constantFrom(ORG, OTHER),
  item: fc.constantFrom(...items.map(({ item }) => item)),
});
const places = fc.array(place, { maxLength: 4 });
const photo = (n: number, of: readonly object[], deleted = 0): Evidence => ({
  taken: fact(n, 'evidence.taken', { digest: name(n), items: of, place: null, caption: '' }),
  withdrawn: [],
  deleted: Array.from({ length: deleted }, (_, k) =>
    fact(1000 + n * 10 + k, 'evidence.deleted', { basis: '', reason: '' }),
  ),
  stored: false,
});
const answer = (n: number, item: string): Fact<'answer.given'> =>
  fact(n, 'answer.given', { organisation: ORG, item, answer: 'conform', findings: [], note: '' });
const answered = (n: number, item: string): VisitState['blocks'] => ({
  [ORG]: {
    items: {
      [item]: {
        heads: [answer(n, item)],
        disputed: false,
        answer: answer(n, item),
        verified: null,
        recognised: null,
        reopened: [],
        contradicted: [],
      },
    },
    results: [],
    disputed: false,
    disposition: null,
    waived: null,
  },
});
const state = (more: object): VisitState => ({ ...fold([]), ...more });

describe('what the card of an item shows', () => {
  test('an answer makes a new view of its own item and leaves the others the same objects', () => {
    const evidence = [photo(1, [{ organisation: ORG, item: id(2) }])];
    const before = itemViews(PACKET, state({ evidence }), ORG);
    const after = itemViews(
      PACKET,
      state({ evidence: [...evidence], blocks: answered(50, id(1)) }),
      ORG,
      before,
    );
    expect(after.get(id(1))).not.toBe(before.get(id(1)));
    expect(after.get(id(1))?.now.answer?.entry).toBe(name(50));
    expect(after.get(id(2))).toBe(before.get(id(2)));
    expect(after.get(id(3))).toBe(before.get(id(3)));
  });

  test('a photograph that came, was received, was destroyed, or whose taker is named otherwise is seen', () => {
    const here = [{ organisation: ORG, item: id(1) }];
    const shown = (more: object, before?: ReturnType<typeof itemViews>) =>
      itemViews(PACKET, state(more), ORG, before);
    const none = shown({});
    const one = shown({ evidence: [photo(1, here)] }, none);
    expect(one.get(id(1))?.photos.map(({ stamp }) => stamp)).toEqual([['1 · 周岚（虚构）', '11-20 10:00']]);
    const received = shown({ evidence: [{ ...photo(1, here), stored: true }] }, one);
    expect(received.get(id(1))?.photos[0]?.evidence.stored).toBe(true);
    const renamed = { evidence: [photo(1, here)], team: [{ account: id(101), name: '秦望（虚构）' }] };
    expect(shown(renamed, one).get(id(1))?.photos[0]?.stamp[0]).toBe('1 · 秦望（虚构）');
    const gone = shown({ evidence: [photo(1, here, 1)] }, one);
    expect(gone.get(id(1))?.photos).toEqual([]);
    expect(gone.get(id(1))?.meant).toBe(1);
  });

  test('versions of two people bear their names; those of one name say on which tablet each was recorded', () => {
    const device = (entry: number, on: string) => [{ id: name(entry), device: on }, null] as const;
    const entries = [device(50, 'own'), device(51, 'other')];
    const words = (by: number, team: object[]) => {
      const heads = [answer(50, id(1)), { ...answer(51, id(1)), by: id(by) }];
      const blocks = answered(50, id(1));
      const block = blocks[ORG];
      const item = block?.items[id(1)];
      if (!block || !item) throw new Error('no item');
      const disputed = { ...item, heads, answer: null, disputed: true };
      const now = state({ team, blocks: { [ORG]: { ...block, items: { [id(1)]: disputed } } } });
      const views = itemViews(PACKET, now, ORG, new Map(), (entry) => tabletWords(entries, 'own', entry));
      return views.get(id(1))?.heads.map((head) => head.words);
    };
    expect(words(102, [{ account: id(102), name: '秦望（虚构）' }])).toEqual([
      '周岚（虚构） 10:00：符合',
      '秦望（虚构） 10:00：符合',
    ]);
    expect(words(101, [])).toEqual([
      '周岚（虚构）（本机） 10:00：符合',
      '周岚（虚构）（另一台终端） 10:00：符合',
    ]);
  });

  test('a card that nobody touched follows the record, and what somebody is about to say stays', () => {
    const conform: Choice = { answer: 'conform', findings: [], note: '' };
    const other: Choice = { answer: 'nonconform', findings: ['A'], note: '过期' };
    expect(following(conform, conform, null)).toEqual({ answer: '', findings: [], note: '' });
    expect(following(conform, conform, other)).toBe(other);
    expect(following(conform, null, null)).toBe(conform);
    expect(following({ ...conform, note: '正在写' }, conform, other)).toMatchObject({ note: '正在写' });
  });

  test('as many means of evidence are told as the sheet lists', () => {
    const said = fc.record({ organisation: fc.constantFrom(ORG, OTHER), items: places });
    const visit = fc.record({
      acts: fc.array(said, { maxLength: 4 }),
      restricted: fc.array(said, { maxLength: 3 }),
      recordings: fc.array(places, { maxLength: 3 }),
      photos: fc.array(fc.tuple(places, fc.integer({ min: 0, max: 2 })), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(visit, ({ acts, restricted, recordings, photos }) => {
        const act = { act: 'place_viewed', statement: '', number: '', quantity: '' };
        const sketch = { basis: '', description: '', drawing: '' };
        const sound = { media_type: 'audio/webm', seconds: 1, caption: '' };
        const now = state({
          evidence: photos.map(([of, deleted], n) => photo(300 + n, of, deleted)),
          recordings: recordings.map((of, n) => ({
            made: fact(400 + n, 'recording.made', { ...sound, items: of }),
            stored: false,
          })),
          site: {
            'act.recorded': acts.map((body, n) => fact(500 + n, 'act.recorded', { ...act, ...body })),
            'media.restricted': restricted.map((body, n) =>
              fact(600 + n, 'media.restricted', { ...sketch, ...body }),
            ),
          },
        });
        for (const organisation of [ORG, OTHER]) {
          for (const [item, view] of itemViews(PACKET, now, organisation)) {
            expect(view.meant).toBe(meansOf(PACKET, now, organisation, item).length);
          }
        }
      }),
    );
  });
});

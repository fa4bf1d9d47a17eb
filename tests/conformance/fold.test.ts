import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JSONValue } from '@sync/canon';
import { fold, sift } from '@sync/fold';
import { itemOf } from '@sync/state';
import { fits } from '@sync/shape';
import { REFUSALS, refuse, type Entry, type RefusalCode } from '@sync/words';
import vectors from '../../sync/vectors/fold.json';

type Written = readonly [Entry, JSONValue | null];

const situations = vectors.map((one) => ({ ...one, entries: one.entries as unknown as Written[] }));
const foldOf = (entries: readonly Written[], office: readonly string[] | null) =>
  fold(entries, office ? new Set(office) : undefined);

describe('the vectors', () => {
  test.each(situations)('$name: $reason', (one) => {
    expect(foldOf(one.entries, one.office)).toEqual(one.state);
  });
});

/**
 * Entries of all situations in one heap: orders and authors contradict each other, one id has several bodies. Only
 * where a kind was changed under its id, which no hash would let pass, the heap does without.
 */
const heap = situations.filter((one) => one.name !== 'unknown kind').flatMap((one) => one.entries);
const some = fc.array(fc.constantFrom(...heap), { maxLength: 60 });
const kinds = ['answer.given', 'item.verified', 'party.met', 'entry.admitted', 'item.weighed', 'constructor'];

describe('laws', () => {
  test('order and repetition do not matter', () => {
    fc.assert(
      fc.property(some, fc.infiniteStream(fc.nat()), (entries, chance) => {
        const shuffled = [...entries, ...entries.slice(0, entries.length / 2)]
          .map((one) => ({ one, place: chance.next().value as number }))
          .sort((a, b) => a.place - b.place)
          .map(({ one }) => one);
        expect(fold(shuffled)).toEqual(fold(entries));
      }),
    );
  });

  test('whatever else arrives, every entry has its effect or is held', () => {
    fc.assert(
      fc.property(some, (entries) => {
        const { effective, held } = sift(entries);
        const told = new Set([...effective, ...held].map((one) => one.entry));
        expect(told).toEqual(new Set(entries.map(([entry]) => entry.id)));
      }),
    );
  });

  test('whatever body comes under whatever kind, nothing throws and what is not whole is held', () => {
    const [order] = situations.find((one) => one.name === 'journey')?.entries ?? [];
    if (!order) throw new Error('the vectors hold no journey');
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.jsonValue(), (kind, body) => {
        const strange: Written = [{ ...order[0], id: 'f'.repeat(64), kind }, body as JSONValue];
        expect(sift([order, strange]).held.map((one) => one.code)).toEqual([
          ['item.weighed', 'constructor'].includes(kind) ? 'kind_unknown' : 'body_invalid',
        ]);
      }),
    );
  });

  test('names such as __proto__ are names like any other', () => {
    const state = fold([]);
    for (const name of ['__proto__', 'constructor', 'toString'])
      expect(itemOf(state, name, name)).toEqual(itemOf(state, 'a', 'b'));
  });
});

describe('shapes', () => {
  const party = { nonce: 'a'.repeat(32), name: '苏', role: 'staff', phone: '', supersedes: [] };

  test('a body says every field and nothing else', () => {
    expect(fits('party.met', party)).toBe(true);
    for (const name of Object.keys(party))
      expect(
        fits('party.met', Object.fromEntries(Object.entries(party).filter(([key]) => key !== name))),
      ).toBe(false);
    expect(fits('party.met', { ...party, more: 1 })).toBe(false);
  });

  test('lengths count signs, not halves of signs', () => {
    expect(fits('party.met', { ...party, name: '🙂'.repeat(120) })).toBe(true);
    expect(fits('party.met', { ...party, name: '🙂'.repeat(121) })).toBe(false);
    expect(fits('party.met', { ...party, name: '' })).toBe(false);
  });

  test('numbers are whole and within their bounds', () => {
    const place = { latitude: 90_000_000, longitude: 0, accuracy: 0, age: 0 };
    const opened = (more: object) =>
      fits('visit.opened', { nonce: 'a'.repeat(32), place: { ...place, ...more } });
    expect(opened({})).toBe(true);
    expect(opened({ latitude: 90_000_001 })).toBe(false);
    expect(opened({ age: 0.5 })).toBe(false);
    expect(opened({ age: true })).toBe(false);
  });
});

describe('refusals', () => {
  test('a refusal with an open blank is a bug and says so', () => {
    expect(() => refuse('items_open')).toThrow(RangeError);
  });

  test.each(Object.entries(REFUSALS))('%s is filled', (code, sentence) => {
    const blanks = Array.from(sentence.matchAll(/\{([a-z_]+)\}/g), ([, name]) => [name ?? '', '甲'] as const);
    expect(refuse(code as RefusalCode, Object.fromEntries(blanks)).sentence).not.toMatch(/[{}]/);
  });
});

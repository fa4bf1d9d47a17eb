/** The card of an item while colleagues record too: nobody undoes what he never saw, and nothing typed is lost. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fold } from '@sync/fold';
import type { Fact, ItemState } from '@sync/state';
import { itemOf } from '@sync/state';
import { chosen, heard, met, replaced, saidOf, unmet, type Given } from '../../pwa/src/view/card';
import { sameChoice, type Choice } from '../../pwa/src/view/item';

const ME = 'a'.repeat(32);
const COLLEAGUE = 'b'.repeat(32);
type Plain = Choice & { answer: 'conform' | 'nonconform' | 'not_applicable' };
const YES: Plain = { answer: 'conform', findings: [], note: '' };
const NO: Plain = { answer: 'nonconform', findings: ['seen'], note: '灭火器过期' };
const NONE: Choice = { answer: '', findings: [], note: '' };

let entries = 0;
function given(by: string, choice: Choice, supersedes: readonly string[] = []): Fact<'answer.given'> {
  const entry = (++entries).toString(16).padStart(64, '0');
  const body = { organisation: 'o', item: 'i', ...choice, supersedes, nonce: entry };
  return { entry, kind: 'answer.given', by, at: '', body } as unknown as Fact<'answer.given'>;
}
/** As the kernel folds answers of one item. */
function stands(...facts: readonly Fact<'answer.given'>[]): ItemState {
  const gone = new Set(facts.flatMap(({ body }) => body.supersedes));
  const heads = facts.filter(({ entry }) => !gone.has(entry));
  const [first] = heads;
  const disputed = heads.some((one) => first && !sameChoice(one.body, first.body));
  return { ...itemOf(fold([]), 'o', 'i'), heads, disputed, answer: disputed ? null : (first ?? null) };
}

describe('a colleague answers an item whose card is open', () => {
  const mine = given(ME, YES);
  const theirs = given(COLLEAGUE, NO, [mine.entry]);

  test('a card on which nobody typed shows the new answer', () => {
    const then = heard(YES, met(stands(mine)), stands(mine, theirs), null, ME);
    expect(then.typed).toMatchObject(NO);
    expect(unmet(stands(mine, theirs), then.met)).toEqual([]);
    expect(replaced(stands(mine, theirs), then.met)).toEqual([theirs.entry]);
  });

  test('what was typed stays, the answer of the colleague stays in sight, and is not replaced unseen', () => {
    const typed = { ...YES, note: '东门' };
    const then = heard(typed, met(stands(mine)), stands(mine, theirs), null, ME);
    expect(then.typed).toBe(typed);
    expect(unmet(stands(mine, theirs), then.met)).toEqual([theirs]);
    expect(replaced(stands(mine, theirs), then.met)).toEqual([]);
  });

  test('once the person was shown both and says so, his answer replaces that of the colleague', () => {
    const now = stands(mine, theirs);
    const { met: before } = heard({ ...YES, note: '东门' }, met(stands(mine)), now, null, ME);
    expect(replaced(now, met(now, before.seen))).toEqual([theirs.entry]);
    expect(unmet(now, met(now, before.seen))).toEqual([]);
  });

  test('where it is what was being typed, there is nothing to decide', () => {
    const then = heard({ ...NO, note: `${NO.note} ` }, met(stands(mine)), stands(mine, theirs), null, ME);
    expect(unmet(stands(mine, theirs), then.met)).toEqual([]);
    expect(then.typed.note).toBe(`${NO.note} `);
  });

  test('two answers beside each other: none is lit, none was typed, and both are known', () => {
    const beside = given(COLLEAGUE, NO);
    const now = stands(mine, beside);
    const then = heard(YES, met(stands(mine)), now, null, ME);
    expect(then.typed).toEqual(NONE);
    expect(replaced(now, then.met)).toEqual([mine.entry, beside.entry]);
  });
});

describe('what was recorded from the card itself', () => {
  test('is no news, also where the person typed on while it was being saved', () => {
    const was: Given = { ...YES, supersedes: [] };
    const typed = { ...YES, note: '东门' };
    const own = given(ME, YES);
    const then = heard(typed, { said: NONE, seen: [] }, stands(own), was, ME);
    expect(unmet(stands(own), then.met)).toEqual([]);
    expect(then.typed).toBe(typed);
    expect(then.met.said).toMatchObject(YES);
    expect(replaced(stands(own), then.met)).toEqual([own.entry]);
  });

  test('but the same words of a colleague are', () => {
    const theirs = given(COLLEAGUE, YES);
    const typed = { ...YES, note: '东门' };
    const then = heard(typed, { said: NONE, seen: [] }, stands(theirs), { ...YES, supersedes: [] }, ME);
    expect(unmet(stands(theirs), then.met)).toEqual([theirs]);
  });

  test('a reopening asks for an answer and is none: whoever typed goes on', () => {
    const reopened = { ...given(COLLEAGUE, YES), kind: 'item.reopened' } as unknown as Fact<'item.reopened'>;
    const now = { ...stands(), heads: [reopened] };
    const then = heard(YES, met(stands()), now, null, ME);
    expect(unmet(now, then.met)).toEqual([]);
    expect(replaced(now, then.met)).toEqual([reopened.entry]);
    expect(then.typed).toEqual(YES);
  });
});

describe('an answer is tapped', () => {
  const now = stands(given(ME, YES), given(COLLEAGUE, NO));

  test('in a dispute it confirms that side with all that it said', () => {
    expect(chosen(NONE, now, 'nonconform')).toEqual({ ...NO, findings: ['seen'] });
    expect(chosen(NONE, now, 'conform')).toEqual(YES);
  });

  test('in a dispute what is typed already is kept', () => {
    expect(chosen({ ...NONE, note: '东门' }, now, 'nonconform').note).toBe('东门');
  });

  test('else the findings of 不符合 go with it, and the note stays', () => {
    expect(chosen(NO, stands(), 'conform')).toEqual({ ...YES, note: NO.note });
    expect(chosen({ ...YES, findings: [] }, now, 'not_applicable').answer).toBe('not_applicable');
  });
});

describe('for whatever is typed and whatever comes', () => {
  const choice = fc.record({
    answer: fc.constantFrom<Plain['answer'][]>('conform', 'nonconform', 'not_applicable'),
    findings: fc.constantFrom<string[]>([], ['seen'], ['other']),
    note: fc.constantFrom('', '东门', '东门 '),
  });
  const step = fc.oneof(
    fc.record({ is: fc.constant('types' as const), choice }),
    fc.record({ is: fc.constant('colleague' as const), choice, sees: fc.boolean() }),
    fc.record({ is: fc.constant('saves' as const) }),
  );

  test('nothing typed is lost, no unseen answer is replaced, and an idle card shows the record', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const facts: Fact<'answer.given'>[] = [];
        let typed: Choice = NONE;
        let basis = met(stands());
        let last: Given | null = null;
        /** Every entry that stood on the card while it showed nothing else, or that came from it. */
        const shown = new Set<string>();
        const hear = () => {
          const now = stands(...facts);
          const untouched = sameChoice(typed, basis.said);
          const then = heard(typed, basis, now, last, ME);
          if (!untouched && !sameChoice(then.typed, typed)) throw new Error('typed words were lost');
          if (untouched) expect(sameChoice(then.typed, saidOf(now))).toBe(true);
          [typed, basis] = [then.typed, then.met];
          if (unmet(now, basis).length === 0) for (const { entry } of now.heads) shown.add(entry);
        };
        for (const one of steps) {
          const now = stands(...facts);
          if (one.is === 'types') typed = one.choice;
          else if (one.is === 'colleague') {
            const heads = one.sees ? now.heads.map(({ entry }) => entry) : [];
            facts.push(given(COLLEAGUE, one.choice, heads));
            hear();
          } else if (!sameChoice(typed, basis.said) && unmet(now, basis).length === 0) {
            last = { ...typed, note: typed.note.trim(), supersedes: replaced(now, basis) };
            for (const entry of last.supersedes) expect(shown.has(entry)).toBe(true);
            expect(last.supersedes).toEqual(now.heads.map(({ entry }) => entry));
            facts.push(given(ME, last, last.supersedes));
            hear();
            expect(sameChoice(typed, basis.said)).toBe(true);
          }
        }
      }),
    );
  });
});

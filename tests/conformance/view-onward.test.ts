import { describe, expect, test } from 'vitest';
import { codeRefused, isWholeCode } from '../../pwa/src/view/enrol';
import { lackWords } from '../../pwa/src/view/lacking';
import { leftWords, onward, type Standing } from '../../pwa/src/view/onward';

const HERE: Standing = { open: true, left: 0, due: false, others: [], next: null };
const CLERK = { account: 'a', name: '秦望（虚构）' };

describe('the button at the thumb, on the items of a department', () => {
  test('goes to the next open item of whoever may answer, then to the own result', () => {
    expect(onward({ ...HERE, left: 2, due: true, next: '消防救援支队' })).toEqual({
      to: 'item',
      words: '下一项',
    });
    expect(onward({ ...HERE, due: true, next: '消防救援支队' })).toMatchObject({ to: 'result' });
  });

  test('says who fills it in where another department has open items, and passes the tablet to that person', () => {
    const elsewhere = { ...HERE, open: false, left: 4, others: [CLERK], next: '消防救援支队' };
    expect(onward(elsewhere)).toEqual({ to: 'person', words: '请秦望（虚构）填写', account: 'a' });
    expect(onward({ ...elsewhere, left: 0 })).toEqual({ to: 'department', words: '下一部门：消防救援支队' });
    expect(leftWords(4, '消防救援支队', false)).toBe('消防救援支队还有 4 项，由该部门人员填写');
    expect(leftWords(4, '市场监管局', true)).toBe('本部门还有 4 项');
  });

  test('goes on where none of them uses this tablet', () => {
    expect(onward({ ...HERE, open: false, left: 4, next: '人力社保局' })).toMatchObject({ to: 'department' });
    expect(onward({ ...HERE, open: false, left: 4 })).toMatchObject({ to: 'result' });
  });
});

describe('what is asked for before anything is sent or recorded', () => {
  test('a code of fewer or more than 20 signs, and whatever else is printed in an office, is no code', () => {
    const code = '0123456789ABCDEFGHJK';
    expect([code, code.slice(1), `${code}0`, `${code.slice(1)}，`].map(isWholeCode)).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(codeRefused('ABC')).toBe('登记码是 20 位，请照屏幕补全。');
    expect(codeRefused(code)).toBeNull();
  });

  test('a button that does not go says what is still to be given, in the order of the form', () => {
    expect(
      lackWords([
        ['接替人员', false],
        ['同意的负责人', true],
        ['更换理由', false],
      ]),
    ).toBe('还缺：接替人员、更换理由。');
    expect(lackWords([['理由', true]])).toBe('');
  });
});

/** The screens of leaving: what is not so first, then the laws. */
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { VisitState } from '@sync/state';
import type { Packet } from '@sync/words';
import { sealRows, unsignedSupplements } from '../../pwa/src/view/closing';
import {
  copyGiven,
  frameOf,
  nextSupplement,
  ownerSheet,
  paperOn,
  settledItems,
  wasRead,
} from '../../pwa/src/view/leaving';

interface Case {
  reason: string;
  packet: Packet;
  state: VisitState;
  digest: string;
}
const { cases } = JSON.parse(readFileSync(new URL('paper.json', import.meta.url), 'utf8')) as {
  cases: Case[];
};
const of = (reason: string): Case => {
  const found = cases.find((one) => one.reason.startsWith(reason));
  if (!found) throw new Error(reason);
  return found;
};

describe('leaving', () => {
  test('what was said of another record, or in another template, counts for nothing now', () => {
    const { packet, state, digest } = of('everything');
    const other = { ...packet, template: 'another.1' };
    expect(wasRead(packet, state, digest)).toBe(true);
    expect(wasRead(packet, state, '0'.repeat(64))).toBe(false);
    expect(wasRead(other, state, digest)).toBe(false);
    expect(copyGiven(packet, state, '0'.repeat(64))).toBeUndefined();
    expect(copyGiven(packet, state, digest)?.body.means).toBe('left');
    expect(paperOn(packet, state, '0'.repeat(64))).toEqual([]);
    expect(paperOn(packet, state, digest)).toHaveLength(1);
  });

  test('who leaves half-way does not sign for items that are open or disputed', () => {
    const { packet, state } = of('nothing was recorded');
    expect(settledItems(packet, state)).toEqual([]);
    const disputed = of('two answers to one item');
    const all = disputed.packet.blocks.flatMap(({ items }) => items).length;
    expect(settledItems(disputed.packet, disputed.state)).toHaveLength(all - 1);
  });

  test('a seal that nobody recorded is said to be open, one that is missing has its reason', () => {
    const absent = of('absent');
    expect(sealRows(absent.packet, absent.state).map(({ done }) => done)).toEqual([false, false, false]);
    const { packet, state } = of('everything');
    // One department's seal says nothing of another's.
    expect(sealRows(packet, state).map(({ whose, words, done }) => [whose, words, done])).toEqual([
      ['被核查单位', '公章不在', true],
      ['核查人（渝岭区市场监督管理局（虚构））', '已盖章，有照片', true],
      ['核查人（渝岭区消防救援支队（虚构））', '', false],
    ]);
  });

  test('a due that is not counted in working days is told once, by its label', () => {
    const { packet, state } = of('everything');
    const due = { rule: 'r', article: '', working_days: null, label: '抽查完成时限（2026-12-31）前公示' };
    const site = packet.site && { ...packet.site, published: [] };
    const lines = (dues: Packet['dues']): string[] =>
      ownerSheet({ ...packet, site, dues }, state).told.flatMap((part) => part.lines);
    expect(lines([due])).toContain(due.label);
    expect(lines([{ ...due, working_days: 20 }])).toContain(`${due.label}：20 个工作日内`);
  });

  test('whoever leaves is told which supplement nobody signed yet', () => {
    const { packet, state } = of('everything');
    const given = {
      number: 2,
      organisation: packet.blocks[0]?.organisation,
      text: '',
      reason: '',
      evidence: [],
    };
    const fact = { entry: 'f'.repeat(64), at: '2026-11-20T08:00:00.000Z', by: '', kind: 'supplement.given' };
    const said = { ...state.site, 'supplement.given': [{ ...fact, body: given }], 'supplement.signed': [] };
    const open = { ...state, site: said } as unknown as VisitState;
    expect(unsignedSupplements(packet, open)).toEqual([
      '第 2 号补充记录还缺执法人员 2 人签字、当事人签字或注明。',
    ]);
    expect(unsignedSupplements(packet, of('absent').state)).toEqual([]);
  });

  test('a supplement has the number after the highest that is known', () => {
    expect(nextSupplement(of('absent').state)).toBe(1);
    expect(nextSupplement(of('everything').state)).toBe(2);
  });

  test('the frame of a signature is 3 : 1, holds the whole pad and no more than it needs', () => {
    const side = fc.integer({ min: 1, max: 4000 });
    fc.assert(
      fc.property(side, side, (width, height) => {
        const frame = frameOf(width, height);
        expect(frame.width / frame.height).toBeCloseTo(3);
        expect(frame.left).toBeGreaterThanOrEqual(0);
        expect(frame.top).toBeGreaterThanOrEqual(0);
        expect(frame.left + width).toBeLessThanOrEqual(frame.width + 1e-6);
        expect(frame.top + height).toBeLessThanOrEqual(frame.height + 1e-6);
        expect(Math.min(frame.left, frame.top)).toBeCloseTo(0);
      }),
    );
  });
});

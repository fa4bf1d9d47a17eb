/** Where nobody goes anywhere, nothing says that somebody arrives, is present or leaves. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { EMPTY, summary } from '@sync/exchange';
import { fold } from '@sync/fold';
import type { Packet } from '@sync/words';
import { practicePacket } from '../../pwa/src/practice/packet';
import { groups, stepsOf } from '../../pwa/src/view';
import { codeLack } from '../../pwa/src/view/door';
import { waysOf } from '../../pwa/src/view/ways';

const GOING = /离场|到场|到达|在场|出发|亮证|入场/;
const SCREENS = ['Check', 'Identity', 'Leave', 'Prepare', 'Sign'];

function practice(method: 'ON_SITE' | 'DOCUMENTARY' | 'NETWORK'): Packet {
  const packet = practicePacket('2026-11-20', '0'.repeat(64));
  return { ...packet, site: packet.site ? { ...packet.site, method } : null };
}

describe('a check of papers or by network', () => {
  test.each(['DOCUMENTARY', 'NETWORK'] as const)(
    '%s: no step and no button says that anybody goes',
    (method) => {
      const packet = practice(method);
      const said = [
        ...Object.values<string>({ ...waysOf(packet) }),
        ...stepsOf(packet).map(({ title }) => title),
      ];
      expect(said.filter((one) => GOING.test(one))).toEqual([]);
      expect(stepsOf(packet).at(-1)).toEqual({ code: 'leave', title: '办结' });
      const here = { packet, state: fold([]), entries: [], counts: summary(EMPTY, packet.visit) };
      const [card] = groups([here], '2026-11-20')[0]?.cards ?? [];
      expect(card?.missing?.words).toBe('未开始');
      expect(codeLack(packet, fold([])), 'nobody enters, so no code is asked for').toBeNull();
    },
  );

  test('where a team goes, it leaves', () => {
    const packet = practice('ON_SITE');
    expect(stepsOf(packet).map(({ title }) => title)).toEqual([
      '出发准备',
      '亮证告知',
      '检查',
      '结果与处理',
      '核对与签字',
      '离场',
    ]);
    expect(waysOf(packet).finish).toBe('检查结束，离场');
    expect(codeLack(packet, fold([]))).toContain('还没有登记');
  });

  test('no screen of a step says 离场 by itself', () => {
    const saying = SCREENS.filter((name) => {
      const source = readFileSync(
        new URL(`../../pwa/src/screens/visit/${name}.vue`, import.meta.url),
        'utf8',
      );
      return source.replace(/^\s*\/\/.*$/gm, '').includes('离场');
    });
    expect(saying).toEqual([]);
  });
});

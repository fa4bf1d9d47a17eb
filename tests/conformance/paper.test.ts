/** The tablet and the server print the same: the tablet's end of the vector. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { VisitState } from '@sync/state';
import type { ItemText, Packet } from '@sync/words';
import { ownerSheet, type Part } from '../../pwa/src/view/leaving';
import { orderSheets } from '../../pwa/src/view/order';
import { paperOf, photosOn } from '../../pwa/src/view/paper';
import * as printed from '../../pwa/src/view/printed';
import { selfCheck } from '../../pwa/src/view/self_check';

interface Case {
  reason: string;
  packet: Packet;
  state: VisitState;
  digest: string;
  photos: unknown;
  owner: unknown;
  orders: unknown;
  self_check: unknown;
}
const vector = JSON.parse(readFileSync(new URL('paper.json', import.meta.url), 'utf8')) as {
  printed: Record<string, unknown>;
  texts: Record<string, ItemText>;
  cases: Case[];
};

const parts = (all: readonly Part[]): unknown =>
  all.map(({ title, lines }) => ({
    title,
    lines: lines.map(({ text, pens }) => ({ text, pens: pens.map(({ name }) => name) })),
  }));
const pens = (all: readonly { name: string; note: string }[]): unknown =>
  all.map(({ name, note }) => ({ name, note }));

describe('what the tablet prints', () => {
  test('no printed label differs from the server in a single sign', () => {
    for (const [name, table] of Object.entries(vector.printed))
      expect((printed as Record<string, unknown>)[name], name).toEqual(table);
  });

  test.each(vector.cases)(
    '$reason',
    ({ packet, state, digest, photos, owner, orders, self_check, ...wanted }) => {
      const paper = paperOf(packet, state, digest);
      const whole = {
        ...paper,
        parts: parts(paper.parts),
        later: parts(paper.later),
        inspectors: pens(paper.inspectors),
        party: pens(paper.party),
        witness: pens(paper.witness),
      };
      expect({ reason: wanted.reason, ...whole }).toEqual(wanted);
      const shown = photosOn(packet, state);
      expect(shown.map(({ caption, about, taken }) => ({ caption, about, taken }))).toEqual(photos);
      expect(orderSheets(packet, state)).toEqual(orders);
      expect(ownerSheet(packet, state)).toEqual(owner);
      const texts = [new Map(Object.entries(vector.texts)), new Map<string, ItemText>()];
      expect(texts.map((known) => selfCheck(packet, known))).toEqual(self_check);
    },
  );
});

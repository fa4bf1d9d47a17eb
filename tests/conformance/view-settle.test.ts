/** What the screens say where two tablets met different people, and where they send who cannot sign yet. */
import { expect, test } from 'vitest';
import type { JSONValue } from '@sync/canon';
import { fold } from '@sync/fold';
import type { VisitState } from '@sync/state';
import type { Entry, Packet } from '@sync/words';
import { partyVersions, stepOf } from '../../pwa/src/view/settle';
import check from '../../sync/vectors/check.json' with { type: 'json' };
import situations from '../../sync/vectors/fold.json' with { type: 'json' };

interface Situation {
  name: string;
  entries: readonly (readonly [Entry, JSONValue | null])[];
}
const PACKET = check.packet as unknown as Packet;

function stateOf(name: string): VisitState {
  const found = (situations as unknown as Situation[]).find((one) => one.name === name);
  if (!found) throw new Error(name);
  return fold(found.entries);
}

test('two persons whom two tablets met stand beside each other, each with who recorded it', () => {
  const versions = partyVersions(PACKET, stateOf('two names'));
  expect(versions.map(({ body }) => body.name).sort()).toEqual(['店员（虚构）', '苏禾（虚构）']);
  for (const { words, body } of versions)
    expect(words).toMatch(new RegExp(`.+ \\d\\d:\\d\\d 记录：${body.name}`));
});

test('one person whom two tablets recorded alike is nothing to settle', () => {
  const state = stateOf('one name twice');
  expect(state.party.heads).toHaveLength(2);
  expect(partyVersions(PACKET, state)).toEqual([]);
});

test('who cannot sign is sent to where the first thing missing is put right, else to the items', () => {
  const first = (...codes: string[]) => stepOf(codes.map((code) => ({ code })));
  expect(first('party_disputed', 'items_open')).toBe('identity');
  expect(first('notice_missing')).toBe('prepare');
  expect(first('result_required')).toBe('result');
  expect(first('items_open', 'party_disputed')).toBe('check');
  expect(first()).toBe('check');
});

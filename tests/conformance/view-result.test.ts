/** What the form of a department's result says where colleagues recorded one as well. */
import { expect, test } from 'vitest';
import type { JSONValue } from '@sync/canon';
import { fold } from '@sync/fold';
import { blockOf, type VisitState } from '@sync/state';
import type { Entry, Packet } from '@sync/words';
import { hasNews, resultForm, resultVersions, saysSame } from '../../pwa/src/view/result';
import check from '../../sync/vectors/check.json' with { type: 'json' };
import situations from '../../sync/vectors/fold.json' with { type: 'json' };

type Pair = readonly [Entry, JSONValue | null];
const PACKET = check.packet as unknown as Packet;
const RESULTS = ['disposition.given', 'block.waived'];

function entriesOf(name: string): readonly Pair[] {
  const found = (situations as unknown as { name: string; entries: readonly Pair[] }[]).find(
    (one) => one.name === name,
  );
  if (!found) throw new Error(name);
  return found.entries;
}

/** The department on which there are two results, before the last of them came and after. */
function before(name: string): { organisation: string; first: VisitState; both: VisitState } {
  const entries = entriesOf(name);
  const both = fold(entries);
  const [organisation] = Object.entries(both.blocks).find(([, { results }]) => results.length > 1) ?? [];
  if (organisation === undefined) throw new Error(name);
  const last = entries.findLast(
    ([{ kind }, body]) =>
      RESULTS.includes(kind) && (body as { organisation?: string } | null)?.organisation === organisation,
  );
  return { organisation, first: fold(entries.filter((one) => one !== last)), both };
}

test('two results that stand beside each other are both in sight, each with who recorded it and when', () => {
  const { organisation, both } = before('two results');
  const versions = resultVersions(PACKET, both, organisation, () => '本机');
  expect(versions.map(({ entry }) => entry)).toEqual(
    blockOf(both, organisation).results.map(({ entry }) => entry),
  );
  expect(new Set(versions.map(({ words }) => words)).size).toBe(2);
  for (const { words } of versions) expect(words).toMatch(/^.+ \d\d:\d\d：.+/);
});

test('a form that was filled in before a colleague recorded something hears of it, and one filled in after does not', () => {
  const { organisation, first, both } = before('two results');
  const [then, now] = [blockOf(first, organisation), blockOf(both, organisation)];
  const filled = { ...resultForm(then), remark: '已当场说明' };
  expect(hasNews(filled, then)).toBe(false);
  expect(hasNews(filled, now)).toBe(true);
  expect(hasNews(resultForm(now), now)).toBe(false);
});

test('where results disagree the form is empty, and any of them can be taken over into it', () => {
  const { organisation, both } = before('two results');
  const now = blockOf(both, organisation);
  expect(resultForm(now)).toMatchObject({ results: [], caseProposed: false, mend: false });
  const given = now.results.flatMap((fact) => (fact.kind === 'disposition.given' ? [fact.body] : []));
  expect(given.length).toBeGreaterThan(0);
  for (const body of given) {
    const form = resultForm(now, body);
    expect(form).toMatchObject({ results: [...body.results], caseProposed: body.case_proposed });
    expect(form.seen).toHaveLength(2);
  }
});

test('spaces and a demand that is not made say nothing of their own', () => {
  const { organisation, both } = before('two results');
  const form = resultForm(blockOf(both, organisation));
  expect(saysSame(form, { ...form, remark: ' ', demand: '补齐台账', due: '2026-12-01' })).toBe(true);
  expect(saysSame(form, { ...form, mend: true, demand: '补齐台账' })).toBe(false);
});

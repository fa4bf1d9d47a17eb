import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digest, type JSONValue } from '@sync/canon';
import { check, type Draft } from '@sync/check';
import { fold, sift } from '@sync/fold';
import { progress } from '@sync/progress';
import { recordOf } from '@sync/record';
import type { Disposition, Entry, Packet, SiteRules } from '@sync/words';
import vectors from '../../sync/vectors/check.json';
import frozen from '../../sync/vectors/record.json';

type Written = readonly [Entry, JSONValue | null];

const packet = vectors.packet as unknown as Packet;
const sites = vectors.sites as unknown as Readonly<Record<string, SiteRules>>;
const journey = vectors.journey.map((step) => ({ ...step, entry: step.entry as unknown as Written }));
const cases = vectors.cases.map((one) => ({
  ...one,
  before: [...journey.slice(0, one.after).map((step) => step.entry), ...(one.also as unknown as Written[])],
  draft: one.draft as unknown as Draft,
  packet: { ...packet, site: (one.site && sites[one.site]) || null },
}));
const digestOf = (entries: readonly Written[]) => digest('record/1', recordOf(packet, fold(entries)));
const office = journey[0]?.entry[0].device;

describe('case by case', () => {
  test.each(cases)('$reason', async (one) => {
    expect(await digestOf(one.before)).toBe(one.draft.record_digest);
    expect(check(one.packet, fold(one.before), one.draft)?.code ?? null).toBe(one.code);
  });
});

test('a record that was signed before more could be said keeps its bytes', async () => {
  const state = fold(frozen.entries as unknown as Written[]);
  const record = recordOf(frozen.packet as unknown as Packet, state);
  expect(record).toEqual(frozen.record);
  expect(await digest('record/1', record)).toBe(frozen.record_digest);
  expect(new Set(state.signatures.map(({ body }) => body.record_digest))).toEqual(
    new Set([frozen.record_digest]),
  );
});

test('what no push could carry is not recorded though every field is as it may be', async () => {
  const step = journey.find(({ entry }) => entry[0].kind === 'signature.given');
  if (!step) throw new Error('nobody signs on this way');
  const before = journey.slice(0, journey.indexOf(step)).map(({ entry }) => entry);
  const [{ kind, by }, body] = step.entry;
  const record_digest = await digestOf(before);
  const refused = (points: number) => {
    const strokes = Array.from({ length: 200 }, () => Array.from({ length: points }, () => 10_000));
    const draft = { kind, by, record_digest, body: { ...(body as object), strokes } } as unknown as Draft;
    return check(packet, fold(before), draft)?.code ?? null;
  };
  expect(refused(700)).toBeNull();
  expect(refused(2_000)).toBe('entry_too_long');
});

test('the whole visit goes through step by step without signal', async () => {
  const before: Written[] = [];
  for (const { entry, reason, record_digest, progress: expected } of journey) {
    const [{ kind, by, device }, body] = entry;
    const draft = { kind, body, by, record_digest: await digestOf(before) } as unknown as Draft;
    if (device !== office) expect(check(packet, fold(before), draft), reason).toBeNull();
    before.push(entry);
    expect(await digestOf(before), reason).toBe(record_digest);
    expect(progress(packet, fold(before), record_digest), reason).toEqual(expected);
  }
});

const penal: readonly Disposition[] = ['ADMIN_PENALTY', 'ADMIN_COERCION'];
const anywhere = fc.nat(journey.length).map((steps) => journey.slice(0, steps).map((step) => step.entry));

describe('laws', () => {
  test('a penalty’s box is never let through, whoever ticks it, wherever the visit is', () => {
    const results = fc.shuffledSubarray<Disposition>([...penal, 'ADMIN_ORDER', 'ADMIN_GUIDANCE'], {
      minLength: 1,
    });
    const team = fc.constantFrom(...packet.team);
    fc.assert(
      fc.property(anywhere, results, team, fc.boolean(), (before, chosen, by, case_proposed) => {
        const body = {
          nonce: 'a'.repeat(32),
          organisation: by.organisation,
          results: chosen,
          case_proposed,
          rectification: null,
          remark: '',
          supersedes: before.map(([entry]) => entry.id),
        };
        const draft: Draft = {
          kind: 'disposition.given',
          body,
          by: by.account,
          record_digest: 'a'.repeat(64),
        };
        const refusal = check(packet, fold(before), draft);
        if (chosen.some((one) => penal.includes(one))) expect(refusal).not.toBeNull();
      }),
    );
  });

  test('what is let through has its effect', () => {
    fc.assert(
      fc.property(anywhere, fc.constantFrom(...cases), (before, { draft }) => {
        if (check(packet, fold(before), draft)) return;
        const [first] = journey;
        if (!first) throw new Error('the vectors hold no journey');
        const entry = { ...first.entry[0], id: 'f'.repeat(64), kind: draft.kind, by: draft.by };
        const written: Written = [entry, draft.body as unknown as JSONValue];
        expect(sift([...before, written]).effective.map((fact) => fact.entry)).toContain(entry.id);
      }),
    );
  });
});

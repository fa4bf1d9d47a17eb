import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  H,
  NotCanonical,
  canonical,
  digest,
  fromHex,
  isCanonical,
  merkleProof,
  merkleRoot,
  merkleVerify,
  parse,
  toHex,
  utf8,
  type JSONValue,
} from '@sync/canon';
import vectors from '../../sync/vectors/canon.json';

const reasonOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof NotCanonical) return error.reason;
    throw error;
  }
  return 'taken';
};

describe('refusals', () => {
  test.each(vectors.refused)('$reason', (one) => {
    expect(reasonOf(() => parse(fromHex(one.input_hex)))).toBe(one.refused);
    expect(isCanonical(fromHex(one.input_hex))).toBe(false);
  });

  test.each([
    ['a float', 0.5, 'float'],
    ['minus zero', -0, 'negative-zero'],
    ['an unsafe integer', 2 ** 53, 'integer-range'],
    ['undefined', undefined, 'type'],
    ['a big integer', 1n, 'type'],
    ['a date', new Date(0), 'type'],
  ])('%s has no canonical form', (_, value, reason) => {
    expect(reasonOf(() => canonical({ a: value as JSONValue }))).toBe(reason);
  });
});

describe('the vectors', () => {
  test.each(vectors.canonical)('$reason', (one) => {
    expect(new TextDecoder().decode(canonical(parse(utf8(one.input))))).toBe(one.canonical);
    expect(isCanonical(utf8(one.canonical))).toBe(true);
    expect(isCanonical(utf8(one.input))).toBe(one.input === one.canonical);
  });

  test.each(vectors.hash)('$reason', async (one) => {
    expect(toHex(await H(one.tag, ...one.parts.map(fromHex)))).toBe(one.hash);
  });

  test.each(vectors.digest)('$reason', async (one) => {
    expect(await digest(one.tag, one.value)).toBe(one.digest);
  });

  test.each(vectors.merkle)('Merkle: $reason', async (one) => {
    const leaves = one.leaves.map(fromHex);
    const root = await merkleRoot(leaves);
    expect(toHex(root)).toBe(one.root);
    for (const [i, leaf] of leaves.entries()) {
      const proof = await merkleProof(leaves, i);
      expect(proof.map(toHex)).toEqual(one.proofs[i]);
      expect(await merkleVerify(root, leaves.length, i, leaf, proof)).toBe(true);
      expect(await merkleVerify(root, leaves.length, i + 1, leaf, proof)).toBe(false);
      expect(await merkleVerify(root, leaves.length, i, utf8('other'), proof)).toBe(false);
    }
  });
});

test('what is parsed and written again is the same bytes', () => {
  const text = fc.string({ unit: 'binary' }).map((s) => s.normalize('NFC'));
  const key = fc.string({ unit: 'binary-ascii' });
  const value = fc.letrec<{ any: JSONValue }>((tie) => ({
    any: fc.oneof(
      { depthSize: 'small' },
      fc.constant(null),
      fc.boolean(),
      fc.maxSafeInteger().map((n) => n + 0),
      text,
      fc.array(tie('any'), { maxLength: 4 }),
      fc.dictionary(key, tie('any'), { maxKeys: 4 }),
    ),
  })).any;
  fc.assert(
    fc.property(value, (one) => {
      const bytes = canonical(one);
      expect(isCanonical(bytes)).toBe(true);
      expect(canonical(parse(bytes))).toEqual(bytes);
    }),
    { seed: 1, numRuns: 200 },
  );
});

import { describe, expect, test } from 'vitest';
import { digest, fromHex, toHex, type JSONValue } from '@sync/canon';
import {
  bitmapDigest,
  ceilRatio,
  checkCode,
  commitment,
  deriveKey,
  digitsDrawn,
  drawStratum,
  eligibleCount,
  leafData,
  lotteryNumbers,
  makeBitmap,
  ranked,
  salt,
  secretOrder,
  seed,
  snapshotRoot,
  ticket,
  tickets,
  type LastInput,
} from '@sync/draw';
import { namesDigest, notCountersigned, verifyPublication, type DrawPublication } from '@sync/draw_check';
import vectors from '../../sync/vectors/draw.json';

const fromBase64 = (text: string) => Uint8Array.from(Buffer.from(text, 'base64'));
const toBase64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

describe('refusals', () => {
  const key = new Uint8Array(32);

  test('more than there are cannot be drawn', async () => {
    await expect(drawStratum(key, makeBitmap(9, [1, 2]), 9, 3)).rejects.toThrow(RangeError);
  });

  test('a bitmap that does not fit its rows is refused', async () => {
    await expect(drawStratum(key, Uint8Array.of(255), 7, 1)).rejects.toThrow(RangeError);
    await expect(drawStratum(key, Uint8Array.of(1, 0), 8, 1)).rejects.toThrow(RangeError);
  });

  test('an identifier that occurs twice has no place in the secret order', async () => {
    await expect(secretOrder(key, ['a', 'a'])).rejects.toThrow(RangeError);
  });

  test('what is not a publication is malformed and never an exception', async () => {
    for (const junk of [
      null,
      1,
      [],
      {},
      { plan: {} },
      'text',
      { ...vectors.publications.lottery, plan: null },
      { ...vectors.publications.digits, nonces: [{ name: '\ud800', nonce: '05'.repeat(32) }] },
    ]) {
      expect((await verifyPublication(junk)).map((one) => one.code)).toEqual(['malformed']);
    }
  });
});

describe('tickets and index sets', () => {
  test.each(vectors.tickets)('$reason', async (one) => {
    const stream = await tickets(fromHex(one.key), one.start, one.count);
    expect(toHex(stream)).toBe(one.stream);
    if (one.count)
      expect(await ticket(fromHex(one.key), one.start)).toBe(BigInt(`0x${one.stream.slice(0, 16)}`));
  });

  test.each(vectors.bitmaps)('bitmap: $reason', async (one) => {
    const bits = makeBitmap(one.rows, one.eligible);
    expect(toBase64(bits)).toBe(one.bits);
    expect(await bitmapDigest(one.rows, bits)).toBe(one.digest);
    expect(eligibleCount(bits)).toBe(one.eligible.length);
  });

  test.each(vectors.draws)('draw: $reason', async (one) => {
    const bits = fromBase64(one.bits);
    expect(await drawStratum(fromHex(one.key), bits, one.rows, one.k)).toEqual(one.drawn);
    expect(await ranked(fromHex(one.key), bits, one.rows, one.k)).toEqual(one.ranked);
  });

  test.each(vectors.large)('large draw: $reason', async (one) => {
    const eligible = Array.from({ length: one.rows }, (_, i) => i).filter(
      (i) => !one.except_multiples_of || i % one.except_multiples_of,
    );
    const drawn = await drawStratum(fromHex(one.key), makeBitmap(one.rows, eligible), one.rows, one.k);
    expect(drawn.slice(0, 3)).toEqual(one.first);
    expect(await digest('test/1', drawn)).toBe(one.digest);
  });

  test.each(vectors.ratio)('ratio: $reason', (one) => {
    expect(ceilRatio(one.n, one.num, one.den)).toBe(one.k);
  });
});

describe('hashes and keys', () => {
  test.each(vectors.snapshot)('$reason', async (one) => {
    const kSalt = fromHex(one.k_salt);
    expect(await secretOrder(fromHex(one.k_order), one.identifiers)).toEqual(one.order);
    const rows = one.order.map((place): [string, JSONValue] => [
      one.identifiers[place] ?? '',
      one.attributes,
    ]);
    expect(await Promise.all(rows.map(async (_, i) => toHex(await salt(kSalt, i))))).toEqual(one.salts);
    expect(toHex(leafData(0, await salt(kSalt, 0), rows[0]?.[0] ?? '', one.attributes))).toBe(one.first_leaf);
    expect(toHex(await snapshotRoot(kSalt, rows))).toBe(one.root);
  });

  test.each(vectors.names)('$reason', async (one) => {
    const rows = one.rows.map(([i, name, hex]): [number, string, Uint8Array] => [
      Number(i),
      String(name),
      fromHex(String(hex)),
    ]);
    expect(await namesDigest(fromHex(one.plan_hash), rows)).toBe(one.digest);
  });

  test.each(vectors.check_code)('check code: $reason', (one) => {
    expect(checkCode(fromHex(one.plan_hash))).toBe(one.code);
  });

  test.each(vectors.commitment)('commitment: $reason', async (one) => {
    const value = await commitment(fromHex(one.plan_hash), one.name, fromHex(one.nonce));
    expect(toHex(value)).toBe(one.commitment);
  });

  test.each(vectors.seed)('seed: $reason', async (one) => {
    const nonces = new Map(one.nonces.map(({ name, nonce }) => [name, fromHex(nonce)]));
    expect(toHex(await seed(fromHex(one.plan_hash), nonces, one.last_input as LastInput))).toBe(one.seed);
  });

  test.each(vectors.keys)('key: $reason', async (one) => {
    const extra = one.extra.map(fromHex);
    const key = await deriveKey(fromHex(one.seed), one.purpose, one.stratum, one.round, ...extra);
    expect(toHex(key)).toBe(one.key);
  });
});

describe('last inputs', () => {
  test.each(vectors.lottery)('lottery: $reason', (one) => {
    expect(lotteryNumbers(one.game, one.typed)).toEqual(one.numbers);
  });

  test.each(vectors.digits)('digits: $reason', (one) => {
    expect(digitsDrawn(one.count, one.typed)).toBe(one.digits);
  });
});

type Case = {
  reason: string;
  of: string;
  changes: [(string | number)[], unknown][];
  problems: string[][];
};

function patched({ of, changes }: Case): unknown {
  const document: unknown = structuredClone((vectors.publications as Record<string, unknown>)[of]);
  for (const [path, value] of changes) {
    let place = document as Record<string | number, unknown>;
    for (const key of path.slice(0, -1)) place = place[key] as Record<string | number, unknown>;
    place[path.at(-1) ?? ''] = value;
  }
  return document;
}

describe('the verifier', () => {
  test.each(vectors.verify as unknown as Case[])('$reason', async (one) => {
    const problems = await verifyPublication(patched(one));
    expect(problems.map(({ code, where }) => [code, where])).toEqual(one.problems);
    for (const problem of problems) expect(problem.message).not.toBe('');
  });

  test("who did not countersign is listed in the plan's order", () => {
    const lottery = vectors.publications.lottery as unknown as DrawPublication;
    expect(notCountersigned(lottery)).toEqual(['区消防救援大队', '区审计监督组']);
  });

  test('rounds upon rounds are refused and no exception', async () => {
    let document: unknown = vectors.publications.lottery;
    for (let i = 0; i < 300; i++) document = { ...vectors.publications.second_round, previous: document };
    expect((await verifyPublication(document)).map((one) => one.code)).toEqual(['malformed']);
  });
});

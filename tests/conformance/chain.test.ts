import { describe, expect, test } from 'vitest';
import {
  answerDigest,
  bodyDigest,
  chainFaults,
  entryId,
  signEntry,
  signatureHolds,
  thumbprint,
} from '@sync/chain';
import { fromHex, utf8, type JSONValue } from '@sync/canon';
import type { Entry } from '@sync/words';
import vectors from '../../sync/vectors/chain.json';

const [pad] = vectors.keys;
if (!pad) throw new Error('the vectors hold no key');

describe('signatures', () => {
  test.each(vectors.signatures)('$reason', async (one) => {
    expect(await signatureHolds(pad.public, one.id, one.signature)).toBe(one.holds);
  });

  const compressed = `0${String(2 + (parseInt(pad.public.slice(-1), 16) % 2))}${pad.public.slice(2, 66)}`;
  test.each(['', '04', '04' + '00'.repeat(64), 'zz'.repeat(65), pad.public.toUpperCase(), compressed])(
    'under %j, which is no key, none holds',
    async (point) => {
      const [good] = vectors.signatures;
      expect(await signatureHolds(point, good?.id ?? '', good?.signature ?? '')).toBe(false);
    },
  );

  test('one made here holds for its entry and for no other', async () => {
    const base64 = (hex: string) => Buffer.from(fromHex(hex)).toString('base64url');
    const [x, y] = [pad.public.slice(2, 66), pad.public.slice(66)].map(base64);
    const jwk = { kty: 'EC', crv: 'P-256', d: base64(pad.scalar), x: x ?? '', y: y ?? '' };
    const key = await crypto.subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, [
      'sign',
    ]);
    const [one, other] = ['11'.repeat(32), '22'.repeat(32)];
    const signature = await signEntry(key, one);
    expect(await signatureHolds(pad.public, one, signature)).toBe(true);
    expect(await signatureHolds(pad.public, other, signature)).toBe(false);
  });
});

describe('chains', () => {
  test.each(vectors.chains)('$reason', async (one) => {
    const entries: readonly Entry[] = one.entries;
    const bodies = new Map(Object.entries(one.bodies as Record<string, JSONValue>));
    const [seq, id] = one.start as [number, string];
    const faults = await chainFaults(pad.public, entries, bodies, { seq, id });
    expect(Object.fromEntries(faults)).toEqual(one.faults);
  });

  test('an id covers every field of the envelope', async () => {
    const [entry] = vectors.chains[0]?.entries ?? [];
    if (!entry) throw new Error('the vectors hold no entry');
    expect(await entryId(entry)).toBe(entry.id);
    for (const name of ['kind', 'subject', 'by', 'device', 'prev', 'at', 'body_digest'] as const)
      expect(await entryId({ ...entry, [name]: 'x' })).not.toBe(entry.id);
    expect(await entryId({ ...entry, seq: entry.seq + 1 })).not.toBe(entry.id);
  });

  test('of an answer the same is signed as in Python', async () => {
    for (const { nonce, path, body, digest } of vectors.answers)
      expect(await answerDigest(nonce, path, utf8(body))).toBe(digest);
  });

  test('bodies and devices are named as in Python', async () => {
    for (const { body, digest } of vectors.bodies)
      expect(await bodyDigest(body as unknown as JSONValue)).toBe(digest);
    for (const key of vectors.keys) expect(await thumbprint(key.public)).toBe(key.device);
  });
});

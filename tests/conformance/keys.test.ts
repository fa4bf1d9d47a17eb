import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { signatureHolds, thumbprint } from '@sync/chain';
import { H, toHex, utf8 } from '@sync/canon';
import {
  afterLease,
  newDeviceKey,
  newPerson,
  PIN_LOCK_MINUTES,
  PIN_TRIES,
  pinIsWeak,
  prove,
  tryPin,
  unwrap,
  wrapFor,
  type Person,
} from '../../pwa/src/keys';

const NOW = Date.parse('2026-11-20T01:00:00Z');
const PIN = '482915';
const WHO = {
  account: 'a'.repeat(32),
  name: '周岚',
  share: 'ab'.repeat(32),
  leaseUntil: '2026-11-27T00:00:00.000Z',
};
const RAW = new Uint8Array(32).fill(7);

async function wrongTimes(person: Person, times: number, now = NOW): Promise<Person> {
  let current = person;
  for (let i = 0; i < times; i++) current = (await tryPin(current, '000001', now)).person;
  return current;
}

describe('the PIN', () => {
  test('a weak one is refused: too short, all the same, running up or down', () => {
    for (const pin of ['', '12345', '1234567', '12345a', '000000', '777777', '123456', '654321', '456789']) {
      expect(pinIsWeak(pin), pin).toBe(true);
    }
    for (const pin of ['482915', '112233', '135790', '100000']) expect(pinIsWeak(pin), pin).toBe(false);
  });

  test('the right one opens, a wrong one says how many tries are left', async () => {
    const { person } = await newPerson(WHO, PIN);
    expect((await tryPin(person, PIN, NOW)).is).toBe('open');
    const wrong = await tryPin(person, '482916', NOW);
    expect(wrong).toMatchObject({
      is: 'refused',
      code: 'pin_wrong',
      details: { left: String(PIN_TRIES - 1) },
    });
  });

  test('five wrong ones lock for minutes, even for the right PIN, and nothing is lost afterwards', async () => {
    const { person } = await newPerson(WHO, PIN);
    const locked = await wrongTimes(person, PIN_TRIES);
    const details = { limit: String(PIN_TRIES), minutes: String(PIN_LOCK_MINUTES) };
    expect(await tryPin(locked, PIN, NOW)).toMatchObject({ is: 'refused', code: 'pin_locked', details });
    expect((await tryPin(locked, PIN, NOW + PIN_LOCK_MINUTES * 60_000)).is).toBe('open');
  });

  test('a right one in between starts the count anew', async () => {
    const { person } = await newPerson(WHO, PIN);
    const tired = await wrongTimes(person, PIN_TRIES - 1);
    const opened = await tryPin(tired, PIN, NOW);
    expect(opened.person.failed).toBe(0);
  });

  test('without the share of the server the right PIN opens nothing', async () => {
    const { person } = await newPerson(WHO, PIN);
    const other = { ...person, share: 'cd'.repeat(32) };
    expect(await tryPin(other, PIN, NOW)).toMatchObject({ is: 'refused', code: 'pin_wrong' });
  });

  test('when the lease is over the share is gone and only the server can lend it again', async () => {
    const { person } = await newPerson(WHO, PIN);
    const after = Date.parse(WHO.leaseUntil);
    expect(afterLease(person, after).share).toBeNull();
    expect(afterLease(person, after - 1).share).toBe(WHO.share);
    expect((await tryPin(person, PIN, after)).is).toBe('lease_over');
  });
});

describe('data keys', () => {
  test('open for the person they were wrapped for, and for nobody else', async () => {
    const zhou = await newPerson(WHO, PIN);
    const he = await newPerson({ ...WHO, account: 'b'.repeat(32) }, '135790');
    const wrapped = await wrapFor(zhou.person.publicKey, RAW, 'visit:1');
    expect(await unwrap(zhou.vault, wrapped, 'visit:1')).toEqual(RAW);
    await expect(unwrap(he.vault, wrapped, 'visit:1')).rejects.toThrow();
    await expect(unwrap(zhou.vault, wrapped, 'visit:2')).rejects.toThrow();
  });

  test('no two wrappings of one key are alike', async () => {
    const { person } = await newPerson(WHO, PIN);
    const [one, two] = await Promise.all([1, 2].map(() => wrapFor(person.publicKey, RAW, 'visit:1')));
    expect(one?.point).not.toBe(two?.point);
  });
});

describe("the tablet's key", () => {
  test('cannot be taken out, and its id is its thumbprint', async () => {
    const key = await newDeviceKey();
    await expect(crypto.subtle.exportKey('pkcs8', key.privateKey)).rejects.toThrow();
    expect(key.id).toBe(await thumbprint(key.publicKey));
  });

  test('proves itself over the tagged hash of what was asked', async () => {
    const key = await newDeviceKey();
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.string(), async (nonce, account) => {
        const proof = await prove(key, 'session/1', nonce, account);
        const message = toHex(await H('session/1', utf8(nonce), utf8(account)));
        expect(await signatureHolds(key.publicKey, message, proof)).toBe(true);
      }),
      { numRuns: 20 },
    );
  });
});

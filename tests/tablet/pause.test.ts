/** A PIN that is paused under a wrong clock is not paused for years. */
import { expect, test } from 'vitest';
import { afterLease, newPerson, PIN_LOCK_MINUTES, PIN_TRIES, tryPin } from '../../pwa/src/keys';

const PIN = '482915';
const WHO = { account: 'a'.repeat(32), name: '林晓岚（虚构）', share: 'ab'.repeat(32) };
const MINUTE = 60_000;
const AHEAD = Date.parse('2031-11-20T01:00:00Z');
const RIGHT = Date.parse('2026-11-20T01:00:00Z');

async function paused(now: number) {
  const made = await newPerson({ ...WHO, leaseUntil: '2199-01-01T00:00:00.000Z' }, PIN, 1);
  let { person } = made;
  for (let i = 0; i < PIN_TRIES; i++) ({ person } = await tryPin(person, '000112', now));
  return person;
}

test('five wrong PINs under a clock that is years ahead pause for a quarter of an hour once it is right', async () => {
  const first = await tryPin(await paused(AHEAD), PIN, RIGHT);
  expect(first).toMatchObject({ code: 'pin_locked', details: { minutes: String(PIN_LOCK_MINUTES) } });
  const early = await tryPin(first.person, PIN, RIGHT + (PIN_LOCK_MINUTES - 1) * MINUTE);
  expect(early).toMatchObject({ code: 'pin_locked', details: { minutes: '1' } });
  expect((await tryPin(early.person, PIN, RIGHT + PIN_LOCK_MINUTES * MINUTE)).is).toBe('open');
});

test('the app that is started anew begins that quarter of an hour by itself', async () => {
  const person = afterLease(await paused(AHEAD), RIGHT);
  expect((await tryPin(person, PIN, RIGHT + PIN_LOCK_MINUTES * MINUTE)).is).toBe('open');
});

test('under a clock that is right nothing changes: the same person, the same pause', async () => {
  const person = await paused(RIGHT);
  expect(afterLease(person, RIGHT + MINUTE)).toBe(person);
  expect((await tryPin(person, PIN, RIGHT + 14 * MINUTE)).is).toBe('refused');
});

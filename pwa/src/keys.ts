/**
 * Keys of a tablet and of the people who share it. Pure over its arguments except for WebCrypto's chance; where
 * things are kept is the store's affair.
 *
 *   PIN ─PBKDF2─┐
 *               ├─HKDF→ KEK ─AES-GCM→ person's private key ─ECDH→ data key (one per visit) → bodies, photos
 *   share ──────┘
 *
 * A data key is wrapped for each person's public key, so that whoever fetches a packet fetches it for all who share
 * the tablet, and a colleague who takes it over without signal finds the visit open to the own PIN.
 *
 * The share is lent by the server for a lease, so that whoever steals the disk after the lease has nothing to
 * guess against; within the lease there is only the PIN, which is why managed tablets encrypt their disk.
 */
import { concat, fromHex, H, toHex, utf8, type Bytes } from '@sync/canon';

export const PIN_LENGTH = 6;
export const PIN_TRIES = 5;
export const PIN_LOCK_MINUTES = 15;
const PBKDF2_ROUNDS = 600_000;

/** AES-GCM: 12 bytes of `iv`, then ciphertext with its tag. */
export interface Sealed {
  iv: Bytes;
  data: ArrayBuffer;
}

/** A device's identity: `id` is the SHA-256 of the uncompressed P-256 point, in hex. */
export interface DeviceKey {
  id: string;
  publicKey: string;
  privateKey: CryptoKey;
}

/** A data key for one person: the point of the key pair that was made for it, and the sealed key. */
export interface Wrapped extends Sealed {
  point: string;
}

/** What is kept of a person on this tablet. `share` is hex, null once the lease (UTC instant) is over. */
export interface Person {
  account: string;
  name: string;
  salt: string;
  rounds: number;
  share: string | null;
  leaseUntil: string;
  /** P-256 point, uncompressed, in hex; its private half lies sealed in `vault`. */
  publicKey: string;
  vault: Sealed;
  failed: number;
  /** Wrong PINs since the last right one, told to the server. */
  wrong?: number;
  /** Milliseconds since 1970; 0 where not locked. */
  lockedUntil: number;
}

export type PinOutcome =
  | { is: 'open'; vault: CryptoKey; person: Person }
  | { is: 'refused'; code: 'pin_wrong' | 'pin_locked'; details: Record<string, string>; person: Person }
  | { is: 'lease_over'; person: Person };

export async function newDeviceKey(): Promise<DeviceKey> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, [
    'sign',
    'verify',
  ]);
  const point = await crypto.subtle.exportKey('raw', pair.publicKey);
  const id = toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', point)));
  return { id, publicKey: toHex(new Uint8Array(point)), privateKey: pair.privateKey };
}

/** Raw r‖s in hex over `message` (its SHA-256 is what ECDSA signs). */
export async function sign(key: DeviceKey, message: Bytes): Promise<string> {
  const raw = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key.privateKey, message);
  return toHex(new Uint8Array(raw));
}

/** The signature over H(tag, …) of UTF-8 parts: how a device proves itself at enrolment and at each session. */
export async function prove(key: DeviceKey, tag: string, ...parts: string[]): Promise<string> {
  return sign(key, await H(tag, ...parts.map(utf8)));
}

/** Whether a PIN is too easy to guess: not six digits, all the same, or running up or down by one. */
export function pinIsWeak(pin: string): boolean {
  if (!/^\d{6}$/.test(pin)) return true;
  const steps = new Set(Array.from(pin.slice(1), (digit, i) => Number(digit) - Number(pin[i])));
  const step = [...steps][0] ?? 0;
  return steps.size === 1 && Math.abs(step) <= 1;
}

/** A new person of this tablet with a fresh key pair, opened. `share` is hex; `rounds` stretch the PIN. */
export async function newPerson(
  who: { account: string; name: string; share: string; leaseUntil: string },
  pin: string,
  rounds = PBKDF2_ROUNDS,
): Promise<{ person: Person; vault: CryptoKey }> {
  const salt = toHex(crypto.getRandomValues(new Uint8Array(16)));
  const kek = await pinKey(pin, salt, rounds, who.share);
  const pair = await crypto.subtle.generateKey(AGREE, true, ['deriveBits']);
  const secret = new Uint8Array(await crypto.subtle.exportKey('pkcs8', pair.privateKey));
  const { account, name, share, leaseUntil } = who;
  const person: Person = {
    account,
    name,
    share,
    leaseUntil,
    salt,
    rounds,
    publicKey: await pointOf(pair.publicKey),
    vault: await seal(kek, secret, `vault:${account}`),
    failed: 0,
    lockedUntil: 0,
  };
  return { person, vault: await privateKey(secret) };
}

/** `raw` (32 bytes) for the person with that public key. */
export async function wrapFor(publicKey: string, raw: Bytes, about: string): Promise<Wrapped> {
  const pair = await crypto.subtle.generateKey(AGREE, false, ['deriveBits']);
  const point = await pointOf(pair.publicKey);
  return { point, ...(await seal(await agreed(pair.privateKey, publicKey, point), raw, about)) };
}

/** What `wrapFor` wrapped. Throws DOMException where it was for somebody else. */
export async function unwrap(vault: CryptoKey, wrapped: Wrapped, about: string): Promise<Bytes> {
  return open(await agreed(vault, wrapped.point, wrapped.point), wrapped, about);
}

/**
 * Try a PIN. The caller must store `person` of the outcome; to make a kill in mid-try count too, it stores
 * `counted(person)` first.
 */
export async function tryPin(person: Person, pin: string, now: number): Promise<PinOutcome> {
  const current = afterLease(person, now);
  if (current.lockedUntil > now) return locked(current, now);
  if (current.share === null) return { is: 'lease_over', person: current };
  const kek = await pinKey(pin, current.salt, current.rounds, current.share);
  try {
    const vault = await privateKey(await open(kek, current.vault, `vault:${current.account}`));
    return { is: 'open', vault, person: { ...current, failed: 0, wrong: 0, lockedUntil: 0 } };
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
  const after = counted(current, now);
  if (after.lockedUntil > now) return locked(after, now);
  const left = String(PIN_TRIES - after.failed);
  return { is: 'refused', code: 'pin_wrong', details: { left }, person: after };
}

/** The person after one more wrong try; the last one locks for `PIN_LOCK_MINUTES`. */
export function counted(person: Person, now: number): Person {
  const failed = person.failed + 1;
  const wrong = (person.wrong ?? 0) + 1;
  if (failed < PIN_TRIES) return { ...person, failed, wrong };
  return { ...person, failed: 0, wrong, lockedUntil: now + PIN_LOCK_MINUTES * 60_000 };
}

/** The person with the lent share gone once the lease is over, and with no pause that is longer than one from now on:
 * the clock was set back since it began. */
export function afterLease(person: Person, now: number): Person {
  const longest = now + PIN_LOCK_MINUTES * 60_000;
  const paused = person.lockedUntil > longest ? { ...person, lockedUntil: longest } : person;
  return paused.share !== null && Date.parse(paused.leaseUntil) <= now ? { ...paused, share: null } : paused;
}

export async function seal(key: CryptoKey, plain: Uint8Array, about: string): Promise<Sealed> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const options = { name: 'AES-GCM', iv, additionalData: utf8(about) };
  return { iv, data: await crypto.subtle.encrypt(options, key, plain as Bytes) };
}

/** Throws DOMException (OperationError) where key, bytes or `about` are not those of the sealing. */
export async function open(key: CryptoKey, sealed: Sealed, about: string): Promise<Bytes> {
  const options = { name: 'AES-GCM', iv: sealed.iv, additionalData: utf8(about) };
  return new Uint8Array(await crypto.subtle.decrypt(options, key, sealed.data));
}

/** The same, undefined where it does not open: another key, or damaged bytes. */
export async function openWhole(key: CryptoKey, sealed: Sealed, about: string): Promise<Bytes | undefined> {
  try {
    return await open(key, sealed, about);
  } catch (error) {
    if (error instanceof DOMException) return undefined;
    throw error;
  }
}

/** A non-extractable AES-256-GCM key of 32 bytes. */
export function dataKey(raw: Bytes): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt']);
}

const AGREE = { name: 'ECDH', namedCurve: 'P-256' } as const;

async function pointOf(key: CryptoKey): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.exportKey('raw', key)));
}

function privateKey(secret: Bytes): Promise<CryptoKey> {
  return crypto.subtle.importKey('pkcs8', secret, AGREE, false, ['deriveBits']);
}

/** The AES key that a private and a public key agree on, bound to the wrapping's own point. */
async function agreed(own: CryptoKey, other: string, point: string): Promise<CryptoKey> {
  const publicKey = await crypto.subtle.importKey('raw', fromHex(other), AGREE, false, []);
  const bits = await crypto.subtle.deriveBits({ name: 'ECDH', public: publicKey }, own, 256);
  const base = await crypto.subtle.importKey('raw', bits, 'HKDF', false, ['deriveKey']);
  const derive = { name: 'HKDF', hash: 'SHA-256', salt: fromHex(point), info: utf8('suijian/wrap/1') };
  return crypto.subtle.deriveKey(derive, base, { name: 'AES-GCM', length: 256 }, false, [
    'encrypt',
    'decrypt',
  ]);
}

async function pinKey(pin: string, salt: string, iterations: number, share: string): Promise<CryptoKey> {
  const secret = await crypto.subtle.importKey('raw', utf8(pin), 'PBKDF2', false, ['deriveBits']);
  const stretch = { name: 'PBKDF2', hash: 'SHA-256', salt: fromHex(salt), iterations };
  const stretched = new Uint8Array(await crypto.subtle.deriveBits(stretch, secret, 256));
  const base = await crypto.subtle.importKey('raw', concat(stretched, fromHex(share)), 'HKDF', false, [
    'deriveKey',
  ]);
  const derive = { name: 'HKDF', hash: 'SHA-256', salt: fromHex(salt), info: utf8('suijian/pin/1') };
  return crypto.subtle.deriveKey(derive, base, { name: 'AES-GCM', length: 256 }, false, [
    'encrypt',
    'decrypt',
  ]);
}

function locked(person: Person, now: number): PinOutcome {
  const minutes = String(Math.ceil((person.lockedUntil - now) / 60_000));
  return { is: 'refused', code: 'pin_locked', details: { limit: String(PIN_TRIES), minutes }, person };
}

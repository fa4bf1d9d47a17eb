/**
 * One order for all that would happen side by side. What WebCrypto answers from its threads and what the simulated
 * IndexedDB does in tasks comes one by one, as it was asked for, and chance comes from a seed: keys, nonces, salts. So a
 * seed is the same run each time. Keys and ciphers are the real ones; only a signature is another one each time.
 */
import { AsyncResource } from 'node:async_hooks';
import { createECDH } from 'node:crypto';
import { Chance } from './chance';

const REAL = { setImmediate, crypto, subtle: crypto.subtle };
type Subtle = Record<string, (...given: never[]) => Promise<unknown>>;

interface Asked {
  /** Hands on what came, once it is its turn; null while nothing has come. */
  tell: (() => void) | null;
}
let chance = new Chance(0);
const asked: Asked[] = [];
const tasks: (() => void)[] = [];
let busy = false;
let stalled = false;

/** Chance begins anew, from a seed. */
export function seeded(seed: number): void {
  chance = new Chance(seed);
}

function next(): void {
  const [first] = asked;
  if (first && first.tell === null) {
    stalled = true;
    return;
  }
  if (first) {
    asked.shift();
    first.tell?.();
  } else tasks.shift()?.();
  busy = asked.length + tasks.length > 0;
  if (busy) REAL.setImmediate(next);
}

function wake(): void {
  if (busy && !stalled) return;
  busy = true;
  stalled = false;
  REAL.setImmediate(next);
}

/** The same result, in its turn. */
function inTurn<T>(result: Promise<T>): Promise<T> {
  const one: Asked = { tell: null };
  asked.push(one);
  if (!busy) wake();
  return new Promise((resolve) => {
    const came = (): void => {
      one.tell = () => {
        resolve(result);
      };
      if (stalled && asked[0] === one) wake();
    };
    result.then(came, came);
  });
}

/** A key pair on P-256 whose secret is the seed's. */
async function pairOf(
  algorithm: EcKeyGenParams,
  extractable: boolean,
  uses: KeyUsage[],
): Promise<CryptoKeyPair> {
  const curve = createECDH('prime256v1');
  curve.setPrivateKey(Buffer.from(chance.hex(32), 'hex'));
  const point = curve.getPublicKey();
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) => part.toString('base64url'));
  const secret = { kty: 'EC', crv: 'P-256', x, y, d: curve.getPrivateKey('base64url') };
  const shared = uses.filter((use) => use === 'verify');
  const own = uses.filter((use) => use !== 'verify');
  return {
    privateKey: await REAL.subtle.importKey('jwk', secret, algorithm, extractable, own),
    publicKey: await REAL.subtle.importKey('raw', point, algorithm, true, shared),
  };
}

/** From now on, for everything of this process. */
export function inOrder(): void {
  const subtle = new Proxy(REAL.subtle, {
    get(target, name: string) {
      const real = (...given: never[]): Promise<unknown> =>
        name === 'generateKey'
          ? pairOf(...(given as unknown as Parameters<typeof pairOf>))
          : ((target as unknown as Subtle)[name]?.apply(target, given) ?? Promise.reject(new Error(name)));
      return (...given: never[]) => inTurn(real(...given));
    },
  });
  const getRandomValues = <T extends Uint8Array>(room: T): T => {
    for (let i = 0; i < room.length; i++) room[i] = chance.below(256);
    return room;
  };
  Object.defineProperty(globalThis, 'crypto', {
    configurable: true,
    value: { subtle, getRandomValues, randomUUID: REAL.crypto.randomUUID.bind(REAL.crypto) },
  });
  (globalThis as unknown as Record<string, unknown>).setImmediate = (task: () => void): void => {
    tasks.push(AsyncResource.bind(task));
    if (!busy) wake();
  };
}

/** As it was. */
export function outOfOrder(): void {
  Object.defineProperty(globalThis, 'crypto', { configurable: true, value: REAL.crypto });
  globalThis.setImmediate = REAL.setImmediate;
}

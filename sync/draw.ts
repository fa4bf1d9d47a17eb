/**
 * The draw: everything that a stranger must be able to recompute. Twin of `draw.py`; PROTOCOL.md, "The draw".
 * The tickets themselves are in `tickets.ts`, the verifier of a publication in `draw_check.ts`.
 */

import { H, canonical, framed, merkleRoot, toHex, uint64, utf8, type Bytes, type JSONValue } from './canon';

export {
  bitmapDigest,
  bitmapFits,
  ceilRatio,
  drawStratum,
  eligibleCount,
  makeBitmap,
  ranked,
  ticket,
  tickets,
} from './tickets';

/** SHA-256, HMAC-SHA256, AES-256-CTR, RFC 6962 trees, ECDSA P-256. */
export const ALG = 'suijian-draw/1';

/** Lotteries that may be named as last input: `take` distinct numbers of 1..`top`. */
export const GAMES: ReadonlyMap<string, { readonly take: number; readonly top: number }> = new Map([
  ['福利彩票快乐8', { take: 20, top: 80 }],
]);

export type Snapshot = {
  readonly root: string;
  readonly n: number;
  readonly as_of: string;
};

export type Stratum = {
  readonly name: string;
  readonly bitmap: string;
  readonly n: number;
  readonly num: number;
  readonly den: number;
  readonly k: number;
};

export type Party = {
  readonly name: string;
  readonly key: string | null;
  readonly role: 'member' | 'outside' | 'oversight';
};

export type LotteryDraw = { readonly game: string; readonly date: string };

export type LotteryNamed = {
  readonly mode: 'lottery';
  readonly draws: readonly LotteryDraw[];
  readonly fallback: readonly LotteryDraw[];
};

export type DigitsNamed = {
  readonly mode: 'digits';
  readonly count: number;
  readonly date: string;
};

export type LotteryInput = {
  readonly mode: 'lottery';
  readonly draws: readonly {
    readonly game: string;
    readonly date: string;
    readonly numbers: readonly number[];
  }[];
};

export type DigitsInput = { readonly mode: 'digits'; readonly digits: string };

export type LastInput = LotteryInput | DigitsInput;

/** What is frozen before the last input exists; the fields' meaning is in `draw.py`. */
export type DrawPlan = {
  readonly alg: string;
  readonly number: string;
  readonly title: string;
  readonly round: number;
  readonly supplements: {
    readonly plan_hash: string;
    readonly reason: string;
  } | null;
  readonly snapshot: Snapshot;
  readonly strata: readonly Stratum[];
  readonly exclusions: readonly {
    readonly code: string;
    readonly count: number;
  }[];
  readonly roster: Snapshot | null;
  readonly needs: readonly {
    readonly department: string;
    readonly certified: number;
    readonly lead: boolean;
  }[];
  readonly replacement: 'ticket' | 'named';
  readonly parties: readonly Party[];
  readonly threshold: number;
  readonly deadlines: {
    readonly freeze: string;
    readonly commit: string | null;
    readonly reveal: string | null;
  };
  readonly last_input: LotteryNamed | DigitsNamed;
};

/** H("plan/1", canonical bytes of the plan): 32 bytes. */
export function planHash(plan: DrawPlan): Promise<Bytes> {
  return H('plan/1', canonical(plan));
}

/** 校验码: the first 96 bits of plan_hash as six groups of four upper-case hex digits. */
export function checkCode(plan: Uint8Array): string {
  return (toHex(plan.subarray(0, 12)).toUpperCase().match(/.{4}/g) ?? []).join(' ');
}

/** Places of `identifiers` by ascending HMAC-SHA256(K_order, identifier). Throws RangeError on a duplicate. */
export async function secretOrder(kOrder: Uint8Array, identifiers: readonly string[]): Promise<number[]> {
  if (new Set(identifiers).size !== identifiers.length) throw new RangeError('an identifier occurs twice');
  const keys = await Promise.all(identifiers.map(async (name) => toHex(await hmac(kOrder, utf8(name)))));
  return keys
    .map((key, place) => ({ key, place }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map((one) => one.place);
}

/** salt_i = HMAC-SHA256(K_salt, i as 8 bytes, big-endian). */
export function salt(kSalt: Uint8Array, i: number): Promise<Bytes> {
  return hmac(kSalt, uint64(i));
}

/** What the tree hashes at place i; `attributes` holds the row's stratum too. */
export function leafData(i: number, saltI: Uint8Array, identifier: string, attributes: JSONValue): Bytes {
  return framed(uint64(i), saltI, utf8(identifier), canonical(attributes));
}

/** Root over [identifier, attributes] rows that already stand in the secret order. */
export async function snapshotRoot(
  kSalt: Uint8Array,
  rows: readonly (readonly [string, JSONValue])[],
): Promise<Bytes> {
  const leaves = rows.map(async ([identifier, attributes], i) =>
    leafData(i, await salt(kSalt, i), identifier, attributes),
  );
  return merkleRoot(await Promise.all(leaves));
}

/** c = H("commit/1", plan_hash, name, nonce): a copy opens for nobody else and for no other plan. */
export function commitment(plan: Uint8Array, name: string, nonce: Uint8Array): Promise<Bytes> {
  return H('commit/1', plan, utf8(name), nonce);
}

/** Whether `text` is a time that exists, as YYYY-MM-DDTHH:MM:SS.mmmZ: in this form they compare as text. */
export function isTime(text: string): boolean {
  return /^T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/.test(text.slice(10)) && isDay(text.slice(0, 10));
}

/** Whether `text` is a day that exists, as YYYY-MM-DD. The calendar begins with the year 1. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || text.startsWith('0000')) return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

/** Whether nobody may choose anything once the last input exists, or a nonce once another one is shown. */
export function inTime(plan: DrawPlan): boolean {
  const { freeze, commit, reveal } = plan.deadlines;
  const times = [freeze, commit, reveal].filter((one) => one !== null);
  if (!times.every(isTime)) return false;
  if (commit === null || reveal === null) {
    if (commit !== reveal || plan.threshold > 0) return false;
  } else if (commit >= reveal) {
    return false;
  }
  const named = plan.last_input;
  if (named.mode === 'digits') {
    // 16:00 UTC is midnight in China. The digits are drawn after `reveal`, in public: no file can show that.
    return isDay(named.date) && times.every((one) => one < `${named.date}T16:00:00.000Z`);
  }
  const days = [...named.draws, ...named.fallback].map((one) => one.date);
  return days.every((day) => isDay(day) && times.every((one) => one.slice(0, 10) < day));
}

/** The numbers typed for `game`, ascending; any separators. Null if they are not a draw of that game. */
export function lotteryNumbers(game: string, typed: string): number[] | null {
  const rules = GAMES.get(game);
  if (!rules || /\d{4}/.test(typed)) return null;
  const found = (typed.match(/\d{1,3}/g) ?? []).map(Number).sort((a, b) => a - b);
  const fits =
    found.length === rules.take &&
    new Set(found).size === rules.take &&
    found.every((number) => number >= 1 && number <= rules.top);
  return fits ? found : null;
}

/** The `count` digits typed, without spaces; null if anything else was typed. */
export function digitsDrawn(count: number, typed: string): string | null {
  const found = typed.replace(/[ \u3000]/g, '');
  return /^[0-9]+$/.test(found) && found.length === count ? found : null;
}

/** Whether `value` is a possible outcome of what the plan named (or, for a lottery, of its fallback). */
export function lastInputFits(named: LotteryNamed | DigitsNamed, value: LastInput): boolean {
  if (named.mode === 'digits') {
    return value.mode === 'digits' && digitsDrawn(named.count, value.digits) === value.digits;
  }
  if (value.mode !== 'lottery' || value.draws.length === 0) return false;
  const announced = (list: readonly LotteryDraw[]) =>
    list.length === value.draws.length &&
    list.every((one, i) => one.game === value.draws[i]?.game && one.date === value.draws[i].date);
  if (!announced(named.draws) && !announced(named.fallback)) return false;
  return value.draws.every(
    (one) => lotteryNumbers(one.game, one.numbers.join(' '))?.join(' ') === one.numbers.join(' '),
  );
}

/** seed = H("seed/1", plan_hash, name, nonce, name, nonce …, last input), names by their UTF-8 bytes. */
export function seed(
  plan: Uint8Array,
  nonces: ReadonlyMap<string, Uint8Array>,
  last: LastInput,
): Promise<Bytes> {
  // Hex sorts as the bytes do; JavaScript's own order of strings (UTF-16) does not.
  const pairs = [...nonces]
    .map(([name, nonce]) => ({
      name: utf8(name),
      nonce,
      hex: toHex(utf8(name)),
    }))
    .sort((a, b) => (a.hex < b.hex ? -1 : 1));
  return H('seed/1', plan, ...pairs.flatMap((pair) => [pair.name, pair.nonce]), canonical(last));
}

/** The AES-256 key of one purpose, stratum and round: HMAC-SHA256(seed, framed label). */
export function deriveKey(
  seedBytes: Uint8Array,
  purpose: string,
  stratum: string,
  round: number,
  ...extra: Uint8Array[]
): Promise<Bytes> {
  return hmac(seedBytes, framed(utf8('key/1'), utf8(purpose), utf8(stratum), uint64(round), ...extra));
}

async function hmac(key: Uint8Array, data: Uint8Array): Promise<Bytes> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const secret = await crypto.subtle.importKey('raw', new Uint8Array(key), algorithm, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', secret, new Uint8Array(data)));
}

/**
 * The only network of the tablet. What to do next is decided by the pure machine `sync/exchange.ts`; here each
 * of its actions is done once and its outcome told.
 */
import { answerDigest, entryId, bodyDigest, signatureHolds } from '@sync/chain';
import { digest, toHex, type JSONValue } from '@sync/canon';
import { readExchange } from '@sync/exchange';
import type { Cursor, ExchangeAnswer, Exchanged } from '@sync/exchange_words';
import { refuse, type Entry, type ItemText, type Packet, type Refusal } from '@sync/words';
import * as v from 'valibot';
import { prove, type DeviceKey } from './keys';

/** How long the line may be silent. A weak one takes minutes for what it carries, and carries it all the same. */
const SILENCE_MS = 30_000;
/** Nothing tells how far a request is on its way up: so many bytes a millisecond are taken for the weakest line. */
const WEAKEST = 4;

/** No answer, or none that this version understands: what was sent may or may not have arrived. */
export class NoAnswer extends Error {}

/** The server refused with a sentence of the catalogue. */
export class Declined extends Error {
  constructor(
    readonly refusal: Refusal,
    readonly status: number,
  ) {
    super(refusal.code);
  }
}

const hex = (length: number) => v.pipe(v.string(), v.regex(new RegExp(`^[0-9a-f]{${String(length)}}$`)));
export const EntryWords = v.object({
  kind: v.string(),
  subject: hex(32),
  by: hex(32),
  device: hex(64),
  seq: v.number(),
  prev: hex(64),
  at: v.string(),
  body_digest: hex(64),
  id: hex(64),
  signature: v.pipe(v.string(), v.regex(/^([0-9a-f]{128})?$/)),
});
const Json = v.custom<JSONValue>((value) => value !== undefined);
const Item = v.object({ number: v.number(), entry: EntryWords, body: v.nullable(Json) });
const Person = v.object({ id: hex(32), name: v.string() });
const EnrolAnswer = v.object({
  device: hex(64),
  server_key: v.string(),
  account: Person,
  share: v.string(),
  lease_until: v.string(),
  token: v.string(),
  token_expires: v.string(),
  recovery_key: v.optional(v.string()),
  /** A server that signs its answers says so; an older one says nothing. */
  proves: v.optional(v.boolean(), false),
});
/** A tablet that is out of use gets a session, to send what it has, but nothing that opens it. */
const SessionAnswer = v.object({
  token: v.string(),
  token_expires: v.string(),
  share: v.optional(v.string()),
  lease_until: v.optional(v.string()),
  revoked: v.boolean(),
  /** Too many wrong PINs were told of this person. */
  withheld: v.optional(v.boolean()),
  recovery_key: v.optional(v.string()),
  persons: v.array(Person),
});
const PhotoAnswer = v.object({ offset: v.number(), stored: v.number() });
const PushAnswer = v.looseObject({ received: v.array(Item), entries: v.array(Item) });
const PacketsAnswer = v.object({
  packets: v.record(v.string(), Json),
  texts: v.record(v.string(), Json),
  keys: v.record(v.string(), hex(64)),
});
const RefusalAnswer = v.object({
  code: v.string(),
  sentence: v.string(),
  details: v.record(v.string(), v.string()),
});

export type Enrolled = v.InferOutput<typeof EnrolAnswer>;
export type Opened = v.InferOutput<typeof SessionAnswer>;
export interface Arrived {
  number: number;
  entry: Entry;
  body: JSONValue;
}
export interface Pushed {
  told: Exchanged;
  /** Whether the server signed all of it. */
  proven: boolean;
  entries: Arrived[];
}
export interface Packets {
  packets: Map<string, Packet>;
  texts: Map<string, ItemText>;
  /** Visit → its data key, 32 bytes in hex. */
  keys: Map<string, string>;
}

/** Register this tablet's key, or one more person on it, with the code of the office's screen. */
export async function enrol(key: DeviceKey, code: string, label: string): Promise<Enrolled> {
  const proof = await prove(key, 'enrol/1', code);
  const body = { code, public_key: key.publicKey, label, proof };
  return parsed(EnrolAnswer, await post('/field/enrol', body));
}

/** A session of that person on this tablet: the tablet's key answers the server's challenge. */
export async function openSession(key: DeviceKey, account: string): Promise<Opened> {
  const { nonce } = parsed(
    v.object({ nonce: v.string() }),
    await post('/field/session/challenge', { device: key.id }),
  );
  const signature = await prove(key, 'session/1', nonce, account);
  return parsed(SessionAnswer, await post('/field/session', { device: key.id, account, nonce, signature }));
}

/**
 * Send entries and take what is new. Every entry that comes back is checked: its id, its body's digest, and on
 * receipts the server's signature; one that does not hold makes the whole answer worthless (NoAnswer).
 */
export async function push(
  token: string,
  serverKey: string,
  ask: {
    device: string;
    epoch: string | null;
    cursor: Cursor;
    entries: { entry: Entry; body: JSONValue }[];
    at: string;
  },
): Promise<Pushed> {
  const init = { method: 'POST', headers: JSON_BOTH, body: JSON.stringify(ask) };
  const { value: answer, proven } = await provenBy(serverKey, '/field/exchange', init, token);
  const { received, entries } = parsed(PushAnswer, answer);
  for (const { entry, body } of received)
    if (!(await isReceipt(serverKey, ask.device, entry, body)))
      throw new NoAnswer('a receipt that the server did not sign');
  for (const item of entries) if (!(await isWhole(item))) throw new NoAnswer('an entry that is not its id');
  const arrived = [...received, ...entries].flatMap(({ number, entry, body }) =>
    body === null ? [] : [{ number, entry, body }],
  );
  try {
    return { told: readExchange(answer as ExchangeAnswer), entries: arrived, proven };
  } catch (error) {
    throw new NoAnswer(String(error));
  }
}

/** Packets by digest; those whose bytes do not agree with their digest are left out. */
export async function fetchPackets(
  token: string,
  digests: readonly string[],
  have: readonly string[],
): Promise<Packets> {
  const answer = parsed(PacketsAnswer, await post('/field/packets', { digests, have }, token));
  const packets = new Map<string, Packet>();
  for (const [name, packet] of Object.entries(answer.packets)) {
    if ((await digest('packet/1', packet)) === name) packets.set(name, packet as unknown as Packet);
  }
  const texts = Object.entries(answer.texts).map(
    ([name, text]) => [name, text as unknown as ItemText] as const,
  );
  return { packets, texts: new Map(texts), keys: new Map(Object.entries(answer.keys)) };
}

/** How many bytes of a photo the server has, and the ledger number once it keeps the whole. */
export async function photoAt(token: string, name: string): Promise<{ offset: number; stored: number }> {
  const { headers } = await call(`/field/blobs/${name}`, { method: 'HEAD' }, token);
  const at = { offset: Number(headers.get('Upload-Offset')), stored: Number(headers.get('Upload-Stored')) };
  if (headers.get('Upload-Offset') === null || !Number.isSafeInteger(at.offset + at.stored)) {
    throw new NoAnswer('no Upload-Offset');
  }
  return at;
}

/** Send the bytes of a photo from `offset` on. Throws NoAnswer where a server that signs did not sign that it is whole. */
export async function sendPhoto(
  token: string,
  server: Server,
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  offset: number,
): Promise<{ offset: number; stored: number }> {
  const headers = {
    'Content-Type': 'application/octet-stream',
    'Upload-Offset': String(offset),
  };
  const body = bytes.slice(offset);
  const init = { method: 'PUT', headers, body };
  const { value, proven } = await provenBy(server.serverKey, `/field/blobs/${name}`, init, token);
  const at = parsed(PhotoAnswer, value);
  if (at.stored > 0) mustProve(server, proven);
  return at;
}

/** Whether the server signed this, as a receipt, and for this tablet. */
export async function isReceipt(
  serverKey: string,
  device: string,
  entry: Entry,
  body: JSONValue | null,
): Promise<boolean> {
  const meant = entry.kind === 'entry.received' && (body as { device?: unknown } | null)?.device === device;
  return (
    meant && (await isWhole({ entry, body })) && (await signatureHolds(serverKey, entry.id, entry.signature))
  );
}

async function isWhole({ entry, body }: { entry: Entry; body: JSONValue | null }): Promise<boolean> {
  if ((await entryId(entry)) !== entry.id) return false;
  return body === null || (await bodyDigest(body)) === entry.body_digest;
}

/** Its key, and whether it has signed an answer before. */
export interface Server {
  serverKey: string;
  proves?: boolean;
}

const UNSIGNED = 'an answer that the server did not sign';

export function mustProve({ proves = false }: Server, proven: boolean): void {
  if (proves && !proven) throw new NoAnswer(UNSIGNED);
}

/** One request with a nonce of its own, over which the server signs its answer. An older server does not; a signature
 * that does not hold makes the answer worthless (NoAnswer). */
export async function provenBy(
  serverKey: string,
  path: string,
  init: RequestInit,
  token?: string,
  silence?: number,
): Promise<{ value: unknown; proven: boolean }> {
  const headers = new Headers(init.headers);
  const nonce = toHex(crypto.getRandomValues(new Uint8Array(16)));
  headers.set('Answer-Nonce', nonce);
  const answer = await call(path, { ...init, headers }, token, silence);
  const body = new Uint8Array(await answer.arrayBuffer());
  const proof = answer.headers.get('Answer-Proof');
  if (proof !== null && !(await signatureHolds(serverKey, await answerDigest(nonce, path, body), proof)))
    throw new NoAnswer(UNSIGNED);
  return { value: await jsonOf(new Response(body)), proven: proof !== null };
}

const JSON_BOTH = { 'Content-Type': 'application/json', Accept: 'application/json' };

export async function post(path: string, body: unknown, token?: string): Promise<unknown> {
  return jsonOf(await call(path, { method: 'POST', headers: JSON_BOTH, body: JSON.stringify(body) }, token));
}

export async function jsonOf(answer: Response): Promise<unknown> {
  try {
    return await answer.json();
  } catch (error) {
    throw new NoAnswer(String(error));
  }
}

/** An answer to HEAD has no body that could name the refusal. */
const HEAD_REFUSALS: Readonly<Record<number, 'not_signed_in' | 'not_allowed' | 'not_found'>> = {
  401: 'not_signed_in',
  403: 'not_allowed',
  404: 'not_found',
};

export async function call(
  path: string,
  init: RequestInit,
  token?: string,
  silence = SILENCE_MS,
): Promise<Response> {
  const headers = new Headers(init.headers);
  if (token) headers.set('Authorization', `Bearer ${token}`);
  const stop = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silentFor = (limit: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      stop.abort();
    }, limit);
  };
  let answer: Response;
  try {
    silentFor(silence + sizeOf(init.body) / WEAKEST);
    const { signal } = stop;
    answer = await fetch(path, { ...init, headers, signal, cache: 'no-store', credentials: 'omit' });
    answer = await whole(answer, () => {
      silentFor(silence);
    });
  } catch (error) {
    throw new NoAnswer(String(error));
  } finally {
    clearTimeout(timer);
  }
  if (answer.ok) return answer;
  const named = init.method === 'HEAD' ? HEAD_REFUSALS[answer.status] : undefined;
  if (named) throw new Declined(refuse(named), answer.status);
  const refusal = v.safeParse(RefusalAnswer, await answer.json().catch(() => null));
  if (!refusal.success) throw new NoAnswer(`status ${String(answer.status)}`);
  throw new Declined(refusal.output, answer.status);
}

/** Read to its end; `heard` after every piece. */
async function whole(answer: Response, heard: () => void): Promise<Response> {
  heard();
  const reader = answer.body?.getReader();
  if (!reader) return answer;
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    pieces.push(next.value);
    heard();
  }
  const { status, headers } = answer;
  return new Response(new Blob(pieces), { status, headers });
}

function sizeOf(body: RequestInit['body']): number {
  return typeof body === 'string' ? body.length : body instanceof Uint8Array ? body.length : 0;
}

export function parsed<S extends v.GenericSchema>(schema: S, answer: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, answer);
  if (!result.success) throw new NoAnswer(result.issues[0].message);
  return result.output;
}

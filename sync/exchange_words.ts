/**
 * The words of the exchange: what a tablet remembers about sending, what it may do next, what may come of it.
 * Twin of `exchange_words.py`. Fields are named as there, so that one kept state opens in either language.
 */

/** Entries in one push; the server refuses more. */
export const BATCH_ENTRIES = 500;
/** Bytes of canonical {entry, body} in one push; the server refuses a request over 1 MB. */
export const BATCH_BYTES = 900_000;
export const PACKETS_AT_ONCE = 300;
/** The first wait after a failure, doubled by each further one, and the longest. */
export const BASE_MS = 1_000;
export const LONGEST_MS = 300_000;
/** How often a tablet with signal and nothing to send asks for news. */
export const PULL_MS = 60_000;
/** How often one item may fail by its own fault before it goes aside. */
export const TRIES = 3;

export type Keyed<T> = Readonly<Record<string, T>>;

/** How far the tablet has read: place in the ledger, how much of that place, the ledger's head there. */
export interface Cursor {
  readonly number: number;
  readonly within: number;
  readonly head: string;
}

export const START: Cursor = { number: 0, within: 0, head: '0'.repeat(64) };

/**
 * One entry that this tablet recorded. `size`: canonical bytes of {entry, body}; `receipt`: ledger number of the
 * signed receipt, 0 while there is none; `code`: why it is held or aside; `decided`: a person decided on it (暂存核定),
 * and how is for `fold` to say. States that were kept before it was remembered lack it, which is false.
 */
export interface EntryState {
  readonly seq: number;
  readonly prev: string;
  readonly visit: string;
  readonly size: number;
  readonly status: 'waiting' | 'received' | 'held' | 'aside';
  readonly code: string | null;
  readonly receipt: number;
  readonly decided: boolean;
}

/**
 * One photo. `offset`: bytes that the server has, null where only the server knows; `entries`: those that announce
 * it; `stored`: ledger number of evidence.stored, 0 until the server holds all of it.
 */
export interface BlobState {
  readonly size: number;
  readonly visit: string;
  readonly entries: readonly string[];
  readonly offset: number | null;
  readonly status: 'waiting' | 'complete' | 'aside';
  readonly code: string | null;
  readonly failures: number;
  readonly stored: number;
}

/** One packet that an order names. */
export interface PacketState {
  readonly status: 'wanted' | 'here' | 'aside';
  readonly failures: number;
}

/** Everything the exchange knows. It is kept whole, beside entries and photos, and outlives the program. */
export interface State {
  readonly epoch: string | null;
  readonly cursor: Cursor;
  readonly backed_up: number;
  readonly entries: Keyed<EntryState>;
  readonly blobs: Keyed<BlobState>;
  readonly packets: Keyed<PacketState>;
  readonly signed_in: boolean;
  readonly proven: boolean;
  readonly revoked: boolean;
  readonly blocked: string | null;
  readonly more: boolean;
  readonly batch: number;
  readonly attempt: number;
  readonly retry_at: number;
  readonly pull_at: number;
}

/** The state of a tablet that was just enrolled. */
export const EMPTY: State = {
  epoch: null,
  cursor: START,
  backed_up: 0,
  entries: {},
  blobs: {},
  packets: {},
  signed_in: false,
  proven: false,
  revoked: false,
  blocked: null,
  more: true,
  batch: BATCH_ENTRIES,
  attempt: 0,
  retry_at: 0,
  pull_at: 0,
};

/**
 * `session`: POST /field/session/challenge, then /field/session. `push`: POST /field/exchange with these entries in
 * this order; none is a mere question for news; those in `sign` have no successor in the batch and must carry the
 * device's signature. `packets`: POST /field/packets. `blob`: PUT /field/blobs/{digest} from `offset` on; where it is
 * null, HEAD asks for the offset first. `idle`: nothing to do before `until`.
 */
export type Action =
  | { readonly kind: 'session' }
  | { readonly kind: 'push'; readonly entries: readonly string[]; readonly sign: readonly string[] }
  | { readonly kind: 'packets'; readonly digests: readonly string[] }
  | { readonly kind: 'blob'; readonly digest: string; readonly offset: number | null }
  | { readonly kind: 'idle'; readonly until: number };

/** One receipt with the ledger number of the signed entry that holds it. */
export interface Told {
  readonly entry: string;
  readonly status: 'accepted' | 'exists' | 'held' | 'refused';
  readonly code: string | null;
  readonly number: number;
}

/** What a push brought, as `readExchange` reads it from the wire. The caller has checked the signatures. */
export interface Exchanged {
  readonly kind: 'exchanged';
  readonly epoch: string;
  readonly cursor: Cursor;
  readonly backed_up: number;
  readonly receipts: readonly Told[];
  readonly packets: readonly string[];
  readonly stored: readonly { readonly digest: string; readonly number: number }[];
  /** Entries that a person decided on (暂存核定), whosever they are. */
  readonly decided?: readonly string[];
  readonly more: boolean;
  readonly reset: boolean;
  readonly revoked: boolean;
  /** The answer as a whole was not signed by a server that signs (see `unproven`). */
  readonly unproven?: boolean;
}

/**
 * Entries that nobody at work could open went in sealed (POST /field/device/unsent): what the server signed of them.
 * `damaged`: those that nobody can read any more, and that the server does not have.
 */
export interface Handed {
  readonly kind: 'handed';
  readonly receipts: readonly Told[];
  readonly damaged: readonly string[];
}

/**
 * `unreachable`: no answer, a broken answer, or a server error. `unauthorised`: 401. `declined`: the request as a
 * whole was refused with this code. `opened`: a session. `got_packets`: these arrived and agree with their digests.
 * `blob_at`: the server has `offset` bytes; `stored` is not 0 where it verified and kept the whole photo.
 */
export type Outcome =
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'unauthorised' }
  | { readonly kind: 'declined'; readonly code: string }
  | { readonly kind: 'opened'; readonly revoked: boolean }
  | Exchanged
  | Handed
  | { readonly kind: 'got_packets'; readonly digests: readonly string[] }
  | { readonly kind: 'blob_at'; readonly offset: number; readonly stored: number };

/** The answer of POST /field/exchange on the wire. */
export interface ExchangeAnswer {
  readonly epoch: string;
  readonly cursor: { readonly number: number; readonly within?: number; readonly head: string };
  readonly backed_up: number;
  readonly received: readonly {
    readonly number: number;
    readonly body: { readonly receipts: readonly Omit<Told, 'number'>[] };
  }[];
  readonly entries: readonly {
    readonly number: number;
    readonly entry: { readonly kind: string };
    readonly body: {
      readonly packet_digest?: string;
      readonly digest?: string;
      readonly entry?: string;
    } | null;
    /** The picture that this said to be whole has no file now: the entry stands, and the picture is sent again. */
    readonly lost?: boolean;
  }[];
  readonly more?: boolean;
  readonly reset?: boolean;
  readonly revoked?: boolean;
}

/**
 * Counts for the chip: 已存本机 (recorded), 有回执 (receipts), 照片 (photos, complete). `held`: what nobody decided on
 * yet; `safe`: everything that was recorded here has its receipt and every photo is whole on the server.
 */
export interface Summary {
  readonly recorded: number;
  readonly receipts: number;
  readonly held: number;
  readonly aside: number;
  readonly photos: number;
  readonly photos_complete: number;
  readonly photos_aside: number;
  readonly backed_up: number;
  readonly safe: boolean;
}

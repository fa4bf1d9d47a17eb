/** What the application knows: `state` is shown by the screens, `house` holds what no screen may see. */
import type { Summary } from '@sync/exchange_words';
import type { VisitState } from '@sync/state';
import type { Entry, Packet } from '@sync/words';
import type { JSONValue } from '@sync/canon';
import { reactive, shallowReactive } from 'vue';
import { Store, type Device, type Pending } from '../store';

/** One visit that the person may open. `state` is null until its entries were folded. */
export interface Loaded {
  packet: Packet;
  state: VisitState | null;
  entries: readonly (readonly [Entry, JSONValue | null])[];
  /** Counts of what this tablet recorded in this visit, and of what the server has of it. */
  counts: Summary;
}

export interface KnownPerson {
  account: string;
  name: string;
}

/** Counts of the whole tablet. `unsaved`: visits with a recording that nobody saved, without which nothing is `safe`. */
export type Total = Summary & { unsaved?: number };

export interface DeskState {
  phase: 'loading' | 'unknown' | 'locked' | 'open' | 'lost';
  /** A revoked tablet: what it still has to hand in; what waits for a backup; `cleared` once nothing of it is left. */
  lost: { entries: number; photos: number; waiting: number; cleared: boolean } | null;
  people: KnownPerson[];
  lastPerson: string;
  me: KnownPerson | null;
  pending: Pending | null;
  /** `unreachable`: the network says yes, the server did not answer. */
  signal: 'none' | 'unreachable' | 'there';
  syncing: string | null;
  /** What hinders the exchange, as a sentence, until it passes. */
  hindrance: string | null;
  /** What is said before the room for photos is too short; null while there is room. */
  room: string | null;
  /** That something lies here and does not open, and what happens next; null where everything does. */
  damaged: string | null;
  /** Another window of this tablet is the first one. */
  second: boolean;
  syncedAt: number | null;
  total: Total;
  deviceLabel: string;
  /** A newer version of the app has this tablet's tables. */
  newer: boolean;
  outdoor: boolean;
}

export const NO_COUNTS: Summary = {
  recorded: 0,
  receipts: 0,
  held: 0,
  aside: 0,
  photos: 0,
  photos_complete: 0,
  photos_aside: 0,
  backed_up: 0,
  safe: true,
};

export const state = reactive<DeskState>({
  phase: 'loading',
  lost: null,
  people: [],
  lastPerson: '',
  me: null,
  pending: null,
  signal: 'there',
  syncing: null,
  hindrance: null,
  room: null,
  damaged: null,
  second: false,
  syncedAt: null,
  total: NO_COUNTS,
  deviceLabel: '',
  newer: false,
  outdoor: false,
});

/** Visit → what lies here of it. A changed visit is a new value, so that screens need not watch its inside. */
export const visits = shallowReactive(new Map<string, Loaded>());

/** Visits that were given to others (改派): who was of the team before is told so, and opens nothing of them. */
export const former = shallowReactive(new Map<string, Loaded & { replaced: true }>());

interface Open {
  account: string;
  vault: CryptoKey;
  /** Visit → data key, of the visits whose team this person is of. */
  keys: Map<string, CryptoKey>;
  /** Of colleagues' visits, lent by the server while there is signal: for sealing and sending, never for showing. */
  guests: Map<string, CryptoKey>;
  /** Visits whose key lies here for this person and is damaged. */
  shut: Set<string>;
}

interface House {
  store: Store;
  device: Device | null;
  open: Open | null;
  /** Digests of packets that lie here and do not open. */
  damaged: Set<string>;
}

const store = new Store(undefined, () => {
  state.newer = true;
});
export const house: House = { store, device: null, open: null, damaged: new Set() };

/** Somebody locked the tablet while something was under way that needs a person's key. */
export class Locked extends Error {}

/** The device and the person at work; throws Locked where nobody is, which no screen allows. */
export function atWork(): { device: Device; open: Open } {
  if (!house.device || !house.open) throw new Locked('the tablet is locked');
  return { device: house.device, open: house.open };
}

/** 32 lower-case hex digits of chance: ids, nonces, slots. */
export function chance(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}

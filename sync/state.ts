/**
 * What a visit's entries say together: the shapes of its state. Twin of `state.py`, which says what each part means;
 * `fold` makes it.
 *
 *     blockOf(state, organisation): BlockState     itemOf(state, organisation, item): ItemState     saidOf(state, kind)
 */

import type { Bodies, Kind, TeamMember } from './words';

/** One entry that has its effect; of the kinds `K`. */
export type Fact<K extends Kind = Kind> = {
  readonly [P in K]: {
    readonly entry: string;
    readonly kind: P;
    readonly by: string;
    readonly at: string;
    readonly body: Bodies[P];
  };
}[K];

/** What nobody superseded; `disputed` where that is more than one, and they do not say the same. */
export interface Slot<K extends Kind> {
  readonly heads: readonly Fact<K>[];
  readonly disputed: boolean;
}

/** What is said of one item, in its place. */
export const ITEM = [
  'answer.given',
  'item.verified',
  'item.reopened',
  'item.contradicted',
  'result.recognised',
] as const satisfies readonly Kind[];
export type ItemKind = (typeof ITEM)[number];
export type ResultKind = 'disposition.given' | 'block.waived';

/** One item: `answer`, `verified` or `recognised` is what counts, all null while open or disputed. */
export interface ItemState {
  readonly heads: readonly Fact<ItemKind>[];
  readonly disputed: boolean;
  readonly answer: Fact<'answer.given'> | null;
  readonly verified: Fact<'item.verified'> | null;
  readonly recognised: Fact<'result.recognised'> | null;
  readonly reopened: readonly Fact<'item.reopened'>[];
  readonly contradicted: readonly Fact<'item.contradicted'>[];
}

/** One department's block: its items by id; its result is a disposition or a waiver, in one place. */
export interface BlockState {
  readonly items: Readonly<Record<string, ItemState>>;
  readonly results: readonly Fact<ResultKind>[];
  readonly disputed: boolean;
  readonly disposition: Fact<'disposition.given'> | null;
  readonly waived: Fact<'block.waived'> | null;
}

/** A photograph; withdrawn or deleted where the list is not empty; `stored` once the office holds the picture. */
export interface Evidence<K extends 'evidence.taken' | 'evidence.added' = 'evidence.taken'> {
  readonly taken: Fact<K>;
  readonly withdrawn: readonly Fact<'evidence.withdrawn'>[];
  readonly deleted: readonly Fact<'evidence.deleted'>[];
  readonly stored: boolean;
}

/** Sound or film; `stored` once the office holds it. */
export interface Recording {
  readonly made: Fact<'recording.made'>;
  readonly stored: boolean;
}

/** An entry without effect, and why (a code of REFUSALS), and what the office decided about it. */
export interface Held {
  readonly entry: string;
  readonly kind: string;
  readonly by: string;
  readonly at: string;
  readonly code: string;
  readonly decision: Decision;
}

export type Decision = 'admitted' | 'set_aside' | null;

/** A place with more than one head. */
export interface Dispute {
  readonly slot: 'order' | 'party' | 'item' | 'result';
  readonly organisation: string | null;
  readonly item: string | null;
  readonly heads: readonly string[];
}

/** All that the entries of one visit say together. Lists are sorted by (at, id); maps are by id. */
export interface VisitState {
  readonly order: Slot<'visit.ordered'>;
  readonly team: readonly TeamMember[];
  readonly opened: readonly Fact<'visit.opened'>[];
  readonly identity: readonly Fact<'identity.shown'>[];
  readonly shown: readonly string[];
  readonly rights: readonly Fact<'rights.told'>[];
  readonly party: Slot<'party.met'>;
  readonly blocks: Readonly<Record<string, BlockState>>;
  readonly evidence: readonly Evidence[];
  readonly added: readonly Evidence<'evidence.added'>[];
  readonly recordings: readonly Recording[];
  readonly site: Readonly<Record<string, readonly Fact<SiteKind>[]>>;
  readonly signatures: readonly Fact<'signature.given'>[];
  readonly refusals: readonly Fact<'signature.refused'>[];
  readonly absences: readonly Fact<'signature.absent'>[];
  readonly finished: readonly Fact<'visit.finished'>[];
  readonly held: readonly Held[];
  readonly disputed: readonly Dispute[];
}

const NO_ITEM: ItemState = {
  heads: [],
  disputed: false,
  answer: null,
  verified: null,
  recognised: null,
  reopened: [],
  contradicted: [],
};

const NO_BLOCK: BlockState = { items: {}, results: [], disputed: false, disposition: null, waived: null };

/** Kinds that stand by themselves in `VisitState.site`. */
export const SITE = [
  'visit.scheduled',
  'notice.served',
  'notice.exempted',
  'code.recorded',
  'return.planned',
  'target.observed',
  'ending.proposed',
  'ending.confirmed',
  'ending.withdrawn',
  'ending.decided',
  'recusal.declared',
  'recusal.confirmed',
  'consent.recorded',
  'consent.decided',
  'visit.paused',
  'visit.resumed',
  'authority.shown',
  'part.signed',
  'act.recorded',
  'transcript.taken',
  'media.restricted',
  'noncooperation.proposed',
  'noncooperation.confirmed',
  'noncooperation.decided',
  'expert.concluded',
  'crime.suspected',
  'record.read',
  'paper.signed',
  'supplement.given',
  'supplement.signed',
  'seal.recorded',
  'copy.given',
  'recusal.decided',
  'visit.recalled',
] as const satisfies readonly Kind[];
export type SiteKind = (typeof SITE)[number];

/** What was said of this kind on site, without what was superseded. */
export function saidOf<K extends SiteKind>(state: VisitState, kind: K): readonly Fact<K>[] {
  return (own(state.site, kind) ?? []) as unknown as readonly Fact<K>[];
}

/** The block of a department, empty where nothing was recorded. */
export function blockOf(state: VisitState, organisation: string): BlockState {
  return own(state.blocks, organisation) ?? NO_BLOCK;
}

/** An item of a block, open where nothing was recorded. */
export function itemOf(state: VisitState, organisation: string, item: string): ItemState {
  return own(blockOf(state, organisation).items, item) ?? NO_ITEM;
}

function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

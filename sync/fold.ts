/**
 * The state of a visit as a function of the SET of its entries. Twin of `fold.py`, which says what each part means;
 * both run `vectors/fold.json`.
 *
 *     fold(entries: Iterable<readonly [Entry, JSONValue | null]>, office?: ReadonlySet<string>): VisitState
 *     blockOf(state, organisation): BlockState        itemOf(state, organisation, item): ItemState
 *     recordOf(packet, state): JSONValue  in record.ts, signed as digest("record/1", record)
 *
 * In whatever order entries came, and however often, the state is the same. No clock, no hashing: whoever feeds the
 * set has checked ids, bodies and signatures (`chain`).
 */

import { canonical, toHex, type JSONValue } from './canon';
import { fits } from './shape';
import { DEVICE_KINDS, KINDS, type Bodies, type Entry, type Kind, type TeamMember } from './words';

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

/** What nobody superseded; `disputed` where that is more than one. */
export interface Slot<K extends Kind> {
  readonly heads: readonly Fact<K>[];
  readonly disputed: boolean;
}

type ItemKind = 'answer.given' | 'item.verified' | 'item.reopened';
type ResultKind = 'disposition.given' | 'block.waived';

/** One item: `answer` or `verified` is what counts, both null while open or disputed. */
export interface ItemState {
  readonly heads: readonly Fact<ItemKind>[];
  readonly disputed: boolean;
  readonly answer: Fact<'answer.given'> | null;
  readonly verified: Fact<'item.verified'> | null;
  readonly reopened: readonly Fact<'item.reopened'>[];
}

/** One department's block: its items by id; its result is a disposition or a waiver, in one place. */
export interface BlockState {
  readonly items: Readonly<Record<string, ItemState>>;
  readonly results: readonly Fact<ResultKind>[];
  readonly disputed: boolean;
  readonly disposition: Fact<'disposition.given'> | null;
  readonly waived: Fact<'block.waived'> | null;
}

/** A photograph; withdrawn where `withdrawn` is not empty; `stored` once the office holds the picture. */
export interface Evidence {
  readonly taken: Fact<'evidence.taken'>;
  readonly withdrawn: readonly Fact<'evidence.withdrawn'>[];
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
  readonly signatures: readonly Fact<'signature.given'>[];
  readonly refusals: readonly Fact<'signature.refused'>[];
  readonly absences: readonly Fact<'signature.absent'>[];
  readonly finished: readonly Fact<'visit.finished'>[];
  readonly held: readonly Held[];
  readonly disputed: readonly Dispute[];
}

export type Entries = Iterable<readonly [Entry, JSONValue | null]>;
export type Team = ReadonlyMap<string, TeamMember>;

const NO_ITEM: ItemState = { heads: [], disputed: false, answer: null, verified: null, reopened: [] };

/** The block of a department, empty where nothing was recorded. */
export function blockOf(state: VisitState, organisation: string): BlockState {
  return own(state.blocks, organisation) ?? block([], []);
}

/** An item of a block, open where nothing was recorded. */
export function itemOf(state: VisitState, organisation: string, item: string): ItemState {
  return own(blockOf(state, organisation).items, item) ?? NO_ITEM;
}

/** What a person in the office may overrule. */
const ADMISSIBLE: ReadonlySet<string> = new Set([
  'not_member',
  'other_department',
  'not_certified',
  'leader_only',
  'not_the_signer',
]);

/** Office kinds that say something about a visit. */
const READ: ReadonlySet<string> = new Set([
  'visit.ordered',
  'item.verified',
  'evidence.stored',
  'entry.received',
  'entry.admitted',
  'entry.set_aside',
]);

const KNOWN: ReadonlySet<string> = new Set(KINDS);
const DEVICE: ReadonlySet<string> = new Set(DEVICE_KINDS);

/** The state of the visit that these entries are about; `office`: the devices whose office entries count. */
export function fold(entries: Entries, office?: ReadonlySet<string>): VisitState {
  const { effective, held, order, team } = sift(entries, office);
  const withdrawals = of(effective, 'evidence.withdrawn');
  const stored = new Set(of(effective, 'evidence.stored').map((fact) => fact.body.digest));
  const identity = of(effective, 'identity.shown');
  const party = slot(of(effective, 'party.met'));
  const blocks = blocksOf(effective);
  return {
    order,
    team: [...team.values()].sort((a, b) => compare(a.account, b.account)),
    opened: of(effective, 'visit.opened'),
    identity,
    shown: [...new Set(identity.flatMap((fact) => fact.body.inspectors))].sort(compare),
    rights: of(effective, 'rights.told'),
    party,
    blocks,
    evidence: of(effective, 'evidence.taken').map((taken) => ({
      taken,
      withdrawn: withdrawals.filter((fact) => fact.body.evidence === taken.entry),
      stored: stored.has(taken.body.digest),
    })),
    signatures: of(effective, 'signature.given'),
    refusals: of(effective, 'signature.refused'),
    absences: of(effective, 'signature.absent'),
    finished: of(effective, 'visit.finished'),
    held,
    disputed: disputes(order, party, blocks),
  };
}

export interface Sifted {
  readonly effective: readonly Fact[];
  readonly held: readonly Held[];
  readonly order: Slot<'visit.ordered'>;
  readonly team: Team;
}

/** What has its effect, what is held, the order and the team by account. */
export function sift(entries: Entries, office?: ReadonlySet<string>): Sifted {
  const facts: Fact[] = [];
  const held: Held[] = [];
  for (const [entry, body] of distinct(entries)) {
    const { id, kind, by, at } = entry;
    const hold = (code: string) => held.push({ entry: id, kind, by, at, code, decision: null });
    if (!KNOWN.has(kind)) hold('kind_unknown');
    else if (!DEVICE.has(kind) && office && !office.has(entry.device)) hold('not_allowed');
    else if (DEVICE.has(kind) || READ.has(kind)) {
      if (fits(kind, body)) facts.push({ entry: id, kind, by, at, body } as unknown as Fact);
      else hold('body_invalid');
    }
  }
  facts.sort(shown);
  const order = slot(of(facts, 'visit.ordered'));
  const team = new Map(
    [...order.heads].reverse().flatMap((fact) => fact.body.team.map((one) => [one.account, one])),
  );
  const receipts = received(facts);
  const decided = decisions(facts);
  const effective = facts.filter((fact) => {
    const refused = DEVICE.has(fact.kind) ? authority(fact, fact.by, team) : null;
    const code = refused ?? receipts.get(fact.entry) ?? null;
    if (code === null) return true;
    const { entry, kind, by, at } = fact;
    const decision = decided.get(entry) ?? null;
    held.push({ entry, kind, by, at, code, decision });
    return decision === 'admitted' && (refused === null || ADMISSIBLE.has(refused));
  });
  return { effective, held: held.sort(shown), order, team };
}

/** What `authority` looks at: a kind with its body. */
export type Said<K extends Kind = Kind> = {
  readonly [P in K]: { readonly kind: P; readonly body: Bodies[P] };
}[K];

export type AuthorityCode =
  | 'visit_unknown'
  | 'penalty_not_on_site'
  | 'not_member'
  | 'leader_only'
  | 'other_department'
  | 'not_certified'
  | 'not_the_signer';

/** Whether `by` may say this at all: null, or the code of the refusal. `team` is by account. */
export function authority(said: Said, by: string, team: Team): AuthorityCode | null {
  if (team.size === 0) return 'visit_unknown';
  if (said.kind === 'disposition.given' && said.body.results.some(isPenal)) return 'penalty_not_on_site';
  const member = team.get(by);
  if (!member) return 'not_member';
  switch (said.kind) {
    case 'visit.finished':
      return member.role === 'leader' ? null : 'leader_only';
    case 'block.waived':
      return member.role === 'leader' ? null : officer(member, said.body.organisation);
    case 'answer.given':
    case 'item.reopened':
    case 'disposition.given':
      return officer(member, said.body.organisation);
    case 'signature.given':
      return said.body.role === 'inspector' ? pen(said.body, by, team) : null;
    default:
      return null;
  }
}

/** A penalty's box stays unticked until there is a decision. */
export function isPenal(result: string): boolean {
  return result === 'ADMIN_PENALTY' || result === 'ADMIN_COERCION';
}

function pen(body: Bodies['signature.given'], by: string, team: Team): AuthorityCode | null {
  const signer = team.get(body.signer ?? '');
  if (!signer) return 'not_member';
  if (body.signer !== by && body.assurance !== 'drawn_only') return 'not_the_signer';
  return officer(signer, body.organisation);
}

function officer(member: TeamMember, organisation: string | null): AuthorityCode | null {
  if (member.organisation !== organisation) return 'other_department';
  return member.certified ? null : 'not_certified';
}

/** One of each id. Of two bodies under one id the smaller bytes, so that the order of arrival is no reason. */
function distinct(entries: Entries): Iterable<readonly [Entry, JSONValue | null]> {
  const found = new Map<string, readonly [Entry, JSONValue | null]>();
  for (const [entry, body] of entries) {
    const before = found.get(entry.id)?.[1] ?? null;
    if (before === null || (body !== null && bytes(body) < bytes(before))) found.set(entry.id, [entry, body]);
  }
  return found.values();
}

function bytes(body: JSONValue): string {
  return toHex(canonical(body));
}

/** Taken in by any receipt wins over held, since a gap may have been filled; `chain_gap` is the last of codes. */
function received(facts: readonly Fact[]): Map<string, string> {
  const receipts = of(facts, 'entry.received').flatMap((fact) => fact.body.receipts);
  const taken = new Set(
    receipts.filter(({ status }) => status === 'accepted' || status === 'exists').map(({ entry }) => entry),
  );
  const found = new Map<string, string>();
  for (const { entry, status, code: held } of receipts) {
    if (status !== 'held' || taken.has(entry)) continue;
    const code = held ?? 'body_invalid';
    const before = found.get(entry);
    if (before === undefined || before === 'chain_gap' || (code !== 'chain_gap' && code < before)) {
      found.set(entry, code);
    }
  }
  return found;
}

/** Setting aside weighs more where both were said. */
function decisions(facts: readonly Fact[]): Map<string, Decision> {
  return new Map<string, Decision>([
    ...of(facts, 'entry.admitted').map((fact) => [fact.body.entry, 'admitted'] as const),
    ...of(facts, 'entry.set_aside').map((fact) => [fact.body.entry, 'set_aside'] as const),
  ]);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function shown(a: { at: string; entry: string }, b: { at: string; entry: string }): number {
  return compare(a.at, b.at) || compare(a.entry, b.entry);
}

function of<K extends Kind>(facts: readonly Fact[], ...kinds: K[]): Fact<K>[] {
  const wanted: readonly string[] = kinds;
  return facts.filter((fact) => wanted.includes(fact.kind)) as unknown as Fact<K>[];
}

type Superseding = ItemKind | ResultKind | 'party.met' | 'visit.ordered';

/** Those that none of the others superseded. */
function headsOf<K extends Superseding>(facts: readonly Fact<K>[]): Fact<K>[] {
  const gone = new Set(facts.flatMap((fact) => fact.body.supersedes));
  return facts.filter((fact) => !gone.has(fact.entry));
}

function slot<K extends Superseding>(facts: readonly Fact<K>[]): Slot<K> {
  const heads = headsOf(facts);
  return { heads, disputed: heads.length > 1 };
}

/** Facts by a name of theirs, names in order. */
function grouped<F>(facts: readonly F[], name: (fact: F) => string): [string, F[]][] {
  const found = new Map<string, F[]>();
  for (const fact of facts) {
    const group = found.get(name(fact));
    if (group) group.push(fact);
    else found.set(name(fact), [fact]);
  }
  return [...found].sort(([a], [b]) => compare(a, b));
}

function blocksOf(effective: readonly Fact[]): Readonly<Record<string, BlockState>> {
  const kinds = [
    'answer.given',
    'item.verified',
    'item.reopened',
    'disposition.given',
    'block.waived',
  ] as const;
  const groups = grouped(of(effective, ...kinds), (fact) => fact.body.organisation);
  return Object.fromEntries(
    groups.map(([organisation, facts]) => [
      organisation,
      block(
        of(facts, 'answer.given', 'item.verified', 'item.reopened'),
        of(facts, 'disposition.given', 'block.waived'),
      ),
    ]),
  );
}

function block(items: readonly Fact<ItemKind>[], results: readonly Fact<ResultKind>[]): BlockState {
  const heads = headsOf(results);
  const one = heads.length === 1 ? heads : [];
  return {
    items: Object.fromEntries(
      grouped(items, (fact) => fact.body.item).map(([item, facts]) => [item, itemState(facts)]),
    ),
    results: heads,
    disputed: heads.length > 1,
    disposition: of(one, 'disposition.given')[0] ?? null,
    waived: of(one, 'block.waived')[0] ?? null,
  };
}

function itemState(facts: readonly Fact<ItemKind>[]): ItemState {
  const heads = headsOf(facts);
  const standing = heads.filter((fact) => fact.kind !== 'item.reopened');
  const one = standing.length === 1 ? standing : [];
  return {
    heads,
    disputed: standing.length > 1,
    answer: of(one, 'answer.given')[0] ?? null,
    verified: of(one, 'item.verified')[0] ?? null,
    reopened: of(facts, 'item.reopened'),
  };
}

function disputes(
  order: Slot<'visit.ordered'>,
  party: Slot<'party.met'>,
  blocks: Readonly<Record<string, BlockState>>,
): Dispute[] {
  const found: Dispute[] = [];
  const add = (
    slot: Dispute['slot'],
    organisation: string | null,
    item: string | null,
    facts: readonly Fact[],
  ) => found.push({ slot, organisation, item, heads: facts.map((fact) => fact.entry) });
  if (order.disputed) add('order', null, null, order.heads);
  if (party.disputed) add('party', null, null, party.heads);
  for (const [organisation, one] of Object.entries(blocks)) {
    for (const [name, item] of Object.entries(one.items))
      if (item.disputed) add('item', organisation, name, item.heads);
    if (one.disputed) add('result', organisation, null, one.results);
  }
  return found;
}

function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

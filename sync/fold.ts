/**
 * The state of a visit as a function of the SET of its entries. Twin of `fold.py`, which says what each part means;
 * both run `vectors/fold.json`.
 *
 *     fold(entries: Iterable<readonly [Entry, JSONValue | null]>, office?: ReadonlySet<string>): VisitState
 *     authority(said, by, team): code of a refusal or null          state.ts: the shapes
 *     recordOf(packet, state): JSONValue  in record.ts, signed as digest("record/1", record)
 *
 * In whatever order entries came, and however often, the state is the same. No clock, no hashing: whoever feeds the
 * set has checked ids, bodies and signatures (`chain`).
 */

import { canonical, toHex, type JSONValue } from './canon';
import { fits } from './shape';
import {
  ITEM,
  SITE,
  type BlockState,
  type Decision,
  type Dispute,
  type Evidence,
  type Fact,
  type Held,
  type ItemKind,
  type ItemState,
  type ResultKind,
  type Slot,
  type VisitState,
} from './state';
import {
  DEVICE_KINDS,
  EITHER_KINDS,
  KINDS,
  type Bodies,
  type Entry,
  type Kind,
  type TeamMember,
} from './words';

export type Entries = Iterable<readonly [Entry, JSONValue | null]>;
export type Team = ReadonlyMap<string, TeamMember>;

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
  'item.contradicted',
  'evidence.stored',
  'entry.received',
  'entry.admitted',
  'entry.set_aside',
  'consent.decided',
  'noncooperation.decided',
  'recusal.decided',
  'visit.recalled',
  'ending.decided',
]);

const KNOWN: ReadonlySet<string> = new Set(KINDS);
const DEVICE: ReadonlySet<string> = new Set(DEVICE_KINDS);
const EITHER: ReadonlySet<string> = new Set(EITHER_KINDS);

/** The state of the visit that these entries are about; `office`: the devices whose office entries count. */
export function fold(entries: Entries, office?: ReadonlySet<string>): VisitState {
  const { effective, held, order, team } = sift(entries, office);
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
    evidence: pictures(effective, 'evidence.taken', stored),
    added: pictures(effective, 'evidence.added', stored),
    recordings: of(effective, 'recording.made').map((made) => ({
      made,
      stored: stored.has(made.body.digest),
    })),
    site: siteOf(effective),
    signatures: of(effective, 'signature.given'),
    refusals: of(effective, 'signature.refused'),
    absences: of(effective, 'signature.absent'),
    finished: of(effective, 'visit.finished'),
    held,
    disputed: disputes(order, party, blocks),
  };
}

const fitting = new WeakMap<object, Map<string, boolean>>();

/** `fits`, asked once of each body: a visit is folded anew after every entry, and its bodies stay what they are. */
function whole(kind: string, body: JSONValue | null): boolean {
  if (typeof body !== 'object' || body === null) return fits(kind, body);
  const known = fitting.get(body) ?? new Map<string, boolean>();
  fitting.set(body, known);
  const before = known.get(kind);
  if (before !== undefined) return before;
  const found = fits(kind, body);
  known.set(kind, found);
  return found;
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
  const field = new Set<string>();
  const all = [...distinct(entries)];
  const ofOffice = (kind: string) => KNOWN.has(kind) && !DEVICE.has(kind) && !EITHER.has(kind);
  const trusted = office ?? new Set(all.filter(([{ kind }]) => ofOffice(kind)).map(([{ device }]) => device));
  for (const [entry, body] of all) {
    const { id, kind, by, at } = entry;
    const hold = (code: string) => held.push({ entry: id, kind, by, at, code, decision: null });
    if (!KNOWN.has(kind)) hold('kind_unknown');
    else if (ofOffice(kind) && !trusted.has(entry.device)) hold('not_allowed');
    else if (!ofOffice(kind) || READ.has(kind)) {
      if (DEVICE.has(kind) || (EITHER.has(kind) && !trusted.has(entry.device))) field.add(id);
      if (whole(kind, body)) facts.push({ entry: id, kind, by, at, body } as unknown as Fact);
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
  substitute(facts, team, (entry) => receipts.has(entry) && decided.get(entry) !== 'admitted');
  const effective = facts.filter((fact) => {
    const refused = field.has(fact.entry) ? authority(fact, fact.by, team) : null;
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
    case 'visit.scheduled':
    case 'consent.recorded':
    case 'noncooperation.confirmed':
    case 'paper.signed':
      return member.role === 'leader' ? null : 'leader_only';
    case 'block.waived':
      return member.role === 'leader' ? null : officer(member, said.body.organisation);
    case 'answer.given':
    case 'item.verified':
    case 'item.reopened':
    case 'item.contradicted':
    case 'result.recognised':
    case 'disposition.given':
    case 'act.recorded':
    case 'transcript.taken':
    case 'media.restricted':
    case 'expert.concluded':
    case 'supplement.given':
    case 'noncooperation.proposed':
    case 'crime.suspected':
      return officer(member, said.body.organisation);
    case 'return.planned':
    case 'target.observed':
    case 'ending.proposed':
    case 'ending.confirmed':
    case 'recusal.confirmed':
    case 'ending.withdrawn':
      return member.certified ? null : 'not_certified';
    case 'signature.given':
    case 'supplement.signed':
      return said.body.role === 'inspector' ? pen(said.body, by, team) : null;
    default:
      return null;
  }
}

/** Who stands in by telephoned consent joins the team, unless it was refused afterwards; nobody leaves it. */
function substitute(
  facts: readonly Fact[],
  team: Map<string, TeamMember>,
  held: (entry: string) => boolean,
): void {
  const refused = new Set(
    of(facts, 'consent.decided')
      .filter((fact) => !fact.body.confirmed)
      .map((fact) => fact.body.consent),
  );
  const leaders = new Set(
    [...team.values()].filter((one) => one.role === 'leader').map((one) => one.account),
  );
  for (const fact of of(facts, 'consent.recorded')) {
    const { member } = fact.body;
    if (leaders.has(fact.by) && !refused.has(fact.entry) && !held(fact.entry) && !team.has(member.account))
      team.set(member.account, { ...member, role: 'member' });
  }
}

/** A penalty's box stays unticked until there is a decision. */
export function isPenal(result: string): boolean {
  return result === 'ADMIN_PENALTY' || result === 'ADMIN_COERCION';
}

function pen(
  body: Bodies['signature.given' | 'supplement.signed'],
  by: string,
  team: Team,
): AuthorityCode | null {
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

function pictures<K extends 'evidence.taken' | 'evidence.added'>(
  effective: readonly Fact[],
  kind: K,
  stored: ReadonlySet<string>,
): Evidence<K>[] {
  const withdrawn = new Map(grouped(of(effective, 'evidence.withdrawn'), (fact) => fact.body.evidence));
  const deleted = new Map(grouped(of(effective, 'evidence.deleted'), (fact) => fact.body.evidence));
  return of(effective, kind).map((taken) => ({
    taken,
    withdrawn: withdrawn.get(taken.entry) ?? [],
    deleted: deleted.get(taken.entry) ?? [],
    stored: stored.has(taken.body.digest),
  }));
}

/** Those that none of the others superseded. */
function headsOf<K extends Kind>(facts: readonly Fact<K>[]): Fact<K>[] {
  const gone = new Set(facts.flatMap(({ body }) => ('supersedes' in body ? body.supersedes : [])));
  return facts.filter((fact) => !gone.has(fact.entry));
}

function siteOf(effective: readonly Fact[]): VisitState['site'] {
  const groups = grouped(of(effective, ...SITE), (fact) => fact.kind);
  return Object.fromEntries(groups.map(([kind, facts]) => [kind, headsOf(facts)]));
}

function slot<K extends Kind>(facts: readonly Fact<K>[]): Slot<K> {
  const heads = headsOf(facts);
  return { heads, disputed: !agree(heads) };
}

/** Whether heads beside each other say the same: two officers who answered alike dispute nothing. */
function agree<K extends Kind>(heads: readonly Fact<K>[]): boolean {
  if (heads.length < 2) return true;
  const said = new Set(
    heads.map(({ kind, body }) =>
      bytes([kind, { ...body, nonce: null, supersedes: null } as Record<string, JSONValue>]),
    ),
  );
  return said.size === 1;
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
  const kinds = [...ITEM, 'disposition.given', 'block.waived'] as const;
  const groups = grouped(of(effective, ...kinds), (fact) => fact.body.organisation);
  return Object.fromEntries(
    groups.map(([organisation, facts]) => [
      organisation,
      block(of(facts, ...ITEM), of(facts, 'disposition.given', 'block.waived')),
    ]),
  );
}

function block(items: readonly Fact<ItemKind>[], results: readonly Fact<ResultKind>[]): BlockState {
  const heads = headsOf(results);
  const agreed = agree(heads);
  const one = agreed ? heads.slice(0, 1) : [];
  return {
    items: Object.fromEntries(
      grouped(items, (fact) => fact.body.item).map(([item, facts]) => [item, itemState(facts)]),
    ),
    results: heads,
    disputed: !agreed,
    disposition: of(one, 'disposition.given')[0] ?? null,
    waived: of(one, 'block.waived')[0] ?? null,
  };
}

function itemState(facts: readonly Fact<ItemKind>[]): ItemState {
  const heads = headsOf(facts);
  const contradicted = heads.some((fact) => fact.kind === 'item.contradicted');
  const standing = heads.filter(
    ({ kind }) =>
      kind !== 'item.reopened' && kind !== 'item.contradicted' && !(contradicted && kind === 'item.verified'),
  );
  const agreed = agree(standing);
  const one = agreed ? standing.slice(0, 1) : [];
  return {
    heads,
    disputed: !agreed,
    answer: of(one, 'answer.given')[0] ?? null,
    verified: of(one, 'item.verified')[0] ?? null,
    recognised: of(one, 'result.recognised')[0] ?? null,
    reopened: of(facts, 'item.reopened'),
    contradicted: of(facts, 'item.contradicted'),
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

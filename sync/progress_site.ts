/**
 * What stands on site: ended, interrupted, who withdrew, notice, code, supplements. Twin of `progress_site.py`, which
 * says why.
 *
 *     standing(state): Standing          noticeOf, codeOf          supplements(packet, state)
 *     valid(packet, facts, recordDigest)     closed(packet, state, recordDigest)
 *
 * Where a packet says nothing about the site, the weakest demand holds.
 */

import { saidOf, type Fact, type VisitState } from './state';
import type { ItemOf, Packet } from './words';

export type Outcome = 'signed' | 'refused' | 'absent';
export type NoticeState = 'served' | 'exempted' | 'missing' | 'not_required';
export type CodeState = 'recorded' | 'missing' | 'not_required';

/**
 * What many rules ask for. `ended`: the ending that a second officer confirmed. `pauses`: not resumed yet. `recused`
 * neither record nor sign; `gone` are these and who was replaced by telephoned consent: they do not count. The rest
 * are items (`placeOf`): where no picture may be taken; with a picture that was not withdrawn (`pictured`), nor
 * destroyed (`kept`).
 */
export interface Standing {
  readonly ended: Fact<'ending.proposed'> | null;
  readonly pauses: readonly Fact<'visit.paused'>[];
  readonly recused: ReadonlySet<string>;
  readonly gone: ReadonlySet<string>;
  readonly restricted: ReadonlySet<string>;
  readonly pictured: ReadonlySet<string>;
  readonly kept: ReadonlySet<string>;
}

/** What stands, from the state alone. */
export function standing(state: VisitState): Standing {
  const recused = recusedIn(state);
  const relied = state.evidence.filter((one) => one.withdrawn.length === 0);
  const kept = relied.filter((one) => one.deleted.length === 0);
  return {
    ended: endedIn(state),
    pauses: pausesIn(state),
    recused,
    gone: new Set([...recused, ...consents(state).map((fact) => fact.body.out)]),
    restricted: places(saidOf(state, 'media.restricted').flatMap((fact) => fact.body.items)),
    pictured: places(relied.flatMap((one) => one.taken.body.items)),
    kept: places(kept.flatMap((one) => one.taken.body.items)),
  };
}

/** An item as one name: its department and its id. */
export function placeOf(of: ItemOf): string {
  return `${of.organisation} ${of.item}`;
}

function places(items: readonly ItemOf[]): Set<string> {
  return new Set(items.map(placeOf));
}

/** An ending stands once another one than its proposer confirmed it, until a later proposal replaces it. */
/** Endings that somebody found and nobody took back, confirmed or not. */
export function proposals(state: VisitState): Fact<'ending.proposed'>[] {
  const gone = new Set(saidOf(state, 'ending.withdrawn').map(({ body }) => body.proposal));
  return saidOf(state, 'ending.proposed').filter(({ entry }) => !gone.has(entry));
}

function endedIn(state: VisitState): Fact<'ending.proposed'> | null {
  const confirmed = new Map<string, Set<string>>();
  for (const { by, body } of saidOf(state, 'ending.confirmed')) {
    const names = confirmed.get(body.proposal) ?? new Set<string>();
    confirmed.set(body.proposal, names.add(by));
  }
  const another = (one: Fact<'ending.proposed'>) =>
    [...(confirmed.get(one.entry) ?? [])].some((by) => by !== one.by);
  return proposals(state).find(another) ?? null;
}

function pausesIn(state: VisitState): Fact<'visit.paused'>[] {
  const resumed = new Set(saidOf(state, 'visit.resumed').map((fact) => fact.body.pause));
  return saidOf(state, 'visit.paused').filter((fact) => !resumed.has(fact.entry));
}

/** Who withdraws: declared and not rejected since, or upheld by the head of his department. */
function recusedIn(state: VisitState): Set<string> {
  const decisions = saidOf(state, 'recusal.decided');
  const rejected = new Set(
    decisions
      .filter(({ body }) => !body.upheld)
      .map(({ body }) => `${body.application ?? ''} ${body.account}`),
  );
  const declared = saidOf(state, 'recusal.declared').filter(
    ({ entry, body }) => !rejected.has(`${entry} ${body.account}`) && !rejected.has(` ${body.account}`),
  );
  const upheld = decisions.filter(({ body }) => body.upheld);
  return new Set([...declared, ...upheld].map((fact) => fact.body.account));
}

/** What the party asked and nobody decided yet, confirmed or not. */
export function applications(state: VisitState): Fact<'recusal.declared'>[] {
  const decided = new Set(
    saidOf(state, 'recusal.decided').map(({ body }) => `${body.application ?? ''} ${body.account}`),
  );
  return saidOf(state, 'recusal.declared').filter(
    ({ entry, body }) =>
      body.applicant === 'party' &&
      !decided.has(`${entry} ${body.account}`) &&
      !decided.has(` ${body.account}`),
  );
}

/** Who confirmed an application, without who noted it and whom it concerns. */
export function seconds(state: VisitState, application: Fact<'recusal.declared'>): string[] {
  return saidOf(state, 'recusal.confirmed')
    .filter(({ body }) => body.application === application.entry)
    .map(({ by }) => by)
    .filter((by) => by !== application.by && by !== application.body.account);
}

/** Who could confirm an application: certified, still counting, neither who noted it nor whom it concerns. */
export function recusalConfirmers(
  state: VisitState,
  application: Fact<'recusal.declared'>,
  now: Standing,
): string[] {
  return state.team
    .filter((one) => one.certified && !now.gone.has(one.account))
    .map((one) => one.account)
    .filter((account) => account !== application.by && account !== application.body.account);
}

/**
 * Applications that wait for a second officer: about whom is still of the team. Where nobody is left who could confirm,
 * nobody is waited for.
 */
export function unconfirmed(state: VisitState, now: Standing): Fact<'recusal.declared'>[] {
  const team = new Set(state.team.map(({ account }) => account));
  return applications(state).filter(
    (one) =>
      team.has(one.body.account) &&
      seconds(state, one).length === 0 &&
      recusalConfirmers(state, one, now).length > 0,
  );
}

/** Telephoned consents that the responsible leader did not refuse afterwards. */
export function consents(state: VisitState): Fact<'consent.recorded'>[] {
  const refused = new Set(
    saidOf(state, 'consent.decided')
      .filter((fact) => !fact.body.confirmed)
      .map((fact) => fact.body.consent),
  );
  return saidOf(state, 'consent.recorded').filter((fact) => !refused.has(fact.entry));
}

/** A check of documents or by network: nobody goes there, so no certificate is shown at a door. */
export function offSite(packet: Packet): boolean {
  return (packet.site?.method ?? 'ON_SITE') !== 'ON_SITE';
}

/** Certified officers of a department who count: on site those who showed their certificates. */
export function officers(packet: Packet, state: VisitState, organisation: string, now: Standing): string[] {
  const anyway = offSite(packet);
  return state.team
    .filter(
      (one) =>
        one.organisation === organisation &&
        one.certified &&
        (anyway || state.shown.includes(one.account)) &&
        !now.gone.has(one.account),
    )
    .map((one) => one.account);
}

/** Entries of all pictures that something may rest on: neither withdrawn nor destroyed. */
export function pictures(state: VisitState): Set<string> {
  const every = [...state.evidence, ...state.added];
  return new Set(
    every
      .filter((one) => one.withdrawn.length === 0 && one.deleted.length === 0)
      .map((one) => one.taken.entry),
  );
}

/** Whether the party was told beforehand. A notice that was not accepted is served. */
export function noticeOf(packet: Packet, state: VisitState): NoticeState {
  if (saidOf(state, 'notice.served').length > 0) return 'served';
  if (saidOf(state, 'notice.exempted').length > 0) return 'exempted';
  return packet.site?.notice.required ? 'missing' : 'not_required';
}

/** Whether the place's official code was recorded; `missing` also where it was said that there is none yet. */
export function codeOf(packet: Packet, state: VisitState): CodeState {
  const said = saidOf(state, 'code.recorded');
  if (said.some((fact) => fact.body.how !== 'missing')) return 'recorded';
  return said.length > 0 || packet.site?.official_code.required ? 'missing' : 'not_required';
}

type Signed = Fact<
  'signature.given' | 'signature.refused' | 'signature.absent' | 'paper.signed' | 'record.read'
>;

/** Those that are about the present record, in the present template. */
export function valid<F extends Signed>(packet: Packet, facts: readonly F[], recordDigest: string): F[] {
  return facts.filter(({ body }) => body.record_digest === recordDigest && body.template === packet.template);
}

/** Whether somebody signed the present record, here or on paper: what is signed never changes. */
export function closed(packet: Packet, state: VisitState, recordDigest: string): boolean {
  const papers = valid(packet, saidOf(state, 'paper.signed'), recordDigest);
  return papers.length > 0 || valid(packet, state.signatures, recordDigest).length > 0;
}

/** A supplement and who signed it. `done`: its department's minimum of officers, and the party's outcome. */
export interface Supplement {
  readonly entry: string;
  readonly number: number;
  readonly organisation: string;
  readonly signed_by: readonly string[];
  readonly party: Outcome | null;
  readonly done: boolean;
}

/** The visit's supplements by number. */
export function supplements(packet: Packet, state: VisitState): Supplement[] {
  const signed = new Map<string, Fact<'supplement.signed'>['body'][]>();
  for (const { body } of saidOf(state, 'supplement.signed')) {
    const group = signed.get(body.supplement);
    if (group) group.push(body);
    else signed.set(body.supplement, [body]);
  }
  const found = saidOf(state, 'supplement.given').map(({ entry, body }): Supplement => {
    const said = signed.get(entry) ?? [];
    const pens = new Set(
      said
        .filter((one) => one.role === 'inspector' && one.outcome === 'signed')
        .map((one) => one.signer ?? ''),
    );
    const outcomes = said.filter((one) => one.role === 'party').map((one) => one.outcome);
    const party = (['signed', 'refused', 'absent'] as const).find((one) => outcomes.includes(one)) ?? null;
    return {
      entry,
      number: body.number,
      organisation: body.organisation,
      signed_by: [...pens].sort(),
      party,
      done: pens.size >= packet.minimum_officers && (party !== null || offSite(packet)),
    };
  });
  return found.sort((a, b) => a.number - b.number || (a.entry < b.entry ? -1 : 1));
}

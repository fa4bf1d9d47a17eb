/**
 * The rules before the visit and at the door, and what all rules ask for. Twin of `check_site.py`, which says why; see
 * `check`.
 *
 *     arriving(asked, said): Refusal | null      what is said before the visit, at the door, and about its course
 */

import type { Said, Team } from './fold';
import { packetBlock, packetItem } from './progress';
import {
  applications,
  officers,
  offSite,
  pictures,
  proposals,
  seconds,
  type Standing,
} from './progress_site';
import { itemOf, saidOf, type Fact, type VisitState } from './state';
import {
  refuse,
  type Bodies,
  type Ending,
  type EndingRule,
  type FieldKind,
  type ItemOf,
  type Packet,
  type Refusal,
  type Ruled,
  type TeamMember,
} from './words';

/** A signature with fewer points is a slip of the finger. */
const LEAST_POINTS = 8;

const CHANNEL = '送达方式不在选项内';
const GROUND = '回避情形不在选项内';
export const CIRCUMSTANCE = '不予配合的情形不在选项内';

/** Who asks, about which record (its digest), in which state; `team` is by account. */
export interface Asked {
  readonly packet: Packet;
  readonly state: VisitState;
  readonly by: string;
  readonly record: string;
  readonly team: Team;
  readonly now: Standing;
}

/** Who replaces has seen what he replaces: every head is superseded, or somebody was quicker. */
export function replaces(heads: readonly Fact[], supersedes: readonly string[]): Refusal | null {
  return heads.every((head) => supersedes.includes(head.entry)) ? null : refuse('changed_meanwhile');
}

/** A department begins with its minimum of certified officers and rights told. */
export function begins({ packet, state, now }: Asked, organisation: string): Refusal | null {
  if (!packetBlock(packet, organisation)) return refuse('other_department');
  const have = officers(packet, state, organisation, now).length;
  const need = packet.minimum_officers;
  if (have < need) return refuse('too_few_officers', { have, need });
  return state.rights.length > 0 || offSite(packet) ? null : refuse('rights_not_told');
}

/** Every item stands in the packet. */
export function itemsKnown({ packet }: Asked, items: readonly ItemOf[]): Refusal | null {
  return items.every((of) => packetItem(packet, of.organisation, of.item)) ? null : refuse('item_unknown');
}

/** Every picture is there, neither withdrawn nor destroyed. */
export function picturesKnown({ state }: Asked, evidence: readonly string[]): Refusal | null {
  if (evidence.length === 0) return null;
  const known = pictures(state);
  return evidence.every((one) => known.has(one)) ? null : refuse('evidence_unknown');
}

/** Whether strokes are more than a slip of the finger, and whole points. */
export function isWritten(strokes: readonly (readonly number[])[]): boolean {
  const points = strokes.reduce((sum, stroke) => sum + Math.floor(stroke.length / 2), 0);
  return points >= LEAST_POINTS && strokes.every((stroke) => stroke.length % 2 === 0);
}

/** Whether a text says something: signs without blanks around them. */
export function isTold(text: string, least = 1): boolean {
  return Array.from(text.replace(/^[ \t\r\n\u3000]+|[ \t\r\n\u3000]+$/g, '')).length >= least;
}

/** A text without blanks around it: what both ends strip, and nothing else. */
function stripped(text: string): string {
  return text.replace(/^[ \t\r\n\u3000]+|[ \t\r\n\u3000]+$/g, '');
}

/** Whether every code is one of these options. */
export function among(choices: readonly Ruled[], ...codes: readonly string[]): boolean {
  const known = new Set(choices.map((choice) => choice.code));
  return codes.every((code) => known.has(code));
}

/** What is said before the visit, at the door, and about its course. */
export function arriving(asked: Asked, said: Said<FieldKind>): Refusal | null {
  const { packet, state, now } = asked;
  switch (said.kind) {
    case 'visit.scheduled':
      return replaces(saidOf(state, 'visit.scheduled'), said.body.supersedes);
    case 'notice.served':
      return notice(asked, said.body);
    case 'notice.exempted':
      return exemption(asked, said.body);
    case 'item.verified':
      return verification(asked, said.body);
    case 'item.contradicted':
      return contradiction(asked, said.body);
    case 'identity.shown':
      return identity(asked, said.body);
    case 'rights.told':
      return state.shown.length > 0 || offSite(packet) ? null : refuse('identity_not_shown');
    case 'party.met':
      return replaces(state.party.heads, said.body.supersedes);
    case 'code.recorded':
      return code(asked, said.body);
    case 'target.observed':
      return observation(asked, said.body);
    case 'return.planned':
      return comesAgain(asked, said.body);
    case 'ending.proposed':
      return ending(asked, said.body);
    case 'ending.confirmed':
      return confirmation(asked, said.body);
    case 'ending.withdrawn':
      return takingBack(asked, said.body);
    case 'recusal.declared':
      return recusal(asked, said.body);
    case 'recusal.confirmed':
      return second(asked, said.body);
    case 'consent.recorded':
      return consent(asked, said.body);
    case 'visit.paused':
      return now.pauses.length > 0 ? refuse('already_decided') : null;
    case 'visit.resumed': {
      const { pause } = said.body;
      return now.pauses.some((fact) => fact.entry === pause) ? null : refuse('not_paused');
    }
    case 'authority.shown':
      return picturesKnown(asked, said.body.evidence);
    default:
      return refuse('kind_unknown');
  }
}

function notice({ packet, state }: Asked, body: Bodies['notice.served']): Refusal | null {
  if (packet.site && !among(packet.site.notice.channels, body.channel))
    return refuse('bad_request', { what: CHANNEL });
  if (body.outcome === 'signed' && !isWritten(body.strokes)) return refuse('signature_empty');
  if (body.outcome !== 'signed' && !isTold(body.reason, 2)) return refuse('notice_reason');
  return replaces(saidOf(state, 'notice.served'), body.supersedes);
}

function exemption({ packet, state }: Asked, body: Bodies['notice.exempted']): Refusal | null {
  if (packet.site && !among(packet.site.notice.exemptions, body.reason)) return refuse('exemption_unknown');
  return saidOf(state, 'notice.exempted').length > 0 ? refuse('already_decided') : null;
}

/** A network check needs nobody at the door; what was answered is not verified any more. */
function verification({ packet, state }: Asked, body: Bodies['item.verified']): Refusal | null {
  if (!packetItem(packet, body.organisation, body.item)) return refuse('item_unknown');
  const { heads } = itemOf(state, body.organisation, body.item);
  if (heads.some((fact) => fact.kind === 'answer.given')) return refuse('already_decided');
  return replaces(heads, body.supersedes);
}

/** Of what a network check found, before or after it was called verified. */
function contradiction({ packet, state }: Asked, body: Bodies['item.contradicted']): Refusal | null {
  if (!packetItem(packet, body.organisation, body.item)) return refuse('item_unknown');
  const { heads } = itemOf(state, body.organisation, body.item);
  if (heads.some(({ kind }) => kind === 'answer.given' || kind === 'result.recognised'))
    return refuse('already_decided');
  const met = stripped(body.met);
  return met === '' || met === stripped(body.stated)
    ? refuse('observed_same')
    : replaces(heads, body.supersedes);
}

function identity({ team, now }: Asked, body: Bodies['identity.shown']): Refusal | null {
  const members = body.inspectors.map((account) => team.get(account));
  if (members.includes(undefined)) return refuse('not_member');
  if (body.inspectors.some((account) => now.recused.has(account))) return refuse('recused');
  return members.every((one) => one?.certified) ? null : refuse('not_certified');
}

function code(asked: Asked, body: Bodies['code.recorded']): Refusal | null {
  const said = body.how === 'missing' ? body.reason : body.number;
  const empty = body.how === 'photographed' ? body.evidence.length === 0 : !isTold(said);
  if (empty) return refuse('code_empty');
  return (
    picturesKnown(asked, body.evidence) ?? replaces(saidOf(asked.state, 'code.recorded'), body.supersedes)
  );
}

/** Against what the packet says is registered, once for each field. */
function observation(asked: Asked, body: Bodies['target.observed']): Refusal | null {
  const { packet, state } = asked;
  if (body.registry !== packet.target[body.field]) return refuse('order_changed');
  const seen = stripped(body.seen);
  if (seen === '' || seen === body.registry) return refuse('observed_same');
  const same = saidOf(state, 'target.observed').filter((fact) => fact.body.field === body.field);
  return picturesKnown(asked, body.evidence) ?? replaces(same, body.supersedes);
}

/** Endings that another day does not change: nobody comes again for them. */
export const LASTING: ReadonlySet<Ending> = new Set<Ending>(['moved', 'deregistered', 'revoked', 'annulled']);

/** The team comes again after the day of the visit. Days are compared as they are written. */
function comesAgain(asked: Asked, body: Bodies['return.planned']): Refusal | null {
  const { site, planned_on } = asked.packet;
  const rule = site?.endings.find((one) => one.ending === body.ending);
  if (site && !rule) return refuse('ending_unknown');
  if (LASTING.has(body.ending)) {
    const label = Array.from(rule?.label ?? body.ending)
      .slice(0, 40)
      .join('');
    return refuse('return_pointless', { label });
  }
  const day = [planned_on, ...asked.state.opened.map(({ at }) => at.slice(0, 10))].sort().at(-1) ?? '';
  return body.on <= day ? refuse('return_day', { day }) : picturesKnown(asked, body.evidence);
}

/** What the packet's rule asks for; which of the five circumstances an entry that was refused is. */
function ending(asked: Asked, body: Bodies['ending.proposed']): Refusal | null {
  const { site } = asked.packet;
  if (site) {
    const rule = site.endings.find((one) => one.ending === body.ending);
    if (!rule) return refuse('ending_unknown');
    if (!among(site.noncooperation, ...body.noncooperation))
      return refuse('bad_request', { what: CIRCUMSTANCE });
    const named = site.noncooperation.length === 0 || body.noncooperation.length > 0;
    const missing = lacking(rule, body);
    if (body.ending === 'entry_refused' && !named) missing.push('不予配合的情形');
    const label = Array.from(rule.label).slice(0, 40).join('');
    if (missing.length > 0) return refuse('ending_incomplete', { label, what: missing.join('、') });
  }
  return (
    picturesKnown(asked, body.evidence) ?? replaces(saidOf(asked.state, 'ending.proposed'), body.supersedes)
  );
}

function lacking(rule: EndingRule, body: Bodies['ending.proposed']): string[] {
  const photos = rule.photos - new Set(body.evidence).size;
  const calls = rule.attempts - body.attempts.length;
  const found: string[] = [];
  if (rule.place && body.place === null) found.push('定位');
  if (photos > 0) found.push(`照片 ${String(photos)} 张`);
  if (calls > 0) found.push(`电话联系 ${String(calls)} 次`);
  if (rule.witness && !isTold(body.witness)) found.push('见证人');
  return found;
}

/** A second officer, of whatever department. */
function confirmation({ state, by }: Asked, body: Bodies['ending.confirmed']): Refusal | null {
  const proposal = proposals(state).find((one) => one.entry === body.proposal);
  if (!proposal) return refuse('changed_meanwhile');
  if (proposal.by === by) return refuse('ending_same_person');
  const again = saidOf(state, 'ending.confirmed').some(
    (fact) => fact.body.proposal === body.proposal && fact.by !== proposal.by,
  );
  return again ? refuse('already_decided') : null;
}

/** By one of the two who found it, or the leader. */
function takingBack({ state, team, by }: Asked, body: Bodies['ending.withdrawn']): Refusal | null {
  const proposal = proposals(state).find((one) => one.entry === body.proposal);
  if (!proposal) return refuse('changed_meanwhile');
  const confirmed = saidOf(state, 'ending.confirmed').some(
    (fact) => fact.body.proposal === body.proposal && fact.by === by,
  );
  const own = confirmed || proposal.by === by || team.get(by)?.role === 'leader';
  return own ? null : refuse('ending_not_yours');
}

/** An officer withdraws by his own word; what the party asks is recorded by another officer than whom it concerns. */
function recusal({ packet, team, by, now }: Asked, body: Bodies['recusal.declared']): Refusal | null {
  if (!team.has(body.account)) return refuse('not_member');
  if ((body.applicant === 'officer') !== (body.account === by)) return refuse('recusal_own');
  if (packet.site && !among(packet.site.recusal_grounds, body.ground))
    return refuse('bad_request', { what: GROUND });
  return now.recused.has(body.account) ? refuse('already_decided') : null;
}

/** A second officer, of whatever department, about what the party asked and nobody decided yet. */
function second({ state, by }: Asked, body: Bodies['recusal.confirmed']): Refusal | null {
  const application = applications(state).find((one) => one.entry === body.application);
  if (!application) return refuse('changed_meanwhile');
  if (by === application.by || by === application.body.account) return refuse('recusal_same_person');
  return seconds(state, application).length > 0 ? refuse('already_decided') : null;
}

/** Who stands in is on the packet's list and of the department of whom he replaces. */
function consent({ packet, team }: Asked, body: Bodies['consent.recorded']): Refusal | null {
  const out = team.get(body.out);
  if (!out) return refuse('not_member');
  if (team.has(body.member.account)) return refuse('already_decided');
  const listed = !packet.site || packet.site.substitutes.some((one) => isSame(one, body.member));
  return listed && out.organisation === body.member.organisation ? null : refuse('consent_unfit');
}

function isSame(listed: TeamMember, named: TeamMember): boolean {
  const names = ['account', 'name', 'organisation', 'certificate', 'certified'] as const;
  return names.every((name) => listed[name] === named[name]);
}

/**
 * The rules of the visit: what may be recorded now. Twin of `check.py`, which says why; both run
 * `vectors/check.json`.
 *
 *     check(packet: Packet, state: VisitState, draft: Draft): Refusal | null
 *     Draft { kind, body, by, record_digest }     record_digest = digest("record/1", recordOf(packet, state)), always
 *
 * The device asks before it records; the server never refuses what a device recorded. Here are the order and the rules
 * inside; `check_site` has those of the door, `check_leave` those of leaving.
 */

import { utf8 } from './canon';
import { leaving, LEAVING, type Leaving } from './check_leave';
import {
  among,
  arriving,
  begins,
  CIRCUMSTANCE,
  isTold,
  isWritten,
  itemsKnown,
  picturesKnown,
  replaces,
  type Asked,
} from './check_site';
import { BATCH_BYTES } from './exchange_words';
import { authority, type Said } from './fold';
import { contradicted, decidedBy, NO_PROBLEM, ORDER, packetBlock, packetItem } from './progress';
import { closed, placeOf, standing } from './progress_site';
import { blockOf, itemOf, saidOf, type VisitState } from './state';
import { fits } from './shape';
import {
  DEVICE_KINDS,
  EITHER_KINDS,
  refuse,
  type Bodies,
  type Choice,
  type FieldKind,
  type Packet,
  type Refusal,
} from './words';

/**
 * Something that is about to be recorded. `body` is whole, nonce included; `record_digest` is that of the record as
 * it stands before it.
 */
export type Draft = Said<FieldKind> & { readonly by: string; readonly record_digest: string };

const FIELD: ReadonlySet<string> = new Set<string>([...DEVICE_KINDS, ...EITHER_KINDS]);

/** Kinds that change the record: once somebody signed the present one, they are refused. */
const CONTENT: ReadonlySet<string> = new Set<FieldKind>([
  'visit.opened',
  'identity.shown',
  'rights.told',
  'party.met',
  'item.reopened',
  'answer.given',
  'evidence.taken',
  'evidence.withdrawn',
  'disposition.given',
  'block.waived',
  'item.verified',
  'item.contradicted',
  'result.recognised',
  'notice.served',
  'notice.exempted',
  'return.planned',
  'target.observed',
  'ending.proposed',
  'ending.confirmed',
  'ending.withdrawn',
  'recusal.declared',
  'recusal.confirmed',
  'consent.recorded',
  'visit.paused',
  'visit.resumed',
  'authority.shown',
  'part.signed',
  'act.recorded',
  'transcript.taken',
  'media.restricted',
  'noncooperation.proposed',
  'noncooperation.confirmed',
  'expert.concluded',
]);

/** Kinds that need no arrival. */
const EARLY: ReadonlySet<string> = new Set<FieldKind>([
  'visit.opened',
  'visit.scheduled',
  'notice.served',
  'notice.exempted',
  'item.verified',
  'item.contradicted',
  'code.recorded',
  'consent.recorded',
  'recusal.declared',
  'recusal.confirmed',
  'return.planned',
  'ending.proposed',
  'ending.confirmed',
  'ending.withdrawn',
  'recording.made',
  'evidence.taken',
  'evidence.added',
  'evidence.withdrawn',
  'evidence.deleted',
]);

/** Kinds that may come after the end: they change nothing that was signed. */
const AFTER: ReadonlySet<string> = new Set<FieldKind>([
  'supplement.given',
  'supplement.signed',
  'seal.recorded',
  'code.recorded',
  'copy.given',
  'evidence.added',
  'evidence.deleted',
  'recording.made',
]);

const INSIDE: readonly FieldKind[] = [
  'item.verified',
  'item.contradicted',
  'item.reopened',
  'answer.given',
  'result.recognised',
  'disposition.given',
  'block.waived',
  'act.recorded',
  'transcript.taken',
  'media.restricted',
  'expert.concluded',
];
const UNENDED: ReadonlySet<string> = new Set<FieldKind>([
  ...INSIDE,
  'visit.opened',
  'visit.paused',
  'return.planned',
]);
const UNPAUSED: ReadonlySet<string> = new Set<FieldKind>([
  ...INSIDE,
  'identity.shown',
  'rights.told',
  'noncooperation.proposed',
  'noncooperation.confirmed',
]);
/**
 * What is an act of enforcement: recorded by a certified officer, not by who assists. Only asked before it is recorded:
 * what an older tablet recorded keeps its effect.
 */
const OFFICERS: ReadonlySet<string> = new Set<FieldKind>([
  'notice.served',
  'notice.exempted',
  'identity.shown',
  'rights.told',
  'recusal.declared',
  'visit.paused',
  'visit.resumed',
  'signature.refused',
  'signature.absent',
]);
/** What a leader who withdrew still does, and what must not exist is destroyed by whoever took it. */
const FRAME: ReadonlySet<string> = new Set<FieldKind>([
  'visit.scheduled',
  'consent.recorded',
  'visit.finished',
  'evidence.deleted',
]);

const INCOMPLETE = '有必填项没有填写，或内容过长';
const UNKNOWN_RESULT = '检查结果不在本次检查的选项内';
const TIMES = '结束时间早于开始时间';
const BASIS = '不得拍摄的依据不在选项内';

/** Whether `draft` may be recorded now: null, or the refusal that says what to do next. */
export function check(packet: Packet, state: VisitState, draft: Draft): Refusal | null {
  if (!FIELD.has(draft.kind)) return refuse('kind_unknown');
  if (!fits(draft.kind, draft.body)) return refuse('bad_request', { what: INCOMPLETE });
  // No push could ever carry it.
  if (utf8(JSON.stringify(draft.body)).length > BATCH_BYTES) return refuse('entry_too_long');
  const team = new Map(state.team.map((one) => [one.account, one]));
  const code = authority(draft, draft.by, team);
  if (code) return refuse(code);
  if (OFFICERS.has(draft.kind) && !team.get(draft.by)?.certified) return refuse('not_certified');
  const { by, record_digest: record } = draft;
  const asked: Asked = { packet, state, by, record, team, now: standing(state) };
  return stage(asked, draft.kind) ?? rule(asked, draft);
}

/** Whether the visit is where such a thing is said at all. */
function stage({ packet, state, by, record, now }: Asked, kind: FieldKind): Refusal | null {
  const opened = state.opened.length > 0;
  if (saidOf(state, 'visit.recalled').length > 0 && kind !== 'evidence.deleted')
    return refuse('visit_recalled');
  if (state.finished.length > 0 && !AFTER.has(kind)) return refuse('visit_finished');
  if (now.recused.has(by) && !FRAME.has(kind)) return refuse('recused');
  if (kind === 'visit.opened' && opened) return refuse('already_decided');
  if (now.ended && UNENDED.has(kind)) return refuse('ending_stands');
  if (!opened && !now.ended && !EARLY.has(kind)) return refuse('visit_not_opened');
  if (CONTENT.has(kind) && closed(packet, state, record)) return refuse('record_signed');
  return now.pauses.length > 0 && !now.ended && UNPAUSED.has(kind) ? refuse('pause_open') : null;
}

function rule(asked: Asked, draft: Said<FieldKind>): Refusal | null {
  const { packet, state } = asked;
  switch (draft.kind) {
    case 'visit.opened':
      return null;
    case 'item.reopened':
      return reopening(asked, draft.body);
    case 'answer.given':
      return answer(asked, draft.body);
    case 'result.recognised':
      return recognition(asked, draft.body);
    case 'evidence.taken':
      return taking(asked, draft.body);
    case 'evidence.withdrawn':
      return withdrawal(asked, draft.body);
    case 'evidence.deleted':
      return deletion(asked, draft.body);
    case 'evidence.added':
    case 'recording.made':
      return itemsKnown(asked, draft.body.items);
    case 'disposition.given':
      return disposition(asked, draft.body);
    case 'block.waived':
      if (!packetBlock(packet, draft.body.organisation)) return refuse('other_department');
      return replaces(blockOf(state, draft.body.organisation).results, draft.body.supersedes);
    case 'act.recorded':
    case 'expert.concluded':
      return (
        begins(asked, draft.body.organisation) ??
        itemsKnown(asked, draft.body.items) ??
        picturesKnown(asked, draft.body.evidence)
      );
    case 'transcript.taken':
      return transcript(asked, draft.body);
    case 'media.restricted':
      return restriction(asked, draft.body);
    case 'noncooperation.proposed':
      return suspicion(asked, draft.body, draft.body.circumstances);
    case 'crime.suspected':
      return suspicion(asked, draft.body, []);
    case 'noncooperation.confirmed':
      return finding(asked, draft.body);
    default:
      return isLeaving(draft) ? leaving(asked, draft) : arriving(asked, draft);
  }
}

function isLeaving(said: Said<FieldKind>): said is Leaving {
  return (LEAVING as readonly string[]).includes(said.kind);
}

function reopening(asked: Asked, body: Bodies['item.reopened']): Refusal | null {
  if (!packetItem(asked.packet, body.organisation, body.item)) return refuse('item_unknown');
  const settled = itemOf(asked.state, body.organisation, body.item).heads.filter(
    (fact) => fact.kind === 'item.verified' || fact.kind === 'result.recognised',
  );
  if (settled.length === 0) return refuse('item_not_verified');
  return begins(asked, body.organisation) ?? replaces(settled, body.supersedes);
}

function answer(asked: Asked, body: Bodies['answer.given']): Refusal | null {
  const { packet } = asked;
  if (!packetItem(packet, body.organisation, body.item)) return refuse('item_unknown');
  const { heads } = itemOf(asked.state, body.organisation, body.item);
  const refusal = begins(asked, body.organisation);
  if (refusal) return refusal;
  const kinds = new Set(heads.map(({ kind }) => kind));
  if (kinds.has('item.verified') && !kinds.has('item.contradicted')) return refuse('item_verified');
  if (heads.some((fact) => fact.kind === 'result.recognised')) return refuse('recognised_item');
  return findings(packet, body) ?? photo(asked, body) ?? replaces(heads, body.supersedes);
}

function findings(packet: Packet, body: Bodies['answer.given']): Refusal | null {
  const chosen = packet.findings.filter((choice) => body.findings.includes(choice.code));
  const codes = new Set(chosen.map((choice) => choice.code));
  if (body.answer === 'nonconform' && body.findings.length === 0) return refuse('finding_required');
  if (!body.findings.every((code) => codes.has(code))) return refuse('finding_unknown');
  const refusal = single(packet, body, chosen);
  if (refusal) return refusal;
  const against = body.answer === 'nonconform' ? 'normal' : 'problem';
  const wrong = chosen.some((choice) => choice.group === against);
  return wrong || exclude(packet.findings, body.findings) ? refuse('findings_exclude') : null;
}

/** What no officer finds alone in an item, and what is no violation and needs no picture. */
function single(packet: Packet, body: Bodies['answer.given'], chosen: readonly Choice[]): Refusal | null {
  const given = body.findings.flatMap((code) => chosen.find((choice) => choice.code === code) ?? []);
  for (const choice of given) {
    const { label } = choice;
    const way = decidedBy(packet, choice);
    if (way !== null) return refuse('finding_decided', { label, way });
    if (choice.group === 'not_engaged' && body.answer !== 'not_applicable')
      return refuse('not_engaged', { label });
  }
  return null;
}

function exclude(choices: readonly Choice[], codes: readonly string[]): boolean {
  return choices.some(
    (choice) =>
      codes.includes(choice.code) &&
      choice.excludes.some((other) => other !== choice.code && codes.includes(other)),
  );
}

/** A picture that was destroyed proves nothing any more; where none may be taken, words stand in its place. */
function photo({ packet, now }: Asked, body: Bodies['answer.given']): Refusal | null {
  const required = packetItem(packet, body.organisation, body.item)?.photo_required;
  if (body.answer !== 'nonconform' || !required) return null;
  const place = placeOf(body);
  return now.kept.has(place) || now.restricted.has(place) ? null : refuse('photo_required');
}

/** Another department's recent result settles the item: it is not checked again. */
function recognition(asked: Asked, body: Bodies['result.recognised']): Refusal | null {
  if (!packetItem(asked.packet, body.organisation, body.item)) return refuse('item_unknown');
  const { heads } = itemOf(asked.state, body.organisation, body.item);
  const refusal =
    begins(asked, body.organisation) ?? recent(asked, body) ?? picturesKnown(asked, body.evidence);
  return refusal ?? replaces(heads, body.supersedes);
}

/**
 * A result that was there before this visit, and as young as the packet asks: the visit's day is the planned one, or
 * that of the arrival where it is later. Days are compared as they are written.
 */
function recent({ packet, state }: Asked, body: Bodies['result.recognised']): Refusal | null {
  const rule = packet.site?.recognition;
  const days = [packet.planned_on, ...state.opened.map(({ at }) => at.slice(0, 10))].sort();
  const until = days[days.length - 1] ?? '';
  const since = rule?.since ?? '';
  if (body.checked_on < since || body.checked_on > until)
    return refuse('recognised_day', { since: since || '此前', until });
  return rule?.evidence && body.evidence.length === 0 ? refuse('recognised_shown') : null;
}

function taking(asked: Asked, body: Bodies['evidence.taken']): Refusal | null {
  const barred = body.items.some((of) => asked.now.restricted.has(placeOf(of)));
  return itemsKnown(asked, body.items) ?? (barred ? refuse('media_restricted') : null);
}

/** A picture is withdrawn by who took it, by a department that relies on it, or by the leader. */
function withdrawal({ state, team, by }: Asked, body: Bodies['evidence.withdrawn']): Refusal | null {
  const every = [...state.evidence, ...state.added];
  const found = every.find((one) => one.taken.entry === body.evidence);
  if (!found) return refuse('evidence_unknown');
  if (found.withdrawn.length > 0) return refuse('already_decided');
  const member = team.get(by);
  const owns = found.taken.body.items.some((of) => of.organisation === member?.organisation);
  const own = owns || member?.role === 'leader' || found.taken.by === by;
  return own ? null : refuse('other_department');
}

/** What must not exist is destroyed at once, also after the signatures: its digest stays in what was signed. */
function deletion({ packet, state, team, by }: Asked, body: Bodies['evidence.deleted']): Refusal | null {
  const every = [...state.evidence, ...state.added];
  const found = every.find((one) => one.taken.entry === body.evidence);
  if (!found) return refuse('evidence_unknown');
  if (found.deleted.length > 0) return refuse('already_decided');
  if (packet.site && !among(packet.site.media_bases, body.basis))
    return refuse('bad_request', { what: BASIS });
  const own = found.taken.by === by || team.get(by)?.role === 'leader';
  return own ? null : refuse('other_department');
}

function disposition(asked: Asked, body: Bodies['disposition.given']): Refusal | null {
  const { packet, state } = asked;
  const { results, case_proposed } = body;
  if (results.length === 0 && !case_proposed) return refuse('result_required');
  const known = results.every((code) => packet.dispositions.some((choice) => choice.code === code));
  if (!known) return refuse('bad_request', { what: UNKNOWN_RESULT });
  const alone = new Set(results).size === 1 && !case_proposed;
  if (exclude(packet.dispositions, results) || (results.includes(NO_PROBLEM) && !alone))
    return refuse('results_exclude');
  const block = blockOf(state, body.organisation);
  if (contradicted(block, results)) return refuse('result_contradicts');
  if (body.rectification === null && results.includes(ORDER)) return refuse('order_missing');
  if (body.rectification !== null && results.includes(NO_PROBLEM)) return refuse('order_unfounded');
  return begins(asked, body.organisation) ?? replaces(block.results, body.supersedes);
}

function transcript(asked: Asked, body: Bodies['transcript.taken']): Refusal | null {
  const refusal = begins(asked, body.organisation);
  if (refusal) return refusal;
  if (body.ended < body.began) return refuse('bad_request', { what: TIMES });
  return isWritten(body.strokes) || isTold(body.refused, 2) ? null : refuse('transcript_unsigned');
}

function restriction(asked: Asked, body: Bodies['media.restricted']): Refusal | null {
  const refusal = begins(asked, body.organisation) ?? itemsKnown(asked, body.items);
  if (refusal) return refusal;
  if (body.items.some((of) => of.organisation !== body.organisation)) return refuse('other_department');
  const { site } = asked.packet;
  return !site || among(site.media_bases, body.basis) ? null : refuse('bad_request', { what: BASIS });
}

/** Said also where nobody let the team in: no minimum, no rights told. */
function suspicion(
  asked: Asked,
  body: { readonly organisation: string; readonly evidence: readonly string[] },
  circumstances: readonly string[],
): Refusal | null {
  if (!packetBlock(asked.packet, body.organisation)) return refuse('other_department');
  const { site } = asked.packet;
  if (site && !among(site.noncooperation, ...circumstances))
    return refuse('bad_request', { what: CIRCUMSTANCE });
  return picturesKnown(asked, body.evidence);
}

/** By the leader, who is another one than who proposed it, unless he is the only officer who is left. */
function finding({ state, by, now }: Asked, body: Bodies['noncooperation.confirmed']): Refusal | null {
  const proposal = saidOf(state, 'noncooperation.proposed').find((one) => one.entry === body.proposal);
  if (!proposal) return refuse('changed_meanwhile');
  const others = state.team.some((one) => one.certified && one.account !== by && !now.gone.has(one.account));
  if (proposal.by === by && others) return refuse('noncooperation_own');
  const again = saidOf(state, 'noncooperation.confirmed').some(
    (fact) => fact.body.proposal === body.proposal,
  );
  return again ? refuse('already_decided') : null;
}

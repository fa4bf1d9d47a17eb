/**
 * The rules of the visit: what may be recorded now. Twin of `check.py`, which says why; both run
 * `vectors/check.json`.
 *
 *     check(packet: Packet, state: VisitState, draft: Draft): Refusal | null
 *     Draft { kind, body, by, record_digest }     record_digest = digest("record/1", recordOf(packet, state)), always
 *
 * The device asks before it records; the server never refuses what a device recorded.
 */

import { authority, type Said, type Team } from './fold';
import { blockOf, itemOf, type Fact, type VisitState } from './state';
import {
  contentMissing,
  contradicted,
  NO_PROBLEM,
  officers,
  packetBlock,
  packetItem,
  partyOutcome,
  pictured,
  progress,
  valid,
} from './progress';
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
  type TeamMember,
} from './words';

/**
 * Something that is about to be recorded. `body` is whole, nonce included; `record_digest` is that of the record as
 * it stands before it.
 */
export type Draft = Said<FieldKind> & { readonly by: string; readonly record_digest: string };

/** A signature with fewer points is a slip of the finger. */
const LEAST_POINTS = 8;

/** Kinds that change the record: once somebody signed the present one, they are refused. */
const CONTENT: ReadonlySet<string> = new Set<FieldKind>([
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
  'result.recognised',
  'notice.served',
  'notice.exempted',
  'ending.proposed',
  'ending.confirmed',
  'recusal.declared',
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

const INCOMPLETE = '有必填项没有填写，或内容过长';
const UNKNOWN_RESULT = '检查结果不在本次检查的选项内';
const WRONG_SIGNER = '签字人与签字栏不符';

/** Whether `draft` may be recorded now: null, or the refusal that says what to do next. */
export function check(packet: Packet, state: VisitState, draft: Draft): Refusal | null {
  if (![...DEVICE_KINDS, ...EITHER_KINDS].includes(draft.kind)) return refuse('kind_unknown');
  if (!fits(draft.kind, draft.body)) return refuse('bad_request', { what: INCOMPLETE });
  const team = new Map(state.team.map((one) => [one.account, one]));
  const code = authority(draft, draft.by, team);
  if (code) return refuse(code);
  if (state.finished.length > 0) return refuse('visit_finished');
  if (draft.kind === 'visit.opened') return state.opened.length > 0 ? refuse('already_decided') : null;
  if (state.opened.length === 0) return refuse('visit_not_opened');
  const signed = valid(packet, state.signatures, draft.record_digest).length > 0;
  if (CONTENT.has(draft.kind) && signed) return refuse('record_signed');
  return rule(packet, state, draft, team);
}

function rule(packet: Packet, state: VisitState, draft: Draft, team: Team): Refusal | null {
  switch (draft.kind) {
    case 'visit.opened':
      return null;
    case 'identity.shown':
      return identity(draft.body, team);
    case 'rights.told':
      return state.shown.length > 0 ? null : refuse('identity_not_shown');
    case 'party.met':
      return replaces(state.party.heads, draft.body.supersedes);
    case 'item.reopened':
      return reopening(packet, state, draft.body);
    case 'answer.given':
      return answer(packet, state, draft.body);
    case 'evidence.taken':
      return draft.body.items.every((of) => packetItem(packet, of.organisation, of.item))
        ? null
        : refuse('item_unknown');
    case 'evidence.withdrawn':
      return withdrawal(state, draft.body, team.get(draft.by));
    case 'disposition.given':
      return disposition(packet, state, draft.body);
    case 'block.waived':
      if (!packetBlock(packet, draft.body.organisation)) return refuse('other_department');
      return replaces(blockOf(state, draft.body.organisation).results, draft.body.supersedes);
    case 'signature.given':
    case 'signature.refused':
    case 'signature.absent':
      return signing(packet, state, draft);
    case 'visit.finished':
      return finishing(packet, state, draft.body, draft.record_digest);
    default:
      return refuse('kind_unknown');
  }
}

function identity(body: Bodies['identity.shown'], team: Team): Refusal | null {
  const members = body.inspectors.map((account) => team.get(account));
  if (members.includes(undefined)) return refuse('not_member');
  return members.every((one) => one?.certified) ? null : refuse('not_certified');
}

/** Who replaces has seen what he replaces: every head is superseded, or somebody was quicker. */
function replaces(heads: readonly Fact[], supersedes: readonly string[]): Refusal | null {
  return heads.every((head) => supersedes.includes(head.entry)) ? null : refuse('changed_meanwhile');
}

/** A department begins with its minimum of certified officers and rights told. */
function mayBegin(packet: Packet, state: VisitState, organisation: string): Refusal | null {
  if (!packetBlock(packet, organisation)) return refuse('other_department');
  const have = officers(state, organisation).length;
  const need = packet.minimum_officers;
  if (have < need) return refuse('too_few_officers', { have, need });
  return state.rights.length > 0 ? null : refuse('rights_not_told');
}

function reopening(packet: Packet, state: VisitState, body: Bodies['item.reopened']): Refusal | null {
  if (!packetItem(packet, body.organisation, body.item)) return refuse('item_unknown');
  const { heads } = itemOf(state, body.organisation, body.item);
  const verified = heads.filter((fact) => fact.kind === 'item.verified');
  if (verified.length === 0) return refuse('item_not_verified');
  return mayBegin(packet, state, body.organisation) ?? replaces(verified, body.supersedes);
}

function answer(packet: Packet, state: VisitState, body: Bodies['answer.given']): Refusal | null {
  if (!packetItem(packet, body.organisation, body.item)) return refuse('item_unknown');
  const { heads } = itemOf(state, body.organisation, body.item);
  const refusal = mayBegin(packet, state, body.organisation);
  if (refusal) return refusal;
  if (heads.some((fact) => fact.kind === 'item.verified')) return refuse('item_verified');
  return findings(packet, body) ?? photo(packet, state, body) ?? replaces(heads, body.supersedes);
}

function findings(packet: Packet, body: Bodies['answer.given']): Refusal | null {
  const chosen = packet.findings.filter((choice) => body.findings.includes(choice.code));
  const codes = new Set(chosen.map((choice) => choice.code));
  if (body.answer === 'nonconform' && body.findings.length === 0) return refuse('finding_required');
  if (!body.findings.every((code) => codes.has(code))) return refuse('finding_unknown');
  const against = body.answer === 'nonconform' ? 'normal' : 'problem';
  const wrong = chosen.some((choice) => choice.group === against);
  return wrong || exclude(packet.findings, body.findings) ? refuse('findings_exclude') : null;
}

function exclude(choices: readonly Choice[], codes: readonly string[]): boolean {
  return choices.some(
    (choice) =>
      codes.includes(choice.code) &&
      choice.excludes.some((other) => other !== choice.code && codes.includes(other)),
  );
}

function photo(packet: Packet, state: VisitState, body: Bodies['answer.given']): Refusal | null {
  const required = packetItem(packet, body.organisation, body.item)?.photo_required;
  if (body.answer !== 'nonconform' || !required) return null;
  return pictured(state, body.organisation, body.item) ? null : refuse('photo_required');
}

/** A picture is withdrawn by who took it, by a department that relies on it, or by the leader. */
function withdrawal(
  state: VisitState,
  body: Bodies['evidence.withdrawn'],
  by: TeamMember | undefined,
): Refusal | null {
  const found = state.evidence.find((one) => one.taken.entry === body.evidence);
  if (!found) return refuse('evidence_unknown');
  if (found.withdrawn.length > 0) return refuse('already_decided');
  const owns = found.taken.body.items.some((of) => of.organisation === by?.organisation);
  const own = owns || by?.role === 'leader' || found.taken.by === by?.account;
  return own ? null : refuse('other_department');
}

function disposition(packet: Packet, state: VisitState, body: Bodies['disposition.given']): Refusal | null {
  const { results, case_proposed } = body;
  if (results.length === 0 && !case_proposed) return refuse('result_required');
  const known = results.every((code) => packet.dispositions.some((choice) => choice.code === code));
  if (!known) return refuse('bad_request', { what: UNKNOWN_RESULT });
  const alone = new Set(results).size === 1 && !case_proposed;
  if (exclude(packet.dispositions, results) || (results.includes(NO_PROBLEM) && !alone))
    return refuse('results_exclude');
  const block = blockOf(state, body.organisation);
  if (contradicted(block, results)) return refuse('result_contradicts');
  return mayBegin(packet, state, body.organisation) ?? replaces(block.results, body.supersedes);
}

type Signing = Extract<Draft, { kind: 'signature.given' | 'signature.refused' | 'signature.absent' }>;

/** The first signature closes the record for all, so the whole record has to be ready, not one block. */
function signing(packet: Packet, state: VisitState, draft: Signing): Refusal | null {
  const wrong = draft.kind === 'signature.given' ? signer(packet, draft.body) : null;
  const missing = wrong ?? contentMissing(packet, state)[0];
  if (missing) return missing;
  if (!isPresent(packet, draft.body, draft.record_digest)) return refuse('record_changed');
  if (draft.kind === 'signature.given') {
    if (!isWritten(draft.body.strokes)) return refuse('signature_empty');
    if (draft.body.role === 'witness') return null;
    if (draft.body.role === 'inspector') {
      const again = valid(packet, state.signatures, draft.record_digest).some(
        ({ body }) => body.role === 'inspector' && body.signer === draft.body.signer,
      );
      return again ? refuse('already_decided') : null;
    }
  }
  if (draft.kind === 'signature.refused') {
    const { reason } = draft.body;
    if (!packet.refusal_reasons.some((choice) => choice.code === reason))
      return refuse('refusal_reason_required');
  }
  return partyOutcome(packet, state, draft.record_digest) ? refuse('already_decided') : null;
}

/** An officer signs in his department's block; party and witness have neither account nor department. */
function signer(packet: Packet, body: Bodies['signature.given']): Refusal | null {
  if (body.role === 'inspector') {
    if (!packetBlock(packet, body.organisation)) return refuse('other_department');
    return body.assurance === 'none' ? refuse('bad_request', { what: WRONG_SIGNER }) : null;
  }
  const named = body.signer !== null || body.organisation !== null || body.assurance !== 'none';
  return named ? refuse('bad_request', { what: WRONG_SIGNER }) : null;
}

function isWritten(strokes: readonly (readonly number[])[]): boolean {
  const points = strokes.reduce((sum, stroke) => sum + Math.floor(stroke.length / 2), 0);
  return points >= LEAST_POINTS && strokes.every((stroke) => stroke.length % 2 === 0);
}

function isPresent(
  packet: Packet,
  body: { readonly record_digest: string; readonly template: string },
  recordDigest: string,
): boolean {
  return body.record_digest === recordDigest && body.template === packet.template;
}

function finishing(
  packet: Packet,
  state: VisitState,
  body: Bodies['visit.finished'],
  recordDigest: string,
): Refusal | null {
  const missing = contentMissing(packet, state)[0];
  if (missing) return missing;
  if (!isPresent(packet, body, recordDigest)) return refuse('record_changed');
  return progress(packet, state, recordDigest).missing[0] ?? null;
}

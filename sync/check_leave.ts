/**
 * The rules of leaving: reading, signing, finishing, and what comes after. Twin of `check_leave.py`, which says why;
 * see `check`.
 *
 *     leaving(asked, said): Refusal | null
 */

import type { Said } from './fold';
import { fits } from './form_number';
import { isTold, isWritten, itemsKnown, picturesKnown, replaces, type Asked } from './check_site';
import { contentMissing, packetBlock, partyOutcome, progress, signers } from './progress';
import { closed, offSite, pictures, supplements, valid } from './progress_site';
import { saidOf } from './state';
import { refuse, type Bodies, type Refusal } from './words';

const WRONG_SIGNER = '签字人与签字栏不符';
const UNSIGNED = '没有签字';
const NO_SEAL = '未盖章';

export const LEAVING = [
  'record.read',
  'part.signed',
  'signature.given',
  'signature.refused',
  'signature.absent',
  'paper.signed',
  'visit.finished',
  'supplement.given',
  'supplement.signed',
  'seal.recorded',
  'copy.given',
] as const;
export type Leaving = Said<(typeof LEAVING)[number]>;

/** What is said about the record, its signatures, the end, and afterwards. */
export function leaving(asked: Asked, said: Leaving): Refusal | null {
  switch (said.kind) {
    case 'record.read':
      return present(asked, said.body);
    case 'copy.given':
      return isSettled(asked) ? present(asked, said.body) : refuse('unsigned');
    case 'part.signed':
      return part(asked, said.body);
    case 'signature.given':
    case 'signature.refused':
    case 'signature.absent':
      return signing(asked, said);
    case 'paper.signed':
      return paper(asked, said.body);
    case 'visit.finished':
      return finishing(asked, said.body);
    case 'supplement.given':
      return supplement(asked, said.body);
    case 'supplement.signed':
      return supplementPen(asked, said.body);
    case 'seal.recorded':
      return seal(asked, said.body);
  }
}

/** It names the record as it stands, in the packet's template. */
function present(
  { packet, record }: Asked,
  body: { readonly record_digest: string; readonly template: string },
): Refusal | null {
  const same = body.record_digest === record && body.template === packet.template;
  return same ? null : refuse('record_changed');
}

/** Whether somebody signed, so that what follows comes after the signatures. */
function isSettled({ packet, state, record }: Asked): boolean {
  return state.finished.length > 0 || closed(packet, state, record);
}

/** The party signs what there is, before it leaves: nothing needs to be complete. */
function part(asked: Asked, body: Bodies['part.signed']): Refusal | null {
  const refusal = itemsKnown(asked, body.items) ?? present(asked, body);
  return refusal ?? (isWritten(body.strokes) ? null : refuse('signature_empty'));
}

/** The first signature closes the record for all, so the whole record has to be ready, not one block. */
function ready({ packet, state, record }: Asked): Refusal | null {
  const [missing] = contentMissing(packet, state, record);
  if (missing) return missing;
  const order = state.order.disputed ? undefined : state.order.heads[0];
  if (!order) return null;
  const ordered = new Set(order.body.team.map((one) => one.account));
  const packed = new Set(packet.team.map((one) => one.account));
  const same = ordered.size === packed.size && [...ordered].every((account) => packed.has(account));
  return same && order.body.planned_on === packet.planned_on ? null : refuse('order_changed');
}

type Signing = Extract<Leaving, { kind: 'signature.given' | 'signature.refused' | 'signature.absent' }>;

function signing(asked: Asked, said: Signing): Refusal | null {
  const { packet, state, record } = asked;
  const wrong = said.kind === 'signature.given' ? signer(asked, said.body) : null;
  const refusal = wrong ?? ready(asked) ?? present(asked, said.body);
  if (refusal) return refusal;
  if (said.kind === 'signature.given') {
    if (!isWritten(said.body.strokes)) return refuse('signature_empty');
    if (said.body.role === 'witness') return null;
    if (said.body.role === 'inspector') {
      const signed = signers(packet, state, said.body.organisation, record);
      return signed.has(said.body.signer ?? '') ? refuse('already_decided') : null;
    }
    const unread = valid(packet, saidOf(state, 'record.read'), record).length === 0;
    if (packet.site && unread && !offSite(packet)) return refuse('record_unread');
  }
  if (said.kind === 'signature.refused') {
    const { reason } = said.body;
    if (!packet.refusal_reasons.some((choice) => choice.code === reason))
      return refuse('refusal_reason_required');
  }
  return partyOutcome(packet, state, record) ? refuse('already_decided') : null;
}

/** An officer signs in his department's block; party and witness have neither account nor department. */
function signer(
  { packet, now }: Asked,
  body: Bodies['signature.given'] | Bodies['supplement.signed'],
): Refusal | null {
  if (body.role === 'inspector') {
    if (now.recused.has(body.signer ?? '')) return refuse('recused');
    if (!packetBlock(packet, body.organisation)) return refuse('other_department');
    return body.assurance === 'none' ? refuse('bad_request', { what: WRONG_SIGNER }) : null;
  }
  const named = body.signer !== null || body.organisation !== null || body.assurance !== 'none';
  return named ? refuse('bad_request', { what: WRONG_SIGNER }) : null;
}

function paper(asked: Asked, body: Bodies['paper.signed']): Refusal | null {
  const refusal = ready(asked) ?? present(asked, body);
  if (refusal) return refusal;
  const known = pictures(asked.state);
  if (!body.pages.every((page) => known.has(page))) return refuse('paper_pages');
  if (body.number !== '' && !fits(body.number)) return refuse('form_number', { number: body.number });
  return hands(asked, body.signers) ?? reasoned(body.party !== 'signed', body.reason, UNSIGNED);
}

/** Who signed by hand as an officer is one, and has not withdrawn. */
function hands({ team, now }: Asked, accounts: readonly string[]): Refusal | null {
  const members = accounts.map((account) => team.get(account));
  if (members.includes(undefined)) return refuse('not_member');
  if (accounts.some((account) => now.recused.has(account))) return refuse('recused');
  return members.every((one) => one?.certified) ? null : refuse('not_certified');
}

function reasoned(needed: boolean, reason: string, what: string): Refusal | null {
  return needed && !isTold(reason, 2) ? refuse('reason_missing', { what }) : null;
}

function finishing(asked: Asked, body: Bodies['visit.finished']): Refusal | null {
  const refusal = ready(asked) ?? present(asked, body);
  return refusal ?? progress(asked.packet, asked.state, asked.record).missing[0] ?? null;
}

/** What was signed stays; what is to be added stands by itself, by number, with signatures of its own. */
function supplement(asked: Asked, body: Bodies['supplement.given']): Refusal | null {
  if (!isSettled(asked)) return refuse('supplement_early');
  if (!packetBlock(asked.packet, body.organisation)) return refuse('other_department');
  const numbers = saidOf(asked.state, 'supplement.given').map((one) => one.body.number);
  const following = Math.max(0, ...numbers) + 1;
  if (body.number !== following) return refuse('supplement_number', { number: following });
  return picturesKnown(asked, body.evidence);
}

function supplementPen(asked: Asked, body: Bodies['supplement.signed']): Refusal | null {
  const found = supplements(asked.packet, asked.state).find((one) => one.entry === body.supplement);
  if (!found) return refuse('changed_meanwhile');
  const refusal = signer(asked, body);
  if (refusal) return refusal;
  const officer = body.role === 'inspector';
  if (officer && body.organisation !== found.organisation) return refuse('other_department');
  if (body.role !== 'party' && body.outcome !== 'signed')
    return refuse('bad_request', { what: WRONG_SIGNER });
  if (body.outcome === 'signed' && !isWritten(body.strokes)) return refuse('signature_empty');
  const again = officer
    ? found.signed_by.includes(body.signer ?? '')
    : body.role === 'party' && found.party !== null;
  if (again) return refuse('already_decided');
  return reasoned(body.outcome !== 'signed', body.reason, UNSIGNED);
}

/** A seal by photograph, or why there is none; each (whose, department) has one that stands. */
function seal(asked: Asked, body: Bodies['seal.recorded']): Refusal | null {
  if (!isSettled(asked)) return refuse('unsigned');
  if (body.sealed && body.evidence.length === 0) return refuse('evidence_unknown');
  const refusal = picturesKnown(asked, body.evidence) ?? reasoned(!body.sealed, body.reason, NO_SEAL);
  const same = saidOf(asked.state, 'seal.recorded').filter(
    (one) => one.body.whose === body.whose && one.body.organisation === body.organisation,
  );
  return refusal ?? replaces(same, body.supersedes);
}

/**
 * How far a visit is, and what is missing to sign and to finish. Twin of `progress.py`.
 *
 *     progress(packet: Packet, state: VisitState, recordDigest: string): Progress
 *     contentMissing(packet, state, recordDigest): Refusal[]        partyOutcome(the same): Outcome | null
 *
 * `recordDigest` is digest("record/1", recordOf(packet, state)): signatures over another record are stale, are kept
 * and count for nothing. What was signed by hand on paper counts like what was signed here.
 */

import {
  closed,
  codeOf,
  noticeOf,
  officers,
  offSite,
  placeOf,
  proposals,
  standing,
  supplements,
  unconfirmed,
  valid,
  type CodeState,
  type NoticeState,
  type Outcome,
  type Standing,
  type Supplement,
} from './progress_site';
import { blockOf, itemOf, saidOf, type BlockState, type VisitState } from './state';
import {
  refuse,
  type Choice,
  type Ending,
  type Packet,
  type PacketBlock,
  type PacketItem,
  type Refusal,
} from './words';

export { closed, valid } from './progress_site';
export type { CodeState, NoticeState, Outcome, Supplement } from './progress_site';

export const NO_PROBLEM = 'NO_PROBLEM_TERMINATED_AND_INFORMED';
export const ORDER = 'ADMIN_ORDER';

/**
 * A department's block. `answered` counts settled items, `verified` those among them that the network check settled,
 * `recognised` those taken over from another department; `officers` are the certified ones who count (on site: who
 * showed their certificates), `signed` those who signed the present record. `missing`: what keeps the block from being
 * signed; `done`: signed too.
 */
export interface BlockProgress {
  readonly organisation: string;
  readonly total: number;
  readonly answered: number;
  readonly verified: number;
  readonly recognised: number;
  readonly disputed: number;
  readonly waived: boolean;
  readonly officers: readonly string[];
  readonly signed: readonly string[];
  readonly missing: readonly Refusal[];
  readonly done: boolean;
}

/**
 * How far the visit is. `content` keeps the record from being signed, `missing` the visit from being finished
 * (`content` included). `spared_visits`: departments that did not have to come separately; `spared_items`: items
 * that the network check or another department's result settled. `ended`: the check could not be carried out as
 * ordered. `recordings` counts sound and film.
 */
export interface Progress {
  readonly blocks: readonly BlockProgress[];
  readonly content: readonly Refusal[];
  readonly missing: readonly Refusal[];
  readonly party: Outcome | null;
  readonly witnessed: boolean;
  readonly spared_visits: number;
  readonly spared_items: number;
  readonly ended: Ending | null;
  readonly paused: boolean;
  readonly recused: readonly string[];
  readonly notice: NoticeState;
  readonly code: CodeState;
  readonly recordings: number;
  readonly supplements: readonly Supplement[];
}

export function progress(packet: Packet, state: VisitState, recordDigest: string): Progress {
  const now = standing(state);
  const blocks = packet.blocks.map((one) => blockProgress(packet, state, one, recordDigest, now));
  const content = contentOf(packet, state, blocks, recordDigest, now);
  const party = partyOutcome(packet, state, recordDigest);
  const witnessed = valid(packet, state.signatures, recordDigest).some(({ body }) => body.role === 'witness');
  const unsigned = unsignedOf(packet, state, blocks, now);
  const names = unsigned.length > 0 ? [refuse('signatures_missing', { names: namesOf(unsigned) })] : [];
  return {
    blocks,
    content,
    missing: [...content, ...names, ...leavingOf(packet, state, recordDigest, { party, witnessed, now })],
    party,
    witnessed,
    spared_visits: blocks.length - 1,
    spared_items: blocks.reduce((sum, one) => sum + one.verified + one.recognised, 0),
    ended: now.ended?.body.ending ?? null,
    paused: now.pauses.length > 0,
    recused: [...now.recused].sort(),
    notice: noticeOf(packet, state),
    code: codeOf(packet, state),
    recordings: state.recordings.length,
    supplements: supplements(packet, state),
  };
}

/** What keeps the record from being signed, in the order in which it is done. */
export function contentMissing(packet: Packet, state: VisitState, recordDigest: string): Refusal[] {
  const now = standing(state);
  const blocks = packet.blocks.map((one) => blockProgress(packet, state, one, '', now));
  return contentOf(packet, state, blocks, recordDigest, now);
}

/** What the party did about the present record. Refusing and being absent are as good as signing. */
export function partyOutcome(packet: Packet, state: VisitState, recordDigest: string): Outcome | null {
  const paper = valid(packet, saidOf(state, 'paper.signed'), recordDigest).map(({ body }) => body.party);
  const signed = valid(packet, state.signatures, recordDigest);
  if (paper.includes('signed') || signed.some((fact) => fact.body.role === 'party')) return 'signed';
  if (paper.includes('refused') || valid(packet, state.refusals, recordDigest).length > 0) return 'refused';
  const absent = paper.includes('absent') || valid(packet, state.absences, recordDigest).length > 0;
  return absent ? 'absent' : null;
}

/** The department's block in the packet, if it takes part. */
export function packetBlock(packet: Packet, organisation: string | null): PacketBlock | undefined {
  return packet.blocks.find((one) => one.organisation === organisation);
}

/** The item in the department's block, if it is there. */
export function packetItem(packet: Packet, organisation: string, item: string): PacketItem | undefined {
  return packetBlock(packet, organisation)?.items.find((one) => one.item === item);
}

/**
 * The way that alone leads to a finding which several people have to agree on, by its name on screen: a finding of
 * non-cooperation, an ending that was confirmed. Null where an officer may find it in an item.
 */
export function decidedBy({ site }: Packet, { code, group }: Choice): string | null {
  if (group === 'non_cooperation') return '不予配合的情形';
  const named = site?.endings.some((rule) => rule.finding === code) ?? false;
  return named || group === 'closed' || group === 'terminated' ? '未能实施检查' : null;
}

/** 未发现问题 beside an item that does not conform. */
export function contradicted(block: BlockState, results: readonly string[]): boolean {
  const wrong = Object.values(block.items).some((item) => item.answer?.body.answer === 'nonconform');
  return wrong && results.includes(NO_PROBLEM);
}

/** Officers of a department who signed the present record, on the tablet or on paper. */
export function signers(
  packet: Packet,
  state: VisitState,
  organisation: string | null,
  recordDigest: string,
): Set<string> {
  const here = valid(packet, state.signatures, recordDigest)
    .filter(({ body }) => body.role === 'inspector' && body.organisation === organisation)
    .map(({ body }) => body.signer ?? '');
  const theirs = new Set(
    state.team.filter((one) => one.organisation === organisation && one.certified).map((one) => one.account),
  );
  const paper = valid(packet, saidOf(state, 'paper.signed'), recordDigest)
    .flatMap(({ body }) => body.signers)
    .filter((account) => theirs.has(account));
  return new Set([...here, ...paper]);
}

function blockProgress(
  packet: Packet,
  state: VisitState,
  block: PacketBlock,
  recordDigest: string,
  now: Standing,
): BlockProgress {
  const said = blockOf(state, block.organisation);
  const items = block.items.map((item) => itemOf(state, block.organisation, item.item));
  const counted = officers(packet, state, block.organisation, now);
  const signed = signers(packet, state, block.organisation, recordDigest);
  const waived = said.waived !== null;
  const free = waived || now.ended !== null;
  const missing = free ? [] : blockMissing(packet, state, block, counted.length, now);
  return {
    organisation: block.organisation,
    total: items.length,
    answered: items.filter((item) => item.answer ?? item.verified ?? item.recognised).length,
    verified: items.filter((item) => item.verified).length,
    recognised: items.filter((item) => item.recognised).length,
    disputed: items.filter((item) => item.disputed).length + Number(said.disputed),
    waived,
    officers: counted,
    signed: [...signed].sort(),
    missing,
    done: missing.length === 0 && (free || signed.size >= packet.minimum_officers),
  };
}

function blockMissing(
  packet: Packet,
  state: VisitState,
  block: PacketBlock,
  counted: number,
  now: Standing,
): Refusal[] {
  const { organisation } = block;
  const said = blockOf(state, organisation);
  const items = block.items.map((item) => itemOf(state, organisation, item.item));
  const open = items.filter((item) => !(item.answer ?? item.verified ?? item.recognised) && !item.disputed);
  const disputed = items.filter((item) => item.disputed).length + Number(said.disputed);
  const need = packet.minimum_officers;
  const found: Refusal[] = [];
  if (counted < need) found.push(refuse('too_few_officers', { have: counted, need }));
  if (open.length > 0) found.push(refuse('items_open', { count: open.length }));
  if (disputed > 0) found.push(refuse('disputed', { count: disputed }));
  if (block.items.some((item) => unpictured(state, organisation, item, now)))
    found.push(refuse('photo_required'));
  if (!said.disposition && !said.disputed) found.push(refuse('result_required'));
  if (said.disposition && contradicted(said, said.disposition.body.results))
    found.push(refuse('result_contradicts'));
  return found;
}

/** A 不符合 whose pictures were withdrawn afterwards. One that had to be destroyed was there when it was said. */
function unpictured(state: VisitState, organisation: string, item: PacketItem, now: Standing): boolean {
  const wrong = itemOf(state, organisation, item.item).answer?.body.answer === 'nonconform';
  const place = placeOf({ organisation, item: item.item });
  return wrong && item.photo_required && !now.pictured.has(place) && !now.restricted.has(place);
}

function contentOf(
  packet: Packet,
  state: VisitState,
  blocks: readonly BlockProgress[],
  recordDigest: string,
  now: Standing,
): Refusal[] {
  const elsewhere = [
    ...(state.party.disputed ? [refuse('party_disputed')] : []),
    ...(state.order.disputed ? [refuse('order_disputed')] : []),
  ];
  if (now.ended) return elsewhere;
  const found: Refusal[] = [];
  if (state.opened.length === 0) found.push(refuse('visit_not_opened'));
  if (noticeOf(packet, state) === 'missing') found.push(refuse('notice_missing'));
  if (state.rights.length === 0 && !offSite(packet) && !blocks.every((one) => one.waived))
    found.push(refuse('rights_not_told'));
  const waiting = unconfirmed(state, now);
  // What is signed already asks for nothing new.
  if (waiting.length > 0 && !closed(packet, state, recordDigest))
    found.push(
      refuse('recusal_unconfirmed', {
        name: namesOf(waiting.map(({ body }) => called(state, body.account))),
      }),
    );
  const missing = blocks.flatMap((one) => one.missing);
  const first = (code: string) => missing.filter((one) => one.code === code).slice(0, 1);
  const count = (code: string) =>
    missing
      .filter((one) => one.code === code)
      .reduce((sum, one) => sum + Number(one.details['count'] ?? 0), 0);
  found.push(...first('too_few_officers'));
  if (count('items_open') > 0) found.push(refuse('items_open', { count: count('items_open') }));
  if (count('disputed') > 0) found.push(refuse('disputed', { count: count('disputed') }));
  found.push(...elsewhere);
  found.push(...['photo_required', 'result_required', 'result_contradicts'].flatMap(first));
  if (now.pauses.length > 0) found.push(refuse('pause_open'));
  return proposals(state).length > 0 ? [refuse('ending_unconfirmed'), ...found] : found;
}

/** What is missing at the door, beside the officers' signatures. */
function leavingOf(
  packet: Packet,
  state: VisitState,
  recordDigest: string,
  { party, witnessed, now }: { party: Outcome | null; witnessed: boolean; now: Standing },
): Refusal[] {
  const { site } = packet;
  const found: Refusal[] = [];
  if (party === null && !now.ended && !offSite(packet)) found.push(refuse('party_missing'));
  if (site && valid(packet, state.refusals, recordDigest).length > 0) {
    if (site.refusal_witness && !witnessed) found.push(refuse('witness_missing'));
    if (site.refusal_recording && state.recordings.length === 0) found.push(refuse('recording_missing'));
  }
  const papers = valid(packet, saidOf(state, 'paper.signed'), recordDigest);
  if (site?.paper_master && papers.length === 0) found.push(refuse('paper_required'));
  return found;
}

/** Names of who may still sign. Where the check could not be carried out, any officers of the team will do. */
function unsignedOf(
  packet: Packet,
  state: VisitState,
  blocks: readonly BlockProgress[],
  now: Standing,
): string[] {
  const need = packet.minimum_officers;
  if (now.ended) {
    if (new Set(blocks.flatMap((one) => one.signed)).size >= need) return [];
    const able = blocks.flatMap((one) => couldSign(state, one, now));
    return able.length > 0 ? able : packet.blocks.map((one) => one.organisation_name);
  }
  return packet.blocks.flatMap((of, i) => {
    const one = blocks[i] as BlockProgress;
    if (one.waived || one.signed.length >= need) return [];
    const names = couldSign(state, one, now);
    return names.length > 0 ? names : [of.organisation_name];
  });
}

function couldSign(state: VisitState, block: BlockProgress, now: Standing): string[] {
  return state.team
    .filter(
      (one) =>
        one.organisation === block.organisation &&
        one.certified &&
        !block.signed.includes(one.account) &&
        !now.gone.has(one.account),
    )
    .map((one) => one.name);
}

/** A sentence stays short: six names, then 等; a name gives at most its first 20 signs. */
function called(state: VisitState, account: string): string {
  return state.team.find((one) => one.account === account)?.name ?? '';
}

function namesOf(names: readonly string[]): string {
  const short = names.slice(0, 6).map((name) => Array.from(name).slice(0, 20).join(''));
  return short.join('、') + (names.length > 6 ? '等' : '');
}

/**
 * How far a visit is, and what is missing to sign and to finish. Twin of `progress.py`.
 *
 *     progress(packet: Packet, state: VisitState, recordDigest: string): Progress
 *     contentMissing(packet, state): Refusal[]        partyOutcome(packet, state, recordDigest): Outcome | null
 *
 * `recordDigest` is digest("record/1", recordOf(packet, state)): signatures over another record are stale, are kept
 * and count for nothing.
 */

import { blockOf, itemOf, type BlockState, type Fact, type VisitState } from './state';
import { refuse, type Packet, type PacketBlock, type PacketItem, type Refusal } from './words';

export const NO_PROBLEM = 'NO_PROBLEM_TERMINATED_AND_INFORMED';

export type Outcome = 'signed' | 'refused' | 'absent';

/**
 * A department's block. `answered` counts settled items, `verified` those among them that the network check settled;
 * `officers` are the certified ones who showed their certificates, `signed` those who signed the present record.
 * `missing`: what keeps the block from being signed; `done`: signed too.
 */
export interface BlockProgress {
  readonly organisation: string;
  readonly total: number;
  readonly answered: number;
  readonly verified: number;
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
 * that the network check settled.
 */
export interface Progress {
  readonly blocks: readonly BlockProgress[];
  readonly content: readonly Refusal[];
  readonly missing: readonly Refusal[];
  readonly party: Outcome | null;
  readonly witnessed: boolean;
  readonly spared_visits: number;
  readonly spared_items: number;
}

export function progress(packet: Packet, state: VisitState, recordDigest: string): Progress {
  const blocks = packet.blocks.map((one) => blockProgress(packet, state, one, recordDigest));
  const content = contentOf(state, blocks);
  const party = partyOutcome(packet, state, recordDigest);
  const missing = [...content];
  const unsigned = packet.blocks.flatMap((one, i) => {
    const now = blocks[i] as BlockProgress;
    if (now.waived || now.signed.length >= packet.minimum_officers) return [];
    const names = couldSign(state, now);
    return names.length > 0 ? names : [one.organisation_name];
  });
  if (unsigned.length > 0) missing.push(refuse('signatures_missing', { names: namesOf(unsigned) }));
  if (party === null) missing.push(refuse('party_missing'));
  return {
    blocks,
    content,
    missing,
    party,
    witnessed: valid(packet, state.signatures, recordDigest).some((fact) => fact.body.role === 'witness'),
    spared_visits: blocks.length - 1,
    spared_items: blocks.reduce((sum, one) => sum + one.verified, 0),
  };
}

/** What keeps the record from being signed, in the order in which it is done. */
export function contentMissing(packet: Packet, state: VisitState): Refusal[] {
  return contentOf(
    state,
    packet.blocks.map((one) => blockProgress(packet, state, one, '')),
  );
}

/** What the party did about the present record. Refusing and being absent are as good as signing. */
export function partyOutcome(packet: Packet, state: VisitState, recordDigest: string): Outcome | null {
  const signed = valid(packet, state.signatures, recordDigest);
  if (signed.some((fact) => fact.body.role === 'party')) return 'signed';
  if (valid(packet, state.refusals, recordDigest).length > 0) return 'refused';
  return valid(packet, state.absences, recordDigest).length > 0 ? 'absent' : null;
}

type Signed = Fact<'signature.given' | 'signature.refused' | 'signature.absent'>;

/** Those that are about the present record, in the present template. */
export function valid<F extends Signed>(packet: Packet, facts: readonly F[], recordDigest: string): F[] {
  return facts.filter(({ body }) => body.record_digest === recordDigest && body.template === packet.template);
}

/** Certified officers of a department who showed their certificates, by account. */
export function officers(state: VisitState, organisation: string): string[] {
  return state.team
    .filter((one) => one.organisation === organisation && one.certified && state.shown.includes(one.account))
    .map((one) => one.account);
}

/** The department's block in the packet, if it takes part. */
export function packetBlock(packet: Packet, organisation: string | null): PacketBlock | undefined {
  return packet.blocks.find((one) => one.organisation === organisation);
}

/** The item in the department's block, if it is there. */
export function packetItem(packet: Packet, organisation: string, item: string): PacketItem | undefined {
  return packetBlock(packet, organisation)?.items.find((one) => one.item === item);
}

/** Whether a picture that was not withdrawn belongs to the item. */
export function pictured(state: VisitState, organisation: string, item: string): boolean {
  return state.evidence.some(
    ({ taken, withdrawn }) =>
      withdrawn.length === 0 &&
      taken.body.items.some((of) => of.organisation === organisation && of.item === item),
  );
}

/** 未发现问题 beside an item that does not conform. */
export function contradicted(block: BlockState, results: readonly string[]): boolean {
  const wrong = Object.values(block.items).some((item) => item.answer?.body.answer === 'nonconform');
  return wrong && results.includes(NO_PROBLEM);
}

function blockProgress(
  packet: Packet,
  state: VisitState,
  block: PacketBlock,
  recordDigest: string,
): BlockProgress {
  const now = blockOf(state, block.organisation);
  const items = block.items.map((item) => itemOf(state, block.organisation, item.item));
  const shown = officers(state, block.organisation);
  const signed = new Set(
    valid(packet, state.signatures, recordDigest)
      .filter(({ body }) => body.role === 'inspector' && body.organisation === block.organisation)
      .map(({ body }) => body.signer ?? ''),
  );
  const waived = now.waived !== null;
  const missing = waived ? [] : blockMissing(packet, state, block, shown.length);
  return {
    organisation: block.organisation,
    total: items.length,
    answered: items.filter((item) => item.answer ?? item.verified).length,
    verified: items.filter((item) => item.verified).length,
    disputed: items.filter((item) => item.disputed).length + Number(now.disputed),
    waived,
    officers: shown,
    signed: [...signed].sort(),
    missing,
    done: missing.length === 0 && (waived || signed.size >= packet.minimum_officers),
  };
}

function blockMissing(packet: Packet, state: VisitState, block: PacketBlock, shown: number): Refusal[] {
  const { organisation } = block;
  const now = blockOf(state, organisation);
  const items = block.items.map((item) => itemOf(state, organisation, item.item));
  const left = items.filter((item) => !(item.answer ?? item.verified) && !item.disputed).length;
  const disputed = items.filter((item) => item.disputed).length + Number(now.disputed);
  const need = packet.minimum_officers;
  const found: Refusal[] = [];
  if (shown < need) found.push(refuse('too_few_officers', { have: shown, need }));
  if (left > 0) found.push(refuse('items_open', { count: left }));
  if (disputed > 0) found.push(refuse('disputed', { count: disputed }));
  if (block.items.some((item) => unpictured(state, organisation, item))) found.push(refuse('photo_required'));
  if (!now.disposition && !now.disputed) found.push(refuse('result_required'));
  if (now.disposition && contradicted(now, now.disposition.body.results))
    found.push(refuse('result_contradicts'));
  return found;
}

/** A 不符合 whose pictures were withdrawn afterwards. */
function unpictured(state: VisitState, organisation: string, item: PacketItem): boolean {
  const wrong = itemOf(state, organisation, item.item).answer?.body.answer === 'nonconform';
  return wrong && item.photo_required && !pictured(state, organisation, item.item);
}

function contentOf(state: VisitState, blocks: readonly BlockProgress[]): Refusal[] {
  const found: Refusal[] = [];
  if (state.opened.length === 0) found.push(refuse('visit_not_opened'));
  if (state.rights.length === 0 && !blocks.every((one) => one.waived)) found.push(refuse('rights_not_told'));
  const missing = blocks.flatMap((one) => one.missing);
  const first = (code: string) => missing.filter((one) => one.code === code).slice(0, 1);
  const count = (code: string) =>
    missing
      .filter((one) => one.code === code)
      .reduce((sum, one) => sum + Number(one.details['count'] ?? 0), 0);
  const disputed = count('disputed') + Number(state.order.disputed) + Number(state.party.disputed);
  found.push(...first('too_few_officers'));
  if (count('items_open') > 0) found.push(refuse('items_open', { count: count('items_open') }));
  if (disputed > 0) found.push(refuse('disputed', { count: disputed }));
  return [...found, ...['photo_required', 'result_required', 'result_contradicts'].flatMap(first)];
}

function couldSign(state: VisitState, block: BlockProgress): string[] {
  return state.team
    .filter(
      (one) =>
        one.organisation === block.organisation && one.certified && !block.signed.includes(one.account),
    )
    .map((one) => one.name);
}

/** A sentence stays short: six names, then 等; a name gives at most its first 20 signs. */
function namesOf(names: readonly string[]): string {
  const short = names.slice(0, 6).map((name) => Array.from(name).slice(0, 20).join(''));
  return short.join('、') + (names.length > 6 ? '等' : '');
}

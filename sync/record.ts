/**
 * The record of a visit (检查记录), as it is shown, signed and printed. Twin of `record.py`.
 *
 *     recordOf(packet: Packet, state: VisitState): JSONValue
 *
 * Its digest, digest("record/1", record), is what every signature names.
 */

import type { JSONValue } from './canon';
import { blockOf, itemOf, saidOf, type VisitState } from './state';
import type { Packet, PacketBlock } from './words';

/** Fields of the packet that stand on the record as they are. */
const PRINTED = [
  'visit',
  'number',
  'scheme_number',
  'scheme_name',
  'mode',
  'scope',
  'region',
  'demo',
  'target',
  'planned_on',
  'team',
  'template',
  'record_title',
  'supervised_behaviour',
  'legal_basis',
  'rights_text',
  'dues',
  'profile',
  'profile_digest',
] as const satisfies readonly (keyof Packet)[];

/** What the packet prints and what was found, without signatures, receipts and finish; a dispute is null. */
export function recordOf(packet: Packet, state: VisitState): JSONValue {
  const party = state.party.disputed ? undefined : state.party.heads[0];
  const site = recordSite(state);
  return {
    ...said(packet, ...PRINTED),
    opened: state.opened.map((fact) => ({ at: fact.at, ...said(fact.body, 'place') })),
    identity: state.identity.map((fact) => said(fact.body, 'inspectors', 'shown_to')),
    rights: state.rights.map((fact) => said(fact.body, 'recusal', 'statement')),
    party: party ? said(party.body, 'name', 'role', 'phone') : null,
    blocks: packet.blocks.map((block) => recordBlock(block, state)),
    evidence: recordEvidence(state),
    ...(site.length > 0 ? { site: Object.fromEntries(site) } : {}),
  };
}

/** Kinds of the state's `site` that are part of what is signed. */
const RECORDED = [
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
] as const;

const UNSAID: readonly string[] = ['nonce', 'supersedes', 'strokes'];

/** What was said on site, by kind and entry; a kind that nobody used leaves no trace. */
function recordSite(state: VisitState): [string, JSONValue][] {
  return RECORDED.filter((kind) => saidOf(state, kind).length > 0).map((kind) => [
    kind,
    [...saidOf(state, kind)]
      .sort((a, b) => (a.entry < b.entry ? -1 : 1))
      .map(({ entry, by, at, body }) => ({
        entry,
        by,
        at,
        ...Object.fromEntries(Object.entries(body).filter(([name]) => !UNSAID.includes(name))),
      })),
  ]);
}

function recordBlock(block: PacketBlock, state: VisitState): JSONValue {
  const { disposition, waived } = blockOf(state, block.organisation);
  return {
    ...said(
      block,
      'organisation',
      'organisation_name',
      'heading',
      'routine_items',
      'special_items',
      'applicable_law',
    ),
    items: block.items.map((item) => {
      const { answer, verified, reopened, contradicted, recognised } = itemOf(
        state,
        block.organisation,
        item.item,
      );
      return {
        ...said(item, 'item', 'number', 'title', 'method', 'photo_required', 'text'),
        answer: answer ? said(answer.body, 'answer', 'findings', 'note') : null,
        verified: verified ? said(verified.body, 'source', 'note', 'snapshot') : null,
        reopened: reopened.map((fact) => fact.body.reason),
        ...(contradicted.length > 0
          ? {
              contradicted: contradicted.map(({ body }) => said(body, 'source', 'stated', 'met', 'snapshot')),
            }
          : {}),
        ...(recognised
          ? { recognised: said(recognised.body, 'source', 'checked_on', 'number', 'note') }
          : {}),
      };
    }),
    disposition: disposition
      ? said(disposition.body, 'results', 'case_proposed', 'rectification', 'remark')
      : null,
    waived: waived ? waived.body.reason : null,
  };
}

/** Pictures that are relied on, by digest and entry: what a clock said is no reason for an order here. */
function recordEvidence(state: VisitState): JSONValue {
  const key = (one: VisitState['evidence'][number]) => one.taken.body.digest + one.taken.entry;
  return state.evidence
    .filter((one) => one.withdrawn.length === 0)
    .sort((a, b) => (key(a) < key(b) ? -1 : 1))
    .map((one) => said(one.taken.body, 'digest', 'original_digest', 'items', 'caption'));
}

/** These fields of a word. Words are JSON: plain objects of strings, integers, lists and null. */
function said<T extends object, K extends keyof T & string>(word: T, ...names: K[]): Record<K, JSONValue> {
  return Object.fromEntries(names.map((name) => [name, word[name]])) as unknown as Record<K, JSONValue>;
}

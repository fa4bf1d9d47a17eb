// Orders to mend (责令改正通知书), one of each department that gave one. Twin of `backend/documents/order.py`.
import { blockOf, type VisitState } from '@sync/state';
import type { Packet, PacketBlock } from '@sync/words';
import { foundWrong, when, type OwnerSheet } from './leaving';
import { filled, ORDER } from './printed';

export interface OrderSheet extends OwnerSheet {
  title: string;
  organisation: string;
}

/** What each department orders to be mended, as the lines of its paper. */
export function orderSheets(packet: Packet, state: VisitState): OrderSheet[] {
  return packet.blocks.flatMap((block, at) => orderSheet(packet, state, block, at + 1) ?? []);
}

function orderSheet(packet: Packet, state: VisitState, block: PacketBlock, place: number): OrderSheet | null {
  const order = blockOf(state, block.organisation).disposition?.body.rectification;
  if (!order) return null;
  const arrived = state.opened[0];
  const day = arrived ? when(arrived.at).slice(0, 10) : packet.planned_on;
  const rule = packet.site?.order;
  const until = order.due ? filled(ORDER.due, order.due) : ORDER.at_once;
  const told = [
    { title: ORDER.found, lines: foundWrong(packet, state, block) },
    { title: ORDER.demand, lines: [order.demand.trim(), until] },
    { title: ORDER.basis, lines: [block.applicable_law, rule?.basis ?? ''].filter((line) => line !== '') },
    { title: ORDER.remedies, lines: [...(rule?.remedies ?? [])] },
    {
      title: ORDER.signing,
      lines: [ORDER.officer, ORDER.officer, ORDER.party, filled(ORDER.seal, block.organisation_name)],
    },
  ];
  return {
    title: order.due ? ORDER.limited : ORDER.form,
    organisation: block.organisation,
    about: [
      filled(ORDER.number, packet.number, String(place)),
      filled(ORDER.to, packet.target.name),
      filled(ORDER.about, day),
    ],
    told: told.filter(({ lines }) => lines.length > 0),
  };
}

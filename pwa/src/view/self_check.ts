// The owner's own check before the visit (自查表). Twin of `backend/documents/self_check.py`.
import type { ItemText, Packet } from '@sync/words';
import { filled, SELF_CHECK } from './printed';

export interface SelfCheck {
  about: string[];
  blocks: { organisation: string; rows: { number: string; title: string; lines: string[] }[] }[];
}

/** Its lines; `texts`: digest → what stands behind an item. An item whose text is not on board says so. */
export function selfCheck(packet: Packet, texts: ReadonlyMap<string, ItemText>): SelfCheck {
  return {
    about: [
      filled(SELF_CHECK.to, packet.target.name),
      filled(SELF_CHECK.about, packet.planned_on, packet.number),
      SELF_CHECK.only,
    ],
    blocks: packet.blocks.map((block) => ({
      organisation: block.organisation_name,
      rows: block.items.map((item, at) => ({
        number: String(at + 1),
        title: item.title,
        lines: linesOf(texts.get(item.text)),
      })),
    })),
  };
}

function linesOf(text: ItemText | undefined): string[] {
  if (!text) return [SELF_CHECK.no_text];
  return [
    ...text.contents.map((line) => `${SELF_CHECK.content}${line}`),
    ...text.legal_basis.map((line) => `${SELF_CHECK.basis}${line}`),
  ];
}

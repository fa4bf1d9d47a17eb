/** What is still open when a team leaves: signatures under supplements, seals. Pure. */
import { supplements } from '@sync/progress_site';
import { blockOf, saidOf, type VisitState } from '@sync/state';
import type { Packet } from '@sync/words';
import { shortName } from '../view';

/** Supplements that wait for a signature: who leaves should know it, for later nobody is here to sign. */
export function unsignedSupplements(packet: Packet, state: VisitState): string[] {
  return supplements(packet, state)
    .filter(({ done }) => !done)
    .map(({ number, signed_by, party }) => {
      const lacking = packet.minimum_officers - signed_by.length;
      const waits = [
        ...(lacking > 0 ? [`执法人员 ${String(lacking)} 人签字`] : []),
        ...(party === null ? ['当事人签字或注明'] : []),
      ];
      return `第 ${String(number)} 号补充记录还缺${waits.join('、')}。`;
    });
}

export interface SealRow {
  whose: string;
  words: string;
  done: boolean;
}

/** Seals that were recorded, for the party and for every department that takes part. */
export function sealRows(packet: Packet, state: VisitState): SealRow[] {
  const seals = [
    { whose: '被核查单位', organisation: null },
    ...packet.blocks
      .filter(({ organisation }) => !blockOf(state, organisation).waived)
      .map((block) => ({
        whose: `核查人（${shortName(packet, block)}）`,
        organisation: block.organisation,
      })),
  ];
  return seals.map(({ whose, organisation }) => {
    const said = saidOf(state, 'seal.recorded').filter(({ body }) => body.organisation === organisation);
    const sealed = said.some(({ body }) => body.sealed);
    return {
      whose,
      words: sealed ? '已盖章，有照片' : (said.at(-1)?.body.reason ?? ''),
      done: said.length > 0,
    };
  });
}

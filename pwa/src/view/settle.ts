/** What two tablets recorded differently and no card shows: the person met, and where what is missing is put right. */
import type { VisitState } from '@sync/state';
import type { Bodies, Packet, Refusal } from '@sync/words';
import { moment, PARTY_ROLES, type StepCode } from '../view';
import { nameOf } from './pictures';

export interface PartyVersion {
  entry: string;
  words: string;
  body: Bodies['party.met'];
}

/** The persons met that stand beside each other, each with who recorded it; none where there is one, or all agree. */
export function partyVersions(packet: Packet, state: VisitState): PartyVersion[] {
  if (!state.party.disputed) return [];
  return state.party.heads.map(({ entry, by, at, body }) => {
    const role = PARTY_ROLES.find(({ code }) => code === body.role)?.label ?? '';
    const said = [body.name, role, body.phone].filter((word) => word !== '').join('，');
    return { entry, words: `${nameOf(state, packet, by)} ${moment(at).slice(11)} 记录：${said}`, body };
  });
}

const PLACES: Partial<Record<string, StepCode>> = {
  visit_not_opened: 'prepare',
  notice_missing: 'prepare',
  party_disputed: 'identity',
  rights_not_told: 'identity',
  recusal_unconfirmed: 'identity',
  result_required: 'result',
  result_contradicts: 'result',
};

/** The step at which the first thing that is missing is put right. */
export function stepOf(missing: readonly Pick<Refusal, 'code'>[]): StepCode {
  return PLACES[missing[0]?.code ?? ''] ?? 'check';
}

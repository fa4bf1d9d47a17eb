import type { Summary } from '@sync/exchange_words';
import type { VisitState } from '@sync/state';
import type { Progress } from '@sync/progress';
import type { Packet } from '@sync/words';
import type { StepCode } from '../../view';

/** What every step of a visit is given. `digest` is that of the record as it stands. */
export interface StepProps {
  visit: string;
  packet: Packet;
  folded: VisitState;
  prog: Progress;
  digest: string;
  organisation: string;
  counts: Summary;
}

export interface StepEmits {
  go: [step: StepCode | 'refuse', block?: string];
  handover: [account: string];
}

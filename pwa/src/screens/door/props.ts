import type { VisitState } from '@sync/state';
import type { Packet } from '@sync/words';

/** What the sheets before and at the door are given. */
export interface DoorProps {
  visit: string;
  packet: Packet;
  folded: VisitState;
}

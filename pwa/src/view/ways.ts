// What a check is called where a team goes, and where nobody goes anywhere (书面检查, 网络检查): nobody arrives there and
// nobody leaves, so it is begun and closed (办结). The one place of these words.
import { offSite } from '@sync/progress_site';
import type { Packet } from '@sync/words';

export interface Ways {
  /** Titles of the steps that are otherwise. */
  prepare: string;
  identity: string;
  leave: string;
  /** The card of what the tablet checks itself, and that nothing is left to do. */
  ready: string;
  set: string;
  /** What the list says of it. */
  unopened: string;
  unsigned: string;
  /** Buttons. */
  toLeave: string;
  toLeaveEnded: string;
  finish: string;
  /** As in 由组长确认…, 在…时, and 请核对后…. */
  end: string;
  /** Before the name of the party on the record. */
  party: string;
}

const GONE_TO: Ways = {
  prepare: '出发准备',
  identity: '亮证告知',
  leave: '离场',
  ready: '出发前检查',
  set: '可以出发',
  unopened: '未到达',
  unsigned: '进行中 · 待签字离场',
  toLeave: '下一步：离场',
  toLeaveEnded: '下一步：核对离场',
  finish: '检查结束，离场',
  end: '离场',
  party: '在场当事人',
};

const FROM_THE_DESK: Ways = {
  prepare: '检查准备',
  identity: '当事人',
  leave: '办结',
  ready: '检查前核对',
  set: '可以开始',
  unopened: '未开始',
  unsigned: '进行中 · 待签字办结',
  toLeave: '下一步：办结',
  toLeaveEnded: '下一步：核对办结',
  finish: '检查办结',
  end: '办结',
  party: '当事人',
};

/** The words for this check. */
export function waysOf(packet: Packet): Ways {
  return offSite(packet) ? FROM_THE_DESK : GONE_TO;
}

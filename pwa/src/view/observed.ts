// What is otherwise on site than registered (与登记不一致), said once for all departments. Pure.
import { saidOf, type Fact, type VisitState } from '@sync/state';
import type { Observable, Packet } from '@sync/words';

/** The fields that a team can see, in the order in which they are offered. Twin of `OBSERVED` in documents/site.py. */
export const OBSERVED: Readonly<Record<Observable, string>> = {
  name: '名称',
  address: '地址',
  licence: '许可证编号',
  legal_representative: '法定代表人（负责人）',
  phone: '联系电话',
};
export const OBSERVABLE = Object.keys(OBSERVED) as readonly Observable[];

/** One observation as the record prints it. */
export function observedWords({
  field,
  registry,
  seen,
  note,
  evidence,
}: Fact<'target.observed'>['body']): string {
  const registered = registry === '' ? '没有登记' : registry;
  const pictures = evidence.length > 0 ? `（照片 ${String(evidence.length)} 张）` : '';
  return `${OBSERVED[field]}：登记为 ${registered}，现场为 ${seen}${note === '' ? '' : `，${note}`}${pictures}`;
}

/** What the network check states and what is so (网络核查不一致). Twin of `contradiction` in documents/record.py. */
export function contradictedWords({ source, stated, met }: Fact<'item.contradicted'>['body']): string {
  return `网络核查不一致：${source}记载“${stated}”，实际为“${met}”`;
}

/** What stands of a field, and what a correction of it supersedes. */
export function observedOf(state: VisitState, field: Observable): Fact<'target.observed'>[] {
  return saidOf(state, 'target.observed').filter(({ body }) => body.field === field);
}

/** All that was seen, as one sentence for those who fill in a block; empty where nothing was. */
export function observedNote(state: VisitState): string {
  const said = saidOf(state, 'target.observed').map(({ body }) => observedWords(body));
  return said.length === 0 ? '' : `与登记不一致：${said.join('；')}。各部门通用，不用重复填写。`;
}

/** What the packet says is registered. */
export function registeredOf(packet: Packet, field: Observable): string {
  return packet.target[field];
}

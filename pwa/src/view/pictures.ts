/** Photographs of a visit: which count, which show what, and the stamp that is shown over them. Pure. */
import type { Evidence, Fact, VisitState } from '@sync/state';
import type { Packet, PacketItem, Place } from '@sync/words';
import { moment } from '../view';

/** A picture as it is shown: of the record, or added beside it. */
export type Shown = Evidence | Evidence<'evidence.added'>;

interface Pictures {
  items: ReadonlyMap<string, readonly Evidence[]>;
  first: ReadonlyMap<string, Fact<'evidence.taken'>>;
}

const indexed = new WeakMap<VisitState, Pictures>();

/** Sixty cards with hundreds of photographs each ask the same state: it is gone through once. */
function picturesIn(state: VisitState): Pictures {
  const known = indexed.get(state);
  if (known) return known;
  const items = new Map<string, Evidence[]>();
  const first = new Map<string, Fact<'evidence.taken'>>();
  for (const one of state.evidence) {
    const { taken } = one;
    const before = first.get(taken.body.digest);
    if (!before || taken.at < before.at) first.set(taken.body.digest, taken);
    if (!relied(one)) continue;
    for (const { organisation, item } of taken.body.items) {
      const key = `${organisation}:${item}`;
      const here = items.get(key);
      if (here) here.push(one);
      else items.set(key, [one]);
    }
  }
  const made = { items, first };
  indexed.set(state, made);
  return made;
}

/** Whether a photograph still counts: neither withdrawn nor destroyed. */
export function relied({ withdrawn, deleted }: Shown): boolean {
  return withdrawn.length === 0 && deleted.length === 0;
}

/** Photographs of one item that are relied on, in the order in which they were taken. */
export function picturesOf(state: VisitState, organisation: string, item: string): readonly Evidence[] {
  return picturesIn(state).items.get(`${organisation}:${item}`) ?? [];
}

/** The entry with which this picture was taken; later ones only say what else it shows. */
export function takenFirst(state: VisitState, evidence: Shown): Shown['taken'] {
  return picturesIn(state).first.get(evidence.taken.body.digest) ?? evidence.taken;
}

/** Every picture that is relied on, once, newest first. */
export function allPictures(state: VisitState): Evidence[] {
  const seen = new Set<string>();
  return [...state.evidence]
    .reverse()
    .filter((one) => relied(one) && !seen.has(one.taken.body.digest) && seen.add(one.taken.body.digest));
}

/** A picture in the list of all: what it is of, and whether it still counts. */
export interface Kept {
  evidence: Shown;
  organisation: string;
  item: PacketItem | null;
  title: string;
  gone: '' | '已撤下' | '已删除';
}

/** Every picture of the visit once, newest first: of items, of endings, codes, papers, seals and supplements. */
export function keptPictures(packet: Packet, state: VisitState): Kept[] {
  const uses = new Map<string, Shown[]>();
  for (const one of [...state.evidence, ...state.added]) {
    const { digest } = one.taken.body;
    uses.set(digest, [...(uses.get(digest) ?? []), one]);
  }
  return [...uses.values()]
    .flatMap((all) => {
      const evidence = all.find(relied) ?? all[0];
      if (!evidence) return [];
      const [of] = evidence.taken.body.items;
      const block = packet.blocks.find(({ organisation }) => organisation === of?.organisation);
      const item = block?.items.find((one) => one.item === of?.item) ?? null;
      const deleted = all.every((one) => one.deleted.length > 0);
      const gone: Kept['gone'] = relied(evidence) ? '' : deleted ? '已删除' : '已撤下';
      const title = item ? `${item.number} ${item.title}` : evidence.taken.body.caption;
      return [{ evidence, organisation: of?.organisation ?? '', item, title, gone }];
    })
    .sort((a, b) => (a.evidence.taken.at < b.evidence.taken.at ? 1 : -1));
}

/** Every entry of this picture that was not destroyed yet, whatever item it is for: it goes as a whole. */
export function entriesOf(state: VisitState, digest: string): Fact<'evidence.taken' | 'evidence.added'>[] {
  return [...state.evidence, ...state.added].flatMap(({ taken, deleted }) =>
    taken.body.digest === digest && deleted.length === 0 ? [taken] : [],
  );
}

/** Why this person does not destroy the picture: others use it too, and only they or the leader do. Else null. */
export function destroyBar(
  packet: Packet,
  state: VisitState,
  digest: string,
  account: string,
): string | null {
  if (state.team.some((one) => one.account === account && one.role === 'leader')) return null;
  const others = entriesOf(state, digest).filter(({ by }) => by !== account);
  if (others.length === 0) return null;
  const names = [...new Set(others.map(({ by }) => nameOf(state, packet, by)))].join('、');
  return `这张照片由${names}拍摄或用于其他事项，本人不能删除；照片和记录都没有改动。请由组长删除。`;
}

/** A place in words: degrees, how exact, how old. */
export function placeWords(place: Place | null): string {
  if (!place) return '没有定位';
  const degrees = (value: number): string => (value / 1e6).toFixed(5);
  return `${degrees(place.latitude)}, ${degrees(place.longitude)}（误差 ${String(place.accuracy)} 米${ago(place)}）`;
}

/** How exact a place is and how old, without its degrees. */
export function fixWords(place: Place): string {
  return `精度 ${String(place.accuracy)} 米${ago(place)}`;
}

function ago({ age }: Place): string {
  return age > 1 ? `，${span(age)}前定位` : '';
}

function span(seconds: number): string {
  return seconds < 120 ? `${String(seconds)} 秒` : `${String(Math.round(seconds / 60))} 分钟`;
}

export function nameOf(state: VisitState, packet: Packet, account: string): string {
  const known = [...state.team, ...packet.team].find((one) => one.account === account);
  return known?.name ?? '检查组以外人员';
}

/** The stamp of a shown photograph: time, place, target, item, inspector. It is never part of the evidence itself. */
export function stampOf(
  packet: Packet,
  state: VisitState,
  evidence: Shown,
  item: PacketItem | null,
): string[] {
  const first = takenFirst(state, evidence);
  const about = item ? `${item.number} ${item.title}` : first.body.caption;
  return [
    `${moment(first.at)} · ${nameOf(state, packet, first.by)}`,
    ...(about === '' ? [] : [about]),
    packet.target.name,
    placeWords(first.body.place),
  ];
}

/** The short stamp of a small picture: item and inspector, then day and time. */
export function smallStamp(packet: Packet, state: VisitState, evidence: Evidence, number: string): string[] {
  const first = takenFirst(state, evidence);
  const who = nameOf(state, packet, first.by);
  return [number === '' ? who : `${number} · ${who}`, moment(first.at).slice(5)];
}

/** What the card of an item shows beside the words of its packet. Pure. */
import { itemOf, saidOf, type Evidence, type ItemState, type VisitState } from '@sync/state';
import type { Answer, Entry, ItemOf, Packet } from '@sync/words';
import { headWords, isRestricted } from './inside';
import { nameOf, picturesOf, smallStamp, takenFirst } from './pictures';

/** A photograph of the item with its short stamp. */
export interface Shot {
  evidence: Evidence;
  stamp: string[];
}

/**
 * An item as its card shows it. `key` names all that it is made of: while it is the same, the object is the same, and
 * the card need not be drawn again because another one was answered.
 */
export interface ItemView {
  key: string;
  now: ItemState;
  photos: readonly Shot[];
  /** Whether photographs are not allowed. */
  restricted: boolean;
  /** How many other means of evidence speak of it. */
  meant: number;
  /** The answers that stand beside each other, where they do. */
  heads: readonly { entry: string; words: string }[];
}

/** Views of a block's items, by item; those of `before` where nothing changed. */
export function itemViews(
  packet: Packet,
  state: VisitState,
  organisation: string,
  before: ReadonlyMap<string, ItemView> = new Map(),
  tabletOf: (entry: string) => string = () => '',
): ReadonlyMap<string, ItemView> {
  const block = packet.blocks.find((one) => one.organisation === organisation);
  const meant = meantIn(state);
  return new Map(
    (block?.items ?? []).map(({ item, number }) => {
      const now = itemOf(state, organisation, item);
      const pictures = picturesOf(state, organisation, item);
      const restricted = isRestricted(state, organisation, item);
      const count = meant.get(placeOf({ organisation, item })) ?? 0;
      const key = [
        number,
        ...[...now.heads, ...now.reopened, ...now.contradicted].map(
          (fact) => `${fact.entry}${nameOf(state, packet, fact.by)}`,
        ),
        ...pictures.map((one) => pictureKey(packet, state, one)),
        String(restricted),
        String(count),
      ].join('|');
      const known = before.get(item);
      if (known?.key === key) return [item, known] as const;
      const made: ItemView = {
        key,
        now,
        photos: pictures.map((evidence) => ({
          evidence,
          stamp: smallStamp(packet, state, evidence, number),
        })),
        restricted,
        meant: count,
        heads: now.disputed ? headWords(packet, state, organisation, item, tabletOf) : [],
      };
      return [item, made] as const;
    }),
  );
}

/** On which tablet an entry was recorded, as whoever holds this one (`own`) calls it. */
export function tabletWords(
  entries: readonly (readonly [Pick<Entry, 'id' | 'device'>, unknown])[],
  own: string,
  entry: string,
): string {
  return entries.find(([{ id }]) => id === entry)?.[0].device === own ? '本机' : '另一台终端';
}

/** An answer as it stands on a card; none chosen where `answer` is ''. */
export interface Choice {
  answer: Answer | '';
  findings: readonly string[];
  note: string;
}

const NONE: Choice = { answer: '', findings: [], note: '' };

/**
 * What a card shows once the record says something else than before: a card on which nobody changed anything follows
 * it, so that nothing is lit that does not count; what somebody is about to say stays.
 */
export function following(shown: Choice, before: Choice | null, after: Choice | null): Choice {
  return sameChoice(shown, before ?? NONE) ? (after ?? NONE) : shown;
}

export function sameChoice(a: Choice, b: Choice): boolean {
  return a.answer === b.answer && a.note.trim() === b.note.trim() && a.findings.join() === b.findings.join();
}

function pictureKey(packet: Packet, state: VisitState, evidence: Evidence): string {
  const first = takenFirst(state, evidence);
  return `${evidence.taken.entry}${first.entry}${nameOf(state, packet, first.by)}${String(evidence.stored)}`;
}

const counted = new WeakMap<VisitState, ReadonlyMap<string, number>>();

/** How many means of evidence (`meansOf`) speak of each item: the state is gone through once for all of them. */
function meantIn(state: VisitState): ReadonlyMap<string, number> {
  const known = counted.get(state);
  if (known) return known;
  const found = new Map<string, number>();
  const count = (items: readonly ItemOf[], times = 1): void => {
    for (const place of new Set(items.map(placeOf))) found.set(place, (found.get(place) ?? 0) + times);
  };
  for (const kind of ['act.recorded', 'media.restricted', 'expert.concluded'] as const) {
    for (const { body } of saidOf(state, kind)) {
      count(body.items.filter(({ organisation }) => organisation === body.organisation));
    }
  }
  for (const { made } of state.recordings) count(made.body.items);
  for (const { taken, deleted } of state.evidence) {
    if (deleted.length > 0) count(taken.body.items, deleted.length);
  }
  counted.set(state, found);
  return found;
}

function placeOf({ organisation, item }: ItemOf): string {
  return `${organisation}:${item}`;
}

/** What stands on the card of an item while colleagues record too. Pure. */
import type { Fact, ItemState } from '@sync/state';
import type { Answer } from '@sync/words';
import { following, sameChoice, type Choice } from './item';

/** What the person was shown of the record: the answer that stood there last, and every head by its entry. */
export interface Met {
  said: Choice;
  seen: readonly string[];
}

/** What was given from this card: whoever sees it come back does not take it for news. */
export interface Given extends Choice {
  supersedes: readonly string[];
}

/** What answers the item; a reopening or a contradiction asks for an answer and is none. */
const ANSWERING: ReadonlySet<string> = new Set<Fact['kind']>([
  'answer.given',
  'item.verified',
  'result.recognised',
]);

/** The one answer that counts, as a card shows it. */
export function saidOf({ answer }: ItemState): Choice {
  return answer ? answer.body : { answer: '', findings: [], note: '' };
}

export function met(now: ItemState, before: readonly string[] = []): Met {
  return { said: saidOf(now), seen: [...new Set([...before, ...now.heads.map(({ entry }) => entry)])] };
}

/** Heads that somebody recorded since, and that the person was not shown while this card had nothing else to say. */
export function unmet(now: ItemState, { seen }: Met): ItemState['heads'] {
  return now.heads.filter(({ entry, kind }) => ANSWERING.has(kind) && !seen.includes(entry));
}

/**
 * What an answer from this card replaces: only what the person was shown. Where more stands there, `check` says so
 * before it is recorded; where it is not known yet, both stand and are disputed. So nobody undoes what he never saw.
 */
export function replaced(now: ItemState, { seen }: Met): string[] {
  return now.heads.flatMap(({ entry }) => (seen.includes(entry) ? [entry] : []));
}

/**
 * News of the item reach its card: where nothing was typed since, they are taken over; what was typed stays, and what
 * came meanwhile stays unmet until the person decides. `by` gave `given` here.
 */
export function heard(
  typed: Choice,
  before: Met,
  now: ItemState,
  given: Given | null,
  by: string,
): { typed: Choice; met: Met } {
  const own = given && now.heads.find((head) => head.by === by && isGiven(head, given));
  const until = own ? { said: given, seen: [...before.seen, own.entry] } : before;
  const said = saidOf(now);
  if (sameChoice(typed, said)) return { typed, met: met(now, until.seen) };
  if (unmet(now, until).length > 0 && !sameChoice(typed, until.said)) return { typed, met: until };
  return { typed: following(typed, until.said, said), met: met(now, until.seen) };
}

function isGiven(head: Fact, given: Given): boolean {
  if (head.kind !== 'answer.given') return false;
  return sameChoice(head.body, given) && head.body.supersedes.join() === given.supersedes.join();
}

/**
 * An answer is tapped. In a dispute that one side is confirmed with all that it said; what is typed already is kept.
 */
export function chosen(typed: Choice, now: ItemState, answer: Answer): Choice {
  const sides = now.heads.flatMap((head) =>
    head.kind === 'answer.given' && head.body.answer === answer ? [head.body] : [],
  );
  if (now.disputed && typed.note === '' && typed.findings.length === 0 && sides.length > 0) {
    const findings = [...new Set(sides.flatMap((side) => side.findings))];
    const notes = new Set(sides.map(({ note }) => note).filter((note) => note !== ''));
    return { answer, findings, note: [...notes].join('；') };
  }
  return { answer, findings: answer === 'nonconform' ? typed.findings : [], note: typed.note };
}

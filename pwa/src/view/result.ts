/** A department's result as its form shows it, and what colleagues recorded of it meanwhile. Pure. */
import { blockOf, type BlockState, type Fact, type ResultKind, type VisitState } from '@sync/state';
import type { Bodies, Packet } from '@sync/words';
import { dispositionWords, voicesOf } from './inside';

/** What is filled in. `seen`: the results that stood when it was, which it may replace; none other unseen. */
export interface ResultForm {
  results: string[];
  caseProposed: boolean;
  mend: boolean;
  demand: string;
  due: string;
  remark: string;
  seen: string[];
}

/** One of the results that stand beside each other. */
export interface ResultVersion {
  entry: string;
  words: string;
  fact: Fact<ResultKind>;
}

/** The form of what is recorded now; empty where nothing is, or two stand beside each other. */
export function resultForm(
  block: BlockState,
  body: Bodies['disposition.given'] | null = block.disposition?.body ?? null,
): ResultForm {
  return {
    results: [...(body?.results ?? [])],
    caseProposed: body?.case_proposed ?? false,
    mend: body?.rectification != null,
    demand: body?.rectification?.demand ?? '',
    due: body?.rectification?.due ?? '',
    remark: body?.remark ?? '',
    seen: block.results.map(({ entry }) => entry),
  };
}

/** Whether two forms say the same, whatever they were filled in over. */
export function saysSame(a: ResultForm, b: ResultForm): boolean {
  const said = ({ results, caseProposed, mend, demand, due, remark }: ResultForm): string =>
    JSON.stringify([results, caseProposed, mend, ...(mend ? [demand.trim(), due] : []), remark.trim()]);
  return said(a) === said(b);
}

/** Whether results stand that were not there when the form was filled in. */
export function hasNews(form: ResultForm, block: BlockState): boolean {
  return block.results.some(({ entry }) => !form.seen.includes(entry));
}

/** All results that stand, each with who recorded it. */
export function resultVersions(
  packet: Packet,
  state: VisitState,
  organisation: string,
  tabletOf: (entry: string) => string,
): ResultVersion[] {
  const { results } = blockOf(state, organisation);
  const voices = voicesOf(packet, state, results, tabletOf);
  return results.map((fact, i) => ({
    entry: fact.entry,
    words: `${voices[i] ?? ''}：${
      fact.kind === 'block.waived' ? `本部门事项未实施，${fact.body.reason}` : allWords(packet, fact.body)
    }`,
    fact,
  }));
}

function allWords(packet: Packet, body: Bodies['disposition.given']): string {
  const { rectification, remark } = body;
  const due = rectification?.due == null ? '' : `（${rectification.due}前）`;
  return [
    dispositionWords(packet, body),
    ...(rectification ? [`改正要求：${rectification.demand}${due}`] : []),
    ...(remark === '' ? [] : [`备注：${remark}`]),
  ].join('；');
}

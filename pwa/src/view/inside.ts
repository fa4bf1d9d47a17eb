/** What the screens inside a visit show: pure functions from packet and state to words. No clock, no storage. */
import { leaps, type Placed } from '@sync/leaps';
import type { BlockProgress, Progress } from '@sync/progress';
import { offSite, proposals } from '@sync/progress_site';
import { blockOf, itemOf, saidOf, type Fact, type SiteKind, type VisitState } from '@sync/state';
import type { Bodies, Packet } from '@sync/words';
import { ANSWERS, bare, moment, shortName, teamOf, type Tone } from '../view';
import { contradictedWords } from './observed';
import { nameOf, picturesOf } from './pictures';

/** Means of inspection (检查方式, S1-三b); `number` and `quantity` are asked for where they have a name. */
export const ACTS: readonly {
  code: Bodies['act.recorded']['act'];
  label: string;
  number: string;
  quantity: string;
  hint: string;
}[] = [
  {
    code: 'documents_viewed',
    label: '查阅材料',
    number: '资料编号',
    quantity: '份数',
    hint: '查阅了什么资料，发现什么',
  },
  {
    code: 'documents_copied',
    label: '复制资料',
    number: '资料编号',
    quantity: '页数',
    hint: '复制了什么资料，由谁提供、核对',
  },
  { code: 'place_viewed', label: '查看现场', number: '', quantity: '', hint: '查看了何处，现场状况如何' },
  {
    code: 'tested',
    label: '实施检测',
    number: '检测编号',
    quantity: '数值和单位',
    hint: '检测对象、仪器、结果',
  },
  {
    code: 'sampled',
    label: '抽样取证',
    number: '样品编号',
    quantity: '数量',
    hint: '样品名称、批号、抽样地点、封样情况',
  },
];

// --- place --------------------------------------------------------------------------------------------------

/** What was recorded where nobody can have come so fast: which photograph, by whom, when. */
export function leapWords(packet: Packet, state: VisitState): string[] {
  return leaps(fixesOf(state)).map(([{ entry, at }]) => {
    const photo = state.evidence.find(({ taken }) => taken.entry === entry)?.taken;
    const [of] = photo?.body.items ?? [];
    const items = packet.blocks.flatMap((block) =>
      block.organisation === of?.organisation ? block.items : [],
    );
    const item = items.find((one) => one.item === of?.item);
    const what = item
      ? `${item.number} 的照片`
      : (photo?.body.caption ?? '') || '到达、录制或未能实施检查的登记';
    return `${moment(at).slice(11)} ${what}${photo ? `（${nameOf(state, packet, photo.by)}）` : ''}`;
  });
}

/** A place that an entry names. */
interface Fix extends Placed {
  entry: string;
}

/** Every fix of a visit. */
export function fixesOf(state: VisitState): Fix[] {
  const facts = [
    ...state.opened,
    ...state.evidence.map(({ taken }) => taken),
    ...state.recordings.map(({ made }) => made),
    ...saidOf(state, 'return.planned'),
    ...saidOf(state, 'ending.proposed'),
  ];
  return facts.flatMap(({ entry, at, body }) => (body.place ? [{ entry, at, place: body.place }] : []));
}

// --- the team's board ----------------------------------------------------------------------------------------

export interface OfficerRow {
  name: string;
  role: string;
  /** Items that this person answered and that stand. */
  answered: number;
  chips: { words: string; tone: Tone }[];
}

export interface BoardRow {
  organisation: string;
  name: string;
  count: string;
  tone: Tone;
  result: string;
  problems: number;
  photos: number;
  warning: string | null;
  officers: OfficerRow[];
}

/** Who has done what, a row for each department. */
export function board(packet: Packet, state: VisitState, prog: Progress): BoardRow[] {
  return packet.blocks.map((block, i) => {
    const { organisation } = block;
    const one = prog.blocks[i] as BlockProgress;
    const now = blockOf(state, organisation);
    const answers = block.items.flatMap(({ item }) => itemOf(state, organisation, item).answer ?? []);
    const pictures = new Set(
      block.items.flatMap(({ item }) =>
        picturesOf(state, organisation, item).map(({ taken }) => taken.body.digest),
      ),
    );
    const lacking = packet.minimum_officers - one.officers.length;
    const whole = one.answered === one.total && one.disputed === 0;
    return {
      organisation,
      name: shortName(packet, block),
      count: one.waived ? '未实施' : `${String(one.answered)}/${String(one.total)}`,
      tone: one.waived ? '' : whole ? 'good' : lacking > 0 || one.disputed > 0 ? 'warn' : 'act',
      result: resultWords(packet, state, organisation),
      problems: answers.filter(({ body }) => body.answer === 'nonconform').length,
      photos: pictures.size,
      warning: one.waived ? (now.waived?.body.reason ?? null) : warningOf(lacking, one.disputed),
      officers: teamOf(packet, state)
        .filter((member) => member.organisation === organisation)
        .map((member) => ({
          name: member.name,
          role: member.role === 'leader' ? '组长' : member.certified ? '' : '协助人员',
          answered: answers.filter(({ by }) => by === member.account).length,
          chips: [
            state.shown.includes(member.account)
              ? { words: '已亮证', tone: 'good' }
              : { words: '未亮证', tone: '' },
            ...(one.signed.includes(member.account) ? [{ words: '已签字', tone: 'good' as Tone }] : []),
          ],
        })),
    };
  });
}

function warningOf(lacking: number, disputed: number): string | null {
  if (lacking > 0) return `缺 ${String(lacking)} 名出示证件的执法人员`;
  return disputed > 0 ? `${String(disputed)} 项记录不同，请该部门确认一项` : null;
}

/** A block's result in the words of its form; 拟立案 beside them, never as a ticked penalty. */
export function resultWords(packet: Packet, state: VisitState, organisation: string): string {
  const { disposition } = blockOf(state, organisation);
  return disposition ? dispositionWords(packet, disposition.body) : '';
}

/** The same of one that may not count. */
export function dispositionWords(packet: Packet, body: Bodies['disposition.given']): string {
  const { results, case_proposed } = body;
  const labels = packet.dispositions.filter(({ code }) => (results as readonly string[]).includes(code));
  return [...labels.map(({ label }) => label), ...(case_proposed ? ['拟立案'] : [])].join('；');
}

// --- means of inspection and evidence --------------------------------------------------------------------------

export interface Mean {
  entry: string;
  title: string;
  words: string;
  by: string;
  at: string;
}

const WITH_ITEMS = ['act.recorded', 'media.restricted', 'expert.concluded'] as const;

/** What was done and said in a block beside its answers; of one item where `item` is given. By time. */
export function meansOf(packet: Packet, state: VisitState, organisation: string, item?: string): Mean[] {
  const about = (items: readonly { organisation: string; item: string }[]): boolean =>
    item === undefined || items.some((of) => of.organisation === organisation && of.item === item);
  const facts: Fact[] = [
    ...WITH_ITEMS.flatMap((kind) =>
      said(state, kind).filter(({ body }) => body.organisation === organisation && about(body.items)),
    ),
    ...(item === undefined
      ? said(state, 'transcript.taken').filter(({ body }) => body.organisation === organisation)
      : []),
    ...state.recordings
      .map(({ made }) => made)
      .filter(({ body }) => (item === undefined ? true : about(body.items))),
    ...state.evidence.flatMap(({ taken, deleted }) =>
      (taken.body.items.some((of) => of.organisation === organisation) && about(taken.body.items)) ||
      (item === undefined && taken.body.items.length === 0)
        ? deleted
        : [],
    ),
  ];
  return facts
    .sort((a, b) => (a.at < b.at ? -1 : 1))
    .map((fact) => ({
      entry: fact.entry,
      by: nameOf(state, packet, fact.by),
      at: moment(fact.at).slice(11),
      ...meanWords(packet, fact),
    }));
}

function said<K extends SiteKind>(state: VisitState, kind: K): readonly Fact<K>[] {
  return saidOf(state, kind);
}

function meanWords(packet: Packet, fact: Fact): { title: string; words: string } {
  const bases = packet.site?.media_bases ?? [];
  const labelled = (code: string): string => bases.find((one) => one.code === code)?.label ?? code;
  switch (fact.kind) {
    case 'act.recorded': {
      const { act, number, quantity, statement } = fact.body;
      const how = ACTS.find(({ code }) => code === act);
      const numbered = number === '' ? '' : `（${how?.number ?? '编号'} ${number}）`;
      return {
        title: `${how?.label ?? act}${numbered}`,
        words: quantity === '' ? statement : `${bare(statement)}；${quantity}`,
      };
    }
    case 'transcript.taken': {
      const { respondent, exchanges, refused } = fact.body;
      const end = refused === '' ? '已签字' : `未签字：${refused}`;
      return { title: `询问 ${respondent}`, words: `${String(exchanges.length)} 问 · ${end}` };
    }
    case 'media.restricted': {
      const { basis, description, drawing } = fact.body;
      const drawn = drawing === '' ? '' : `；图号 ${drawing}`;
      return {
        title: `不得拍摄：${labelled(basis)}`,
        words: drawn === '' ? description : `${bare(description)}${drawn}`,
      };
    }
    case 'expert.concluded':
      return { title: `专家意见：${fact.body.expert}`, words: fact.body.conclusion };
    case 'recording.made': {
      const { media_type, seconds, caption } = fact.body;
      const what = media_type.startsWith('audio') ? '录音' : '录像';
      return { title: `${what} ${clockOf(seconds)}`, words: caption };
    }
    case 'evidence.deleted':
      return { title: `照片已当场删除：${labelled(fact.body.basis)}`, words: fact.body.reason };
    default:
      return { title: fact.kind, words: '' };
  }
}

/** Minutes and seconds of a recording. */
export function clockOf(seconds: number): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${two(Math.floor(seconds / 60))}:${two(Math.floor(seconds % 60))}`;
}

/** Whether photographs are not allowed for this item: words and a sketch stand in their place. */
export function isRestricted(state: VisitState, organisation: string, item: string): boolean {
  return saidOf(state, 'media.restricted').some(({ body }) =>
    body.items.some((of) => of.organisation === organisation && of.item === item),
  );
}

/**
 * The answers of an item that stand beside each other, for whoever has to settle them: who recorded each and, where
 * two bear the same name, on which tablet (`tabletOf`: entry → words).
 */
export function headWords(
  packet: Packet,
  state: VisitState,
  organisation: string,
  item: string,
  tabletOf: (entry: string) => string,
): { entry: string; words: string }[] {
  const { heads } = itemOf(state, organisation, item);
  const voices = voicesOf(packet, state, heads, tabletOf);
  return heads.map((head, i) => ({
    entry: head.entry,
    words: `${voices[i] ?? ''}：${
      head.kind === 'answer.given'
        ? `${ANSWERS.find(({ code }) => code === head.body.answer)?.label ?? ''}${head.body.note === '' ? '' : `，${head.body.note}`}`
        : head.kind === 'result.recognised'
          ? `采用${head.body.source}的结果`
          : head.kind === 'item.contradicted'
            ? contradictedWords(head.body)
            : '网络核实'
    }`,
  }));
}

/** Who recorded each of what stands beside each other, and when; on which tablet too, where it was the same person. */
export function voicesOf(
  packet: Packet,
  state: VisitState,
  heads: readonly Fact[],
  tabletOf: (entry: string) => string,
): string[] {
  const names = heads.map(({ by }) => nameOf(state, packet, by));
  return heads.map(({ entry, at }, i) => {
    const name = names[i] ?? '';
    const twice = names.indexOf(name) !== names.lastIndexOf(name);
    return `${name}${twice ? `（${tabletOf(entry)}）` : ''} ${moment(at).slice(11)}`;
  });
}

// --- 情形认定 -------------------------------------------------------------------------------------------------

export type Stage = 'proposed' | 'confirmed' | 'upheld' | 'rejected';

export interface Finding {
  entry: string;
  organisation: string;
  by: string;
  proposer: string;
  circumstances: string[];
  statement: string;
  pictures: number;
  stage: Stage;
  words: string;
  tone: Tone;
}

const STAGES: Readonly<Record<Stage, { words: string; tone: Tone }>> = {
  proposed: { words: '待组长确认', tone: 'warn' },
  confirmed: { words: '组长已确认，待部门负责人核定', tone: 'act' },
  upheld: { words: '部门已认定', tone: 'bad' },
  rejected: { words: '部门未予认定', tone: '' },
};

/** Proposals that somebody did not cooperate, and how far each is. None is a finding before the department decided. */
export function findingsOf(packet: Packet, state: VisitState): Finding[] {
  const confirmed = new Set(saidOf(state, 'noncooperation.confirmed').map(({ body }) => body.proposal));
  const decided = new Map(
    saidOf(state, 'noncooperation.decided').map(({ body }) => [body.proposal, body.upheld]),
  );
  const known = packet.site?.noncooperation ?? [];
  // What was photographed at a door that stayed shut is evidence of the same.
  const shut = proposals(state).flatMap(({ body }) => (body.ending === 'entry_refused' ? body.evidence : []));
  return saidOf(state, 'noncooperation.proposed').map(({ entry, by, body }) => {
    const end = decided.get(entry);
    const stage: Stage =
      end === undefined ? (confirmed.has(entry) ? 'confirmed' : 'proposed') : end ? 'upheld' : 'rejected';
    return {
      entry,
      organisation: body.organisation,
      by,
      proposer: nameOf(state, packet, by),
      circumstances: body.circumstances.map((code) => known.find((one) => one.code === code)?.label ?? code),
      statement: body.statement,
      pictures: new Set([...body.evidence, ...shut]).size,
      stage,
      ...STAGES[stage],
    };
  });
}

// --- what was spared ----------------------------------------------------------------------------------------

/** What the joint check spared the firm: minutes are those spent on site, the rest did not have to happen. */
export function sparedWords(packet: Packet, state: VisitState, prog: Progress, until: number): string[] {
  const from = state.opened[0]?.at;
  const minutes =
    from === undefined || offSite(packet)
      ? null
      : Math.max(0, Math.floor((until - Date.parse(from)) / 60_000));
  const recognised = packet.blocks.reduce(
    (sum, block) =>
      sum + block.items.filter(({ item }) => itemOf(state, block.organisation, item).recognised).length,
    0,
  );
  const verified = prog.blocks.reduce((sum, one) => sum + one.verified, 0);
  return [
    ...(minutes === null ? [] : [`在场 ${String(minutes)} 分钟`]),
    ...(prog.spared_visits > 0
      ? [`${String(prog.blocks.length)} 个部门联合检查，减少入企 ${String(prog.spared_visits)} 次`]
      : []),
    ...(verified > 0 ? [`网络核查减少现场 ${String(verified)} 项`] : []),
    ...(recognised > 0 ? [`结果互认减少现场 ${String(recognised)} 项`] : []),
  ];
}

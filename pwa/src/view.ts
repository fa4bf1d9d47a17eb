/** What the screens show: pure functions from packets, states and counts to words. No clock, no storage. */
import type { Summary } from '@sync/exchange_words';
import { blockOf, itemOf, saidOf, type Fact, type VisitState } from '@sync/state';
import { decidedBy, progress, valid, type BlockProgress, type Progress } from '@sync/progress';
import { offSite, standing } from '@sync/progress_site';
import type {
  Answer,
  Choice,
  Disposition,
  Packet,
  PacketBlock,
  PacketItem,
  PartyRole,
  TeamMember,
} from '@sync/words';
import type { Chip, Tone } from './view/truth';
import { waysOf } from './view/ways';

export { truth, type Chip, type SignalState, type Tone } from './view/truth';

export const ANSWERS: readonly { code: Answer; label: string; face: string }[] = [
  { code: 'conform', label: '符合', face: 'yes' },
  { code: 'nonconform', label: '不符合', face: 'no' },
  { code: 'not_applicable', label: '不适用', face: 'na' },
];

/** The person met, in the words that a team uses; a sole trader has 经营者, not 法定代表人. */
export const PARTY_ROLES: readonly { code: PartyRole; label: string }[] = [
  { code: 'legal_representative', label: '法定代表人' },
  { code: 'principal', label: '负责人' },
  { code: 'operator', label: '经营者' },
  { code: 'authorised', label: '受委托人' },
  { code: 'staff', label: '现场工作人员' },
];

/** 已存本机 · 有回执 · 照片 n/m of one visit; nothing where nothing was recorded. */
export function syncChips(counts: Summary): Chip[] {
  const chips: Chip[] = [];
  if (counts.recorded > 0) {
    const all = counts.receipts === counts.recorded;
    chips.push(
      all
        ? { words: `${String(counts.recorded)} 条有回执`, tone: 'good' }
        : {
            words: `已存本机 ${String(counts.recorded)} 条，有回执 ${String(counts.receipts)} 条`,
            tone: 'warn',
          },
    );
  }
  if (counts.photos > 0) {
    const whole = counts.photos_complete === counts.photos;
    const words = `照片 ${String(counts.photos_complete)}/${String(counts.photos)} 已收妥`;
    chips.push({ words, tone: whole ? 'good' : 'warn' });
  }
  if (counts.held > 0) chips.push({ words: `${String(counts.held)} 条待核定`, tone: 'warn' });
  if (counts.aside > 0) chips.push({ words: `${String(counts.aside)} 条未收录`, tone: 'bad' });
  return chips;
}

/** Whether the tablet may be given back: everything has a receipt, every photo arrived whole, and no check goes on. */
export function handBack(total: Summary, going: number): string {
  if (total.recorded === 0 || !total.safe) return '';
  return going === 0 ? '全部有回执，可以交还终端' : `全部有回执，还有 ${String(going)} 次检查没有结束`;
}

/** Checks that go on: begun, neither over nor taken back, and nobody comes another day for them. */
export function underWay(all: Iterable<Pick<Here, 'state'>>): number {
  return [...all].filter(
    ({ state }) =>
      state !== null &&
      state.opened.length > 0 &&
      state.finished.length === 0 &&
      recallOf(state) === null &&
      returnOf(state) === null,
  ).length;
}

export interface Here {
  packet: Packet;
  state: VisitState | null;
  counts: Summary;
  /** The team was changed and the person at work is of it no more (改派). */
  replaced?: boolean;
}

export interface Card {
  visit: string;
  name: string;
  place: string;
  about: string;
  day: string;
  departments: string[];
  missing: Chip | null;
  chips: Chip[];
  replaced: boolean;
}

export interface CardGroup {
  title: string;
  cards: Card[];
  /** Nothing of these is to be done any more: never the next, on no route. */
  over: boolean;
  /** What to say where the group is empty. */
  empty: string;
}

/** The order that was taken back (撤回派发), if it was. */
export function recallOf(state: VisitState | null): Fact<'visit.recalled'> | null {
  return state ? (saidOf(state, 'visit.recalled').at(-1) ?? null) : null;
}

/** When the team comes again (打算再次到场), as it was said last; null once the check ended otherwise. */
export function returnOf(state: VisitState | null): Fact<'return.planned'> | null {
  if (!state || standing(state).ended) return null;
  return saidOf(state, 'return.planned').at(-1) ?? null;
}

/** The day on which a visit is done: the planned one, or the later one on which the team comes again. */
export function dayFor({ packet, state }: Pick<Here, 'packet' | 'state'>): string {
  const again = returnOf(state)?.body.on ?? '';
  return again > packet.planned_on ? again : packet.planned_on;
}

/** Visits by their planned day: overdue with today's, then the coming ones, then the finished, then what was taken
 * back or given to others. */
export function groups(all: Iterable<Here>, today: string): CardGroup[] {
  const sorted = [...all]
    // What was given to others is told until its day is over and everything of it is safe.
    .filter(({ replaced, packet, counts }) => !replaced || packet.planned_on >= today || !counts.safe)
    .sort((a, b) => (orderKey(a) < orderKey(b) ? -1 : 1));
  const off = (one: Here): boolean => one.replaced === true || recallOf(one.state) !== null;
  const whole = (one: Here): boolean => one.state !== null && one.state.finished.length > 0;
  const open = sorted.filter((one) => !off(one) && !whole(one));
  const parted: [string, Here[], boolean][] = [
    ['今日检查', open.filter((one) => dayFor(one) <= today), false],
    ['即将检查', open.filter((one) => dayFor(one) > today), false],
    ['已完成', sorted.filter((one) => !off(one) && whole(one)), true],
    ['撤回与改派', sorted.filter(off), true],
  ];
  return parted
    .filter(([title, here]) => here.length > 0 || title === '今日检查')
    .map(([title, here, over]) => ({
      title,
      over,
      cards: here.map((one) => card(one, today)),
      empty: here.length > 0 ? '' : nothingToday(parted[1]?.[1] ?? []),
    }));
}

function nothingToday([next]: Here[]): string {
  return next
    ? `今天没有检查任务。下一次在 ${dayFor(next)}：${next.packet.target.name}。`
    : '今天没有检查任务。派发后联网点“同步”，资料会下载到本机。';
}

function orderKey(one: Here): string {
  return `${dayFor(one)} ${one.packet.target.address} ${one.packet.visit}`;
}

function card({ packet, state, counts, replaced = false }: Here, today: string): Card {
  const leader = packet.team.find(({ role }) => role === 'leader');
  const day = dayFor({ packet, state });
  return {
    visit: packet.visit,
    name: packet.target.name,
    place: packet.target.address,
    about: `${packet.scheme_name} · ${packet.number}${leader ? ` · 组长 ${leader.name}` : ''}`,
    day: day < today ? `原定 ${day}` : day,
    departments: packet.blocks.map((block) => shortName(packet, block)),
    missing: replaced ? { words: '已改派他人', tone: 'bad' } : missingOf(packet, state),
    chips: syncChips(counts),
    replaced,
  };
}

function missingOf(packet: Packet, state: VisitState | null): Chip | null {
  if (!state) return null;
  if (recallOf(state)) return { words: '已撤回', tone: 'bad' };
  if (state.finished.length > 0) return { words: '检查结束', tone: 'good' };
  if (state.opened.length === 0) return { words: waysOf(packet).unopened, tone: '' };
  const blocks = progress(packet, state, '').blocks;
  const left = blocks.reduce((sum, one) => sum + (one.waived ? 0 : one.total - one.answered), 0);
  return left > 0
    ? { words: `进行中 · 还有 ${String(left)} 项`, tone: 'act' }
    : { words: waysOf(packet).unsigned, tone: 'act' };
}

export const STEPS = [
  { code: 'prepare' },
  { code: 'identity' },
  { code: 'check', title: '检查' },
  { code: 'result', title: '结果与处理' },
  { code: 'sign', title: '核对与签字' },
  { code: 'leave' },
] as const;
export type StepCode = (typeof STEPS)[number]['code'];

/** The steps of this check with their titles. */
export function stepsOf(packet: Packet): { code: StepCode; title: string }[] {
  const ways = waysOf(packet);
  return STEPS.map((one) => ({ code: one.code, title: 'title' in one ? one.title : ways[one.code] }));
}

/** Which steps are done. None locks another: a team works in the order that the place asks for. Where nobody goes to
 * the place (书面检查, 网络监测) nobody shows a certificate there. */
export function stepsDone(packet: Packet, state: VisitState, prog: Progress): Record<StepCode, boolean> {
  const answered = prog.blocks.every(
    (one) => one.waived || (one.answered === one.total && one.disputed === 0),
  );
  const results = prog.blocks.every(
    (one) => one.waived || blockOf(state, one.organisation).disposition !== null,
  );
  return {
    prepare: state.opened.length > 0,
    identity:
      offSite(packet) ||
      (state.shown.length > 0 &&
        state.rights.length > 0 &&
        state.party.heads.length > 0 &&
        !state.party.disputed),
    check: answered,
    result: results,
    sign: prog.missing.length === 0,
    leave: state.finished.length > 0,
  };
}

/** Where a person who opens the visit goes on. */
export function nextStep(done: Record<StepCode, boolean>): StepCode {
  return STEPS.find(({ code }) => !done[code])?.code ?? 'leave';
}

/** A block in the rail: its count and, where it cannot begin, why; at the results (`atResult`) that one is missing. */
export function railWords(
  one: BlockProgress,
  packet: Packet,
  atResult = false,
): { count: string; tone: Tone; warning: string | null } {
  if (one.waived) return { count: '未实施', tone: '', warning: null };
  const whole = one.answered === one.total && one.disputed === 0;
  if (whole && atResult && one.missing.some(({ code }) => code === 'result_required'))
    return { count: '待选结果', tone: 'warn', warning: null };
  const lacking = packet.minimum_officers - one.officers.length;
  return {
    count: `${String(one.answered)}/${String(one.total)}${whole ? ' ✓' : ''}`,
    tone: whole ? 'good' : lacking > 0 || one.disputed > 0 ? 'warn' : '',
    warning:
      lacking > 0
        ? `缺 ${String(lacking)} 名执法人员，暂不能开始`
        : one.disputed > 0
          ? `${String(one.disputed)} 项记录不同，请确认`
          : null,
  };
}

/** A department as a team calls it: 市场监督管理局 of 渝岭区市场监督管理局, where the place is said already. */
export function shortName(packet: Packet, block: PacketBlock): string {
  const { region } = packet;
  const name = block.organisation_name;
  // An office may name less of the place than the packet does: 渝北区 of 重庆市渝北区.
  for (let at = 0; at < region.length - 1; at++) {
    const place = region.slice(at);
    if (name.startsWith(place) && name.length > place.length + 1) return name.slice(place.length);
  }
  return name;
}

/** The choices that may stand beside 不符合: not among them what nobody finds alone, and what is no violation. */
export function problems(packet: Packet): readonly Choice[] {
  return packet.findings.filter(
    (one) => one.group !== 'normal' && one.group !== 'not_engaged' && decidedBy(packet, one) === null,
  );
}

/** What may stand beside 不适用: the trade that was to be checked is not carried on here. */
export function unengaged(packet: Packet): readonly Choice[] {
  return packet.findings.filter(({ group }) => group === 'not_engaged');
}

/** The usual ones of them: a problem to be dealt with later, and one that was mended on the spot. */
export function usual(packet: Packet): readonly Choice[] {
  const known = problems(packet);
  const first = ['problem', 'corrected'].flatMap((kind) => known.find(({ group }) => group === kind) ?? []);
  return first.length > 0 ? first : known.slice(0, 2);
}

export interface OtherUse {
  organisation: string;
  department: string;
  item: PacketItem;
  used: boolean;
}

/** Items of the other departments that a photograph may show as well, and whether it is attached to them. */
export function otherUses(
  packet: Packet,
  state: VisitState,
  digest: string,
  organisation: string,
): OtherUse[] {
  const used = state.evidence
    .filter(({ taken, withdrawn }) => taken.body.digest === digest && withdrawn.length === 0)
    .flatMap(({ taken }) => taken.body.items);
  return packet.blocks
    .filter((block) => block.organisation !== organisation)
    .flatMap((block) =>
      block.items
        .filter(({ item }) => !itemOf(state, block.organisation, item).verified)
        .map((item) => ({
          organisation: block.organisation,
          department: shortName(packet, block),
          item,
          used: used.some((of) => of.organisation === block.organisation && of.item === item.item),
        })),
    );
}

/** The entry with which a photograph was taken; later ones only say what else it shows. */
export function firstOf(state: VisitState, digest: string): Fact<'evidence.taken'> | undefined {
  const all = state.evidence.flatMap(({ taken }) => (taken.body.digest === digest ? [taken] : []));
  return all.sort((a, b) => (a.at < b.at ? -1 : 1))[0];
}

/** Photographs that are relied on. One that serves several departments' items is one photograph. */
export function photosOf(state: VisitState): number {
  const relied = state.evidence.filter(({ withdrawn }) => withdrawn.length === 0);
  return new Set(relied.map(({ taken }) => taken.body.digest)).size;
}

/** Choices after one was tapped: a tap takes it or leaves it, and takes away what it excludes. */
export function toggled(choices: readonly Choice[], chosen: readonly string[], code: string): string[] {
  if (chosen.includes(code)) return chosen.filter((one) => one !== code);
  const excluded = (a: string, b: string): boolean =>
    choices.some((one) => one.code === a && one.excludes.includes(b));
  return [...chosen.filter((one) => !excluded(code, one) && !excluded(one, code)), code];
}

export const PENAL: readonly Disposition[] = ['ADMIN_PENALTY', 'ADMIN_COERCION'];

/** Items of a block that are still open, by id. */
export function openItems(block: PacketBlock, state: VisitState): string[] {
  return block.items
    .filter(({ item }) => {
      const now = itemOf(state, block.organisation, item);
      return !now.answer && !now.verified && !now.recognised;
    })
    .map(({ item }) => item);
}

/** The team as the packet lists it, then who stands in. */
export function teamOf(packet: Packet, state: VisitState): TeamMember[] {
  const place = new Map(packet.team.map(({ account }, i) => [account, i]));
  const of = ({ account }: TeamMember): number => place.get(account) ?? packet.team.length;
  return [...state.team].sort((a, b) => of(a) - of(b));
}

/** Certified officers of a department among those who work on this tablet (`people`: their accounts). */
export function officersHere(
  packet: Packet,
  state: VisitState,
  organisation: string,
  people: readonly { account: string }[],
): TeamMember[] {
  return teamOf(packet, state).filter(
    (one) =>
      one.organisation === organisation &&
      one.certified &&
      people.some(({ account }) => account === one.account),
  );
}

export interface Signer {
  member: TeamMember;
  organisation: string;
  block: PacketBlock;
  signature: Fact<'signature.given'> | null;
}

/** Certified officers by department, stand-ins among them, with the signature on the present record. */
export function signers(packet: Packet, state: VisitState, digest: string): Signer[] {
  const given = valid(packet, state.signatures, digest);
  const team = state.team.length > 0 ? teamOf(packet, state) : packet.team;
  return packet.blocks.flatMap((block) =>
    team
      .filter(({ organisation, certified }) => organisation === block.organisation && certified)
      .map((member) => ({
        member,
        organisation: block.organisation,
        block,
        signature:
          given.find(({ body }) => body.role === 'inspector' && body.signer === member.account) ?? null,
      })),
  );
}

/** A sentence without its closing mark, to go on after a comma. */
export function bare(sentence: string): string {
  return sentence.trim().replace(/[。；，、.;,]+$/u, '');
}

/** The first 12 signs of a digest in groups of four: short enough to read out, long enough to compare. */
export function checkCode(digest: string): string {
  return (digest.slice(0, 12).toUpperCase().match(/.{4}/g) ?? []).join(' ');
}

/** Hours and minutes between two moments, as on the clock in the head of a visit. */
export function onSite(from: string, until: number): string {
  const minutes = Math.max(0, Math.floor((until - Date.parse(from)) / 60_000));
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

// Made once: making one takes longer than a frame for the stamps of a few photographs.
const IN_CHINA = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Asia/Shanghai',
  dateStyle: 'short',
  timeStyle: 'short',
});

/** A moment in China as 2026-11-20 10:26. */
export function moment(at: string | number): string {
  return IN_CHINA.format(new Date(at));
}

/** The calendar day in China at a moment. */
export function dayOf(at: number): string {
  return moment(at).slice(0, 10);
}

/** The last calendar day in China before a moment, such as the last one on which a code is good. */
export function lastDayBefore(end: string): string {
  return dayOf(Date.parse(end) - 1);
}

/** What the joint check spares the firm; empty where one department comes alone and looks at everything on site. */
export function spared(prog: Progress): string[] {
  const verified = prog.blocks.some((block) => block.verified > 0);
  const recognised = prog.blocks.some((block) => block.recognised > 0);
  const why = [verified ? '网络核查' : '', recognised ? '结果互认' : '']
    .filter((part) => part !== '')
    .join('、');
  return [
    ...(prog.spared_visits > 0 ? [`减少入企 ${String(prog.spared_visits)} 次`] : []),
    ...(why === '' ? [] : [`${why}减少现场 ${String(prog.spared_items)} 项`]),
  ];
}

/**
 * What the screens say before the visit and at the door: pure functions from packets and states to words. No clock,
 * no storage. Numbers and choices are the packet's (`SiteRules`); a packet without them asks for nothing here.
 */
import type { Summary } from '@sync/exchange_words';
import { itemOf, saidOf, type Evidence, type Fact, type VisitState } from '@sync/state';
import {
  applications,
  offSite,
  proposals,
  recusalConfirmers,
  standing,
  unconfirmed,
} from '@sync/progress_site';
import { LASTING } from '@sync/check_site';
import type {
  Attempt,
  Ending,
  EndingRule,
  Packet,
  PacketItem,
  Ruled,
  SiteRules,
  TeamMember,
} from '@sync/words';
import { photosLeft } from '../store/space';
import { bare, moment, recallOf, shortName, teamOf, type Chip } from '../view';
import { relied } from './pictures';
import { endingCertificates, methodOf, noticeOf, shortOf } from './route';

// --- before leaving (出发准备) ------------------------------------------------------------------------------------

/** Ways of serving that leave no pen in the party's hand: what was said stands in the place of a signature. */
export const PENLESS: readonly string[] = ['phone', 'telephone', 'fax', 'mail', 'email', 'sms', 'message'];

export interface NetworkItem {
  item: PacketItem;
  verified: Fact<'item.verified'> | null;
  /** What did not agree, said last; null where it was verified or answered since. */
  differs: Fact<'item.contradicted'> | null;
  /** It was answered or recognised already: nothing to verify. */
  settled: boolean;
  /** What a new verification supersedes. */
  heads: string[];
}

/** The items of one block as the network check sees them. */
export function networkItems(packet: Packet, state: VisitState, organisation: string): NetworkItem[] {
  const block = packet.blocks.find((one) => one.organisation === organisation);
  return (block?.items ?? []).map((item) => {
    const now = itemOf(state, organisation, item.item);
    return {
      item,
      verified: now.verified,
      differs: now.heads.some(({ kind }) => kind === 'item.contradicted')
        ? (now.contradicted.at(-1) ?? null)
        : null,
      settled: now.answer !== null || now.recognised !== null,
      heads: now.heads.map(({ entry }) => entry),
    };
  });
}

// --- ready to leave (可以出发) ------------------------------------------------------------------------------------

/** What the tablet found out about itself. Bytes, milliseconds; null where it could not be known. */
export interface Probed {
  /** Texts of law of this visit that are not here. */
  missingTexts: number;
  /** Bytes that the browser still grants; null where it does not tell. */
  free: number | null;
  /** Whether the browser promised not to clear this tablet's store. */
  persisted: boolean;
  /** Clock of this tablet minus the server's, and when it was measured; null where it never was. */
  skew: { ms: number; at: number } | null;
  /** The programs that a visit needs lie here, so that it opens without signal. */
  offline: boolean;
  /** Until when the person at work unlocks this tablet without signal; null where it is not known. */
  lease: string | null;
}

export interface ReadyLine {
  tone: 'good' | 'warn';
  title: string;
  say: string;
}

const PHOTOS_AN_ITEM = 1;
const LEAST_PHOTOS = 20;
const SKEW_MS = 120_000;

/** 可以出发: line by line what holds, and what to do where it does not. `people`: accounts that unlock this tablet. */
export function ready(
  packet: Packet,
  state: VisitState,
  probed: Probed,
  people: readonly string[],
  now: number,
): ReadyLine[] {
  const line = (holds: boolean, title: string, good: string, otherwise: string): ReadyLine => ({
    tone: holds ? 'good' : 'warn',
    title,
    say: holds ? good : otherwise,
  });
  const notice = noticeOf(packet, state);
  const here = state.team.filter(({ account }) => people.includes(account));
  const absent = packet.blocks.filter(
    ({ organisation }) => !here.some((one) => one.organisation === organisation && one.certified),
  );
  const short = shortOf(packet, state);
  const items = packet.blocks.reduce((sum, block) => sum + block.items.length, 0);
  const photos = Math.max(LEAST_PHOTOS, items * PHOTOS_AN_ITEM);
  const room =
    probed.free === null ? null : photosLeft({ quota: probed.free, usage: 0, kept: probed.persisted });
  return [
    line(
      probed.missingTexts === 0 && probed.offline,
      '检查资料',
      '资料和依据齐全，没有信号也能用。',
      probed.missingTexts > 0
        ? `缺 ${String(probed.missingTexts)} 份依据，请联网点“同步”。`
        : '应用还没有存到本机，请联网再打开一次。',
    ),
    line(
      short.length === 0,
      '检查组人员',
      '各部门持证人员符合人数。',
      `${short.map(({ block }) => shortName(packet, block)).join('、')}人数不足，请办理更换或改日。`,
    ),
    line(
      absent.length === 0,
      '本机人员',
      `${here.map(({ name }) => name).join('、')}可在本机解锁。`,
      `${absent.map((block) => shortName(packet, block)).join('、')}没有人员在本机启用，请在“今日检查”点“添加人员”，或带上其本人终端。`,
    ),
    ...certificateLines(packet, state, moment(now).slice(0, 10)),
    line(!notice.due, '通知书', `${notice.words.words}。`, '还没有送达，请先送达或选择免于事先告知的依据。'),
    line(
      room === null || room >= photos,
      '存储空间',
      room === null ? '浏览器没有告知剩余空间，请勤同步。' : `约可再拍 ${spoken(room)}照片。`,
      `只够约 ${String(room ?? 0)} 张照片，请联网同步后清理。`,
    ),
    line(
      probed.skew === null || Math.abs(probed.skew.ms) <= SKEW_MS,
      '本机时间',
      probed.skew === null
        ? '还没有与服务器核对过，联网后自动核对。'
        : `与服务器一致（${age(now - probed.skew.at)}核对）。`,
      `与服务器相差 ${minutes(probed.skew?.ms ?? 0)}，请在系统设置中改为自动校时；不影响记录。`,
    ),
    line(
      probed.persisted,
      '本机保存',
      '浏览器已承诺保留本机数据。',
      '浏览器没有承诺保留本机数据，请把应用添加到桌面，从桌面打开，并勤同步。',
    ),
    ...(probed.lease === null ? [] : [leaseLine(probed.lease, packet.planned_on, now)]),
    ...codeLines(packet, now),
  ];
}

/** Nothing where the packet does not know: a line that nobody checked would be no promise. */
function certificateLines(packet: Packet, state: VisitState, today: string): ReadyLine[] {
  if (!packet.certificates) return [];
  const ends = endingCertificates(packet, state, today).map(
    ({ member, until, over }) =>
      `${member.name}的执法证${over ? `已于 ${until} 到期` : `到 ${until} 为止，检查日已到期`}`,
  );
  const say =
    ends.length === 0
      ? '检查日都在有效期内（按派发时的名录库）。'
      : `${ends.join('；')}。已换证的带新证，没有换证的请办理更换。`;
  return [{ tone: ends.length === 0 ? 'good' : 'warn', title: '执法证', say }];
}

/** Without signal nobody unlocks after the lease: it must last for the whole day of the check. */
function leaseLine(lease: string, planned: string, now: number): ReadyLine {
  const until = moment(lease);
  const day = [planned, moment(now).slice(0, 10)].sort().at(-1) ?? planned;
  const lasts = until.slice(0, 10) > day;
  return {
    tone: lasts ? 'good' : 'warn',
    title: '离线期限',
    say: lasts
      ? `没有信号可用到 ${until}。`
      : `没有信号只能用到 ${until}，到期后须联网才能解锁；请联网点“同步”续期。`,
  };
}

/** Whoever is shown a certificate at the door may scan a code; a packet without site rules never had one. */
function codeLines(packet: Packet, now: number): ReadyLine[] {
  if (!packet.site || methodOf(packet) !== 'ON_SITE') return [];
  const code = packet.site.check_code;
  const valid = code !== null && Date.parse(code.expires) > now;
  const lacks = code === null ? '本机没有核验码' : '核验码已过期';
  return [
    {
      tone: valid ? 'good' : 'warn',
      title: '核验码',
      say: valid ? '已在本机，没有信号也能出示。' : `${lacks}，请联网更新检查资料；证件照常出示。`,
    },
  ];
}

function spoken(count: number): string {
  return count >= 1000 ? '1000 张以上' : `${String(count)} 张`;
}

function minutes(ms: number): string {
  const whole = Math.round(Math.abs(ms) / 60_000);
  return whole >= 120 ? `${String(Math.round(whole / 60))} 小时` : `${String(whole)} 分钟`;
}

function age(ms: number): string {
  const hours = Math.floor(ms / 3_600_000);
  if (hours < 1) return '刚刚';
  return hours < 48 ? `${String(hours)} 小时前` : `${String(Math.floor(hours / 24))} 天前`;
}

// --- taken back, given to others ---------------------------------------------------------------------------------

/** Why nobody goes on with this check: its order was taken back, or `account` is of the team no more; else null. */
export function stoppedWords(packet: Packet, state: VisitState, account: string): string | null {
  const recall = recallOf(state);
  if (recall) {
    const { organisation, reason } = recall.body;
    const block = packet.blocks.find((one) => one.organisation === organisation);
    const who = block ? shortName(packet, block) : '组织部门';
    return `${who}已于 ${moment(recall.at)} 撤回派发：${bare(reason)}。请不再检查；已记录的内容都在，将照常上传。`;
  }
  const others = state.team.length > 0 && !state.team.some((one) => one.account === account);
  return others ? '检查组已调整，本人已不在组内，不再记录；已记录的内容都在，将照常上传。' : null;
}

/**
 * What is next for whoever goes on with this check no more: to hand in what this tablet recorded and the server does
 * not yet keep safe, else to go back to the list. Null while the check goes on, and once it is finished.
 */
export function stoppedNext(
  packet: Packet,
  state: VisitState,
  account: string,
  { recorded, safe }: Summary,
): { words: string; to: string } | null {
  if (state.finished.length > 0 || stoppedWords(packet, state, account) === null) return null;
  return recorded > 0 && !safe
    ? { words: '交回已做的记录', to: '/sync' }
    : { words: '返回今日检查', to: '/today' };
}

// --- the official code (执法码) -----------------------------------------------------------------------------------

const HOW = {
  scanned: '已扫码登记',
  typed: '已登记编号',
  photographed: '已拍照登记',
  missing: '待补录',
} as const;

/** How the place's official code stands: its words, whether it is to be made good, and within what time. */
export function codeOf(
  packet: Packet,
  state: VisitState,
): { head: Fact<'code.recorded'> | null; chip: Chip; backfill: string | null } {
  const head = saidOf(state, 'code.recorded').at(-1) ?? null;
  const rule = packet.site?.official_code;
  if (!head) {
    const tone = rule?.required ? 'warn' : '';
    return { head, chip: { words: rule?.required ? '还没有登记' : '没有可不登记', tone }, backfill: null };
  }
  const missing = head.body.how === 'missing';
  const due = rule && rule.due !== '' ? `：${rule.due}` : '';
  const chip: Chip = { words: HOW[head.body.how], tone: missing ? 'warn' : 'good' };
  return { head, chip, backfill: missing ? `${rule?.label ?? '执法码'}待补录${due}。` : null };
}

/** What to say of the code before anybody leaves: null where it was recorded, or nobody asks for it. */
export function codeLack(packet: Packet, state: VisitState): string | null {
  // A check of papers or by network enters nobody's premises: no code is asked for.
  if (offSite(packet)) return null;
  const { head, backfill } = codeOf(packet, state);
  const rule = packet.site?.official_code;
  if (head || !rule?.required) return backfill;
  const due = rule.due === '' ? '' : `（${rule.due}）`;
  return `还没有登记${rule.label}。请现在登记；没有的说明原因，离场后补录${due}。`;
}

// --- the short ways (未能实施检查) ----------------------------------------------------------------------------------

/** Pictures that an ending relies on are known by their caption: they belong to no item. */
export const ENDING_CAPTION = '未能实施检查';
export const CODE_CAPTION = '执法码';

/** Pictures with this caption that are still relied on; one that was given twice counts once. */
export function picturesFor(state: VisitState, caption: string): Evidence[] {
  const seen = new Set<string>();
  return state.evidence.filter(
    (one) =>
      relied(one) &&
      one.taken.body.caption === caption &&
      !seen.has(one.taken.body.digest) &&
      seen.add(one.taken.body.digest),
  );
}

/** Whether another day may bring what was not met today. */
export function comesAgain(ending: Ending): boolean {
  return !LASTING.has(ending);
}

export interface EndingTyped {
  statement: string;
  attempts: readonly Attempt[];
  witness: string;
  moved_to: string;
  noncooperation: readonly string[];
}

/** What the rule still asks for, part by part; the kernel asks the same when it is recorded. */
export function endingLacks(
  rule: EndingRule,
  typed: EndingTyped,
  photos: number,
  place: boolean,
  rules: SiteRules,
): string[] {
  const found: string[] = [];
  if (rule.photos > photos) found.push(`照片 ${String(rule.photos - photos)} 张`);
  if (rule.place && !place) found.push('定位');
  const calls = typed.attempts.length;
  if (rule.attempts > calls) found.push(`电话联系 ${String(rule.attempts - calls)} 次`);
  if (rule.witness && typed.witness.trim() === '') found.push('见证人');
  if (rule.ending === 'moved' && typed.moved_to.trim() === '') found.push('迁往何处');
  if (rule.ending === 'entry_refused' && rules.noncooperation.length > 0 && typed.noncooperation.length === 0)
    found.push('情形');
  if (typed.statement.trim().length < 2) found.push('情况说明');
  return found;
}

export interface EndingNow {
  /** What counts: the confirmed one, else the latest. */
  proposal: Fact<'ending.proposed'> | null;
  confirmed: boolean;
  label: string;
}

/** Whether somebody found that the check cannot be carried out, and whether a second officer confirmed it. */
export function endingOf(packet: Packet, state: VisitState): EndingNow {
  const { ended } = standing(state);
  const proposal = ended ?? proposals(state).at(-1) ?? null;
  const rule = packet.site?.endings.find(({ ending }) => ending === proposal?.body.ending);
  return { proposal, confirmed: ended !== null, label: rule?.label ?? '' };
}

/** Who may confirm: another certified officer who did not withdraw. */
export function confirmers(
  packet: Packet,
  state: VisitState,
  proposal: Fact<'ending.proposed'>,
): TeamMember[] {
  const { recused } = standing(state);
  return teamOf(packet, state).filter(
    (one) => one.certified && one.account !== proposal.by && !recused.has(one.account),
  );
}

/** The interruption that nobody ended yet. */
export function pauseOf(state: VisitState): Fact<'visit.paused'> | null {
  return standing(state).pauses[0] ?? null;
}

/** Who withdrew, or was asked to: neither records nor signs until it is decided. */
export function recusedOf(state: VisitState): ReadonlySet<string> {
  return standing(state).recused;
}

/** The party asked for a recusal (申请回避) and nobody wrote down of whom and why; the check goes on meanwhile. */
export function recusalLack(state: VisitState): string | null {
  if (state.rights.at(-1)?.body.recusal !== 'requested') return null;
  if (saidOf(state, 'recusal.declared').some(({ body }) => body.applicant === 'party')) return null;
  return '当事人申请回避，请登记申请谁回避和理由；决定作出前，检查继续进行。';
}

/** What the party asked of an officer and nobody decided yet; `waits` for one of `able` to confirm it. */
export interface Application {
  entry: string;
  at: string;
  who: string;
  by: string;
  ground: string;
  statement: string;
  waits: boolean;
  able: TeamMember[];
}

export function applicationsOf(packet: Packet, state: VisitState): Application[] {
  const now = standing(state);
  const waiting = new Set(unconfirmed(state, now).map(({ entry }) => entry));
  const team = teamOf(packet, state);
  const called = (account: string) => team.find((one) => one.account === account)?.name ?? '';
  return applications(state).map((one) => {
    const able = recusalConfirmers(state, one, now);
    const ground = packet.site?.recusal_grounds.find(({ code }) => code === one.body.ground);
    return {
      entry: one.entry,
      at: one.at,
      who: called(one.body.account),
      by: called(one.by),
      ground: ground ? ruledWords(ground) : one.body.ground,
      statement: one.body.statement,
      waits: waiting.has(one.entry),
      able: team.filter(({ account }) => able.includes(account)),
    };
  });
}

/** What is still missing of what the party asked: a second officer; null where nobody is waited for. */
export function recusalWaits(packet: Packet, state: VisitState): string | null {
  const [one] = applicationsOf(packet, state).filter(({ waits }) => waits);
  return one ? `当事人申请${one.who}回避，${one.by}已登记，还须由另一名执法人员确认后才能签字。` : null;
}

/** Who may stand in for a department's officer: the packet's list, without whom the team has already. */
export function substitutesFor(packet: Packet, state: VisitState, organisation: string): TeamMember[] {
  const team = new Set(state.team.map(({ account }) => account));
  return (packet.site?.substitutes ?? []).filter(
    (one) => one.organisation === organisation && one.certified && !team.has(one.account),
  );
}

/** A ruled option as one line: what it is and what it rests on. */
export function ruledWords({ label, article }: Ruled): string {
  return article === '' ? label : `${label}（${article}）`;
}

/** A moment typed as the tablet's local date and time, as an Instant; null where it is none. */
export function instantOf(typed: string): string | null {
  const at = new Date(typed);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}

/**
 * What the list of visits says about each: when the team comes, and what is missing before it leaves. Pure; apart from
 * the rest of the door's words, because the list is there before anything else is loaded.
 */
import { itemOf, saidOf, type Fact, type VisitState } from '@sync/state';
import { standing } from '@sync/progress_site';
import type { Bodies, Packet, PacketBlock, SiteRules, TeamMember } from '@sync/words';
import {
  bare,
  moment,
  recallOf,
  returnOf,
  shortName,
  teamOf,
  type Card,
  type CardGroup,
  type Chip,
  type Here,
} from '../view';

// --- the day's route (路线单) ------------------------------------------------------------------------------------

/** When and as which of the day the team comes, as the leader said it last; null where nothing was said. */
export function scheduleOf(state: VisitState | null): Bodies['visit.scheduled'] | null {
  return state ? (saidOf(state, 'visit.scheduled').at(-1)?.body ?? null) : null;
}

export interface RouteCard extends Card {
  /** HH:MM, empty where the leader set none. */
  time: string;
  /** Place of the day from 1; 0 where the leader set none. */
  order: number;
  /** What was done the last time, where the team comes again; empty otherwise. */
  before: string;
  /** What is still to be done before anybody leaves; empty once the team arrived. */
  lacks: Chip[];
}

export interface RouteGroup extends Omit<CardGroup, 'cards'> {
  cards: RouteCard[];
}

/** The groups of the list, each day's visits in the leader's order, the coming ones parted into this week and later. */
export function routed(
  groups: readonly CardGroup[],
  all: ReadonlyMap<string, Here>,
  today: string,
): RouteGroup[] {
  return groups.flatMap((group) => {
    const cards = group.cards.map((card) => routeCard(card, all.get(card.visit), today)).sort(byRoute);
    if (group.title !== '即将检查') return [{ ...group, cards }];
    const friday = lastOfWeek(today);
    const week = cards.filter(({ day }) => day <= friday);
    const later = cards.filter(({ day }) => day > friday);
    return [
      { title: '本周检查', cards: week, over: false, empty: '' },
      { title: '以后检查', cards: later, over: false, empty: '' },
    ].filter(({ cards: some }) => some.length > 0);
  });
}

function routeCard(card: Card, here: Here | undefined, today: string): RouteCard {
  const set = scheduleOf(here?.state ?? null);
  const lacks = here ? lacking(here.packet, here.state, today) : [];
  const before = here && !here.state?.finished.length ? lastTime(here.packet, here.state) : '';
  return { ...card, time: set?.time ?? '', order: set?.place ?? 0, before, lacks };
}

/** 约定再次到场: the day, and what was met and done the last time, with every call and who saw it. */
export function lastTime(packet: Packet, state: VisitState | null): string {
  const again = returnOf(state);
  if (!again) return '';
  const { ending, on, statement, attempts, witness } = again.body;
  const label = packet.site?.endings.find((one) => one.ending === ending)?.label ?? '';
  const calls = attempts.map(({ at, outcome }) => `${moment(at).slice(5)} ${outcome}`).join('，');
  return [
    `约定 ${on} 再次到场。上次 ${moment(again.at).slice(5)} ${label}：${bare(statement)}`,
    ...(calls === '' ? [] : [`电话 ${calls}`]),
    ...(witness === '' ? [] : [`见证人 ${witness}`]),
  ].join('；');
}

function byRoute(a: RouteCard, b: RouteCard): number {
  const day = a.day.replace('原定 ', '').localeCompare(b.day.replace('原定 ', ''));
  const order = (a.order || 100) - (b.order || 100);
  return day || order || a.time.localeCompare(b.time) || 0;
}

/** The Sunday of the week of `day` (YYYY-MM-DD). */
export function lastOfWeek(day: string): string {
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + ((7 - at.getUTCDay()) % 7));
  return at.toISOString().slice(0, 10);
}

// --- before leaving (出发准备) ----------------------------------------------------------------------------------

export interface EndingCertificate {
  member: TeamMember;
  until: string;
  /** It has run out already; else it does before the visit's day. */
  over: boolean;
}

/**
 * Whose certificate (执法证) has run out, or does before the day on which the team goes: the planned one, or `today`
 * where that is later. By what the registry said when the visit was ordered; a packet that does not know says nothing.
 */
export function endingCertificates(packet: Packet, state: VisitState, today: string): EndingCertificate[] {
  const until = new Map((packet.certificates ?? []).map((one) => [one.account, one.until]));
  const day = today > packet.planned_on ? today : packet.planned_on;
  return teamOf(packet, state).flatMap((member) => {
    const end = member.certified ? until.get(member.account) : undefined;
    return end !== undefined && end < day ? [{ member, until: end, over: end < today }] : [];
  });
}

/** What is still missing before the team leaves, shortest words first to act on; nothing once it arrived. */
export function lacking(packet: Packet, state: VisitState | null, today: string): Chip[] {
  if (!state || state.opened.length > 0 || state.finished.length > 0 || recallOf(state)) return [];
  const found: Chip[] = [];
  if (noticeOf(packet, state).due) found.push({ words: '通知书未送达', tone: 'warn' });
  for (const { block, have } of shortOf(packet, state))
    found.push({
      words: `${shortName(packet, block)}缺 ${String(packet.minimum_officers - have)} 名执法人员`,
      tone: 'warn',
    });
  for (const { member, over } of endingCertificates(packet, state, today))
    found.push({ words: `${member.name}的执法证${over ? '已到期' : '届时到期'}`, tone: 'warn' });
  const net = networkOf(packet, state);
  if (methodOf(packet) !== 'ON_SITE' && net.verified < net.total)
    found.push({ words: `网络核查 ${String(net.verified)}/${String(net.total)}`, tone: 'warn' });
  else if (net.verified + net.differ === 0) found.push({ words: '未作网络核查', tone: '' });
  if (net.differ > 0) found.push({ words: `网络核查 ${String(net.differ)} 项不一致`, tone: 'warn' });
  return found;
}

export function methodOf(packet: Packet): SiteRules['method'] {
  return packet.site?.method ?? 'ON_SITE';
}

export const METHODS: Readonly<Record<SiteRules['method'], string>> = {
  ON_SITE: '实地核查',
  DOCUMENTARY: '书面检查',
  NETWORK: '网络检查',
};

/** Departments with fewer certified officers in the team than the law asks for. */
export function shortOf(packet: Packet, state: VisitState): { block: PacketBlock; have: number }[] {
  return packet.blocks
    .map((block) => ({ block, have: able(state, block.organisation).length }))
    .filter(({ have }) => have < packet.minimum_officers);
}

/** Certified officers of a department who may act: neither withdrawn nor replaced. */
export function able(state: VisitState, organisation: string): TeamMember[] {
  const { gone } = standing(state);
  return state.team.filter(
    (one) => one.organisation === organisation && one.certified && !gone.has(one.account),
  );
}

export interface Notice {
  /** Whether somebody still has to be told. */
  due: boolean;
  served: Fact<'notice.served'> | null;
  exempted: Fact<'notice.exempted'> | null;
  words: Chip;
}

const OUTCOMES = { signed: '已签收', refused: '拒绝签收', confirmed: '已确认收到' } as const;

/** How the notice stands (行政检查通知书). */
export function noticeOf(packet: Packet, state: VisitState): Notice {
  const served = saidOf(state, 'notice.served').at(-1) ?? null;
  const exempted = saidOf(state, 'notice.exempted').at(-1) ?? null;
  const rule = packet.site?.notice;
  const due = Boolean(rule?.required) && !served && !exempted;
  const basis = rule?.exemptions.find(({ code }) => code === exempted?.body.reason);
  const words: Chip = served
    ? { words: OUTCOMES[served.body.outcome], tone: served.body.outcome === 'refused' ? 'warn' : 'good' }
    : exempted
      ? { words: `免于事先告知：${basis?.label ?? exempted.body.reason}`, tone: 'good' }
      : due
        ? { words: '还没有送达', tone: 'warn' }
        : { words: '本次不要求事先告知', tone: '' };
  return { due, served, exempted, words };
}

/** Counts of the network check (网络核查): items that it settled, and those that it found to differ and are open. */
export function networkOf(
  packet: Packet,
  state: VisitState,
): { total: number; verified: number; differ: number } {
  const items = packet.blocks.flatMap((block) =>
    block.items.map(({ item }) => itemOf(state, block.organisation, item)),
  );
  return {
    total: items.length,
    verified: items.filter(({ verified }) => verified !== null).length,
    differ: items.filter(({ heads }) => heads.some(({ kind }) => kind === 'item.contradicted')).length,
  };
}

/**
 * What the screens of leaving show, and the paper prints: what happened on site beside the items, what came after the
 * signatures, and the owner's sheet. Twin of `backend/documents/site.py` and `sheet.py`: the same lines in the same
 * order, which a vector holds both to. Pure.
 */
import { NO_PROBLEM } from '@sync/progress';
import { seconds, standing, unconfirmed } from '@sync/progress_site';
import { blockOf, itemOf, saidOf, type Fact, type SiteKind, type VisitState } from '@sync/state';
import type { Due, ItemOf, Packet, PacketBlock, Ruled } from '@sync/words';
import { bare, checkCode, moment, PARTY_ROLES } from '../view';
import { observedWords } from './observed';
import { filled, OWNER } from './printed';

/** Something drawn by hand: a signature with its name, or a sketch. */
export interface Pen {
  strokes: readonly (readonly number[])[];
  name: string;
  note: string;
}
export interface Line {
  text: string;
  pens: readonly Pen[];
}
export interface Part {
  title: string;
  lines: readonly Line[];
}

export const OPINIONS = { agreed: '经核对，情况属实', objected: '有异议' } as const;
export const MANNERS = { self: '本人核对', aloud: '由执法人员宣读' } as const;
export const MEANS = { paper: '交付纸质副本', code: '告知领取全文的编码', left: '留置副本' } as const;
const ACTS = {
  documents_viewed: '查阅材料',
  documents_copied: '复制材料',
  place_viewed: '查看现场',
  tested: '实施检测',
  sampled: '抽样',
} as const;
const OUTCOMES = { signed: '', refused: '拒绝签字', absent: '不在场' } as const;
const ROLES = { inspector: '执法人员', party: '当事人', witness: '见证人' } as const;
const SIGNED_BY = { signed: '已签字', refused: '拒绝签字', absent: '不在场' } as const;

interface Names {
  person: (account: string) => string;
  department: (organisation: string | null) => string;
}

/** What the signatures cover besides items and results; parts without a line are left out. */
export function siteParts(packet: Packet, state: VisitState): Part[] {
  const names = namesOf(packet, state);
  const each = <K extends SiteKind>(kind: K, line: (fact: Fact<K>) => Line): Line[] =>
    saidOf(state, kind).map(line);
  return [
    part('事先告知', notices(packet, state)),
    part(
      '与登记不一致',
      each('target.observed', ({ body }) => plain(observedWords(body))),
    ),
    part('打算再次到场', returns(packet, state, names)),
    part('未能实施检查', endings(packet, state, names)),
    part(
      '回避',
      each('recusal.declared', (fact) => recusal(packet, state, fact, names)),
    ),
    part(
      '更换执法人员',
      each('consent.recorded', ({ body }) =>
        plain(
          `${names.person(body.out)} 由 ${body.member.name} 接替，${body.consented_by} ${when(body.consented_at)} 电话同意：${body.reason}`,
        ),
      ),
    ),
    part('中止与恢复', pauses(state)),
    part(
      '授权委托',
      each('authority.shown', ({ body }) =>
        plain(`${body.name}，${body.document}${pictures(body.evidence)}`),
      ),
    ),
    part(
      '检查方式',
      each('act.recorded', ({ body }) => {
        const more = and('编号 ', body.number) + and('数量 ', body.quantity) + pictures(body.evidence);
        return plain(`${names.department(body.organisation)} ${ACTS[body.act]}：${body.statement}${more}`);
      }),
    ),
    part(
      '询问笔录',
      saidOf(state, 'transcript.taken').flatMap(({ body }) => transcript(body, names)),
    ),
    part('不得拍摄', [
      ...each('media.restricted', ({ body }) => restricted(packet, body, names)),
      ...deleted(packet, state),
    ]),
    part('情形认定', noncooperation(packet, state, names)),
    part(
      '专家意见',
      each('expert.concluded', ({ body }) => {
        const who = body.body === '' ? body.expert : `${body.expert}（${body.body}）`;
        return plain(
          `${names.department(body.organisation)} ${who}：${body.conclusion}${pictures(body.evidence)}`,
        );
      }),
    ),
    part('中途签字', each('part.signed', partSigned)),
  ].filter(({ lines }) => lines.length > 0);
}

/** What came after the record was closed. `seal`: the record's digest; what speaks of another record says so. */
export function laterParts(packet: Packet, state: VisitState, seal: string): Part[] {
  const names = namesOf(packet, state);
  const other = (digest: string): string =>
    digest === seal ? '' : `（当时记录校验码 ${checkCode(digest)}）`;
  const parts = [
    part(
      '核对、宣读',
      saidOf(state, 'record.read').map(({ at, body }) =>
        plain(`${when(at)} ${body.to} ${MANNERS[body.manner]}${other(body.record_digest)}`),
      ),
    ),
    part(
      '纸质签署',
      saidOf(state, 'paper.signed').map(({ body }) => {
        const signers = body.signers.map(names.person).join('、');
        const number = body.number === '' ? '本机打印件' : `编号 ${body.number}`;
        const party = `当事人${SIGNED_BY[body.party]}${body.reason === '' ? '' : `：${body.reason}`}`;
        const told = `${number}，共 ${String(body.pages.length)} 页，已拍照；执法人员 ${signers} 签字，${party}`;
        return plain(told + other(body.record_digest));
      }),
    ),
    part(
      '盖章',
      saidOf(state, 'seal.recorded').map(({ body }) => {
        const whose =
          body.whose === 'party' ? '被核查单位' : `核查人${and('', names.department(body.organisation))}`;
        return plain(
          body.sealed ? `${whose}已盖章${pictures(body.evidence)}` : `${whose}未盖章：${body.reason}`,
        );
      }),
    ),
    part(
      '交付副本',
      saidOf(state, 'copy.given').map(({ at, body }) =>
        plain(`${when(at)} 向 ${body.to} ${MEANS[body.means]}${other(body.record_digest)}`),
      ),
    ),
  ].filter(({ lines }) => lines.length > 0);
  return [...parts, ...supplements(state).map((fact) => supplement(fact, state, names))];
}

/** In the order of their numbers; of two tablets that used one number, in the order in which they were said. */
export function supplements(state: VisitState): Fact<'supplement.given'>[] {
  return [...saidOf(state, 'supplement.given')].sort((a, b) => a.body.number - b.body.number);
}

/** What was said of one supplement by those who were asked to sign it. */
export function supplementSignatures(state: VisitState, entry: string): Fact<'supplement.signed'>[] {
  return saidOf(state, 'supplement.signed').filter(({ body }) => body.supplement === entry);
}

function namesOf(packet: Packet, state: VisitState): Names {
  const people = new Map([...packet.team, ...state.team].map(({ account, name }) => [account, name]));
  const departments = new Map(packet.blocks.map((one) => [one.organisation, one.organisation_name]));
  return {
    person: (account) => people.get(account) ?? '',
    department: (organisation) => departments.get(organisation ?? '') ?? '',
  };
}

const part = (title: string, lines: readonly Line[]): Part => ({ title, lines });
const plain = (text: string, ...pens: Pen[]): Line => ({ text, pens });
const pen = (strokes: Pen['strokes'], name: string, note = ''): Pen => ({ strokes, name, note });
const pictures = (found: readonly string[]): string =>
  found.length > 0 ? `（照片 ${String(found.length)} 张）` : '';
const and = (label: string, value: string): string => (value === '' ? '' : `，${label}${value}`);
const ruled = (options: readonly Ruled[] | undefined, code: string): string =>
  options?.find((one) => one.code === code)?.label ?? code;

/** A moment as China reads it; as it stands where a tablet's clock showed no real moment. */
export function when(at: string): string {
  return Number.isNaN(Date.parse(at)) ? at : moment(at);
}

function notices(packet: Packet, state: VisitState): Line[] {
  const rules = packet.site?.notice;
  const served = saidOf(state, 'notice.served').map(({ at, body }) => {
    const ends = {
      signed: '已签收',
      refused: `拒绝签收：${body.reason}`,
      confirmed: `确认情况：${body.reason}`,
    };
    const channel = ruled(rules?.channels, body.channel);
    const text = `${when(at)} ${channel}，告知 ${body.to}${and('编号 ', body.number)}；${ends[body.outcome]}`;
    return plain(text, ...(body.strokes.length > 0 ? [pen(body.strokes, body.to)] : []));
  });
  const freed = saidOf(state, 'notice.exempted').map(({ body }) =>
    plain(`免于事先告知：${ruled(rules?.exemptions, body.reason)}${and('', body.statement)}`),
  );
  return [...served, ...freed];
}

function returns(packet: Packet, state: VisitState, names: Names): Line[] {
  return saidOf(state, 'return.planned').flatMap(({ at, by, body }) => {
    const label = packet.site?.endings.find(({ ending }) => ending === body.ending)?.label ?? body.ending;
    const text = [
      `${when(at)} ${label}：${body.statement}`,
      `${body.witness === '' ? '' : '，已请见证人见证'}${pictures(body.evidence)}`,
      `；${names.person(by)} 记录，打算 ${body.on} 再次到场`,
    ].join('');
    return [plain(text), ...body.attempts.map((one) => plain(`电话联系 ${when(one.at)}：${one.outcome}`))];
  });
}

function endings(packet: Packet, state: VisitState, names: Names): Line[] {
  return saidOf(state, 'ending.proposed').flatMap(({ entry, at, by, body }) => {
    const label = packet.site?.endings.find(({ ending }) => ending === body.ending)?.label ?? body.ending;
    const second = saidOf(state, 'ending.confirmed').find((one) => one.body.proposal === entry);
    const kinds = body.noncooperation.map((code) => ruled(packet.site?.noncooperation, code)).join('；');
    const text = [
      `${when(at)} ${label}：${body.statement}`,
      `${and('情形：', kinds)}${and('迁往：', body.moved_to)}`,
      `${body.witness === '' ? '' : '，已请见证人见证'}${pictures(body.evidence)}`,
      `；认定人 ${names.person(by)}，复核人 ${second ? names.person(second.by) : '待复核'}`,
    ].join('');
    const back = saidOf(state, 'ending.withdrawn').filter((one) => one.body.proposal === entry);
    return [
      plain(text),
      ...back.map((one) => plain(`${when(one.at)} ${names.person(one.by)} 撤回上述认定：${one.body.reason}`)),
      ...body.attempts.map((one) => plain(`电话联系 ${when(one.at)}：${one.outcome}`)),
    ];
  });
}

function recusal(packet: Packet, state: VisitState, fact: Fact<'recusal.declared'>, names: Names): Line {
  const { body } = fact;
  const waits = unconfirmed(state, standing(state)).some(({ entry }) => entry === fact.entry);
  const second = seconds(state, fact).map(names.person)[0] ?? (waits ? '待确认' : '');
  const heard = second === '' ? '' : `；${names.person(fact.by)} 登记，确认人 ${second}`;
  const who = names.person(body.account);
  const said = body.applicant === 'officer' ? `${who} 申请回避` : `当事人申请 ${who} 回避`;
  const ground = ruled(packet.site?.recusal_grounds, body.ground);
  return plain(`${said}：${ground}${and('', body.statement)}${heard}`);
}

function pauses(state: VisitState): Line[] {
  const both = [
    ...saidOf(state, 'visit.paused').map(({ at, body }) => ({
      at,
      text: `${when(at)} 中止：${body.reason}`,
    })),
    ...saidOf(state, 'visit.resumed').map(({ at }) => ({ at, text: `${when(at)} 恢复` })),
  ];
  return both.sort((a, b) => (a.at + a.text < b.at + b.text ? -1 : 1)).map(({ text }) => plain(text));
}

function transcript(body: Fact<'transcript.taken'>['body'], names: Names): Line[] {
  const time = `${when(body.began)} 至 ${when(body.ended)}`;
  const lines = [
    plain(`${names.department(body.organisation)} 询问 ${body.respondent}，${time}`),
    ...body.exchanges.flatMap((one) => [plain(`问：${one.question}`), plain(`答：${one.answer}`)]),
  ];
  if (body.strokes.length > 0) return [...lines, plain('被询问人签字：', pen(body.strokes, body.respondent))];
  return [...lines, plain(`被询问人没有签字：${body.refused}`)];
}

function restricted(packet: Packet, body: Fact<'media.restricted'>['body'], names: Names): Line {
  const basis = ruled(packet.site?.media_bases, body.basis);
  const text = `${names.department(body.organisation)} ${basis}：${body.description}${and('图号 ', body.drawing)}`;
  return plain(text, ...(body.sketch.length > 0 ? [pen(body.sketch, '草图')] : []));
}

function deleted(packet: Packet, state: VisitState): Line[] {
  return state.evidence.flatMap((one) =>
    one.deleted.map(({ body }) =>
      plain(
        `当场删除照片 1 张（校验码 ${checkCode(one.taken.body.digest)}），${ruled(packet.site?.media_bases, body.basis)}：${body.reason}`,
      ),
    ),
  );
}

function noncooperation(packet: Packet, state: VisitState, names: Names): Line[] {
  const agreed = new Set(saidOf(state, 'noncooperation.confirmed').map(({ body }) => body.proposal));
  return saidOf(state, 'noncooperation.proposed').map(({ entry, body }) => {
    const kinds = body.circumstances.map((code) => ruled(packet.site?.noncooperation, code)).join('；');
    const how = agreed.has(entry) ? '组长已确认，待部门核定' : '待组长确认';
    return plain(
      `${names.department(body.organisation)} ${kinds}：${body.statement}${pictures(body.evidence)}；${how}`,
    );
  });
}

function partSigned({ at, body }: Fact<'part.signed'>): Line {
  const own = body.statement === '' ? '' : `：${body.statement}`;
  const text =
    `${when(at)} ${body.name} 离开前对已记录的 ${String(body.items.length)} 项签字，` +
    `当时记录校验码 ${checkCode(body.record_digest)}，意见：${OPINIONS[body.opinion]}${own}`;
  return plain(text, pen(body.strokes, body.name));
}

function supplement(
  { entry, at, by, body }: Fact<'supplement.given'>,
  state: VisitState,
  names: Names,
): Part {
  const lines = [
    plain(
      `${when(at)} ${names.department(body.organisation)} ${names.person(by)} 记录，理由：${body.reason}`,
    ),
    plain(`${body.text}${pictures(body.evidence)}`),
  ];
  for (const { body: said } of supplementSignatures(state, entry)) {
    const note = said.assurance === 'drawn_only' ? '仅手写' : '';
    lines.push(
      said.outcome === 'signed'
        ? plain(`${ROLES[said.role]}签字：`, pen(said.strokes, said.name, note))
        : plain(`${ROLES[said.role]} ${said.name} ${OUTCOMES[said.outcome]}：${said.reason}`),
    );
  }
  return part(`补充记录第 ${String(body.number)} 号`, lines);
}

// --- the owner's sheet (检查结果告知单) -------------------------------------------------------------------------

export interface OwnerSheet {
  about: string[];
  told: { title: string; lines: string[] }[];
}

/** Within how many working days; where the law counts otherwise, the label says all of it. */
export function dueWords({ working_days }: Due): string {
  return working_days === null ? '' : `${String(working_days)} 个工作日内`;
}

/** What was found, what to mend until when, what is published when, where to object. It names no person. */
export function ownerSheet(packet: Packet, state: VisitState): OwnerSheet {
  const arrived = state.opened[0];
  const day = arrived ? when(arrived.at).slice(0, 10) : packet.planned_on;
  const names = packet.blocks.map((block) => block.organisation_name).join('、');
  const dues = packet.dues.map((due) => [due.label, dueWords(due)].filter((one) => one !== '').join('：'));
  const more = supplements(state).map(({ body }) => `${String(body.number)}．${body.text}`);
  const told = [
    { title: OWNER.found, lines: packet.blocks.flatMap((block) => foundIn(packet, state, block)) },
    { title: OWNER.mend, lines: mends(packet, state) },
    { title: OWNER.added, lines: more },
    { title: OWNER.published, lines: [...(packet.site?.published ?? []), ...dues] },
    { title: OWNER.object, lines: [...(packet.site?.objection ?? [])] },
  ];
  return {
    about: [filled(OWNER.to, packet.target.name), filled(OWNER.about, day, names, packet.number)],
    told: told.filter(({ lines }) => lines.length > 0),
  };
}

function foundIn(packet: Packet, state: VisitState, block: PacketBlock): string[] {
  const { waived, disposition } = blockOf(state, block.organisation);
  const name = block.organisation_name;
  if (waived) return [`${name}：本部门事项未实施，${waived.body.reason}`];
  const wrong = foundWrong(packet, state, block).map((line) => `\u3000${line}`);
  const given = disposition?.body;
  const done = (given?.results ?? [])
    .filter((code) => code !== NO_PROBLEM)
    .map((code) => `\u3000${packet.dispositions.find((one) => one.code === code)?.label ?? code}`);
  const filed = given?.case_proposed ? ['\u3000拟立案，另行通知'] : [];
  const count = `${name}：${String(block.items.length)} 项`;
  if (wrong.length > 0) return [`${count}，${String(wrong.length)} 项不符合`, ...wrong, ...done, ...filed];
  const clean = given?.results.includes(NO_PROBLEM) === true;
  return [clean ? `${count}，未发现问题` : count, ...done, ...filed];
}

/** A line of each item of a block that does not conform: what was found, and the officer's words. */
export function foundWrong(packet: Packet, state: VisitState, block: PacketBlock): string[] {
  return block.items.flatMap((item) => {
    const body = itemOf(state, block.organisation, item.item).answer?.body;
    if (body?.answer !== 'nonconform') return [];
    const found = body.findings.map(
      (code) => packet.findings.find((one) => one.code === code)?.label ?? code,
    );
    return [`${item.title}：${found.join('，')}${body.note === '' ? '' : `（${body.note}）`}`];
  });
}

function mends(packet: Packet, state: VisitState): string[] {
  return packet.blocks.flatMap((block) => {
    const order = blockOf(state, block.organisation).disposition?.body.rectification;
    if (!order) return [];
    return [`${block.organisation_name}：${bare(order.demand)}${order.due ? `，${order.due} 前改正` : ''}`];
  });
}

// --- who does what next ---------------------------------------------------------------------------------------

/** The person met, with the role in the words that a team uses. */
export function partyOf(state: VisitState): { name: string; label: string } | null {
  const body = state.party.heads[0]?.body;
  if (!body) return null;
  return { name: body.name, label: PARTY_ROLES.find(({ code }) => code === body.role)?.label ?? '' };
}

/** Items that are settled now: what a party that leaves half-way signs for. */
export function settledItems(packet: Packet, state: VisitState): ItemOf[] {
  return packet.blocks.flatMap(({ organisation, items }) =>
    items
      .filter(({ item }) => {
        const now = itemOf(state, organisation, item);
        return !now.disputed && (now.answer ?? now.verified ?? now.recognised) !== null;
      })
      .map(({ item }) => ({ organisation, item })),
  );
}

/** Whether the party read exactly this record, or it was read to it. */
export function wasRead(packet: Packet, state: VisitState, digest: string): boolean {
  return saidOf(state, 'record.read').some(
    ({ body }) => body.record_digest === digest && body.template === packet.template,
  );
}

/** Signed on paper under exactly this record. */
export function paperOn(packet: Packet, state: VisitState, digest: string): Fact<'paper.signed'>[] {
  return saidOf(state, 'paper.signed').filter(
    ({ body }) => body.record_digest === digest && body.template === packet.template,
  );
}

/** The copy of exactly this record was handed over. */
export function copyGiven(packet: Packet, state: VisitState, digest: string): Fact<'copy.given'> | undefined {
  return saidOf(state, 'copy.given').find(
    ({ body }) => body.record_digest === digest && body.template === packet.template,
  );
}

/** The number of the visit's next supplement (补充记录), which counts from 1. */
export function nextSupplement(state: VisitState): number {
  return Math.max(0, ...saidOf(state, 'supplement.given').map(({ body }) => body.number)) + 1;
}

/** The frame of 3 : 1 around a canvas of this size, and where the canvas lies in it; in pixels. */
export function frameOf(
  width: number,
  height: number,
): { width: number; height: number; left: number; top: number } {
  const wide = Math.max(width, height * 3);
  const high = wide / 3;
  return { width: wide, height: high, left: (wide - width) / 2, top: (high - height) / 2 };
}

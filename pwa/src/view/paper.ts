/**
 * The record as the paper prints it: twin of `backend/documents/record.py`, value by value, which a vector holds both
 * to. The witness's identity, places and devices are in the entries and never on paper. Pure.
 */
import { valid } from '@sync/progress';
import { blockOf, itemOf, saidOf, type VisitState } from '@sync/state';
import type { Packet, PacketBlock, PacketItem } from '@sync/words';
import { ANSWERS, bare, checkCode, PARTY_ROLES } from '../view';
import { laterParts, OPINIONS, siteParts, when, type Part, type Pen } from './leaving';
import { contradictedWords } from './observed';
import { waysOf } from './ways';
import { ANNEX_1, ANNEX_2, filled, LETTER, recordForm, RECORDS, RESULTS, type RecordForm } from './printed';

export interface PaperBlock {
  organisation: string;
  heading: string;
  routine: string[];
  law: string;
  special: string;
  results: { label: string; box: string }[];
  rows: { number: string; title: string; method: string; found: string; note: string }[];
}

export interface Paper {
  form: RecordForm;
  title: string[];
  unfinished: boolean;
  target: Record<
    'name' | 'code' | 'kind' | 'district' | 'licence' | 'representative' | 'address' | 'phone',
    string
  >;
  behaviour: string;
  mode: string;
  blocks: PaperBlock[];
  remarks: string[];
  seals: { party: string; inspectors: string };
  time: string;
  met: string[];
  parts: Part[];
  later: Part[];
  inspectors: Pen[];
  party: Pen[];
  witness: Pen[];
}

/** The filled form. Signatures count only under exactly this record (`seal`); others are counted in the remarks. */
export function paperOf(packet: Packet, state: VisitState, seal: string): Paper {
  const form = recordForm(packet.record_title);
  const arrived = state.opened[0];
  return {
    form,
    title: titleLines(packet.record_title, RECORDS[form].form),
    unfinished: state.opened.length > 0 && state.finished.length === 0,
    target: target(packet, state),
    behaviour: blank(packet.supervised_behaviour, '行为的监管'),
    mode: [packet.mode, packet.scope].filter((one) => one !== '').join('，'),
    blocks: packet.blocks.map((block) => blockOn(packet, state, block, form)),
    remarks: remarks(packet, state, seal),
    seals: { party: sealed(state, 'party'), inspectors: sealed(state, 'inspectors') },
    time: arrived ? when(arrived.at) : '',
    met: met(packet, state),
    parts: siteParts(packet, state),
    later: laterParts(packet, state, seal),
    ...signed(packet, state, seal),
  };
}

/** A title as the forms set it: the place and the campaign, and below them the name of the form. */
export function titleLines(title: string, form: string): string[] {
  const place = title.endsWith(form) ? title.slice(0, title.length - form.length) : title;
  return [place, title.slice(place.length)].filter((line) => line !== '');
}

function blank(text: string, ending: string): string {
  if (!text.startsWith('对')) return text;
  const plain = text.slice(1);
  return plain.endsWith(ending) ? plain.slice(0, plain.length - ending.length) : text.slice(1);
}

/** What stands on the blank of 对＿的监管, where the text came with the words around it. */
export function subject(text: string): string {
  const ending = ['的行政检查', '的监管', '的督查'].find(
    (one) => text.startsWith('对') && text.endsWith(one),
  );
  return ending ? text.slice(1, text.length - ending.length) : text;
}

function target(packet: Packet, state: VisitState): Paper['target'] {
  const { target: of } = packet;
  const other = of.legal_representative !== '' && of.representative_label !== '法定代表人';
  const party = state.party.disputed ? undefined : state.party.heads[0];
  return {
    name: of.name,
    code: of.code,
    kind: of.kind,
    district: of.district,
    licence: of.licence,
    representative: other
      ? `${of.legal_representative}（${of.representative_label}）`
      : of.legal_representative,
    address: of.address,
    phone: party?.body.phone || of.phone,
  };
}

function blockOn(packet: Packet, state: VisitState, block: PacketBlock, form: RecordForm): PaperBlock {
  const ticked: readonly string[] = blockOf(state, block.organisation).disposition?.body.results ?? [];
  const choices =
    form === 'annex1'
      ? Object.entries(RESULTS)
      : packet.dispositions.map(({ code, label }) => [code, label] as const);
  return {
    organisation: block.organisation_name,
    heading: subject(block.heading),
    routine: block.routine_items.map(subject),
    law: block.applicable_law,
    special: block.special_items || '无',
    results: choices.map(([code, label]) => ({ label, box: ticked.includes(code) ? '☑' : '☐' })),
    rows: block.items.map((item) => row(packet, state, block, item)),
  };
}

function row(packet: Packet, state: VisitState, block: PacketBlock, item: PacketItem): PaperBlock['rows'][0] {
  const now = itemOf(state, block.organisation, item.item);
  const differs = now.contradicted.map(({ body }) => contradictedWords(body));
  const again = [...now.reopened.map(({ body }) => `网络核实后重查：${body.reason}`), ...differs];
  const of = { number: item.number, title: item.title, method: item.method };
  if (now.disputed) return { ...of, found: '记录不一致，待确认', note: again.join('\n') };
  if (now.verified) {
    const { source, note } = now.verified.body;
    return { ...of, found: '已网络核实', note: lines(source, note, ...differs) };
  }
  if (now.recognised) {
    const { source, checked_on, number, note } = now.recognised.body;
    return {
      ...of,
      found: '已采用其他部门结果',
      note: lines(`${source}，${checked_on} 检查`, number, note, ...differs),
    };
  }
  const body = now.answer?.body;
  if (!body) return { ...of, found: '', note: again.join('\n') };
  const label = (code: string): string => packet.findings.find((one) => one.code === code)?.label ?? code;
  const said = ANSWERS.find(({ code }) => code === body.answer)?.label ?? '';
  return { ...of, found: [said, ...body.findings.map(label)].join('，'), note: lines(body.note, ...again) };
}

const lines = (...all: string[]): string => all.filter((one) => one !== '').join('\n');

/** 备注: blocks that were not carried out, orders, 拟立案, the party's opinion, refusal, absence, what is not settled. */
function remarks(packet: Packet, state: VisitState, seal: string): string[] {
  const given = valid(packet, state.signatures, seal);
  const reason = (code: string): string =>
    packet.refusal_reasons.find((one) => one.code === code)?.label ?? code;
  const stale = state.signatures.length - given.length;
  return [
    ...packet.blocks.flatMap((block) => blockRemarks(state, block)),
    ...given.flatMap(({ body }) =>
      body.role === 'party' && body.opinion
        ? [`当事人意见：${OPINIONS[body.opinion]}${body.statement === '' ? '' : `：${body.statement}`}`]
        : [],
    ),
    ...valid(packet, state.refusals, seal).map(({ body }) => {
      const own = body.statement === '' ? '' : `，陈述：${body.statement}`;
      return `${body.name} 拒绝签字，原因：${reason(body.reason)}${own}`;
    }),
    ...valid(packet, state.absences, seal).map(({ body }) => `当事人不在场或中途离开：${body.reason}`),
    ...(state.disputed.length > 0 ? [`有 ${String(state.disputed.length)} 处记录不一致，待确认`] : []),
    ...(stale > 0 ? [`另有 ${String(stale)} 个签字所签内容与现有记录不同，保存在电子档案中`] : []),
  ];
}

function blockRemarks(state: VisitState, block: PacketBlock): string[] {
  const { waived, disposition } = blockOf(state, block.organisation);
  const name = block.organisation_name;
  if (waived) return [`${name}：本部门事项未实施，${waived.body.reason}`];
  if (!disposition) return [];
  const { rectification: mend, case_proposed: proposed, remark } = disposition.body;
  const order = mend?.due ? `${bare(mend.demand)}，${mend.due} 前改正` : (mend?.demand ?? '');
  return [
    ...(mend ? [`${name}：责令改正：${order}`] : []),
    ...(proposed ? [`${name}：拟立案`] : []),
    ...(remark === '' ? [] : [`${name}：${remark}`]),
  ];
}

/** What stands at the place of a seal. Until the end of the visit it stays free: the paper may still be sealed. */
function sealed(state: VisitState, whose: 'party' | 'inspectors'): string {
  const said = saidOf(state, 'seal.recorded').filter(({ body }) => body.whose === whose);
  if (said.some(({ body }) => body.sealed)) return '已盖章，见照片';
  const last = said.at(-1);
  if (last) return `未盖章（${last.body.reason}）`;
  return state.finished.length > 0 ? '未盖章' : '';
}

function signed(
  packet: Packet,
  state: VisitState,
  seal: string,
): Pick<Paper, 'inspectors' | 'party' | 'witness'> {
  const order = new Map(packet.team.map(({ account }, place) => [account, place]));
  const place = (signer: string | null): number => order.get(signer ?? '') ?? order.size;
  const given = valid(packet, state.signatures, seal).sort(
    (a, b) => place(a.body.signer) - place(b.body.signer),
  );
  const of = (role: string): Pen[] =>
    given
      .filter(({ body }) => body.role === role)
      .map(({ body }) => ({
        strokes: body.strokes,
        name: body.name,
        note: body.assurance === 'drawn_only' ? '仅手写' : '',
      }));
  const party = of('party');
  const unsigned = (name: string): Pen => ({ strokes: [], name, note: '' });
  if (party.length === 0) {
    if (valid(packet, state.refusals, seal).length > 0) party.push(unsigned('拒绝签字'));
    else if (valid(packet, state.absences, seal).length > 0) party.push(unsigned('不在场'));
  }
  return { inspectors: of('inspector'), party, witness: of('witness') };
}

function met(packet: Packet, state: VisitState): string[] {
  if (state.opened.length === 0) return [];
  const party = state.party.disputed ? undefined : state.party.heads[0]?.body;
  const role = PARTY_ROLES.find(({ code }) => code === party?.role)?.label ?? '';
  const told = state.rights.at(-1)?.body;
  return [
    `${waysOf(packet).party}：${party ? `${party.name}（${role}）` : '—'}`,
    ...(told ? [`已亮证并告知权利，当事人${told.recusal === 'requested' ? '申请回避' : '不申请回避'}`] : []),
    ...state.rights.flatMap(({ body }) => (body.statement === '' ? [] : [`当事人陈述：${body.statement}`])),
  ];
}

export interface PaperPhoto {
  digest: string;
  caption: string;
  about: string;
  taken: string;
}

/** The photographs that the record relies on, in the order in which they were taken; each picture once. */
export function photosOn(packet: Packet, state: VisitState): PaperPhoto[] {
  const relied = state.evidence.filter((one) => one.withdrawn.length === 0 && one.deleted.length === 0);
  const names = new Map(packet.blocks.map((block) => [block.organisation, block]));
  const first = new Map<string, (typeof relied)[number]>();
  for (const one of relied) if (!first.has(one.taken.body.digest)) first.set(one.taken.body.digest, one);
  return [...first.values()].map(({ taken }, i) => {
    const items = relied
      .filter((one) => one.taken.body.digest === taken.body.digest)
      .flatMap((one) => one.taken.body.items);
    const about = items.map((of) => {
      const block = names.get(of.organisation);
      const number = block?.items.find(({ item }) => item === of.item)?.number ?? '';
      return `${block?.organisation_name ?? ''} ${number}`.trim();
    });
    return {
      digest: taken.body.digest,
      caption: `照片 ${String(i + 1)}\u3000${taken.body.caption}`.replace(/\u3000+$/u, ''),
      about: [...new Set(about)].join('；'),
      taken: `${when(taken.at)}\u3000校验码 ${checkCode(taken.body.digest)}`,
    };
  });
}

export interface Notice {
  title: string[];
  labels: Record<
    'addressee' | 'basis' | 'planned' | 'items' | 'please' | 'inspectors' | 'party' | 'phone' | 'date',
    string
  >;
  number: string;
  day: string[];
  rows: { text: string; organisation: string; box: string }[];
  /** What to have ready: below the form, in our own words. */
  materials: readonly string[];
}

/**
 * What stands on the notice before a visit; twin of `backend/documents/notice.py`. Its title follows the record's: the
 * place and the campaign of S1 annex 1 with the name of annex 2, S0's letter beside S0's record.
 */
export function noticeOf(packet: Packet): Notice {
  const form = recordForm(packet.record_title);
  const letter = form === 'summary';
  const labels = letter ? LETTER : ANNEX_2;
  const place = form === 'annex1' ? (titleLines(packet.record_title, ANNEX_1.form)[0] ?? '') : '';
  const [year = '', ...serial] = packet.number.split('-');
  const items = packet.blocks.flatMap((block) =>
    block.items.map((item) => ({ title: item.title, organisation: block.organisation_name })),
  );
  return {
    title: titleLines(`${place === ANNEX_1.form ? '' : place}${labels.form}`, labels.form),
    labels,
    number: letter
      ? filled(LETTER.number, packet.number)
      : `${ANNEX_2.year}${year}${ANNEX_2.serial} ${serial.join('-')} ${ANNEX_2.serial_end}`,
    day: packet.planned_on.split('-').map((one) => String(Number(one))),
    rows: items.map(({ title, organisation }, i) => ({
      text: letter ? title : filled(i === 0 ? ANNEX_2.first_item : ANNEX_2.item, subject(title)),
      organisation,
      box: letter ? '' : '☑',
    })),
    materials: letter ? [] : (packet.site?.notice.text ?? []),
  };
}

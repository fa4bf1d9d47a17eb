/**
 * The visit of the practice mode (练习): a shop that does not exist, two departments, four officers. Everything in it is
 * fictional and says so; what it rules is what a packet of the office rules.
 */
import type { ItemText, Packet, PacketItem, SiteRules, TeamMember } from '@sync/words';

const id = (n: number): string => n.toString(16).padStart(32, '0');

/** Digests of texts are given by who can compute them. */
export interface Texts {
  readonly digest: string;
  readonly text: ItemText;
}

export const PRACTICE_TEXT: ItemText = {
  legal_basis: ['练习用依据（虚构）：这里会写明法律、法规、规章的名称和条款。'],
  contents: ['这里会写明检查什么。'],
  guidance: ['这里会写明怎么查、看什么、什么算不符合。'],
};

const MARKET = id(0xa1);
const FIRE = id(0xa2);

export const PRACTICE_TEAM: readonly TeamMember[] = [
  officer(0xb1, '练习甲（虚构）', MARKET, 'leader'),
  officer(0xb2, '练习乙（虚构）', MARKET, 'member'),
  officer(0xb3, '练习丙（虚构）', FIRE, 'member'),
  officer(0xb4, '练习丁（虚构）', FIRE, 'member'),
];

function officer(n: number, name: string, organisation: string, role: TeamMember['role']): TeamMember {
  return { account: id(n), name, organisation, role, certificate: `练习-${String(n)}`, certified: true };
}

const ruled = (code: string, label: string, article = '') => ({ code, label, article });

/** Codes that open nothing anywhere: the name is reserved for that. */
const NOWHERE = { short: 'LIAN-XI00', expires: '2999-12-31T00:00:00.000Z' };
const SITE: SiteRules = {
  method: 'ON_SITE',
  notice: {
    required: true,
    number: '练习抽检字〔2026〕第 1 号',
    text: ['这里是通知书的内容（练习，虚构）。'],
    channels: [ruled('paper', '送达纸质通知书'), ruled('phone', '电话'), ruled('mail', '邮件')],
    exemptions: [ruled('law_forbids', '法律法规规定检查前不宜告知')],
  },
  endings: [
    {
      ending: 'not_found',
      label: '查无下落',
      article: '',
      finding: '6',
      place: false,
      photos: 1,
      attempts: 1,
      witness: true,
      hint: '拍下门牌和周边，打登记电话，请邻居或物业作证。',
    },
    {
      ending: 'entry_refused',
      label: '拒绝进入',
      article: '',
      finding: '8',
      place: false,
      photos: 0,
      attempts: 0,
      witness: false,
      hint: '先出示证件并告知配合义务；人身安全第一。',
    },
    {
      ending: 'aborted',
      label: '其他原因终止',
      article: '',
      finding: 'none',
      place: false,
      photos: 0,
      attempts: 0,
      witness: false,
      hint: '写明为什么不能继续。',
    },
  ],
  official_code: { required: true, label: '执法码', due: '检查结束后 3 个工作日内补录', article: '' },
  noncooperation: [ruled('N1', '拒绝进入被检查场所'), ruled('N2', '拒绝提供资料')],
  recusal_grounds: [
    ruled('interest', '与案件有直接利害关系'),
    ruled('other_relation', '有其他关系可能影响公正执法'),
  ],
  media_bases: [ruled('trade_secret', '商业秘密、生产工艺')],
  substitutes: [officer(0xb5, '练习戊（虚构）', FIRE, 'member')],
  refusal_witness: false,
  refusal_recording: false,
  paper_master: false,
  check_code: { ...NOWHERE, url: 'https://lianxi.invalid/c' },
  copy_code: { ...NOWHERE, url: 'https://lianxi.invalid/f' },
  objection: ['对检查结果有异议的，可以在签字时写明，也可以书面陈述、申辩。'],
  published: ['练习内容不公示。'],
  keep_days: 0,
  recognition: null,
  order: null,
};

function items(from: number, text: string, titles: readonly string[]): PacketItem[] {
  return titles.map((title, i) => ({
    item: id(from + i),
    number: String(i + 1),
    title: `${title}（练习）`,
    method: '实地核查',
    photo_required: i === 0,
    text,
  }));
}

/** The practice visit on `day` (YYYY-MM-DD); `text` is the digest of `PRACTICE_TEXT`. */
export function practicePacket(day: string, text: string): Packet {
  const block = (organisation: string, name: string, from: number, titles: readonly string[]) => ({
    organisation,
    organisation_name: name,
    heading: name,
    routine_items: titles,
    special_items: '',
    applicable_law: '',
    items: items(from, text, titles),
  });
  return {
    visit: id(0xc1),
    number: '练习-001',
    scheme: id(0xc2),
    scheme_number: '练习',
    scheme_name: '练习用综合联查',
    mode: '部门联合',
    scope: '不定向',
    region: '练习区（虚构）',
    demo: true,
    target: {
      target: id(0xc3),
      name: '练习鲜果店（虚构）',
      code: '练习',
      kind: '个体工商户',
      district: '练习区（虚构）',
      address: '练习路 1 号（虚构）',
      legal_representative: '练习经营者（虚构）',
      representative_label: '经营者',
      licence: '',
      phone: '00000000000',
    },
    planned_on: day,
    team: PRACTICE_TEAM,
    blocks: [
      block(MARKET, '练习市场监管局', 0xd1, ['冷藏食品温度', '进货查验记录', '价格公示']),
      block(FIRE, '练习消防救援大队', 0xe1, ['疏散通道', '灭火器有效期']),
    ],
    findings: [
      { code: '1', label: '未发现问题', group: 'normal', excludes: ['2', '3', '4', '5', '6', '8'] },
      { code: '4', label: '发现问题待后续处理', group: 'problem', excludes: ['1'] },
      { code: '2', label: '未按规定公示应当公示的信息', group: 'problem', excludes: ['1'] },
      { code: '3', label: '公示信息隐瞒真实情况、弄虚作假', group: 'problem', excludes: ['1'] },
      { code: '6', label: '通过登记的住所（经营场所）无法联系', group: 'problem', excludes: ['1'] },
      { code: '8', label: '不配合检查情节严重', group: 'problem', excludes: ['1'] },
      { code: '5', label: '经责令，已当场改正', group: 'corrected', excludes: ['1'] },
    ],
    dispositions: [
      {
        code: 'NO_PROBLEM_TERMINATED_AND_INFORMED',
        label: '未发现问题，检查终结并告知',
        group: 'on_site',
        excludes: ['ADMIN_ORDER', 'ADMIN_GUIDANCE'],
      },
      {
        code: 'ADMIN_ORDER',
        label: '责令改正等行政命令',
        group: 'on_site',
        excludes: ['NO_PROBLEM_TERMINATED_AND_INFORMED'],
      },
      {
        code: 'ADMIN_GUIDANCE',
        label: '行政指导',
        group: 'on_site',
        excludes: ['NO_PROBLEM_TERMINATED_AND_INFORMED'],
      },
    ],
    refusal_reasons: [
      { code: 'disputes', label: '对检查结果有异议', group: 'reason', excludes: [] },
      { code: 'silent', label: '未说明理由', group: 'reason', excludes: [] },
    ],
    minimum_officers: 2,
    template: 'record-1',
    record_title: '实地核查记录表（练习）',
    supervised_behaviour: '练习',
    legal_basis: ['练习用依据（虚构）'],
    rights_text: ['您有权陈述、申辩；认为检查人员与您有利害关系的，可以申请回避。'],
    dues: [],
    profile: 'practice',
    profile_digest: '0'.repeat(64),
    server_key: `04${'0'.repeat(128)}`,
    site: SITE,
    certificates: [],
  };
}

import { describe, expect, test } from 'vitest';
import { EMPTY, summary, recorded, photographed } from '@sync/exchange';
import { fold } from '@sync/fold';
import type { Evidence, VisitState } from '@sync/state';
import { progress } from '@sync/progress';
import type { Choice, Packet, PacketBlock } from '@sync/words';
import {
  bare,
  checkCode,
  dayFor,
  dayOf,
  firstOf,
  groups,
  handBack,
  nextStep,
  onSite,
  otherUses,
  photosOf,
  railWords,
  shortName,
  spared,
  stepsDone,
  syncChips,
  problems,
  toggled,
  unengaged,
  truth,
  underWay,
  usual,
  type Here,
} from '../../pwa/src/view';
import { sparedWords } from '../../pwa/src/view/inside';
import { routed } from '../../pwa/src/view/route';
import { practicePacket } from '../../pwa/src/practice/packet';
import { codeIn } from '../../pwa/src/qr';

const id = (n: number) => n.toString(16).padStart(32, '0');
const digest = (n: number) => n.toString(16).padStart(64, '0');
const item = (n: number) => ({
  item: id(n),
  number: String(n),
  title: `事项 ${String(n)}`,
  method: '现场检查',
  photo_required: true,
  text: digest(9),
});
const packet = (visit: number, day: string): Packet => ({
  visit: id(visit),
  number: `2026-007-${String(visit)}`,
  scheme: id(90),
  scheme_number: '2026-007',
  scheme_name: '综合联查',
  mode: '现场检查',
  scope: '不定向',
  region: '渝岭区',
  demo: true,
  target: {
    target: id(91),
    name: `单位 ${String(visit)}（虚构）`,
    code: '',
    kind: '',
    district: '',
    address: `临川路 ${String(visit)} 号`,
    legal_representative: '',
    representative_label: '法定代表人',
    licence: '',
    phone: '',
  },
  planned_on: day,
  team: [],
  blocks: [
    {
      organisation: id(80),
      organisation_name: '市场监管局',
      heading: '食品销售',
      routine_items: [],
      special_items: '',
      applicable_law: '',
      items: [item(1), item(2)],
    },
  ],
  findings: [],
  dispositions: [],
  refusal_reasons: [],
  minimum_officers: 2,
  template: 'S1.1.v1',
  record_title: '记录表',
  supervised_behaviour: '食品销售',
  legal_basis: [],
  rights_text: [],
  dues: [],
  profile: 'S1',
  profile_digest: digest(1),
  server_key: `04${'0'.repeat(128)}`,
  site: null,
  certificates: null,
});
const NOBODY = fold([]);
const QUIET = summary(EMPTY);

describe('the truth about the data', () => {
  const one = recorded(EMPTY, digest(1), 1, digest(0), id(1), 300);
  const waiting = summary(photographed(one, digest(2), 1000, id(1), digest(1)));

  test('says what lies here only, with and without signal', () => {
    expect(truth({ signal: 'none', syncing: null, total: waiting }).words).toBe(
      '无信号 · 1 条、1 张照片已存本机',
    );
    expect(truth({ signal: 'unreachable', syncing: null, total: waiting }).words).toMatch(/^连不上服务器/);
    expect(truth({ signal: 'there', syncing: null, total: waiting }).words).toBe(
      '有信号 · 1 条、1 张照片待同步',
    );
  });

  test('never says that all has a receipt before it has', () => {
    expect(truth({ signal: 'there', syncing: null, total: waiting }).words).not.toContain('回执');
    const sent = { ...waiting, receipts: 1 };
    expect(truth({ signal: 'there', syncing: null, total: sent }).words).toBe('有信号 · 1 张照片待同步');
    const whole = { ...sent, photos_complete: 1 };
    expect(truth({ signal: 'there', syncing: null, total: whole }).words).toBe('有信号 · 全部有回执');
  });

  test('while it syncs it says in words what it does', () => {
    expect(truth({ signal: 'there', syncing: '正在上传照片…', total: waiting }).words).toBe('正在上传照片…');
  });

  test('counts receipts and photos of a visit one by one', () => {
    expect(syncChips(QUIET)).toEqual([]);
    expect(syncChips({ ...waiting, recorded: 12, receipts: 5, photos: 3, photos_complete: 1 })).toEqual([
      { words: '已存本机 12 条，有回执 5 条', tone: 'warn' },
      { words: '照片 1/3 已收妥', tone: 'warn' },
    ]);
  });
});

describe('the list', () => {
  const here = (visit: number, day: string) => ({ packet: packet(visit, day), state: NOBODY, counts: QUIET });

  test('puts what is overdue before today and what comes after it', () => {
    const all = [here(3, '2026-11-21'), here(2, '2026-11-20'), here(1, '2026-11-19')];
    const [today, coming, ...none] = groups(all, '2026-11-20');
    expect(today?.cards.map(({ visit }) => visit)).toEqual([id(1), id(2)]);
    expect(today?.cards.map(({ day }) => day)).toEqual(['原定 2026-11-19', '2026-11-20']);
    expect(coming?.cards.map(({ visit }) => visit)).toEqual([id(3)]);
    expect(none).toEqual([]);
  });

  test('what was taken back stands apart with its word and is never the next', () => {
    const site = { 'visit.recalled': [{ entry: digest(7), at: '2026-11-20T01:00:00.000Z', body: {} }] };
    const recalled = { ...here(1, '2026-11-20'), state: { ...NOBODY, site } as unknown as VisitState };
    const [today, apart, ...none] = groups([recalled, here(2, '2026-11-20')], '2026-11-20');
    expect(today).toMatchObject({ title: '今日检查', over: false, cards: [{ visit: id(2) }] });
    expect(apart).toMatchObject({ title: '撤回与改派', over: true });
    expect(apart?.cards).toMatchObject([{ visit: id(1), missing: { words: '已撤回', tone: 'bad' } }]);
    expect(none).toEqual([]);
  });

  test('what was given to others is told until its day is over and what lies here of it is safe', () => {
    const replaced = { ...here(1, '2026-11-20'), state: null, replaced: true };
    const cards = (one: Here, day: string) => groups([one], day).flatMap((group) => group.cards);
    expect(cards(replaced, '2026-11-20')).toMatchObject([
      { replaced: true, missing: { words: '已改派他人', tone: 'bad' } },
    ]);
    expect(cards(replaced, '2026-11-21')).toEqual([]);
    expect(cards({ ...replaced, counts: { ...QUIET, safe: false } }, '2026-11-21')).toHaveLength(1);
  });

  test('a visit to which the team comes again stands on that day, with every call and who saw it', () => {
    const body = {
      ...{ ending: 'not_found', on: '2026-11-23', statement: '卷帘门落锁。', witness: '物业 孟南' },
      attempts: [
        { phone: '138', at: '2026-11-20T02:20:00.000Z', outcome: '无人接听' },
        { phone: '138', at: '2026-11-20T02:24:00.000Z', outcome: '关机' },
      ],
    };
    const said = { entry: digest(8), at: '2026-11-20T02:30:00.000Z', body };
    const state = { ...NOBODY, site: { 'return.planned': [said] } } as unknown as VisitState;
    const again = { ...here(1, '2026-11-20'), state };
    const shown = (day: string) =>
      routed(groups([again, here(2, '2026-11-20')], day), new Map([[id(1), again]]), day);
    const [today, week] = shown('2026-11-20');
    expect(today?.cards.map(({ visit }) => visit)).toEqual([id(2)]);
    expect(week).toMatchObject({ title: '以后检查', cards: [{ visit: id(1), day: '2026-11-23' }] });
    const [then] = shown('2026-11-23');
    expect(then?.cards.map(({ visit, before }) => [visit, before])).toEqual([
      [id(2), ''],
      [
        id(1),
        '约定 2026-11-23 再次到场。上次 11-20 10:30 ：卷帘门落锁；电话 11-20 10:20 无人接听，11-20 10:24 关机；见证人 物业 孟南',
      ],
    ]);
  });

  test('an earlier word about coming again gives way to the later, and a later order to both', () => {
    const on = (day: string, at: string) => ({ entry: digest(8), at, body: { on: day } });
    const twice = [
      on('2026-11-24', '2026-11-20T02:00:00.000Z'),
      on('2026-11-23', '2026-11-20T03:00:00.000Z'),
    ];
    const state = { ...NOBODY, site: { 'return.planned': twice } } as unknown as VisitState;
    expect(dayFor({ packet: packet(1, '2026-11-20'), state })).toBe('2026-11-23');
    expect(dayFor({ packet: packet(1, '2026-11-30'), state })).toBe('2026-11-30');
  });

  test('without visits there is still a group for today, to say so', () => {
    expect(groups([], '2026-11-20')).toMatchObject([{ title: '今日检查', cards: [] }]);
    expect(groups([], '2026-11-20')[0]?.empty).toContain('联网点“同步”');
  });

  test('without a visit today it says which day the next one is', () => {
    const [today] = groups([here(4, '2026-11-25'), here(3, '2026-11-23')], '2026-11-20');
    expect(today).toMatchObject({ cards: [], empty: expect.stringContaining('2026-11-23') as string });
  });
});

describe('what the team reads and taps', () => {
  const known = packet(1, '2026-11-20');
  const block = known.blocks[0] as PacketBlock;
  const called = (region: string, organisation_name: string) =>
    shortName({ ...known, region }, { ...block, organisation_name });

  test('a department without the place that is said already, and never without its whole name', () => {
    expect(called('渝岭区', '渝岭区市场监督管理局')).toBe('市场监督管理局');
    expect(called('重庆市渝北区', '渝北区消防救援支队')).toBe('消防救援支队');
    expect(called('渝岭区', '市场监管局')).toBe('市场监管局');
    expect(called('渝岭区', '渝岭区局')).toBe('渝岭区局');
  });

  test('the usual findings come first: to be dealt with later, and mended on the spot', () => {
    const finding = (code: string, group: string) => ({ code, label: code, group, excludes: [] });
    const all = [finding('1', 'normal'), finding('A', 'problem'), finding('2', 'problem')];
    const codes = (findings: Choice[]) => usual({ ...known, findings }).map(({ code }) => code);
    expect(codes([...all, finding('E', 'corrected')])).toEqual(['A', 'E']);
    expect(codes([finding('1', 'normal'), finding('X', 'own')])).toEqual(['X']);
  });

  test('what several people have to find, and what is no violation, is not offered beside 不符合', () => {
    const finding = (code: string, group: string) => ({ code, label: code, group, excludes: [] });
    const groups = ['normal', 'problem', 'not_engaged', 'closed', 'non_cooperation', 'terminated'];
    const some = { ...known, findings: groups.map((group) => finding(group, group)) };
    expect(problems(some).map(({ code }) => code)).toEqual(['problem']);
    expect(unengaged(some).map(({ code }) => code)).toEqual(['not_engaged']);
  });

  test('a tablet may be given back only when everything has a receipt and every photo arrived', () => {
    const some = { ...QUIET, recorded: 3, receipts: 3, photos: 1, photos_complete: 1, safe: true };
    expect(handBack(some, 0)).toBe('全部有回执，可以交还终端');
    expect(handBack({ ...some, photos_complete: 0, safe: false }, 0)).toBe('');
    expect(handBack(QUIET, 0)).toBe('');
    expect(handBack(some, 1)).toBe('全部有回执，还有 1 次检查没有结束');
  });

  test('a check goes on from the arrival until it is finished, taken back, or put off to another day', () => {
    const begun = { ...NOBODY, opened: [{}] } as unknown as VisitState;
    const ending = { entry: digest(8), at: '2026-11-20T02:30:00.000Z', body: { on: '2026-11-23' } };
    const ended = [
      { ...begun, finished: [{}] },
      { ...begun, site: { 'visit.recalled': [ending] } },
      { ...begun, site: { 'return.planned': [ending] } },
      NOBODY,
      null,
    ].map((state) => ({ state: state as VisitState | null }));
    expect(underWay(ended)).toBe(0);
    expect(underWay([...ended, { state: begun }])).toBe(1);
  });

  test('one photograph for items of two departments is one photograph, taken when it was first taken', () => {
    const other = { ...block, organisation: id(81), organisation_name: '渝岭区消防救援支队' };
    const joint = { ...known, blocks: [block, other] };
    const taken = (at: string, organisation: string) => ({
      taken: {
        at,
        entry: at,
        by: id(1),
        body: { digest: digest(5), items: [{ organisation, item: id(1) }] },
      },
      withdrawn: [],
      stored: false,
    });
    const evidence = [
      taken('2026-11-20T03:00:00.000Z', id(81)),
      taken('2026-11-20T02:00:00.000Z', id(80)),
    ] as unknown as Evidence[];
    const shown: VisitState = { ...NOBODY, evidence };
    expect(photosOf(shown)).toBe(1);
    expect(firstOf(shown, digest(5))?.at).toBe('2026-11-20T02:00:00.000Z');
    expect(otherUses(joint, shown, digest(5), id(80))).toMatchObject([
      { department: '消防救援支队', item: { item: id(1) }, used: true },
      { department: '消防救援支队', item: { item: id(2) }, used: false },
    ]);
  });
});

describe('the steps', () => {
  test('begin with the arrival and lead on', () => {
    const known = packet(1, '2026-11-20');
    const done = stepsDone(known, NOBODY, progress(known, NOBODY, ''));
    expect(nextStep(done)).toBe('prepare');
    expect(nextStep({ ...done, prepare: true })).toBe('identity');
  });

  test.each(['DOCUMENTARY', 'NETWORK'] as const)('of a %s check lead past the door', (method) => {
    const known = packet(1, '2026-11-20');
    const { site } = practicePacket('2026-11-20', digest(9));
    if (!site) throw new Error('a packet without rules of the site');
    const off = { ...known, site: { ...site, method } };
    const done = stepsDone(off, NOBODY, progress(off, NOBODY, ''));
    expect(done.identity).toBe(true);
    expect(nextStep({ ...done, prepare: true })).toBe('check');
  });

  test('a department that comes alone claims to have spared nothing', () => {
    const alone = packet(1, '2026-11-20');
    const [own] = alone.blocks;
    if (!own) throw new Error('no block');
    const joint = { ...alone, blocks: [own, { ...own, organisation: id(81) }] };
    const said = [alone, joint].map((known) => progress(known, NOBODY, ''));
    expect(said.map(spared)).toEqual([[], ['减少入企 1 次']]);
    expect(said.map((prog) => sparedWords(alone, NOBODY, prog, 0))).toEqual([
      [],
      ['2 个部门联合检查，减少入企 1 次'],
    ]);
  });

  test('a department without enough officers says how many are missing', () => {
    const known = packet(1, '2026-11-20');
    const [block] = progress(known, NOBODY, '').blocks;
    if (!block) throw new Error('no block');
    expect(railWords(block, known)).toEqual({
      count: '0/2',
      tone: 'warn',
      warning: '缺 2 名执法人员，暂不能开始',
    });
  });

  test('at the results a department with every item answered is not done before it chose its result', () => {
    const known = packet(1, '2026-11-20');
    const [block] = progress(known, NOBODY, '').blocks;
    if (!block) throw new Error('no block');
    const answered = { ...block, answered: block.total, officers: [id(1), id(2)] };
    expect(railWords(answered, known)).toMatchObject({ count: '2/2 ✓', tone: 'good' });
    expect(railWords(answered, known, true)).toEqual({ count: '待选结果', tone: 'warn', warning: null });
    const chosen = answered.missing.filter(({ code }) => code !== 'result_required');
    expect(railWords({ ...answered, missing: chosen }, known, true).count).toBe('2/2 ✓');
  });
});

describe('choices', () => {
  const choice = (code: string, excludes: string[]): Choice => ({ code, label: code, group: 'x', excludes });
  const choices = [choice('A', ['B', 'C']), choice('B', []), choice('C', [])];

  test('a tap takes away what cannot stand beside it, whichever of the two says so', () => {
    expect(toggled(choices, ['B', 'C'], 'A')).toEqual(['A']);
    expect(toggled(choices, ['A'], 'B')).toEqual(['B']);
    expect(toggled(choices, ['B'], 'C')).toEqual(['B', 'C']);
    expect(toggled(choices, ['B', 'C'], 'B')).toEqual(['C']);
  });
});

describe('words and numbers', () => {
  test('the check code is the first twelve signs in groups of four', () => {
    expect(checkCode(`7f3a91c20b5d${'0'.repeat(52)}`)).toBe('7F3A 91C2 0B5D');
  });

  test('the clock on site counts whole minutes and never runs backwards', () => {
    const from = '2026-11-20T01:00:00.000Z';
    expect(onSite(from, Date.parse(from) + 83 * 60_000)).toBe('01:23');
    expect(onSite(from, Date.parse(from) - 60_000)).toBe('00:00');
  });

  test("a day is China's day, wherever the tablet's clock stands", () => {
    expect(dayOf(Date.parse('2026-11-19T16:00:00.000Z'))).toBe('2026-11-20');
    expect(dayOf(Date.parse('2026-11-19T15:59:59.999Z'))).toBe('2026-11-19');
  });

  test('a sentence goes on after a comma without its own closing mark', () => {
    expect(bare('清理不合格酸奶。')).toBe('清理不合格酸奶');
  });

  test('a code is understood as people type it: spaces, hyphens, small letters, O for 0, l for 1', () => {
    expect(codeIn('abcd-efgh jkmn pqrs tvol')).toBe('ABCDEFGHJKMNPQRSTV01');
    expect(codeIn('{"origin":"http://127.0.0.1","code":"ABCDEFGHJKMNPQRSTV01"}')).toBe(
      'ABCDEFGHJKMNPQRSTV01',
    );
  });
});

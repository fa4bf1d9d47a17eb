import 'fake-indexeddb/auto';
import { describe, expect, test } from 'vitest';
import { utf8 } from '@sync/canon';
import { destroyed, nextAction, photographed, recorded, summary, took } from '@sync/exchange';
import { EMPTY, type Action } from '@sync/exchange_words';
import { fold } from '@sync/fold';
import { progress } from '@sync/progress';
import type { Evidence, Fact, VisitState } from '@sync/state';
import type { Packet, PacketItem, Place } from '@sync/words';
import { dataKey, newDeviceKey, seal } from '../../pwa/src/keys';
import { Store, type Fresh } from '../../pwa/src/store';
import {
  board,
  findingsOf,
  fixesOf,
  isRestricted,
  leapWords,
  meansOf,
  resultWords,
  sparedWords,
  type BoardRow,
} from '../../pwa/src/view/inside';
import {
  allPictures,
  destroyBar,
  entriesOf,
  keptPictures,
  picturesOf,
  placeWords,
  stampOf,
} from '../../pwa/src/view/pictures';

const id = (n: number) => n.toString(16).padStart(32, '0');
const name = (n: number) => n.toString(16).padStart(64, '0');
const ORG = id(80);
const OTHER = id(81);
const at = (minute: number) => `2026-11-20T02:${String(minute).padStart(2, '0')}:00.000Z`;
const item = (n: number): PacketItem => ({
  item: id(n),
  number: String(n),
  title: `事项 ${String(n)}`,
  method: '实地核查',
  photo_required: true,
  text: name(9),
});
const officer = (n: number, organisation: string, role: 'leader' | 'member') => ({
  account: id(n),
  name: `检查员${String(n)}`,
  organisation,
  role,
  certificate: `T-${String(n)}`,
  certified: true,
});
const TEAM = [
  officer(1, ORG, 'leader'),
  officer(2, ORG, 'member'),
  officer(3, OTHER, 'member'),
  officer(4, OTHER, 'member'),
];
const block = (organisation: string, title: string, items: PacketItem[]) => ({
  organisation,
  organisation_name: title,
  heading: '',
  routine_items: [],
  special_items: '',
  applicable_law: '',
  items,
});
const PACKET = {
  visit: id(7),
  region: '渝岭区',
  target: { name: '云岭鲜果超市（虚构）' },
  team: TEAM,
  blocks: [block(ORG, '市场监管局', [item(1), item(2)]), block(OTHER, '消防救援大队', [item(3)])],
  dispositions: [
    { code: 'ADMIN_ORDER', label: '责令改正', group: 'g', excludes: [] },
    { code: 'ADMIN_PENALTY', label: '行政处罚', group: 'g', excludes: [] },
  ],
  minimum_officers: 2,
  template: 'S1.1.v1',
  site: {
    notice: { required: false },
    endings: [],
    substitutes: [],
    official_code: { required: false },
    media_bases: [{ code: 'trade_secret', label: '商业秘密、生产工艺', article: '' }],
    noncooperation: [{ code: 'N1', label: '拒绝、阻碍进入', article: 'S2-18(一)' }],
  },
} as unknown as Packet;

function fact<K extends Fact['kind']>(n: number, kind: K, by: number, minute: number, body: object): Fact<K> {
  return { entry: name(n), kind, by: id(by), at: at(minute), body } as unknown as Fact<K>;
}
const photo = (n: number, picture: number, items: [string, number][], more: object = {}): Evidence => ({
  taken: fact(n, 'evidence.taken', 1, n, {
    digest: name(picture),
    items: items.map(([organisation, of]) => ({ organisation, item: id(of) })),
    place: null,
    caption: '',
  }),
  withdrawn: [],
  deleted: [],
  stored: false,
  ...more,
});
const state = (more: object): VisitState => ({ ...fold([]), team: TEAM, ...more });
const place = (latitude: number, longitude: number, accuracy = 10, age = 0): Place => ({
  latitude: Math.round(latitude * 1e6),
  longitude: Math.round(longitude * 1e6),
  accuracy,
  age,
});

describe('photographs', () => {
  test('one that was withdrawn or destroyed is shown with no item and offered for nothing', () => {
    const gone = [
      photo(1, 1, [[ORG, 1]], { withdrawn: [fact(8, 'evidence.withdrawn', 1, 9, {})] }),
      photo(2, 2, [[ORG, 1]], { deleted: [fact(9, 'evidence.deleted', 1, 9, {})] }),
      photo(3, 3, [[ORG, 1]]),
    ];
    const now = state({ evidence: gone });
    expect(picturesOf(now, ORG, id(1)).map(({ taken }) => taken.body.digest)).toEqual([name(3)]);
    expect(allPictures(now).map(({ taken }) => taken.body.digest)).toEqual([name(3)]);
  });

  test('one picture for findings of two departments stands at both and is offered once', () => {
    const now = state({ evidence: [photo(1, 1, [[ORG, 1]]), photo(2, 1, [[OTHER, 3]])] });
    expect(picturesOf(now, ORG, id(1))).toHaveLength(1);
    expect(picturesOf(now, OTHER, id(3))).toHaveLength(1);
    expect(picturesOf(now, ORG, id(2))).toEqual([]);
    expect(allPictures(now)).toHaveLength(1);
  });

  test('one that a colleague uses too is not destroyed by anybody but the leader', () => {
    const own = photo(1, 1, [[ORG, 1]]);
    const other = { ...photo(2, 1, [[OTHER, 3]]), taken: { ...photo(2, 1, [[OTHER, 3]]).taken, by: id(3) } };
    const both = state({ evidence: [own, other] });
    const leader = TEAM.find(({ role }) => role === 'leader')?.account ?? '';
    const plain = { ...both, team: TEAM.map((one) => ({ ...one, role: 'member' as const })) };
    expect(entriesOf(both, name(1)).map(({ entry }) => entry)).toEqual([name(1), name(2)]);
    expect(destroyBar(PACKET, plain, name(1), id(1))).toMatch(/拍摄或用于其他事项.*都没有改动.*组长/);
    expect(destroyBar(PACKET, both, name(1), leader)).toBeNull();
    expect(destroyBar(PACKET, { ...plain, evidence: [own] }, name(1), id(1))).toBeNull();
    const gone = { ...other, deleted: [fact(9, 'evidence.deleted', 3, 9, {})] };
    expect(destroyBar(PACKET, { ...plain, evidence: [own, gone] }, name(1), id(1))).toBeNull();
  });

  test('the list of all has every picture once, with what it is of, also what is no part of the record or is gone', () => {
    const added = photo(4, 4, []);
    const seal = { ...added, taken: { ...added.taken, body: { ...added.taken.body, caption: '盖章页' } } };
    const all = state({
      evidence: [
        photo(1, 1, [[ORG, 1]]),
        photo(2, 1, [[OTHER, 3]]),
        photo(3, 3, [[ORG, 2]], { withdrawn: [fact(8, 'evidence.withdrawn', 1, 9, {})] }),
        photo(5, 5, [], { deleted: [fact(9, 'evidence.deleted', 1, 9, {})] }),
      ],
      added: [seal],
    });
    expect(keptPictures(PACKET, all).map(({ title, gone }) => [title, gone])).toEqual([
      ['', '已删除'],
      ['盖章页', ''],
      ['2 事项 2', '已撤下'],
      ['1 事项 1', ''],
    ]);
    expect(stampOf(PACKET, all, seal, null)[1]).toBe('盖章页');
  });

  test('the stamp names time, inspector, item, target and place; of the moment when it was taken', () => {
    const first = photo(1, 1, [[ORG, 1]]);
    const taken = { ...first.taken, body: { ...first.taken.body, place: place(29.563, 106.551, 12, 8) } };
    const later = photo(5, 1, [[ORG, 2]]);
    const now = state({ evidence: [later, { ...first, taken }] });
    expect(stampOf(PACKET, now, later, item(2))).toEqual([
      '2026-11-20 10:01 · 检查员1',
      '2 事项 2',
      '云岭鲜果超市（虚构）',
      '29.56300, 106.55100（误差 12 米，8 秒前定位）',
    ]);
    expect(placeWords(null)).toBe('没有定位');
  });
});

describe('places', () => {
  test('every entry with a place gives its fix, one without gives none', () => {
    const opened = fact(1, 'visit.opened', 1, 1, { place: place(29.5, 106.5) });
    expect(fixesOf(state({ opened: [opened], evidence: [photo(2, 2, [])] }))).toHaveLength(1);
  });

  test('a leap names the photograph that it is about, its item and who took it', () => {
    const far = (n: number, latitude: number) => {
      const one = photo(n, n, [[ORG, 1]]);
      return { ...one, taken: { ...one.taken, body: { ...one.taken.body, place: place(latitude, 106.5) } } };
    };
    const [words, ...none] = leapWords(PACKET, state({ evidence: [far(1, 29.5), far(2, 30.5)] }));
    expect(words).toBe('10:02 1 的照片（检查员1）');
    expect(none).toEqual([]);
  });
});

describe('the team', () => {
  const answered = fact(20, 'answer.given', 2, 5, { answer: 'nonconform', note: '', findings: ['4'] });
  const blocks = {
    [ORG]: {
      ...{ results: [], disputed: false, waived: null, disposition: null },
      items: {
        [id(1)]: {
          heads: [answered],
          disputed: false,
          answer: answered,
          verified: null,
          recognised: null,
          reopened: [],
        },
      },
    },
  };
  const now = state({ blocks, shown: [id(1), id(2)], evidence: [photo(1, 1, [[ORG, 1]])] });
  const rows = board(PACKET, now, progress(PACKET, now, ''));

  test('is shown with who answered how many, and who has not shown the certificate', () => {
    expect(rows[0]?.count).toBe('1/2');
    expect(rows[0]?.officers.map((one) => [one.name, one.answered])).toEqual([
      ['检查员1', 0],
      ['检查员2', 1],
    ]);
    expect(rows[0]?.officers[0]?.role).toBe('组长');
    expect(rows[1]?.officers[0]?.chips.map(({ words }) => words)).toEqual(['未亮证']);
    expect([rows[0]?.problems, rows[0]?.photos]).toEqual([1, 1]);
  });

  test('lists the officers as the packet does, whatever their accounts are', () => {
    const turned = { ...now, team: TEAM.toReversed() };
    const names = (shown: BoardRow[]): string[] =>
      shown.flatMap(({ officers }) => officers.map((one) => one.name));
    expect(names(board(PACKET, turned, progress(PACKET, turned, '')))).toEqual(names(rows));
  });

  test('a department that cannot begin says what it lacks', () => {
    expect(rows[1]?.warning).toBe('缺 2 名出示证件的执法人员');
    expect(rows[1]?.tone).toBe('warn');
  });

  test('what was spared counts visits always and items only where there are some', () => {
    const opened = fact(1, 'visit.opened', 1, 1, { place: null });
    const here = { ...now, opened: [opened] };
    const words = sparedWords(PACKET, here, progress(PACKET, here, ''), Date.parse(at(24)));
    expect(words).toEqual(['在场 23 分钟', '2 个部门联合检查，减少入企 1 次']);
  });

  test('拟立案 stands beside the results and no penalty is named by it', () => {
    const given = fact(30, 'disposition.given', 1, 9, { results: ['ADMIN_ORDER'], case_proposed: true });
    const with_result = { [ORG]: { ...blocks[ORG], disposition: given, results: [given] } };
    expect(resultWords(PACKET, state({ blocks: with_result }), ORG)).toBe('责令改正；拟立案');
  });
});

describe('情形认定', () => {
  const proposed = fact(40, 'noncooperation.proposed', 2, 10, {
    organisation: ORG,
    circumstances: ['N1'],
    statement: '堵门十分钟',
    evidence: [],
  });
  const confirmed = fact(41, 'noncooperation.confirmed', 1, 12, { proposal: name(40) });
  const decided = (upheld: boolean) =>
    fact(42, 'noncooperation.decided', 9, 30, { proposal: name(40), upheld });
  const words = (site: object) => findingsOf(PACKET, state({ site })).map((one) => one.words);

  test('is no finding before the leader and then the department said so', () => {
    const before = { 'noncooperation.proposed': [proposed] };
    expect(words(before)).toEqual(['待组长确认']);
    const next = { ...before, 'noncooperation.confirmed': [confirmed] };
    expect(words(next)).toEqual(['组长已确认，待部门负责人核定']);
    expect(words({ ...next, 'noncooperation.decided': [decided(false)] })).toEqual(['部门未予认定']);
    expect(words({ ...next, 'noncooperation.decided': [decided(true)] })).toEqual(['部门已认定']);
  });

  test('reads in the words of the circumstances, with who proposed it and the pictures of a door that stayed shut', () => {
    const shut = { ending: 'entry_refused', evidence: [name(1), name(2), name(1)] };
    const ended = { 'ending.proposed': [fact(70, 'ending.proposed', 1, 3, shut)] };
    const [one] = findingsOf(PACKET, state({ site: { 'noncooperation.proposed': [proposed], ...ended } }));
    expect(one).toMatchObject({ circumstances: ['拒绝、阻碍进入'], proposer: '检查员2', pictures: 2 });
  });
});

describe('other means of evidence', () => {
  const of = (n: number) => [{ organisation: ORG, item: id(n) }];
  const site = {
    'act.recorded': [
      fact(50, 'act.recorded', 1, 20, {
        organisation: ORG,
        act: 'sampled',
        items: of(1),
        statement: '酸奶抽样',
        number: 'Y-01',
        quantity: '2 盒',
        evidence: [],
      }),
    ],
    'media.restricted': [
      fact(51, 'media.restricted', 2, 15, {
        organisation: ORG,
        items: of(2),
        basis: 'trade_secret',
        description: '配料间',
        drawing: 'A-3',
        sketch: [],
      }),
    ],
    'transcript.taken': [
      fact(52, 'transcript.taken', 1, 25, {
        organisation: ORG,
        respondent: '尹立（虚构）',
        exchanges: [{ question: '问', answer: '答' }],
        refused: '不愿签字',
      }),
    ],
  };

  test('stand at their item, and all of them at the block, by time', () => {
    const now = state({ site });
    expect(meansOf(PACKET, now, ORG, id(1)).map(({ title }) => title)).toEqual(['抽样取证（样品编号 Y-01）']);
    expect(meansOf(PACKET, now, ORG).map(({ title }) => title)).toEqual([
      '不得拍摄：商业秘密、生产工艺',
      '抽样取证（样品编号 Y-01）',
      '询问 尹立（虚构）',
    ]);
    expect(meansOf(PACKET, now, OTHER)).toEqual([]);
    expect(meansOf(PACKET, now, ORG).at(-1)?.words).toBe('1 问 · 未签字：不愿签字');
  });

  test('where photographs are not allowed only the items named are closed to them', () => {
    const now = state({ site });
    expect(isRestricted(now, ORG, id(2))).toBe(true);
    expect(isRestricted(now, ORG, id(1))).toBe(false);
  });

  test('a photo that was destroyed stays as a line with basis and reason', () => {
    const gone = fact(60, 'evidence.deleted', 1, 30, { basis: 'trade_secret', reason: '拍到配方' });
    const now = state({ evidence: [photo(1, 1, [[ORG, 1]], { deleted: [gone] })] });
    expect(meansOf(PACKET, now, ORG, id(1)).map(({ title, words }) => [title, words])).toEqual([
      ['照片已当场删除：商业秘密、生产工艺', '拍到配方'],
    ]);
  });
});

describe('a photo destroyed at once', () => {
  const VISIT = id(7);
  const ENTRY = name(1);
  const PICTURE = name(2);
  const before = photographed(recorded(EMPTY, ENTRY, 1, name(0), VISIT, 300), PICTURE, 9, VISIT, ENTRY);
  const settled = {
    ...before,
    signed_in: true,
    more: false,
    pull_at: 60_000,
    entries: { [ENTRY]: { ...(before.entries[ENTRY] as object), status: 'received', receipt: 5 } },
  } as typeof before;

  test('is never offered to the server, not even after everything is offered anew', () => {
    expect(nextAction(settled, 1)).toMatchObject({ kind: 'blob', digest: PICTURE });
    const after = destroyed(settled, PICTURE);
    expect(nextAction(after, 1).kind).toBe('idle');
    expect(summary(after).photos).toBe(0);
    expect(summary(after).safe).toBe(true);
  });

  test('may be on its way while it is destroyed: no answer brings it back', () => {
    const action: Action = { kind: 'blob', digest: PICTURE, offset: 0 };
    const after = destroyed(settled, PICTURE);
    for (const outcome of [
      { kind: 'blob_at', offset: 9, stored: 7 },
      { kind: 'blob_at', offset: 4, stored: 0 },
      { kind: 'unreachable' },
      { kind: 'declined', code: 'digest_mismatch' },
    ] as const)
      expect(took(after, action, outcome, 10, 500).blobs).toEqual({});
  });

  test('leaves neither picture, original nor small copy in the store, and the chain goes on', async () => {
    const store = new Store('destroyed');
    const device = await newDeviceKey();
    const key = await dataKey(new Uint8Array(32));
    const fresh = (kind: string, announces: boolean): Fresh => ({
      kind,
      subject: VISIT,
      by: id(1),
      at: at(1),
      body: { nonce: id(9) },
      signed: false,
      seal: (entry) => seal(key, utf8('{}'), `entry:${entry}`),
      ...(announces ? { photo: { digest: PICTURE, size: 3 } } : {}),
    });
    const sealed = await seal(key, utf8('abc'), `photo:${PICTURE}`);
    const row = { digest: PICTURE, visit: VISIT, size: 3, sealed, original: sealed, stored: false };
    await store.append(device, [fresh('evidence.taken', true)], [row]);
    await store.saveThumb({ digest: PICTURE, visit: VISIT, sealed });
    await store.append(device, [fresh('evidence.deleted', false)], [], [PICTURE]);
    expect(await store.photo(PICTURE)).toBeUndefined();
    expect(await store.thumb(PICTURE)).toBeUndefined();
    expect((await store.exchange()).blobs).toEqual({});
    expect((await store.head(device.id)).seq).toBe(2);
    // What still decodes it late finds no place for its small copy.
    await store.saveThumb({ digest: PICTURE, visit: VISIT, sealed });
    expect(await store.thumb(PICTURE)).toBeUndefined();
    await store.close();
  });
});

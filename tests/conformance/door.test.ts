import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fold } from '@sync/fold';
import { blockOf, itemOf, type VisitState } from '@sync/state';
import { REFUSALS, type EndingRule, type Packet } from '@sync/words';
import { PRACTICE_TEAM, practicePacket } from '../../pwa/src/practice/packet';
import { groups, teamOf, type Here } from '../../pwa/src/view';
import {
  applicationsOf,
  codeLack,
  codeOf,
  endingLacks,
  endingOf,
  instantOf,
  networkItems,
  picturesFor,
  recusalLack,
  recusalWaits,
  ready,
  stoppedNext,
  stoppedWords,
  substitutesFor,
  type Probed,
} from '../../pwa/src/view/door';
import { HELP, plainSentence } from '../../pwa/src/view/help';
import { contradictedWords } from '../../pwa/src/view/observed';
import { able, lacking, lastOfWeek, networkOf, noticeOf, routed } from '../../pwa/src/view/route';

const ROOT = resolve(import.meta.dirname, '../..');
const AT = '2026-11-20T02:00:00.000Z';
const DAY = '2026-11-20';
const packet = practicePacket(DAY, 'd'.repeat(64));
const [leader, second] = PRACTICE_TEAM as [(typeof PRACTICE_TEAM)[0], (typeof PRACTICE_TEAM)[0]];
const EMPTY: VisitState = fold([]);
const state: VisitState = { ...EMPTY, team: [...PRACTICE_TEAM].reverse() };
const counts = {
  recorded: 0,
  receipts: 0,
  held: 0,
  aside: 0,
  photos: 0,
  photos_complete: 0,
  photos_aside: 0,
  backed_up: 0,
  safe: true,
};

/** The state with one thing said at the door. */
function said(kind: string, body: object, by = leader.account, entry = 'e'.repeat(64)): VisitState {
  return { ...state, site: { [kind]: [{ entry, kind, by, at: AT, body }] } } as unknown as VisitState;
}

const PROBED: Probed = {
  missingTexts: 0,
  free: 50_000_000_000,
  persisted: true,
  skew: { ms: 1_000, at: Date.parse(AT) },
  offline: true,
  lease: '2026-11-27T02:00:00.000Z',
};
const people = PRACTICE_TEAM.map(({ account }) => account);
const notified = said('notice.served', { outcome: 'signed' });

describe('before leaving', () => {
  test('a visit that nobody was told of, or whose department is short, says so; one that was begun does not', () => {
    expect(lacking(packet, state, DAY).map(({ words }) => words)).toContain('通知书未送达');
    const short = { ...state, team: PRACTICE_TEAM.slice(0, 3) };
    expect(lacking(packet, short, DAY).some(({ words }) => /缺 1 名执法人员$/.test(words))).toBe(true);
    const begun = { ...state, opened: [{ entry: '', kind: 'visit.opened', by: '', at: AT, body: {} }] };
    expect(lacking(packet, begun as unknown as VisitState, DAY)).toEqual([]);
  });

  test('a certificate that has run out, or does before the visit, is said in the list and where the team leaves', () => {
    const until = (day: string): Packet => ({
      ...packet,
      certificates: [{ account: second.account, until: day }],
    });
    const words = (of: Packet, today = DAY, whom = state): string[] =>
      lacking(of, whom, today).flatMap((one) => (one.words.includes('执法证') ? [one.words] : []));
    const said = (of: Packet, today = AT): string =>
      ready(of, notified, PROBED, people, Date.parse(today)).find(({ title }) => title === '执法证')?.say ??
      '';
    // On its last day it is valid; a day later it is not, and a visit that is late asks again.
    expect(words(until(DAY))).toEqual([]);
    expect(said(until(DAY))).toMatch(/^检查日都在有效期内/);
    expect(words(until(DAY), '2026-11-21')).toEqual([`${second.name}的执法证已到期`]);
    expect(words(until('2026-11-19'), '2026-11-18')).toEqual([`${second.name}的执法证届时到期`]);
    expect(said(until('2026-11-19'), '2026-11-18T02:00:00.000Z')).toMatch(
      /到 2026-11-19 为止，检查日已到期。/,
    );
    expect(words(until('2026-11-19'))).toEqual([`${second.name}的执法证已到期`]);
    expect(said(until('2026-11-19'))).toMatch(/已于 2026-11-19 到期。已换证的带新证/);
    // Who is of the team no more, or assists without a certificate, is not asked for one.
    const without = { ...state, team: state.team.filter(({ account }) => account !== second.account) };
    expect(words(until('2026-11-19'), DAY, without)).toEqual([]);
    const assists = state.team.map((one) => ({ ...one, certified: one.account !== second.account }));
    expect(words(until('2026-11-19'), DAY, { ...state, team: assists })).toEqual([]);
    // A packet from before says nothing, and promises nothing.
    expect(words({ ...packet, certificates: null })).toEqual([]);
    expect(said({ ...packet, certificates: null })).toBe('');
  });

  test('a packet that says nothing about the site asks for no notice', () => {
    const old: Packet = { ...packet, site: null };
    expect(noticeOf(old, state).due).toBe(false);
    expect(lacking(old, state, DAY).map(({ words }) => words)).not.toContain('通知书未送达');
  });

  test('refused is served, and stays in sight', () => {
    const now = noticeOf(packet, said('notice.served', { outcome: 'refused' }));
    expect([now.due, now.words.tone]).toEqual([false, 'warn']);
  });

  test('who withdrew does not count, and who stands in does', () => {
    const without = said('recusal.declared', { account: second.account });
    expect(able(without, second.organisation).map(({ account }) => account)).toEqual([leader.account]);
    const stand = packet.site?.substitutes[0];
    expect(stand && substitutesFor(packet, state, stand.organisation)).toEqual([stand]);
    expect(
      stand && substitutesFor(packet, { ...state, team: [...state.team, stand] }, stand.organisation),
    ).toEqual([]);
  });

  test('the tablet is ready only if every line holds; each that does not says what to do', () => {
    const lines = ready(packet, notified, PROBED, people, Date.parse(AT));
    expect(lines.filter(({ tone }) => tone === 'warn')).toEqual([]);
    const broken: [Partial<Probed>, string][] = [
      [{ missingTexts: 2 }, '检查资料'],
      [{ offline: false }, '检查资料'],
      [{ free: 10_000_000 }, '存储空间'],
      [{ persisted: false }, '本机保存'],
      [{ lease: '2026-11-20T12:00:00.000Z' }, '离线期限'],
      [{ skew: { ms: -86_400_000 * 400, at: Date.parse(AT) } }, '本机时间'],
    ];
    for (const [fault, title] of broken) {
      const warned = ready(packet, notified, { ...PROBED, ...fault }, people, Date.parse(AT)).filter(
        ({ tone }) => tone === 'warn',
      );
      expect(warned.map((line) => line.title)).toEqual([title]);
      expect(warned[0]?.say).toMatch(/请/);
    }
    const site = packet.site && { ...packet.site, check_code: null };
    const uncoded = ready({ ...packet, site }, notified, PROBED, people, Date.parse(AT));
    expect(uncoded.filter(({ tone }) => tone === 'warn').map(({ title }) => title)).toEqual(['核验码']);
    const alone = ready(packet, notified, PROBED, [leader.account], Date.parse(AT));
    expect(alone.filter(({ tone }) => tone === 'warn').map(({ title }) => title)).toEqual(['本机人员']);
  });

  test('the team stands in the order of the packet, not of the accounts', () => {
    expect(teamOf(packet, state).map(({ name }) => name)).toEqual(PRACTICE_TEAM.map(({ name }) => name));
    expect(networkOf(packet, state)).toEqual({ total: 5, verified: 0, differ: 0 });
  });
});

describe('a recusal that the party asks for', () => {
  test('is asked of whom and why until that is written down; who does not ask is asked nothing', () => {
    const told = (recusal: string) => [{ entry: '', kind: 'rights.told', by: '', at: AT, body: { recusal } }];
    const asked = { ...state, rights: told('requested') } as unknown as VisitState;
    expect(recusalLack(asked)).toMatch(/申请谁回避和理由；决定作出前，检查继续进行。$/);
    const own = said('recusal.declared', { account: second.account, applicant: 'officer' });
    expect(recusalLack({ ...own, rights: asked.rights })).not.toBeNull();
    const whole = said('recusal.declared', { account: second.account, applicant: 'party' });
    expect(recusalLack({ ...whole, rights: asked.rights })).toBeNull();
    expect(recusalLack({ ...state, rights: told('not_requested') } as unknown as VisitState)).toBeNull();
    expect(recusalLack(state)).toBeNull();
  });
});

describe('what the party asked of an officer', () => {
  const asked = (by: string, ...confirmed: string[]): VisitState => {
    const declared = {
      ...{ entry: 'a1', kind: 'recusal.declared', by, at: AT },
      body: { account: second.account, applicant: 'party', ground: 'other', statement: '近亲属' },
    };
    const heard = confirmed.map((one, n) => ({
      ...{ entry: `b${String(n)}`, kind: 'recusal.confirmed', by: one, at: AT },
      body: { application: 'a1' },
    }));
    const site = { 'recusal.declared': [declared], 'recusal.confirmed': heard };
    return { ...state, site } as unknown as VisitState;
  };
  const third = PRACTICE_TEAM[2]?.account ?? '';

  test('waits for a second officer, who is neither the one who noted it nor the one whom it concerns', () => {
    for (const found of [asked(leader.account), asked(leader.account, leader.account, second.account)]) {
      expect(recusalWaits(packet, found)).toBe(
        `当事人申请${second.name}回避，${leader.name}已登记，还须由另一名执法人员确认后才能签字。`,
      );
      const able = applicationsOf(packet, found)[0]?.able.map(({ account }) => account) ?? [];
      expect(able).toContain(third);
      expect(able).not.toContain(leader.account);
      expect(able).not.toContain(second.account);
    }
  });

  test('is waited for no more once he heard it', () => {
    expect(recusalWaits(packet, asked(leader.account, third))).toBeNull();
    expect(recusalWaits(packet, state)).toBeNull();
  });

  test('waits for nobody where nobody is left who could confirm', () => {
    const two = asked(leader.account);
    expect(recusalWaits(packet, { ...two, team: [leader, second] })).toBeNull();
  });
});

describe('what the network check found to differ', () => {
  const [block] = packet.blocks as [Packet['blocks'][0]];
  const [item] = block.items as [(typeof block.items)[0]];
  const of = { organisation: block.organisation, item: item.item };
  const body = { ...of, source: '信用中国', stated: '有效期至 2027 年', met: '已注销', snapshot: null };
  const differs = { entry: 'c1', kind: 'item.contradicted', by: leader.account, at: AT, body };
  const now = (heads: object[], more: object = {}): VisitState => {
    const whole = { ...itemOf(state, of.organisation, of.item), heads, contradicted: [differs], ...more };
    const blocks = { [of.organisation]: { ...blockOf(state, of.organisation), items: { [of.item]: whole } } };
    return { ...state, blocks } as unknown as VisitState;
  };

  test('stands in the list and at the item in the words of the record until somebody settles it', () => {
    const found = now([differs]);
    expect(networkOf(packet, found)).toMatchObject({ verified: 0, differ: 1 });
    expect(lacking(packet, found, DAY)).toContainEqual({ words: '网络核查 1 项不一致', tone: 'warn' });
    const [first] = networkItems(packet, found, of.organisation);
    expect(first?.heads).toEqual(['c1']);
    expect(first?.differs && contradictedWords(first.differs.body)).toBe(
      '网络核查不一致：信用中国记载“有效期至 2027 年”，实际为“已注销”',
    );
  });

  test('is no open question any more where the item was answered since', () => {
    const answer = { entry: 'c2', kind: 'answer.given', by: leader.account, at: AT, body: of };
    const found = now([answer], { answer });
    expect(networkOf(packet, found).differ).toBe(0);
    expect(networkItems(packet, found, of.organisation)[0]?.differs).toBeNull();
  });
});

describe('a check with which nobody goes on', () => {
  test('an order that was taken back says who, when and why, and that what was recorded is kept', () => {
    const body = { organisation: packet.blocks[0]?.organisation, reason: '名录有误。', again: false };
    const words = stoppedWords(packet, said('visit.recalled', body), leader.account);
    expect(words).toMatch(
      /已于 2026-11-20 10:00 撤回派发：名录有误。请不再检查；已记录的内容都在，将照常上传。$/,
    );
    expect(words).not.toContain('组织部门');
    expect(lacking(packet, said('visit.recalled', body), DAY)).toEqual([]);
  });

  test('whoever is of the team no more is told so, and nobody else', () => {
    expect(stoppedWords(packet, state, leader.account)).toBeNull();
    const others = { ...state, team: state.team.filter(({ account }) => account !== leader.account) };
    expect(stoppedWords(packet, others, leader.account)).toMatch(/本人已不在组内.*将照常上传/);
    expect(stoppedWords(packet, others, second.account)).toBeNull();
  });

  test('its next step is never the step of a check: what was begun is handed in, else one goes back to the list', () => {
    const body = { organisation: packet.blocks[0]?.organisation, reason: '名录有误。', again: false };
    const recalled = said('visit.recalled', body);
    const others = { ...state, team: state.team.filter(({ account }) => account !== leader.account) };
    const begun = { ...counts, recorded: 3, receipts: 3, safe: false };
    for (const stopped of [recalled, others]) {
      expect(stoppedNext(packet, stopped, leader.account, begun)?.words).toBe('交回已做的记录');
      expect(stoppedNext(packet, stopped, leader.account, begun)?.to).toBe('/sync');
      expect(stoppedNext(packet, stopped, leader.account, counts)?.words).toBe('返回今日检查');
      expect(stoppedNext(packet, stopped, leader.account, { ...begun, safe: true })?.to).toBe('/today');
    }
  });

  test('a check that goes on, and one that is finished, keep the buttons of their steps', () => {
    expect(stoppedNext(packet, state, leader.account, counts)).toBeNull();
    const body = { organisation: packet.blocks[0]?.organisation, reason: '名录有误。', again: false };
    const finished = { ...said('visit.recalled', body), finished: [{ at: AT }] } as unknown as VisitState;
    expect(stoppedNext(packet, finished, leader.account, counts)).toBeNull();
  });
});

describe('the route of the day', () => {
  const here = (visit: string, place: number | null, day = DAY): Here => ({
    packet: { ...packet, visit, planned_on: day },
    state:
      place === null
        ? state
        : said('visit.scheduled', { time: `0${String(place)}:00`, place, supersedes: [] }),
    counts,
  });

  test('visits stand in the order that the leader gave, those without one last; whatever order they came in', () => {
    const places = fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(places, fc.boolean(), (order, one) => {
        const all = new Map(order.map((place) => [String(place), here(String(place), place)]));
        if (one) all.set('none', here('none', null));
        const cards = routed(groups(all.values(), DAY), all, DAY)[0]?.cards ?? [];
        const sorted = [...order].sort((a, b) => a - b).map(String);
        expect(cards.map(({ visit }) => visit)).toEqual(one ? [...sorted, 'none'] : sorted);
      }),
    );
  });

  test('a week ends on its Sunday, and what comes after stands apart', () => {
    expect([lastOfWeek('2026-11-20'), lastOfWeek('2026-11-22'), lastOfWeek('2026-11-23')]).toEqual([
      '2026-11-22',
      '2026-11-22',
      '2026-11-29',
    ]);
    const all = new Map([
      ['week', here('week', null, '2026-11-21')],
      ['later', here('later', null, '2026-11-23')],
    ]);
    const titles = routed(groups(all.values(), DAY), all, DAY).map(({ title, cards }) => [
      title,
      cards.length,
    ]);
    expect(titles).toEqual([
      ['今日检查', 0],
      ['本周检查', 1],
      ['以后检查', 1],
    ]);
  });
});

describe('at the door', () => {
  const rules = packet.site;
  const rule = (of: Partial<EndingRule>): EndingRule => ({
    ...(rules?.endings[0] as EndingRule),
    place: false,
    photos: 0,
    attempts: 0,
    witness: false,
    ...of,
  });
  const typed = { statement: '空置', attempts: [], witness: '', moved_to: '', noncooperation: [] };

  test('an ending lacks exactly what its rule asks for and is not there', () => {
    if (!rules) throw new Error('the practice packet has rules');
    const lacks = (of: Partial<EndingRule>, more = {}, photos = 0, place = false) =>
      endingLacks(rule(of), { ...typed, ...more }, photos, place, rules);
    expect(lacks({})).toEqual([]);
    expect(lacks({ photos: 2 }, {}, 1)).toEqual(['照片 1 张']);
    expect(lacks({ place: true })).toEqual(['定位']);
    expect(lacks({ attempts: 2 })).toEqual(['电话联系 2 次']);
    expect(lacks({ witness: true })).toEqual(['见证人']);
    expect(lacks({ ending: 'moved' })).toEqual(['迁往何处']);
    expect(lacks({ ending: 'entry_refused' })).toEqual(['情形']);
    expect(lacks({}, { statement: ' ' })).toEqual(['情况说明']);
  });

  test('one officer alone ends nothing: only a confirmation by another counts', () => {
    const proposal = { entry: 'a'.repeat(64), kind: 'ending.proposed', by: leader.account, at: AT };
    const confirmed = (by: string): VisitState =>
      ({
        ...state,
        site: {
          'ending.proposed': [{ ...proposal, body: { ending: 'not_found' } }],
          'ending.confirmed': [
            {
              ...proposal,
              entry: 'b'.repeat(64),
              kind: 'ending.confirmed',
              by,
              body: { proposal: proposal.entry },
            },
          ],
        },
      }) as unknown as VisitState;
    expect(endingOf(packet, confirmed(leader.account)).confirmed).toBe(false);
    expect(endingOf(packet, confirmed(second.account))).toMatchObject({ confirmed: true, label: '查无下落' });
  });

  test('a code that is missing is to be made good within the words of the packet', () => {
    expect(codeOf(packet, said('code.recorded', { how: 'missing' })).backfill).toBe(
      '执法码待补录：检查结束后 3 个工作日内补录。',
    );
    expect(codeOf(packet, said('code.recorded', { how: 'typed' })).backfill).toBeNull();
    expect(codeOf({ ...packet, site: null }, state).chip.tone).toBe('');
  });

  test('leaving without the code and without a reason is told with the way and the time to make it good', () => {
    expect(codeLack(packet, state)).toBe(
      '还没有登记执法码。请现在登记；没有的说明原因，离场后补录（检查结束后 3 个工作日内补录）。',
    );
    expect(codeLack(packet, said('code.recorded', { how: 'missing' }))).toContain('待补录');
    expect(codeLack(packet, said('code.recorded', { how: 'typed' }))).toBeNull();
    expect(codeLack({ ...packet, site: null }, state)).toBeNull();
  });

  test('a picture counts once for its caption, and not once it was withdrawn', () => {
    const one = (entry: string, digest: string, withdrawn: unknown[] = []) => ({
      taken: { entry, kind: 'evidence.taken', by: '', at: AT, body: { digest, caption: '甲' } },
      withdrawn,
      deleted: [],
      stored: false,
    });
    const evidence = [one('1', 'x'), one('2', 'x'), one('3', 'y', [1]), one('4', 'z')];
    const seen = picturesFor({ ...state, evidence } as unknown as VisitState, '甲');
    expect(seen.map(({ taken }) => taken.entry)).toEqual(['1', '4']);
    expect(instantOf('nonsense')).toBeNull();
  });
});

describe('help', () => {
  const given = ['sync', 'pwa/src', 'pwa/src/desk']
    .flatMap((folder) =>
      readdirSync(resolve(ROOT, folder))
        .filter((name) => /^(check|progress|people|sync|keys|visits|pictures|actions)\w*\.ts$/.test(name))
        .map((name) => readFileSync(resolve(ROOT, folder, name), 'utf8')),
    )
    .flatMap((source) => [...source.matchAll(/refuse\(\s*'(\w+)'/g)].map(([, code]) => code ?? ''));

  test('every refusal that the tablet itself gives stands there exactly once, with a place and a reason', () => {
    const listed = HELP.flatMap(({ codes }) => codes);
    expect(given.length).toBeGreaterThan(40);
    expect([...new Set(given)].filter((code) => !listed.includes(code as (typeof listed)[0]))).toEqual([]);
    expect(new Set(listed).size).toBe(listed.length);
    for (const { where, why } of HELP) expect(where.length * why.length).toBeGreaterThan(100);
  });

  test('a sentence is read without blanks', () => {
    for (const code of Object.keys(REFUSALS) as (keyof typeof REFUSALS)[])
      expect(plainSentence(code)).not.toMatch(/[{}]/);
  });
});

test('the packet of the practice says that it is fictional, wherever it names somebody', () => {
  expect(packet.demo).toBe(true);
  const names = [
    packet.target.name,
    packet.target.address,
    packet.region,
    ...packet.team.map(({ name }) => name),
  ];
  for (const name of names) expect(name).toMatch(/练习.*（虚构）$/);
});

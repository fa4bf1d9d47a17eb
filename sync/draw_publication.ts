/** What a publication of a draw looks like, and the sentences for what may not hold in it. See `draw_check.ts`. */

import type { DrawPlan, LastInput } from './draw';

export const PROBLEMS = {
  malformed: '公示文件格式不符，无法核验。请重新下载后再试。',
  alg: '抽取算法不是本核验程序支持的算法。请使用对应版本核验。',
  'plan-hash': '方案内容与公布的方案摘要不一致，方案可能被改动。',
  'check-code': '校验码与方案摘要不一致。请与现场照片或纸质件核对。',
  plan: '方案内容不成立：同一单位列了两次，数目为负，或名录库的日期、摘要有误。',
  deadline: '方案所列时间或日期有误，或锁定、提交承诺、公开随机数的截止时间不早于开奖或抽号。',
  round: '补充抽取与上一轮不衔接，缺少上一轮公示或批准理由。',
  previous: '上一轮抽取未通过核验。',
  'round-overlap': '补充抽取的范围含有以前各轮已抽中的序号。',
  'round-input': '补充抽取没有使用新的公开数据。',
  bitmap: '抽取范围与方案锁定的范围不一致。',
  'bitmap-count': '抽取范围的户数与方案公布的户数不一致。',
  'bitmap-overlap': '同一序号出现在两个层中。',
  ratio: '拟抽取数与公布的比例不一致。',
  'party-unknown': '签名或随机数来自方案以外的单位。',
  'countersignature-plan': '有会签所签的不是本方案。',
  countersignature: '有会签的签名无法通过验证。',
  'countersignature-late': '有会签的时间晚于锁定时间。',
  'outside-missing': '现场抽号须至少两家单位参与，且有外部单位公开随机数，本次抽取不符合。',
  'commitment-copied': '同一单位或同一承诺值出现两次。',
  'commitment-late': '有随机数承诺晚于截止时间提交。',
  nonce: '公开的随机数与此前提交的承诺不符。',
  'nonces-too-few': '公开随机数的单位少于方案要求的数量。',
  'last-input': '公开数据（开奖号码或现场号码）不是方案事先指定的，或号码有误。',
  seed: '种子不能由公开数据推算得出。',
  drawn: '抽取结果不能由种子和抽取范围推算得出。',
  audit: '监督单位对名单的签名无法通过验证。',
  outcome: '抽取结论与公布的数据不一致。',
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

/** What did not hold: a code of `PROBLEMS`, whom or what it concerns, one Chinese sentence. */
export interface Problem {
  readonly code: ProblemCode;
  readonly where: string;
  readonly message: string;
}

/** One draw as published; the fields' meaning is in `draw_check.py`. */
export interface DrawPublication {
  readonly plan: DrawPlan;
  readonly plan_hash: string;
  readonly check_code: string;
  readonly outcome: 'drawn' | 'aborted';
  readonly reason: string | null;
  readonly bitmaps: readonly {
    readonly stratum: string;
    readonly bits: string;
  }[];
  readonly countersignatures: readonly {
    readonly name: string;
    readonly plan_hash: string;
    readonly at: string;
    readonly signature: string | null;
  }[];
  readonly commitments: readonly {
    readonly name: string;
    readonly commitment: string;
    readonly at: string;
  }[];
  readonly nonces: readonly { readonly name: string; readonly nonce: string }[];
  readonly last_input: LastInput | null;
  readonly seed: string | null;
  readonly drawn: readonly {
    readonly stratum: string;
    readonly indices: readonly number[];
  }[];
  readonly audit: {
    readonly name: string;
    readonly names: string;
    readonly signature: string;
  } | null;
  readonly previous: DrawPublication | null;
}

type Shape = (value: unknown) => boolean;

const text: Shape = (value) => typeof value === 'string';
const integer: Shape = (value) => Number.isSafeInteger(value);
const flag: Shape = (value) => typeof value === 'boolean';
const word =
  (...words: string[]): Shape =>
  (value) =>
    typeof value === 'string' && words.includes(value);
const list =
  (item: Shape): Shape =>
  (value) =>
    Array.isArray(value) && value.every(item);
const maybe =
  (shape: Shape): Shape =>
  (value) =>
    value === null || shape(value);
const either =
  (...shapes: Shape[]): Shape =>
  (value) =>
    shapes.some((shape) => shape(value));

/** An object with these keys; `open` allows others beside them. */
const fields =
  (shapes: { readonly [key: string]: Shape }, open = false): Shape =>
  (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    const found = new Map<string, unknown>(Object.entries(value));
    const known = Object.entries(shapes);
    return (
      known.every(([key, shape]) => found.has(key) && shape(found.get(key))) &&
      (open || found.size === known.length)
    );
  };

const snapshotShape = fields({ root: text, n: integer, as_of: text });
const named = fields({ game: text, date: text });
const planShape = fields({
  alg: text,
  number: text,
  title: text,
  round: integer,
  supplements: maybe(fields({ plan_hash: text, reason: text })),
  snapshot: snapshotShape,
  strata: list(
    fields({
      name: text,
      bitmap: text,
      n: integer,
      num: integer,
      den: integer,
      k: integer,
    }),
  ),
  exclusions: list(fields({ code: text, count: integer })),
  roster: maybe(snapshotShape),
  needs: list(fields({ department: text, certified: integer, lead: flag })),
  replacement: word('ticket', 'named'),
  parties: list(
    fields({
      name: text,
      key: maybe(text),
      role: word('member', 'outside', 'oversight'),
    }),
  ),
  threshold: integer,
  deadlines: fields({ freeze: text, commit: maybe(text), reveal: maybe(text) }),
  last_input: either(
    fields({
      mode: word('lottery'),
      draws: list(named),
      fallback: list(named),
    }),
    fields({ mode: word('digits'), count: integer, date: text }),
  ),
});
const publicationShape = fields(
  {
    plan: planShape,
    plan_hash: text,
    check_code: text,
    outcome: word('drawn', 'aborted'),
    reason: maybe(text),
    bitmaps: list(fields({ stratum: text, bits: text })),
    countersignatures: list(fields({ name: text, plan_hash: text, at: text, signature: maybe(text) })),
    commitments: list(fields({ name: text, commitment: text, at: text })),
    nonces: list(fields({ name: text, nonce: text })),
    last_input: maybe(
      either(
        fields({
          mode: word('lottery'),
          draws: list(fields({ game: text, date: text, numbers: list(integer) })),
        }),
        fields({ mode: word('digits'), digits: text }),
      ),
    ),
    seed: maybe(text),
    drawn: list(fields({ stratum: text, indices: list(integer) })),
    audit: maybe(fields({ name: text, names: text, signature: text })),
    previous: maybe((value) => isPublication(value)),
  },
  true,
);

/** Whether parsed JSON has the shape of a publication; nothing about its truth. */
export function isPublication(value: unknown): value is DrawPublication {
  return publicationShape(value);
}

/** A publication as it was downloaded: its bytes, its seal, then the whole draw. Twin of `check_document`. */

import { NotCanonical, digest, isCanonical, parse, type JSONValue } from '@sync/canon';
import { signatureHolds } from '@sync/chain';
import { notCountersigned, verifyPublication, type DrawPublication } from '@sync/draw_check';

const NOT_CANONICAL = '文件字节不是公示时的原样，可能被编辑或转存过。请从公示页重新下载后再核验。';
const SEAL = '文件与发布时的签章不符，内容可能被改动。请从公示页重新下载后再核验。';
const NOT_DRAWN = '这个编号只公告、还没有抽取。请在抽取后再核验。';
const NOT_JSON = '内容不是抽取公示文件，无法核验。';

/** What was found: one sentence for each thing that does not hold, and what a sound draw came to. */
export interface Verdict {
  readonly problems: readonly string[];
  readonly count: number;
  readonly aborted: boolean;
  readonly checkCode: string;
  readonly unsigned: readonly string[];
}

function failed(problems: readonly string[]): Verdict {
  return { problems, count: 0, aborted: false, checkCode: '', unsigned: [] };
}

function isObject(value: unknown): value is Record<string, JSONValue> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Everything that does not hold in the bytes of a publication. */
export async function verifyDocument(raw: Uint8Array): Promise<Verdict> {
  let document: JSONValue;
  try {
    document = parse(raw);
  } catch (error) {
    if (error instanceof NotCanonical) return failed([NOT_JSON]);
    throw error;
  }
  if (!isObject(document)) return failed([NOT_JSON]);
  if (!('outcome' in document) && 'plan' in document) return failed([NOT_DRAWN]);
  const problems = (await verifyPublication(document)).map((one) =>
    one.where === '' ? one.message : `${one.where}：${one.message}`,
  );
  if (!isCanonical(raw)) problems.push(NOT_CANONICAL);
  if (!(await sealHolds(document))) problems.push(SEAL);
  if (problems.length > 0) return failed(problems);
  const sound = document as unknown as DrawPublication;
  return {
    problems,
    count: sound.drawn.reduce((sum, one) => sum + one.indices.length, 0),
    aborted: sound.outcome === 'aborted',
    checkCode: sound.check_code,
    unsigned: notCountersigned(sound),
  };
}

/** The seal is by a key that the frozen plan names, over H("publication/1", everything else). */
async function sealHolds(document: Record<string, JSONValue>): Promise<boolean> {
  const { seal, ...bare } = document;
  if (!isObject(seal) || Object.keys(seal).length !== 2) return false;
  const { key, signature } = seal;
  if (typeof key !== 'string' || typeof signature !== 'string') return false;
  const plan = isObject(document.plan) ? document.plan : {};
  const parties = Array.isArray(plan.parties) ? plan.parties : [];
  if (!parties.some((party) => isObject(party) && party.key === key)) return false;
  return signatureHolds(key, await digest('publication/1', bare), signature);
}

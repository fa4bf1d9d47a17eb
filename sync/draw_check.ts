/**
 * The verifier: recomputes everything public of a draw from one JSON document, in the visitor's own browser.
 * Twin of `draw_check.py`; it needs no registry and no network.
 */

import { H, NotCanonical, canonical, fromHex, sameBytes, toHex, type Bytes, type JSONValue } from './canon';
import { signatureHolds } from './chain';
import {
  ALG,
  bitmapDigest,
  bitmapFits,
  ceilRatio,
  checkCode,
  commitment,
  deriveKey,
  drawStratum,
  eligibleCount,
  inTime,
  isDay,
  isTime,
  lastInputFits,
  planHash,
  seed,
  type DrawPlan,
  type Stratum,
} from './draw';
import {
  PROBLEMS,
  isPublication,
  type DrawPublication,
  type Problem,
  type ProblemCode,
} from './draw_publication';

export { PROBLEMS, type DrawPublication, type Problem, type ProblemCode } from './draw_publication';

/** All that does not hold in a publication (parsed JSON), in the protocol's order; [] if it is sound. */
export async function verifyPublication(document: unknown): Promise<Problem[]> {
  // What has no canonical form is read differently by different programs; its depth is bounded too.
  if (!isPlain(document) || !isPublication(document)) return [problem('malformed')];
  const hashed = await planHash(document.plan);
  const bitmaps = new Map<string, Bytes>();
  const problems = [
    ...checkPlan(document, hashed),
    ...(await checkRounds(document)),
    ...(await checkBitmaps(document, bitmaps)),
    ...(await checkSignatures(document, hashed)),
    ...(await checkNonces(document, hashed)),
  ];
  if (document.outcome === 'aborted') return [...problems, ...checkAborted(document)];
  if (document.reason !== null) problems.push(problem('outcome'));
  return [...problems, ...(await checkResult(document, hashed, bitmaps)), ...(await checkAudit(document))];
}

/** The parties of the plan that did not countersign, in its order: no fault, but to be shown. */
export function notCountersigned({ plan, countersignatures }: DrawPublication): string[] {
  const signed = new Set(countersignatures.map((one) => one.name));
  return plan.parties.map((party) => party.name).filter((name) => !signed.has(name));
}

/** Hex of H("names/1", plan_hash, canonical [[row, identifier, salt hex] …]), rows ascending. */
export async function namesDigest(
  hashed: Uint8Array,
  rows: readonly (readonly [number, string, Uint8Array])[],
): Promise<string> {
  const listed: JSONValue = [...rows]
    .sort(([a], [b]) => a - b)
    .map(([i, identifier, saltI]) => [i, identifier, toHex(saltI)]);
  return toHex(await H('names/1', hashed, canonical(listed)));
}

function problem(code: ProblemCode, where = ''): Problem {
  return { code, where, message: PROBLEMS[code] };
}

function checkPlan(publication: DrawPublication, hashed: Bytes): Problem[] {
  const plan = publication.plan;
  const problems: Problem[] = [];
  if (plan.alg !== ALG) problems.push(problem('alg', plan.alg));
  if (publication.plan_hash !== toHex(hashed)) problems.push(problem('plan-hash'));
  if (publication.check_code !== checkCode(hashed)) problems.push(problem('check-code'));
  if (!stands(plan)) problems.push(problem('plan'));
  if (plan.last_input.mode === 'digits' && (plan.threshold < 2 || !outsideTakesPart(publication))) {
    problems.push(problem('outside-missing'));
  }
  if (!inTime(plan)) problems.push(problem('deadline'));
  return problems;
}

/** Whether every party is named once, nothing is counted below 0, and the registries are of a day. */
function stands(plan: DrawPlan): boolean {
  const names = plan.parties.map((party) => party.name);
  const registries = [plan.snapshot, plan.roster].filter((one) => one !== null);
  const counts = [
    plan.threshold,
    ...registries.map((one) => one.n),
    ...plan.exclusions.map((one) => one.count),
    ...plan.needs.map((one) => one.certified),
  ];
  const dated = registries.every((one) => isDay(one.as_of) && isHex32(one.root));
  return new Set(names).size === names.length && counts.every((count) => count >= 0) && dated;
}

/** Whether an outside body takes part and, once drawn, showed its nonce: else those inside could know them all. */
function outsideTakesPart({ plan, nonces, outcome }: DrawPublication): boolean {
  const bodies = plan.parties.filter((party) => party.role === 'outside').map((party) => party.name);
  return bodies.some((name) => outcome === 'aborted' || nonces.some((one) => one.name === name));
}

async function checkRounds(publication: DrawPublication): Promise<Problem[]> {
  const { plan, previous } = publication;
  const supplements = plan.supplements;
  if (plan.round === 1 && previous === null && supplements === null) return [];
  if (plan.round < 1 || previous === null || supplements === null || !isHex32(supplements.reason)) {
    return [problem('round')];
  }
  const before = previous.plan;
  const problems: Problem[] = [];
  if (
    before.round !== plan.round - 1 ||
    !sameBytes(canonical(before.snapshot), canonical(plan.snapshot)) ||
    before.number === plan.number ||
    supplements.plan_hash !== previous.plan_hash ||
    previous.outcome !== 'drawn'
  ) {
    problems.push(problem('round'));
  }
  if ((await verifyPublication(previous)).length > 0) problems.push(problem('previous'));
  const drawn = new Set<number>();
  const last = publication.last_input;
  for (let link: DrawPublication | null = previous; link !== null; link = link.previous) {
    for (const one of link.drawn) for (const i of one.indices) drawn.add(i);
    if (last !== null && link.last_input !== null && sameJson(link.last_input, last)) {
      problems.push(problem('round-input'));
    }
  }
  for (const one of publication.bitmaps) {
    const bits = fromBase64(one.bits) ?? new Uint8Array();
    const again = [...drawn].some((i) => i >= 0 && ((bits[Math.floor(i / 8)] ?? 0) >> (i % 8)) & 1);
    if (again) problems.push(problem('round-overlap', one.stratum));
  }
  return problems;
}

async function checkBitmaps(publication: DrawPublication, good: Map<string, Bytes>): Promise<Problem[]> {
  const plan = publication.plan;
  const rows = plan.snapshot.n;
  const names = plan.strata.map((stratum) => stratum.name);
  const given = new Map(publication.bitmaps.map((one) => [one.stratum, fromBase64(one.bits)]));
  const problems: Problem[] = [];
  const listed = publication.bitmaps.map((one) => one.stratum);
  if (!sameJson(listed, names) || new Set(names).size !== names.length) problems.push(problem('bitmap'));
  const seen = new Uint8Array(Math.max(0, ...[...given.values()].map((bits) => bits?.length ?? 0)));
  for (const stratum of plan.strata) {
    const bits = given.get(stratum.name) ?? null;
    if (bits === null || rows < 0 || (await bitmapDigest(rows, bits)) !== stratum.bitmap) {
      problems.push(problem('bitmap', stratum.name));
      continue;
    }
    if (!bitmapFits(bits, rows) || eligibleCount(bits) !== stratum.n) {
      problems.push(problem('bitmap-count', stratum.name));
      continue;
    }
    if (bits.some((byte, j) => byte & (seen[j] ?? 0))) problems.push(problem('bitmap-overlap', stratum.name));
    bits.forEach((byte, j) => (seen[j] = (seen[j] ?? 0) | byte));
    if (!ratioHolds(stratum)) {
      problems.push(problem('ratio', stratum.name));
      continue;
    }
    good.set(stratum.name, bits);
  }
  return problems;
}

function ratioHolds({ n, num, den, k }: Stratum): boolean {
  return n >= 0 && den >= 1 && num >= 0 && num <= den && ceilRatio(n, num, den) === k;
}

async function checkSignatures(publication: DrawPublication, hashed: Bytes): Promise<Problem[]> {
  const keys = new Map(publication.plan.parties.map((party) => [party.name, party.key]));
  const problems: Problem[] = [];
  for (const one of publication.countersignatures) {
    const key = keys.get(one.name);
    if (key === undefined) {
      problems.push(problem('party-unknown', one.name));
    } else if (one.plan_hash !== toHex(hashed)) {
      problems.push(problem('countersignature-plan', one.name));
    } else if (one.signature !== null && !(await signatureHolds(key ?? '', toHex(hashed), one.signature))) {
      problems.push(problem('countersignature', one.name));
    } else if (!isTime(one.at) || one.at > publication.plan.deadlines.freeze) {
      problems.push(problem('countersignature-late', one.name));
    }
  }
  return problems;
}

async function checkNonces(publication: DrawPublication, hashed: Bytes): Promise<Problem[]> {
  const plan = publication.plan;
  const known = new Set(plan.parties.map((party) => party.name));
  const by = plan.deadlines.commit;
  const problems: Problem[] = [];
  const taken = new Map<string, string>();
  const values = new Set<string>();
  for (const one of publication.commitments) {
    if (!known.has(one.name)) problems.push(problem('party-unknown', one.name));
    if (taken.has(one.name) || values.has(one.commitment)) {
      problems.push(problem('commitment-copied', one.name));
    }
    if (by === null || !isTime(one.at) || one.at > by) problems.push(problem('commitment-late', one.name));
    taken.set(one.name, one.commitment);
    values.add(one.commitment);
  }
  const opened = new Set<string>();
  for (const { name, nonce } of publication.nonces) {
    const fits = isHex32(nonce) && !opened.has(name);
    if (!fits || toHex(await commitment(hashed, name, fromHex(nonce))) !== taken.get(name)) {
      problems.push(problem('nonce', name));
    }
    opened.add(name);
  }
  if (publication.outcome === 'drawn' && opened.size < plan.threshold)
    problems.push(problem('nonces-too-few'));
  return problems;
}

function checkAborted(publication: DrawPublication): Problem[] {
  const bare = publication.seed === null && publication.drawn.length === 0 && publication.audit === null;
  return bare && publication.reason ? [] : [problem('outcome')];
}

async function checkResult(
  publication: DrawPublication,
  hashed: Bytes,
  bitmaps: ReadonlyMap<string, Bytes>,
): Promise<Problem[]> {
  const { plan, last_input: last } = publication;
  if (last === null || !lastInputFits(plan.last_input, last)) return [problem('last-input')];
  if (!publication.nonces.every((one) => isHex32(one.nonce))) return [problem('seed')];
  const nonces = new Map(publication.nonces.map((one) => [one.name, fromHex(one.nonce)]));
  const seeded = await seed(hashed, nonces, last);
  if (publication.seed !== toHex(seeded)) return [problem('seed')];
  if (plan.round < 1) return []; // no key exists, and `round` was said
  const names = plan.strata.map((stratum) => stratum.name);
  const drawnNames = publication.drawn.map((one) => one.stratum);
  if (!sameJson(drawnNames, names)) return [problem('drawn')];
  const problems: Problem[] = [];
  for (const [j, stratum] of plan.strata.entries()) {
    const bits = bitmaps.get(stratum.name);
    if (bits === undefined) continue;
    const key = await deriveKey(seeded, 'targets', stratum.name, plan.round);
    const drawn = await drawStratum(key, bits, plan.snapshot.n, stratum.k);
    const published = publication.drawn[j]?.indices ?? [];
    if (drawn.length !== published.length || drawn.some((i, place) => i !== published[place])) {
      problems.push(problem('drawn', stratum.name));
    }
  }
  return problems;
}

async function checkAudit(publication: DrawPublication): Promise<Problem[]> {
  const audit = publication.audit;
  if (audit === null) return [];
  const signer = publication.plan.parties.findLast(
    (party) => party.role === 'oversight' && party.name === audit.name,
  );
  const holds =
    isHex32(audit.names) && (await signatureHolds(signer?.key ?? '', audit.names, audit.signature));
  return holds ? [] : [problem('audit', audit.name)];
}

function isPlain(document: unknown): boolean {
  try {
    canonical(document as JSONValue);
    return true;
  } catch (error) {
    if (error instanceof NotCanonical) return false;
    throw error;
  }
}

function isHex32(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/** Standard base64 with padding, in its one canonical form; null otherwise. */
function fromBase64(text: string): Bytes | null {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) return null;
  const binary = atob(text);
  return btoa(binary) === text ? Uint8Array.from(binary, (c) => c.charCodeAt(0)) : null;
}

function sameJson(a: JSONValue, b: JSONValue): boolean {
  return sameBytes(canonical(a), canonical(b));
}

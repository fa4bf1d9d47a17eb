/** 数据与同步: the truth about everything that lies on this tablet, as words. Pure. */
import type { BlobState, EntryState, State, Summary } from '@sync/exchange_words';
import type { JSONValue } from '@sync/canon';
import { REFUSALS, type EntryAdmitted, type Entry, type Packet } from '@sync/words';
import { photosLeft, roomFor, type Space } from '../store/space';
import type { Chip } from '../view';

/** Whether the tablet may be given back, in one sentence, with how true it is; `going`: checks that go on. */
export function verdict(total: Summary & { unsaved?: number }, going = 0): Chip {
  const { unsaved = 0 } = total;
  if (unsaved > 0)
    return {
      words: `有 ${String(unsaved)} 次检查的录音录像还没有保存：请进入该次检查，点“保存”，联网同步后再交还终端`,
      tone: 'bad',
    };
  if (total.recorded === 0) return { words: '本机还没有记录。', tone: '' };
  const counts = `${String(total.receipts)} / ${String(total.recorded)} 条有回执`;
  const photos =
    total.photos > 0 ? `，照片 ${String(total.photos_complete)} / ${String(total.photos)} 张已收妥` : '';
  if (total.safe && going > 0)
    return {
      words: `${counts}${photos}：全部有回执；还有 ${String(going)} 次检查没有结束，结束后再交还终端`,
      tone: 'act',
    };
  if (total.safe) return { words: `${counts}${photos}：可以交还终端`, tone: 'good' };
  const aside = total.aside + total.photos_aside;
  if (aside > 0) return { words: `${counts}${photos}：${String(aside)} 件未收录，请先处理`, tone: 'bad' };
  return { words: `${counts}${photos}：其余已存本机，请联网同步后再交还`, tone: 'warn' };
}

/** How much is safe even if the server is lost. */
export function backup(total: Summary): string {
  if (total.recorded === 0) return '';
  if (total.backed_up === total.recorded) return '服务器上的记录已全部备份。';
  return `服务器已备份 ${String(total.backed_up)} / ${String(total.recorded)} 条；备份前本机副本一律保留。`;
}

/** One photo: what of it the server has. */
export function photoChip(photo: BlobState): Chip {
  if (photo.status === 'complete') return { words: '已收妥', tone: 'good' };
  if (photo.status === 'aside') return { words: '未收录', tone: 'bad' };
  if (!photo.offset) return { words: '待上传', tone: 'warn' };
  return { words: `已上传 ${String(Math.floor((photo.offset * 100) / photo.size))}%`, tone: 'act' };
}

export interface Bad {
  key: string;
  what: string;
  sentence: string;
  next: string;
  /** Whether offering it again may help. */
  again: boolean;
}

const EXPORT = '点“导出未上传记录”，把文件交办公室导入。';
const NEXT: Readonly<Record<string, string>> = {
  signature_bad: '请办公室在“待核定”核定它后面的记录，这一条由办公室登记为缺失；本机原件保留备查。',
  record_damaged: `请参加这次检查的其他人员在本机解锁，再点“重新上传”；仍不成功时，${EXPORT}`,
  evidence_damaged: `请参加这次检查的其他人员在本机解锁，再点“重新上传”；仍不成功时，${EXPORT}`,
  digest_mismatch: `点“重新上传”；仍不成功时，${EXPORT}`,
  evidence_unknown: '本机已没有这张照片，请联系系统管理员核对服务器备份。',
};

/**
 * Everything that went aside, and what waits to be decided on, together where it waits for the same; each with its
 * sentence and next step.
 */
export function badItems(known: State, names: ReadonlyMap<string, string>): Bad[] {
  const of = (visit: string): string => names.get(visit) ?? '其他人员的检查';
  const entries = Object.entries(known.entries);
  const aside = entries
    .filter(([, { status }]) => status === 'aside')
    .map(([key, { visit, seq, code }]) => bad(key, `${of(visit)} · 第 ${String(seq)} 条记录`, code, true));
  const photos = Object.entries(known.blobs)
    .filter(([, { status }]) => status === 'aside')
    .map(([key, { visit, code }]) => bad(key, `${of(visit)} · 照片`, code, true));
  const open = entries
    .map(([, entry]) => entry)
    .filter(({ status, decided }) => status === 'held' && !decided);
  const held = [...grouped(open, ({ visit, code }) => `${visit} ${code ?? ''}`)].map(([key, group]) =>
    bad(key, `${of(group[0].visit)} · ${places(group)}`, group[0].code, false),
  );
  return [...aside, ...photos, ...held];
}

type Some<T> = [T, ...T[]];

function grouped<T>(all: readonly T[], name: (one: T) => string): Map<string, Some<T>> {
  const groups = new Map<string, Some<T>>();
  for (const one of all) {
    const group = groups.get(name(one));
    if (group) group.push(one);
    else groups.set(name(one), [one]);
  }
  return groups;
}

/** 第 3–6、9 条记录 */
function places(entries: readonly EntryState[]): string {
  const runs: { first: number; last: number }[] = [];
  for (const { seq } of entries.toSorted((a, b) => a.seq - b.seq)) {
    const run = runs.at(-1);
    if (run && run.last === seq - 1) run.last = seq;
    else runs.push({ first: seq, last: seq });
  }
  const words = runs.map(({ first, last }) =>
    first === last ? String(first) : `${String(first)}–${String(last)}`,
  );
  return `第 ${words.join('、')} 条记录`;
}

/** A visit that is open here, with all that was recorded of it. */
interface Known {
  packet: Packet;
  entries: readonly (readonly [Entry, JSONValue | null])[];
}

export interface Decided extends Chip {
  key: string;
  what: string;
  reason: string;
  /** When, by the server's clock. */
  at: string;
}

/** What people of the office said of the records that were held, the last one first (暂存核定). */
export function decidedItems(known: State, loaded: ReadonlyMap<string, Known>): Decided[] {
  const found = new Map<
    string,
    { own: EntryState; name: string; admitted: boolean; reason: string; at: string }
  >();
  for (const { packet, entries } of loaded.values()) {
    for (const [{ kind, at }, body] of entries) {
      if ((kind !== 'entry.admitted' && kind !== 'entry.set_aside') || body === null) continue;
      const { entry: key, reason } = body as unknown as EntryAdmitted;
      const own = known.entries[key];
      const admitted = kind === 'entry.admitted';
      // Where both were said, setting aside weighs more.
      if (!own?.decided || own.status !== 'held' || (admitted && found.has(key))) continue;
      found.set(key, { own, name: packet.target.name, admitted, reason, at });
    }
  }
  const said = grouped([...found.values()], ({ own, admitted, reason }) =>
    JSON.stringify([own.visit, admitted, reason]),
  );
  return [...said]
    .map(([key, all]): Decided => {
      const [{ name, admitted, reason }] = all;
      return {
        ...{ key, reason, what: `${name} · ${places(all.map(({ own }) => own))}` },
        words: admitted ? '部门已采纳，计入检查结果。' : '部门不采纳，不计入检查结果；原件保留备查。',
        tone: admitted ? 'good' : '',
        at: all.map(({ at }) => at).reduce((a, b) => (a > b ? a : b)),
      };
    })
    .sort((a, b) => (a.at < b.at ? 1 : -1));
}

function bad(key: string, what: string, code: string | null, again: boolean): Bad {
  const sentence =
    code && code in REFUSALS ? REFUSALS[code as keyof typeof REFUSALS] : '没有收录，原件仍在本机。';
  const wait = '不用重新填写；部门核定后，联网同步即可看到结果。';
  const next = again ? (NEXT[code ?? ''] ?? `点“重新上传”；仍不成功时，${EXPORT}`) : wait;
  return { key, what, sentence, next, again };
}

/** The room that is left, as photos. */
export function roomWords(space: Space | null, each: number): Chip {
  if (!space) return { words: '浏览器没有提供存储空间信息。', tone: '' };
  const left = photosLeft(space, each);
  const used = `已用 ${megabytes(space.usage)}，`;
  switch (roomFor(left)) {
    case 'none':
      return { words: `${used}空间不足，不能再拍照片。请先同步、清理。`, tone: 'bad' };
    case 'short':
      return { words: `${used}还可拍约 ${String(left)} 张照片。请尽快同步、清理。`, tone: 'warn' };
    case 'low':
      return { words: `${used}还可拍约 ${String(left)} 张照片。`, tone: 'warn' };
    case 'ample':
      return {
        words: `${used}还可拍约 ${left > 1000 ? '1000 张以上' : `${String(left)} 张`}照片。`,
        tone: 'good',
      };
  }
}

/** `declined`: the browser was asked just now and did not say yes. */
export function keptWords(space: Space | null, declined = false): Chip {
  if (space?.kept) return { words: '浏览器已承诺保留本机记录，不会自动清除。', tone: 'good' };
  if (declined) {
    return {
      words:
        '浏览器没有同意：空间紧张时，它可能清除还没有上传的记录。请把本应用添加到主屏幕后再点一次；在此之前每天同步，不要清除浏览数据。',
      tone: 'bad',
    };
  }
  return {
    words: '浏览器尚未承诺保留本机记录：请把本应用添加到主屏幕，并每天同步；不要清除浏览数据。',
    tone: 'warn',
  };
}

export function megabytes(bytes: number): string {
  return bytes < 1_000_000 ? '不到 1 MB' : `${String(Math.round(bytes / 1_000_000))} MB`;
}

const DAY_MS = 86_400_000;

/** Visits whose copies here have lain long enough by their packet's own rule; `since` in milliseconds since 1970. */
export function overdue(
  since: Readonly<Record<string, number>>,
  packets: ReadonlyMap<string, Pick<Packet, 'site'>>,
  now: number,
): Set<string> {
  const due = new Set<string>();
  for (const [visit, moment] of Object.entries(since)) {
    const days = packets.get(visit)?.site?.keep_days ?? 0;
    if (days > 0 && now - moment >= days * DAY_MS) due.add(visit);
  }
  return due;
}

/**
 * Photos that this tablet need not keep: their visit is over, and everything of it (entries and photos) is in a
 * backup of the server, not merely received.
 */
export function spent(known: State, over: ReadonlySet<string>): string[] {
  const safe = (visit: string): boolean =>
    Object.values(known.entries).every(
      (e) => e.visit !== visit || (e.receipt > 0 && e.receipt <= known.backed_up),
    ) && Object.values(known.blobs).every((b) => b.visit !== visit || kept(b));
  const kept = (b: BlobState): boolean =>
    b.status === 'complete' && b.stored > 0 && b.stored <= known.backed_up;
  return Object.entries(known.blobs)
    .filter(([, blob]) => over.has(blob.visit) && kept(blob) && safe(blob.visit))
    .map(([digest]) => digest);
}

/** What came of a file that was handed in for another tablet. Pure. */
import type { Tone } from './truth';

interface Counts {
  label: string;
  accepted: number;
  exists: number;
  held: number;
  decided: number;
  refused: number;
  closed: number;
  photos: number;
  photos_refused: number;
}

export interface CarriedWords {
  title: string;
  lines: string[];
  tone: Tone;
}

/** What is there is said first; what is not, with where it still is. */
export function carriedWords(told: Counts): CarriedWords {
  const lost = told.refused + told.closed + told.photos_refused;
  const of = (count: number, words: string): string[] => (count > 0 ? [`${words} ${String(count)}`] : []);
  const entries = [
    ...of(told.accepted, '新收录'),
    ...of(told.exists, '此前已收到'),
    ...of(told.held, '待部门核定'),
    ...of(told.decided, '部门此前已核定'),
    ...of(told.refused, '校验没有通过'),
  ];
  const photos = [...of(told.photos, '已收妥'), ...of(told.photos_refused, '没有收录')];
  return {
    title: lost > 0 ? `已代交：${told.label}，有 ${String(lost)} 件没有收录` : `已代交：${told.label}`,
    lines: [
      ...(entries.length > 0 ? [`记录（条）：${entries.join('，')}`] : []),
      ...(photos.length > 0 ? [`照片（张）：${photos.join('，')}`] : []),
      ...of(told.closed, '无法打开（件）'),
      lost > 0
        ? '没有收录的原件仍在文件和那台终端里，请保留并联系办公室。'
        : '那台终端下次联网时会收到回执。',
    ],
    tone: lost > 0 ? 'warn' : 'good',
  };
}

/** What was exported of `many` files, and what is next; `made`: the file just written. */
export function exportedWords(
  many: number,
  made: { place: number; entries: number; photos: number } | null,
): string {
  if (many === 0) return '没有未上传的记录，不用导出。';
  if (!made) return many === 1 ? '' : `未上传的内容较多，分为 ${String(many)} 份：请逐份导出。`;
  const what = `${String(made.entries)} 条记录、${String(made.photos)} 张照片`;
  const whole = `已导出 ${what}。请交办公室在“导入未上传记录”导入；本机原件仍在。`;
  if (many === 1) return whole;
  const left =
    made.place + 1 < many
      ? '请接着导出下一份。'
      : '全部交办公室，在“导入未上传记录”按顺序逐份导入；本机原件仍在。';
  return `已导出第 ${String(made.place + 1)} 份，共 ${String(many)} 份：${what}。${left}`;
}

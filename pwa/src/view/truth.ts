/** The truth about signal and data, in words. Apart from the rest of the view: the first screen shows it. */
import type { Summary } from '@sync/exchange_words';

export type Tone = '' | 'good' | 'warn' | 'bad' | 'act';
export interface Chip {
  words: string;
  tone: Tone;
}

export interface SignalState {
  signal: 'none' | 'unreachable' | 'there';
  syncing: string | null;
  total: Summary;
}

/** The one line on signal and data that is always in sight. */
export function truth({ signal, syncing, total }: SignalState): Chip {
  if (syncing) return { words: syncing, tone: 'act' };
  const waiting = parts(total.recorded - total.receipts, total.photos - total.photos_complete);
  if (signal === 'there') {
    if (waiting) return { words: `有信号 · ${waiting}待同步`, tone: 'act' };
    return { words: total.recorded > 0 ? '有信号 · 全部有回执' : '有信号', tone: 'good' };
  }
  const lead = signal === 'none' ? '无信号' : '连不上服务器';
  if (waiting) return { words: `${lead} · ${waiting}已存本机`, tone: 'warn' };
  return { words: total.recorded > 0 ? `${lead} · 全部有回执` : lead, tone: 'warn' };
}

function parts(entries: number, photos: number): string {
  return [entries > 0 ? `${String(entries)} 条` : '', photos > 0 ? `${String(photos)} 张照片` : '']
    .filter((part) => part !== '')
    .join('、');
}

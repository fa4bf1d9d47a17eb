/** The windows of one tablet share one store, and each shows what it read of it: what one changed the others read anew. */
export interface Changed {
  /** Visits of which entries came. */
  visits: readonly string[];
  /** Visits themselves came, changed or went. */
  packets: boolean;
}

let line: BroadcastChannel | null = null;

/** Begin to hear the others; `woke` is called where this window was not looked at and may have heard nothing. Where
 * there are no channels each window reads its own changes only, as the sentence about a second window says. */
export function follow(heard: (changed: Changed) => void, woke: () => void): void {
  if (line || !('BroadcastChannel' in globalThis)) return;
  line = new BroadcastChannel('suijian/changed');
  line.onmessage = ({ data }: MessageEvent<Changed>) => {
    heard(data);
  };
  if (typeof document === 'undefined') return;
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') woke();
  });
}

export function tellOthers(changed: Changed): void {
  line?.postMessage(changed);
}

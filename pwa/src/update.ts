/**
 * A new version is fetched in the background and waits; the person says when. While a visit is open in any window it
 * waits on, because the new version takes the old one's files away.
 */
import { reactive } from 'vue';

const OPEN = 'suijian/visit-open';
const LOOK_MS = 3_600_000;

export const update = reactive({
  ready: false,
  /** Why it did not happen now, as a sentence. */
  refusal: null as string | null,
  async accept(): Promise<void> {
    const waiting = registration?.waiting;
    if (!waiting) return;
    if (await openElsewhere()) {
      update.refusal = '另一个窗口还开着检查，暂不更新；请先回到“今日检查”，记录都在。';
      return;
    }
    update.refusal = null;
    // Not by `controllerchange`: the page of the very first day is not controlled by the worker yet.
    waiting.addEventListener('statechange', () => {
      if (waiting.state === 'activated') location.reload();
    });
    waiting.postMessage({ type: 'SKIP_WAITING' });
  },
});

let registration: ServiceWorkerRegistration | null = null;
let close: (() => void) | null = null;

/** Say to all windows that a visit is open here, or is no more. */
export function hold(open: boolean): void {
  if (!('locks' in navigator) || open === (close !== null)) return;
  if (!open) {
    close?.();
    close = null;
    return;
  }
  const until = new Promise<void>((resolve) => {
    close = resolve;
  });
  void navigator.locks.request(OPEN, { mode: 'shared' }, () => until);
}

async function openElsewhere(): Promise<boolean> {
  if (!('locks' in navigator)) return false;
  const { held } = await navigator.locks.query();
  return held?.some(({ name }) => name === OPEN) ?? false;
}

function look(): void {
  // Without an active one it is the first installation, not an update.
  update.ready = Boolean(registration?.waiting && registration.active);
}

/** Ask for a new version now; without signal it is asked for again later. */
async function ask(): Promise<void> {
  try {
    await registration?.update();
  } catch (error) {
    // No signal, a server that is away, a worker that is just being installed: this version goes on.
    console.warn(error);
  }
  look();
}

export async function watchForUpdates(): Promise<void> {
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return;
  registration = await navigator.serviceWorker.register('/tablet/sw.js', { scope: '/tablet/' });
  look();
  registration.addEventListener('updatefound', () => {
    registration?.installing?.addEventListener('statechange', look);
  });
  // A tablet stays open for weeks: it asks whenever somebody takes it up again, and every hour.
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void ask();
  });
  addEventListener('online', () => void ask());
  setInterval(() => void ask(), LOOK_MS);
}

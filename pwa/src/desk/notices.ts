/**
 * 提醒: what changed for the person at work since he last looked. They come after every sync, the sure way; a push
 * of the browser only says that there is something, where the device and the network can do it at all.
 */
import { reactive, watch } from 'vue';
import * as net from '../exchange/notices';
import { house, state } from './state';
import { syncNow } from './sync';

/** Where no push service is reachable the browser may wait for ever. */
const SUBSCRIBE_MS = 15_000;

export type { Notice } from '../exchange/notices';

/** `pushes`: impossible here · not asked for yet · on · refused by the person or out of reach. */
export const notices = reactive<{ list: net.Notice[]; pushes: 'impossible' | 'off' | 'on' | 'failed' }>({
  list: [],
  pushes: 'impossible',
});

/** For whom the list was asked: it stays while the screen is away, and is nobody else's. */
let whose: string | undefined;

async function token(): Promise<string | null> {
  if (!house.open) return null;
  return (await house.store.session(house.open.account))?.token ?? null;
}

/** Ask what is new for the person at work. */
export async function lookAtNotices(): Promise<void> {
  const [asker, known] = [state.me?.account, await token()];
  const told = known ? await net.unseen(known) : null;
  if (!told || asker !== state.me?.account) return;
  notices.list = told;
  whose = asker;
}

/** The person has looked at all that stands in the list. Without signal they come again, which harms nobody. */
export async function seen(): Promise<void> {
  const ids = notices.list.map(({ id }) => id);
  const [asker, known] = [state.me?.account, await token()];
  const left = known && ids.length > 0 ? await net.markSeen(known, ids) : null;
  if (left && asker === state.me?.account) notices.list = left;
}

/** Look after each sync and whenever somebody else comes to work; the answer ends it. */
export function watchNotices(): () => void {
  if (whose !== state.me?.account) notices.list = [];
  const stop = watch(
    () => [state.syncedAt, state.me?.account, state.syncing === null] as const,
    ([, , still], before) => {
      if (before && before[1] !== state.me?.account) notices.list = [];
      if (still) void lookAtNotices();
    },
    { immediate: true },
  );
  const worker = 'serviceWorker' in navigator ? navigator.serviceWorker : null;
  const heard = (event: MessageEvent): void => {
    if ((event.data as { type?: string } | null)?.type === 'PUSHED') void syncNow();
  };
  worker?.addEventListener('message', heard);
  void standing();
  return () => {
    stop();
    worker?.removeEventListener('message', heard);
  };
}

async function manager(): Promise<PushManager | null> {
  if (!('serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window)) return null;
  const registration = await navigator.serviceWorker.getRegistration('/tablet/');
  return registration?.pushManager ?? null;
}

async function standing(): Promise<void> {
  const pushes = await manager();
  if (!pushes) {
    notices.pushes = 'impossible';
    return;
  }
  const subscription = await pushes.getSubscription();
  notices.pushes = subscription ? 'on' : 'off';
  // Said again at each start: a server that forgot the address, or was restored, learns it anew.
  const known = subscription ? await token() : null;
  if (subscription && known) await net.takePushesAt(known, subscription.toJSON());
}

/** 开启推送, after a tap: the browser asks the person, then its own service for an address. */
export async function allowPushes(): Promise<void> {
  const pushes = await manager();
  const known = await token();
  const key = known ? await net.pushKey(known) : null;
  if (!pushes || !known || !key || (await Notification.requestPermission()) !== 'granted') {
    notices.pushes = 'failed';
    return;
  }
  const subscription = await inTime(pushes.subscribe({ userVisibleOnly: true, applicationServerKey: key }));
  const taken = subscription !== null && (await net.takePushesAt(known, subscription.toJSON()));
  notices.pushes = taken ? 'on' : 'failed';
}

async function inTime(asked: Promise<PushSubscription>): Promise<PushSubscription | null> {
  const late = new Promise<null>((resolve) => setTimeout(resolve, SUBSCRIBE_MS, null));
  try {
    return await Promise.race([asked, late]);
  } catch (error) {
    if (error instanceof DOMException) return null; // no service, or the browser's settings forbid it
    throw error;
  }
}

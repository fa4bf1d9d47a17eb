/** A new version is fetched in the background and waits; the person says when. */
import { reactive } from 'vue';

export const update = reactive({
  ready: false,
  accept(): void {
    const waiting = registration?.waiting;
    if (!waiting) return;
    navigator.serviceWorker.addEventListener('controllerchange', () => {
      location.reload();
    });
    waiting.postMessage({ type: 'SKIP_WAITING' });
  },
});

let registration: ServiceWorkerRegistration | null = null;

function look(): void {
  update.ready = Boolean(registration?.waiting && navigator.serviceWorker.controller);
}

export async function watchForUpdates(): Promise<void> {
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return;
  registration = await navigator.serviceWorker.register('/tablet/sw.js', { scope: '/tablet/' });
  look();
  registration.addEventListener('updatefound', () => {
    registration?.installing?.addEventListener('statechange', look);
  });
}

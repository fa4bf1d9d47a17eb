/// <reference lib="webworker" />
import { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching';
import { NavigationRoute, registerRoute } from 'workbox-routing';

declare const self: ServiceWorkerGlobalScope & { __WB_MANIFEST: { url: string; revision: string | null }[] };

// GET only: a worker that re-creates a POST sends an empty body on Safari. Workbox routes default to GET.
precacheAndRoute(self.__WB_MANIFEST);
cleanupOutdatedCaches();
registerRoute(
  new NavigationRoute(createHandlerBoundToURL('/tablet/index.html'), { allowlist: [/^\/tablet\//] }),
);

// The page of the very first start is this worker's too. Otherwise nobody would be here whom a new version had to wait
// for: it would take over by itself, and clear away parts of the app that this page has not loaded yet.
self.addEventListener('activate', (event) => {
  event.waitUntil(self.clients.claim());
});

// The page asks the person first and saves what is typed; only then it sends this message.
self.addEventListener('message', (event) => {
  if ((event.data as { type?: string } | null)?.type === 'SKIP_WAITING') void self.skipWaiting();
});

interface Pushed {
  title: string;
  number: string;
}

/** A push says only that there is something, and the task's number; the app then asks the server. */
self.addEventListener('push', (event) => {
  if (!event.data) return;
  const { title, number } = event.data.json() as Pushed;
  event.waitUntil(
    Promise.all([
      self.registration.showNotification(title, { body: `任务编号 ${number}`, tag: number, lang: 'zh-CN' }),
      tablets().then((open) => {
        for (const client of open) client.postMessage({ type: 'PUSHED' });
      }),
    ]),
  );
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(
    tablets().then(([open]) => (open ? open.focus() : self.clients.openWindow('/tablet/today'))),
  );
});

async function tablets(): Promise<readonly WindowClient[]> {
  const open = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  return open.filter(({ url }) => new URL(url).pathname.startsWith('/tablet/'));
}

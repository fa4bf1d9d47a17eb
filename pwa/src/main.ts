import { createApp, watch } from 'vue';
import { createRouter, createWebHistory } from 'vue-router';
import App from './App.vue';
import { boot, state } from './desk';
import './look/tokens.css';
import './look/controls.css';
import './look/app.css';
import Unlock from './screens/Unlock.vue';
import { practising, welcomed } from './settings';
import { hold, watchForUpdates } from './update';

// The list is fetched while the PIN is typed: the first screen does not wait for it.
const today = () => import('./screens/Today.vue');

/** How often a tablet with signal that nobody opened asks whether it was revoked. */
const STANDING_MS = 300_000;

const router = createRouter({
  history: createWebHistory('/tablet/'),
  routes: [
    { path: '/', redirect: '/today' },
    { path: '/welcome', component: () => import('./screens/door/Welcome.vue'), meta: { open: true } },
    { path: '/help', component: () => import('./screens/door/Help.vue'), meta: { open: true } },
    { path: '/enrol', component: () => import('./screens/Enrol.vue'), meta: { open: true } },
    { path: '/unlock', component: Unlock, meta: { open: true } },
    { path: '/lost', component: () => import('./screens/Lost.vue'), meta: { open: true } },
    { path: '/today', component: today },
    { path: '/sync', component: () => import('./screens/Sync.vue'), meta: { open: true } },
    { path: '/route', component: () => import('./screens/door/RouteSheet.vue') },
    { path: '/visit/:visit/:step?', component: () => import('./screens/Visit.vue') },
    { path: '/:rest(.*)', redirect: '/today' },
  ],
});

router.beforeEach((to) => {
  if (state.phase === 'lost') return to.path === '/lost' ? true : '/lost';
  if (to.path === '/welcome' || to.path === '/help') return true;
  if (state.phase === 'unknown' || state.pending !== null) {
    // The very first start explains itself; who was interrupted while setting a PIN goes on with that.
    if (!welcomed() && state.pending === null) return '/welcome';
    return to.path === '/enrol' ? true : '/enrol';
  }
  if (state.phase === 'open' || to.meta.open) return true;
  return { path: '/unlock', query: to.path === '/today' ? {} : { back: to.fullPath } };
});
router.afterEach((to) => {
  hold(to.path.startsWith('/visit/'));
});

/** Whether the office revoked this tablet is asked with nobody at work too: a thief knows no PIN. */
async function watchStanding(): Promise<void> {
  if (practising) return;
  const { afterSync, followOthers, standing } = await import('./desk/lost');
  followOthers();
  watch(
    () => state.phase,
    (phase) => {
      if (phase === 'lost') void router.replace('/lost');
    },
  );
  watch(
    () => state.syncing,
    (now, before) => {
      if (now === null && before !== null) void afterSync();
    },
  );
  addEventListener('online', () => void standing());
  setInterval(() => {
    if (state.phase === 'locked') void standing();
  }, STANDING_MS);
  await standing();
}

// Fetched beside the first screen: once something is wrong it may not be there to be fetched any more.
const stopped = import('./stopped');
// Without a worker this version goes on.
watchForUpdates().catch(console.error);
try {
  if (practising) await (await import('./desk/practice')).practise();
  else await boot();
  void import('./desk/windows').then(({ followWindows }) => {
    followWindows();
  });
  const app = createApp(App).use(router);
  void stopped.then(({ watchOver }) => {
    watchOver(app);
  });
  app.mount('#app');
  void today();
  void watchStanding();
} catch (error) {
  (await stopped).broken(error);
}

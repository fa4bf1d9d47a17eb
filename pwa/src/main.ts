import { createApp } from 'vue';
import { createRouter, createWebHistory } from 'vue-router';
import App from './App.vue';
import { boot, state } from './desk';
import './look/tokens.css';
import './look/controls.css';
import './look/app.css';
import Today from './screens/Today.vue';
import Unlock from './screens/Unlock.vue';
import { watchForUpdates } from './update';

const router = createRouter({
  history: createWebHistory('/tablet/'),
  routes: [
    { path: '/', redirect: '/today' },
    { path: '/enrol', component: () => import('./screens/Enrol.vue'), meta: { open: true } },
    { path: '/unlock', component: Unlock, meta: { open: true } },
    { path: '/today', component: Today },
    { path: '/visit/:visit/:step?', component: () => import('./screens/Visit.vue') },
    { path: '/:rest(.*)', redirect: '/today' },
  ],
});

router.beforeEach((to) => {
  if (state.phase === 'unknown' || state.pending !== null) return to.path === '/enrol' ? true : '/enrol';
  if (state.phase === 'open' || to.meta.open) return true;
  return { path: '/unlock', query: to.path === '/today' ? {} : { back: to.fullPath } };
});

await boot();
createApp(App).use(router).mount('#app');
void watchForUpdates();

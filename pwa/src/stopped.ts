/**
 * What is said where the app itself cannot: in plain elements, for a part of the app that is not here yet may not be
 * there to be fetched any more.
 */
import { watch, type App } from 'vue';
import { Locked, state } from './desk/state';
import { update } from './update';

const SAFE = '记录都在本机，没有丢失；不要清除浏览数据。';
const NEWER = `应用已在另一个窗口或由服务器更新，这个窗口不能继续填写。请点“重新载入”；仍打不开时，请联系系统管理员。${SAFE}`;
const BROKEN = `应用没有打开：读取本机存储出了差错。请点“重新载入”；仍打不开时，请重启终端，再联系系统管理员。${SAFE}`;
const FAULT = '刚才这一步本机出了差错，可能没有完成；请看一下是否已存本机，没有的请再做一次。';

/** Whatever broke off unheard is said; the window stops where a newer version of the app has the tables. */
export function watchOver(app: App): void {
  app.config.errorHandler = failed;
  addEventListener('unhandledrejection', ({ reason }) => {
    failed(reason);
  });
  watch(
    () => state.newer,
    () => {
      stop(NEWER);
    },
    { immediate: state.newer },
  );
}

/** The app did not start. */
export function broken(error: unknown): void {
  console.error(error);
  stop(state.newer ? NEWER : BROKEN);
}

function failed(error: unknown): void {
  // Locked: whoever unlocks goes on.
  if (error instanceof Locked) return;
  console.error(error);
  if (!state.newer) say(FAULT);
}

/** Where a new version waits, it is what is loaded. */
function again(): void {
  if (update.ready) void update.accept();
  else location.reload();
}

/** Nothing goes on in this window: the sentence, and the one thing to do. */
function stop(sentence: string): void {
  const page = document.createElement('div');
  page.className = 'frame stopped';
  page.innerHTML =
    '<main class="work"><div class="middle stack"><h1></h1><p class="note warn" role="alert"></p><button type="button" class="btn-act">重新载入</button></div></main>';
  fill(page, 'h1', '双随机联合抽查');
  fill(page, 'p', sentence);
  page.querySelector('button')?.addEventListener('click', again);
  document.body.replaceChildren(page);
}

let shown: HTMLElement | null = null;

/** One thing failed and the app goes on; said once, until it is read. */
function say(sentence: string): void {
  shown?.remove();
  const note = document.createElement('aside');
  note.className = 'update';
  note.innerHTML = '<p class="grow" role="alert"></p><button type="button">知道了</button>';
  fill(note, 'p', sentence);
  note.querySelector('button')?.addEventListener('click', () => {
    note.remove();
  });
  document.body.append(note);
  shown = note;
}

function fill(page: HTMLElement, where: string, words: string): void {
  const found = page.querySelector(where);
  if (found) found.textContent = words;
}

/**
 * The public page's button: recomputes a draw in the visitor's own browser. Without JavaScript the page still says
 * how to do it with `openssl`.
 *
 * Markup: `<button data-publication="/draws/2026-007-1.json" aria-describedby="ID">` and an `<output>` of that id, in
 * which the outcome is written.
 */

import { verifyDocument } from './verify-document';

const WORKING = '正在下载公示数据并重新计算……';

const OFFLINE = '没有取得公示数据，未能核验。请检查网络后再试。';
const UNABLE = '浏览器无法完成计算，未能核验。请更新浏览器或换一台设备再试。';

type State = 'working' | 'agrees' | 'differs' | 'failed';

function show(place: HTMLElement, state: State, texts: readonly string[]): void {
  place.dataset.state = state;
  place.classList.toggle('good', state === 'agrees');
  place.classList.toggle('bad', state === 'differs' || state === 'failed');
  place.replaceChildren(
    ...texts.flatMap((text, i) => (i === 0 ? [text] : [document.createElement('br'), text])),
  );
}

/** The bytes of the publication, or null where the network gave none. */
async function fetched(address: string): Promise<Uint8Array | null> {
  try {
    const answer = await fetch(address, { headers: { accept: 'application/json' }, cache: 'no-store' });
    return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : null;
  } catch (error) {
    console.warn(error);
    return null;
  }
}

async function verify(place: HTMLElement, address: string): Promise<void> {
  show(place, 'working', [WORKING]);
  const begun = performance.now();
  const raw = await fetched(address);
  if (raw === null) {
    show(place, 'failed', [OFFLINE]);
    return;
  }
  const found = await verifyDocument(raw);
  if (found.problems.length > 0) {
    show(place, 'differs', ['核验不一致：', ...found.problems]);
    return;
  }
  const seconds = ((performance.now() - begun) / 1000).toFixed(2);
  const what = found.aborted ? '本编号已作废' : `${String(found.count)} 户`;
  const lines = [`核验一致：${what}，用时 ${seconds} 秒`, `校验码 ${found.checkCode}`];
  if (found.unsigned.length > 0) lines.push(`未会签的单位：${found.unsigned.join('、')}`);
  show(place, 'agrees', lines);
}

async function pressed(button: HTMLButtonElement, place: HTMLElement, address: string): Promise<void> {
  button.disabled = true;
  try {
    await verify(place, address);
  } catch (error) {
    console.error(error);
    show(place, 'failed', [UNABLE]);
  } finally {
    button.disabled = false;
  }
}

for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-publication]')) {
  const address = button.dataset.publication ?? '';
  const place = document.getElementById(button.getAttribute('aria-describedby') ?? '');
  if (address === '' || place === null) continue;
  button.addEventListener('click', () => void pressed(button, place, address));
}

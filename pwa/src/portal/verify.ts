/**
 * The public page's button: recomputes a draw in the visitor's own browser. Without JavaScript the page still says
 * how to do it with `openssl`.
 *
 * Markup: `<button data-verify-draw="/draws/2026-007-1.json" aria-controls="ID">` and an element of that id, in which
 * the outcome is written; a hidden button is shown.
 */

import { verifyDocument } from './verify-document';

const WORKING = '正在下载公示数据并重新计算……';

function lines(place: HTMLElement, tone: 'good' | 'bad' | '', texts: readonly string[]): void {
  place.dataset.state = tone === '' ? 'working' : tone === 'good' ? 'agrees' : 'differs';
  place.classList.remove('good', 'bad');
  if (tone !== '') place.classList.add(tone);
  place.replaceChildren(
    ...texts.map((text) => {
      const line = document.createElement('p');
      line.textContent = text;
      return line;
    }),
  );
}

async function verify(button: HTMLButtonElement, place: HTMLElement, address: string): Promise<void> {
  button.disabled = true;
  lines(place, '', [WORKING]);
  const begun = performance.now();
  try {
    const answer = await fetch(address, { headers: { accept: 'application/json' }, cache: 'no-store' });
    if (!answer.ok) throw new TypeError(String(answer.status));
    const found = await verifyDocument(new Uint8Array(await answer.arrayBuffer()));
    if (found.problems.length > 0) {
      lines(place, 'bad', ['核验不一致：', ...found.problems]);
    } else {
      const seconds = ((performance.now() - begun) / 1000).toFixed(1);
      const what = found.aborted ? '本编号已作废' : `${String(found.count)} 户`;
      lines(place, 'good', [`核验一致：${what}，用时 ${seconds} 秒`, `校验码 ${found.checkCode}`]);
    }
  } catch (error) {
    const offline = error instanceof TypeError;
    lines(place, 'bad', [
      offline
        ? '没有取得公示数据，未能核验。请检查网络后再试。'
        : '浏览器无法完成计算，未能核验。请更新浏览器或换一台设备再试。',
    ]);
    if (!offline) console.error(error);
  } finally {
    button.disabled = false;
  }
}

for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-verify-draw]')) {
  const address = button.dataset.verifyDraw ?? '';
  const place = document.getElementById(button.getAttribute('aria-controls') ?? '');
  if (address === '' || place === null) continue;
  place.setAttribute('role', 'status');
  button.hidden = false;
  button.addEventListener('click', () => void verify(button, place, address));
}

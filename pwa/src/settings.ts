/** How this tablet shows things, and what its first start has told already: nothing of a visit, nothing of a person. */
import { reactive } from 'vue';

const LARGE = 'suijian.large';
const DARK = 'suijian.dark';
const WELCOMED = 'suijian.welcomed';
const PRACTICE = 'suijian.practice';

export const settings = reactive({
  large: localStorage.getItem(LARGE) === 'yes',
  dark: localStorage.getItem(DARK) === 'yes',
});

export function setLarge(on: boolean): void {
  settings.large = on;
  localStorage.setItem(LARGE, on ? 'yes' : 'no');
}

/** 夜间模式: light on dark. */
export function setDark(on: boolean): void {
  settings.dark = on;
  localStorage.setItem(DARK, on ? 'yes' : 'no');
}

/** Whether the four screens of the first start were seen or skipped. */
export function welcomed(): boolean {
  return localStorage.getItem(WELCOMED) === 'yes';
}

export function setWelcomed(): void {
  localStorage.setItem(WELCOMED, 'yes');
}

/** 练习: held by this window alone, so that another window goes on with the real visits. */
export const practising = sessionStorage.getItem(PRACTICE) !== null;

/** Into practice through a fresh page: nothing of the real visits stays in its memory. */
export function beginPractice(): void {
  sessionStorage.setItem(PRACTICE, 'fresh');
  location.assign('/tablet/');
}

/** Whether practice was just begun: its store is to be made anew. Says so once. */
export function freshPractice(): boolean {
  const fresh = sessionStorage.getItem(PRACTICE) === 'fresh';
  sessionStorage.setItem(PRACTICE, 'on');
  return fresh;
}

/** Out of practice through a fresh page. */
export function endPractice(): void {
  sessionStorage.removeItem(PRACTICE);
  location.assign('/tablet/');
}

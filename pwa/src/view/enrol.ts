/** 登记码 as the office shows it. */

/** Signs of a code, hyphens and spaces aside. */
const LENGTH = 20;

/** Whether that is a whole code, in the form that `codeIn` gives it: whatever else is printed in an office is none. */
export function isWholeCode(code: string): boolean {
  return code.length === LENGTH && /^[0-9A-Z]+$/.test(code);
}

/** What to say of a code before the server is asked; null where it may be. */
export function codeRefused(code: string): string | null {
  return isWholeCode(code) ? null : `登记码是 ${String(LENGTH)} 位，请照屏幕补全。`;
}

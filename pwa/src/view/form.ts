// The number of a pre-printed form, as somebody types it.

/** Grouped as it is printed, where twelve digits were typed in whatever way; otherwise as typed, for the rules to say. */
export function typedFormNumber(typed: string): string {
  const digits = typed.normalize('NFKC').replace(/[\s\-—–－]/g, '');
  const parts = /^([0-9]{4})([0-9])([0-9]{5})([0-9]{2})$/.exec(digits);
  return parts ? parts.slice(1).join('-') : typed.trim();
}

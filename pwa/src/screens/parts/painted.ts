/** The tap is seen before the record is worked out; where nothing is painted, it is not waited for. */
export function painted(): Promise<void> {
  return new Promise((seen) => {
    const late = setTimeout(seen, 100);
    requestAnimationFrame(() =>
      setTimeout(() => {
        clearTimeout(late);
        seen();
      }),
    );
  });
}

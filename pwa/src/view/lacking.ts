/** Why a button does not go yet: what is still to be given, in the order of the form; '' where nothing is. */
export function lackWords(asked: readonly (readonly [string, boolean])[]): string {
  const lacks = asked.filter(([, there]) => !there).map(([what]) => what);
  return lacks.length > 0 ? `还缺：${lacks.join('、')}。` : '';
}

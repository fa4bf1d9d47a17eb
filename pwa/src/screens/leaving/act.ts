/** What may be asked for on the way out; each is a sheet of its own. */
export type Act =
  'absent' | 'part' | 'authority' | 'paper' | 'seals' | 'copy' | 'supplement' | 'print' | 'print-sheet';
export type PrintWhat = 'record' | 'notice' | 'sheet';

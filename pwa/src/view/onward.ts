/** 检查: what the button at the thumb does on a department's items. Pure. */

export interface Standing {
  /** Whether whoever holds the tablet may answer here. */
  open: boolean;
  /** Items of this department that nobody answered. */
  left: number;
  /** All of them are answered, and the department's own result is this person's to give. */
  due: boolean;
  /** Who may answer on this tablet, where only for want of them nothing is written. */
  others: readonly { account: string; name: string }[];
  /** The next department with open items, where it is another one. */
  next: string | null;
}

export type Onward =
  { to: 'item' | 'result' | 'department'; words: string } | { to: 'person'; words: string; account: string };

export function onward({ open, left, due, others, next }: Standing): Onward {
  if (open && left > 0) return { to: 'item', words: '下一项' };
  if (due) return { to: 'result', words: '下一步：本部门结果' };
  const [first] = others;
  if (left > 0 && first) return { to: 'person', words: `请${first.name}填写`, account: first.account };
  if (next !== null) return { to: 'department', words: `下一部门：${next}` };
  return { to: 'result', words: '下一步：结果与处理' };
}

/** What is still open, beside that button; whose it is where nobody here may answer it. */
export function leftWords(left: number, department: string, mine: boolean): string {
  if (left === 0) return mine ? '本部门已全部记录' : `${department}已全部记录`;
  return mine ? `本部门还有 ${String(left)} 项` : `${department}还有 ${String(left)} 项，由该部门人员填写`;
}

/**
 * What the sources print, sign by sign: twin of `backend/documents/printed.py`, misprints included. `{}` is a blank.
 * A test compares the two, sign by sign.
 */

/** S1 annex 1, 实地核查记录表. */
export const ANNEX_1 = {
  form: '实地核查记录表',
  name: '企业名称',
  code: '社会统一信用代码/注册号',
  district: '所属区县',
  licence: '证件（照）号码',
  representative: '法定代表人姓名',
  address: '经营地址',
  phone: '联系电话',
  behaviour: '对{}行为的监管',
  block: '对{}的行政检查',
  routine: '日常检查：',
  routine_item: '对{}的监管',
  law: '适合法律：',
  special: '专项检查：',
  results: '检查结果：',
  remark: '备注',
  target_seal: '被核查单位盖章：',
  inspector_seal: '核查人盖章：',
  party: '负责人签字：',
  inspectors: '核查人签字：',
  witness: '见证人签字：',
  time: '核查时间：',
} as const;

/** The six boxes of S1 annex 1, in its order. */
export const RESULTS = {
  NO_PROBLEM_TERMINATED_AND_INFORMED: '未发现问题终止检查并向监管对象告知检查结果',
  ADMIN_ORDER: '发现问题作出责令改正等行政命令',
  ADMIN_GUIDANCE: '发现问题做出行政指导',
  ADMIN_PENALTY: '发现问题作出行政处罚决定',
  ADMIN_COERCION: '发现问题作出行政强制决定',
  OTHER_ADMIN_ACT: '发现问题作出其他具体行政行为',
} as const;

/** S1 annex 2, 行政检查通知书. */
export const ANNEX_2 = {
  form: '行政检查通知书',
  year: '部门联合双随机抽检字【',
  serial: '】第',
  serial_end: '号',
  addressee: '：',
  basis: '根据',
  planned: '等相关要求，我单位定于{}年{}月{}日，对你单位实施行政检查。',
  items: '检查事项如下：',
  first_item: '对{}的督查',
  item: '对{}的监管',
  please: '请你单位对行政检查工作予以积极配合。',
  inspectors: '执法检查人员签字：',
  party: '当事人签字：',
  phone: '联系电话：',
  date: '{}年{}月{}日',
} as const;

/** S0 names 联合随机抽查结果记录表 without printing it. */
export const SUMMARY = {
  form: '联合随机抽查结果记录表',
  name: '市场主体名称',
  code: '统一社会信用代码或注册号',
  kind: '市场主体类型',
  representative: '法定代表人',
  address: '住所',
  phone: '联系电话',
  mode: '抽查模式',
  organisation: '检查部门',
  number: '序号',
  item: '抽查事项',
  method: '抽查方式',
  found: '抽查结果',
  note: '发现的问题',
  basis: '抽查依据',
  results: '处理情况',
  remark: '备注',
  inspectors: '执法检查人员签字：',
  party: '抽查对象签字：',
  witness: '见证人签字：',
  time: '抽查时间：',
} as const;

/** S2 names 检查记录表 without printing it. */
export const CHECK = {
  form: '检查记录表',
  name: '检查对象',
  code: '统一社会信用代码或注册号',
  kind: '检查对象类型',
  representative: '法定代表人',
  address: '住所',
  phone: '联系电话',
  mode: '联合抽查方式',
  organisation: '检查部门',
  number: '序号',
  item: '抽查事项',
  method: '检查方式',
  found: '抽查结果',
  note: '违法违规等情况',
  basis: '抽查依据',
  results: '处理情况',
  remark: '备注',
  inspectors: '执法检查人员签字：',
  party: '检查对象签字：',
  witness: '见证人签字：',
  time: '检查时间：',
} as const;

/** S0 names 联合随机抽查告知书. */
export const LETTER = {
  form: '联合随机抽查告知书',
  number: '编号：{}',
  addressee: '：',
  basis: '根据',
  planned: '等相关要求，联合抽查组定于{}年{}月{}日对你单位开展部门联合“双随机、一公开”抽查。',
  items: '抽查事项：',
  please: '请提前准备与上述事项有关的材料，并予以配合。',
  inspectors: '执法检查人员签字：',
  party: '当事人签字：',
  phone: '联系电话：',
  date: '{}年{}月{}日',
} as const;

/** The owner's sheet after the visit: our own words. */
export const OWNER = {
  form: '检查结果告知单',
  to: '{}：',
  about: '{} 由{}对你单位进行了部门联合“双随机、一公开”检查（编号 {}），现将结果告知如下。',
  found: '检查发现',
  mend: '需要改正',
  added: '补充记录',
  published: '结果公示',
  object: '如有异议',
  fetch: '领取检查记录全文',
  typed: '扫码，或在公示网站输入编码：{}',
  until: '有效期至 {}',
} as const;

/** An order to mend (责令改正, 限期改正): our own words, signed by hand. */
export const ORDER = {
  form: '责令改正通知书',
  limited: '责令限期改正通知书',
  number: '编号：{}-改{}',
  to: '{}：',
  about: '{} 我单位对你单位进行检查，发现下列问题，现责令改正。',
  found: '发现的问题',
  demand: '改正要求',
  due: '请于 {} 前改正完毕，并将改正情况书面报告我单位。',
  at_once: '请立即改正，并将改正情况书面报告我单位。',
  basis: '依据',
  remedies: '权利和救济',
  signing: '签字和送达',
  officer: '执法检查人员签字：　　　　　　　　执法证号：　　　　　　　　',
  party: '当事人签收：　　　　　　　　　　　　　　年　　月　　日',
  seal: '{}（盖章）　　　　　　年　　月　　日',
} as const;

/** The owner's own check before the visit (自查表): our own words. */
export const SELF_CHECK = {
  form: '检查前自查表',
  to: '{}：',
  about: '我单位拟于 {} 到你单位检查下列事项（编号 {}）。请你单位先行对照自查，能改正的及时改正。',
  only: '本表供自查，不作为检查结论，不收取、不公示。',
  number: '序号',
  item: '自查事项',
  content: '内容：',
  basis: '依据：',
  no_text: '内容和依据还没有下载到本机，请联网同步后再打印。',
  found: '自查结果',
  conform: '☐符合',
  nonconform: '☐不符合',
  not_applicable: '☐不适用',
  note: '备注（问题和改正情况）',
  by: '自查人：',
  day: '自查日期：{}年{}月{}日',
} as const;

/** What we add around the forms. */
export const ADDED = {
  items: '附：检查事项记录',
  site: '附：现场情况',
  later: '附：签字以后的记载（不属于所签内容）',
  photos: '附：现场照片',
  code: '记录校验码',
  scan: '扫码得完整校验值',
  demo: '演示数据，人员与单位均为虚构',
  materials: '附：请准备的材料',
  unfinished: '检查尚未结束，本件为过程稿',
  form_number: '文书编号：{}',
  missing: '照片还没有收到',
  unreadable: '照片暂时无法读取',
  page: '第 {} 页 共 {} 页',
} as const;

export type RecordForm = 'annex1' | 'summary' | 'check';
export const RECORDS = { annex1: ANNEX_1, summary: SUMMARY, check: CHECK } as const;

/** The form of a record by the profile's name of it (record.template). */
export function recordForm(title: string): RecordForm {
  if (title.endsWith(ANNEX_1.form)) return 'annex1';
  return title.includes('抽查结果') ? 'summary' : 'check';
}

/** A pattern with its blanks filled in turn. */
export function filled(pattern: string, ...given: (string | number)[]): string {
  let at = 0;
  return pattern.replaceAll('{}', () => String(given[at++] ?? ''));
}

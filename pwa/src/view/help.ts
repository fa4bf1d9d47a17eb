/** 帮助: where each refusal of the tablet is dealt with, and why it stands there. Sentences are the catalogue's. */
import { REFUSALS } from '@sync/words';

type Code = keyof typeof REFUSALS;

export interface HelpGroup {
  title: string;
  /** Where on the tablet it is dealt with. */
  where: string;
  /** Why it is so: the rule, or what it protects. */
  why: string;
  codes: readonly Code[];
}

export const HELP: readonly HelpGroup[] = [
  {
    title: '登记终端、PIN、解锁',
    where: '解锁页和“添加人员”；登记码由本部门管理员在办公室生成。',
    why: '每个人只用自己的 PIN 记录和签字。PIN 和服务器借出的另一半合在一起才能打开资料，丢了平板也打不开。',
    codes: [
      'invite_invalid',
      'invite_expired',
      'device_unknown',
      'device_revoked',
      'pin_wrong',
      'pin_locked',
      'pin_weak',
    ],
  },
  {
    title: '本机和网络',
    where: '“今日检查”右下方的“同步”；空间不足时先同步，再清理。',
    why: '记录先存本机，写入后再读一遍，确认在了才显示“已存本机”；收到回执后才算服务器已收到。',
    codes: [
      'tablet_full',
      'entry_too_long',
      'bad_request',
      'reason_missing',
      'changed_meanwhile',
      'already_decided',
      'visit_unknown',
      'packet_damaged',
      'kind_unknown',
    ],
  },
  {
    title: '任务有变动',
    where: '联网点“同步”；变动内容在“今日检查”和本次检查里可见。',
    why: '派发、更换和撤回由办公室办理。已经记录的内容任何时候都不会丢，照常上传，由部门核定。',
    codes: [
      'visit_recalled',
      'order_changed',
      'order_disputed',
      'not_member',
      'leader_only',
      'other_department',
    ],
  },
  {
    title: '出发前：通知书',
    where: '本次检查 › 出发准备 › 检查通知书。',
    why: '检查前要告知当事人；法律法规规定不宜告知的除外。电话、传真、邮件没有签字，所以要写明由谁、怎样确认。',
    codes: ['notice_missing', 'notice_reason', 'exemption_unknown'],
  },
  {
    title: '到达、亮证、告知权利',
    where: '本次检查 › 出发准备 › 登记到达；亮证告知。',
    why: '行政处罚法第 42、55 条：不少于两名执法人员，主动出示证件；不出示的，当事人有权拒绝。',
    codes: [
      'visit_not_opened',
      'identity_not_shown',
      'not_certified',
      'too_few_officers',
      'rights_not_told',
      'party_disputed',
      'consent_unfit',
    ],
  },
  {
    title: '执法码',
    where: '本次检查 › 亮证告知 › 登记执法码；以后在“更多”里补录。',
    why: '有执法码的地方先亮码后检查；确实没有的写明原因，在规定期限内补录。',
    codes: ['code_empty'],
  },
  {
    title: '回避、中止',
    where: '本次检查 › 更多 › 回避、中止检查；当事人申请的，由另一名执法人员用本人 PIN 确认。',
    why: '行政处罚法第 43 条：有直接利害关系的应当回避；决定作出前不停止检查，由其余人员继续。不能由一人以当事人名义让同事退出。',
    codes: [
      'recused',
      'recusal_own',
      'recusal_same_person',
      'recusal_unconfirmed',
      'pause_open',
      'not_paused',
    ],
  },
  {
    title: '未能实施检查',
    where:
      '本次检查 › 更多 › 未能实施检查，人可能改日在的，同页约定再次到场；复核由另一名执法人员用本人 PIN 办理。',
    why: '找不到、停业、拒绝进入等会影响企业信用，所以要有相应证据，并由两名执法人员确认，不能一点就定。',
    codes: [
      'ending_unknown',
      'ending_incomplete',
      'ending_same_person',
      'ending_stands',
      'ending_unconfirmed',
      'ending_not_yours',
      'return_day',
      'return_pointless',
      'observed_same',
    ],
  },
  {
    title: '逐项检查和照片',
    where: '本次检查 › 检查 › 该事项。',
    why: '每项单独记录；“不符合”要写明类别、留有证据。已网络核实或采用其他部门结果的，不重复检查。',
    codes: [
      'item_unknown',
      'item_verified',
      'item_not_verified',
      'recognised_item',
      'recognised_day',
      'recognised_shown',
      'finding_required',
      'finding_unknown',
      'findings_exclude',
      'finding_decided',
      'not_engaged',
      'photo_required',
      'evidence_unknown',
      'media_restricted',
      'transcript_unsigned',
      'items_open',
      'disputed',
    ],
  },
  {
    title: '结果与处理',
    where: '本次检查 › 结果与处理。',
    why: '六种结果中“未发现问题”不能与其他并存；处罚和强制要有决定书，现场只写拟立案。不予配合须由组长和部门认定。',
    codes: [
      'result_required',
      'results_exclude',
      'result_contradicts',
      'order_missing',
      'order_unfounded',
      'penalty_not_on_site',
      'noncooperation_own',
    ],
  },
  {
    title: '核对、签字、拒签',
    where: '本次检查 › 核对与签字。',
    why: '签字只对当时看到的内容有效，所以签后内容不再改，另作补充记录。拒签、不在场同样可以办完，写明原因、留下见证即可。',
    codes: [
      'record_changed',
      'record_signed',
      'record_unread',
      'not_the_signer',
      'signatures_missing',
      'party_missing',
      'refusal_reason_required',
      'signature_empty',
      'witness_missing',
      'recording_missing',
      'paper_pages',
      'form_number',
      'paper_required',
      'unsigned',
      'supplement_number',
      'supplement_early',
      'visit_finished',
    ],
  },
  {
    title: '上传后的核对',
    where: '“今日检查”卡片上的“待核定”“未收录”；由本部门在办公室核定，结果和理由在“数据与同步”。',
    why: '服务器不改动现场记录。暂时不能生效的原样保留，等补齐或由人核定；校验不通过的不收，本机原件还在。',
    codes: [
      'signature_bad',
      'record_damaged',
      'evidence_damaged',
      'digest_mismatch',
      'blob_offset',
      'chain_forked',
      'body_invalid',
      'chain_gap',
      'author_unknown',
      'practice',
    ],
  },
];

/** A sentence of the catalogue to be read without its numbers: blanks become 几. */
export function plainSentence(code: Code): string {
  return REFUSALS[code].replace(/\{(\w+)\}/g, (_, name: string) => BLANKS[name] ?? '…');
}

const BLANKS: Readonly<Record<string, string>> = {
  left: '几',
  limit: '几',
  minutes: '几',
  have: '几',
  need: '几',
  count: '几',
  number: '几',
  names: '某人',
  label: '某情形',
  what: '某项',
  way: '相应步骤',
  since: '规定日期',
  until: '检查当天',
};

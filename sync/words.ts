// Generated from sync/words by `python -m tests.conformance.generate`; change the words there.

export const VERSION = 1;
export const NO_PREV = '0000000000000000000000000000000000000000000000000000000000000000';

export const SCHEMA_DIGEST = 'e534c422f2bd81607c421b2a98b23989577af963e0e9bbc7c50c6c300fe8b328';

export type Home = 'office' | 'device' | 'either';

export type Role =
  | 'system_admin'
  | 'security_admin'
  | 'audit_admin'
  | 'office_clerk'
  | 'dept_admin'
  | 'planner'
  | 'responsible_leader'
  | 'inspector'
  | 'oversight'
  | 'public';

export type Verb =
  | 'portal.read'
  | 'session.open'
  | 'session.close'
  | 'home.read'
  | 'people.read'
  | 'people.write'
  | 'people.secure'
  | 'device.invite'
  | 'device.revoke'
  | 'audit.read'
  | 'jobs.manage'
  | 'registry.read'
  | 'registry.import'
  | 'plan.read'
  | 'plan.write'
  | 'plan.approve'
  | 'plan.publish'
  | 'scheme.write'
  | 'scheme.approve'
  | 'draw.read'
  | 'draw.announce'
  | 'draw.countersign'
  | 'draw.enter_input'
  | 'draw.hold'
  | 'draw.open'
  | 'dispatch.read'
  | 'dispatch.write'
  | 'replacement.request'
  | 'replacement.decide'
  | 'visit.read'
  | 'visit.verify_item'
  | 'field.enrol'
  | 'field.exchange'
  | 'held.decide'
  | 'form.issue'
  | 'noncooperation.decide'
  | 'ending.decide'
  | 'rating.read'
  | 'publication.read'
  | 'publication.review'
  | 'publication.publish';

export type Registry = 'check_items' | 'targets' | 'inspectors' | 'experts';

export type RiskClass = 'A' | 'B' | 'C' | 'D';

export type FormKind = 'annex1' | 'notice' | 'joint';

export type TeamRole = 'leader' | 'member' | 'assistant';

export type PartyRole = 'legal_representative' | 'principal' | 'operator' | 'authorised' | 'staff';

export type Answer = 'conform' | 'nonconform' | 'not_applicable';

export type Disposition =
  | 'NO_PROBLEM_TERMINATED_AND_INFORMED'
  | 'ADMIN_ORDER'
  | 'ADMIN_GUIDANCE'
  | 'ADMIN_PENALTY'
  | 'ADMIN_COERCION'
  | 'OTHER_ADMIN_ACT';

export type Ending =
  'not_found' | 'closed' | 'moved' | 'deregistered' | 'revoked' | 'annulled' | 'entry_refused' | 'aborted';

export type EndingStep = 'excluded' | 'transferred' | 'lead' | 'stands';

export type Observable = 'name' | 'address' | 'licence' | 'legal_representative' | 'phone';

export type ReceiptStatus = 'accepted' | 'exists' | 'held' | 'refused';

export type PublicClass = 'enterprise' | 'sole_trader' | 'natural_person' | 'non_profit' | 'non_market';

/** What is hashed into an entry's id: everything about an entry except its body and its signature. */
export interface Envelope {
  readonly kind: string;
  readonly subject: string;
  readonly by: string;
  readonly device: string;
  readonly seq: number;
  readonly prev: string;
  readonly at: string;
  readonly body_digest: string;
}

/** An envelope with its id and the device's signature over it (raw r‖s in hex). */
export interface Entry {
  readonly kind: string;
  readonly subject: string;
  readonly by: string;
  readonly device: string;
  readonly seq: number;
  readonly prev: string;
  readonly at: string;
  readonly body_digest: string;
  readonly id: string;
  readonly signature: string;
}

/** A tablet's key was registered to an organisation (终端登记). ``public_key``: P-256 point, uncompressed. */
export interface DeviceEnrolled {
  readonly nonce: string;
  readonly device: string;
  readonly public_key: string;
  readonly organisation: string;
  readonly label: string;
}

/** A person may use this tablet from now on (人员在该终端启用). */
export interface DevicePersonJoined {
  readonly nonce: string;
  readonly device: string;
  readonly account: string;
}

/** A tablet was taken out of use (停用终端). What it sends afterwards is kept and held, never dropped. */
export interface DeviceRevoked {
  readonly nonce: string;
  readonly device: string;
  readonly reason: string;
}

/** How far a tablet's clock was from the server's when it pushed (时钟偏差), in milliseconds: below 0 it was slow. ``allowed``: the difference that the rules of the place let pass then. Written when a difference above it is first seen, and when it has changed by more than it since; it refuses nothing and moves no entry. */
export interface DeviceClockMeasured {
  readonly nonce: string;
  readonly device: string;
  readonly skew: number;
  readonly allowed: number;
}

/** A registry was changed by one import and stands since then as ``root`` says (名录库锁定). */
export interface RegistryFrozen {
  readonly nonce: string;
  readonly registry: Registry;
  readonly change_set: string;
  readonly root: string;
  readonly count: number;
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  readonly as_of: string;
  readonly file_name: string;
  readonly file_digest: string;
}

/** A share as two integers, because canonical bytes know no floats: 3% is 3/100. */
export interface Ratio {
  readonly num: number;
  readonly den: number;
}

/** 线下已批: who approved outside the system, on which day, under which number, and its photograph. */
export interface OfflineApproval {
  readonly approver: string;
  readonly approved_on: string;
  readonly number: string;
  readonly photo: string | null;
}

/** A line of the year's plan was handed in (年度抽查计划事项, S2-12). ``subject`` is the line; ``round`` counts its submissions from 1. ``late``: after the profile's day, which is flagged and never stops anything. */
export interface PlanLineSubmitted {
  readonly nonce: string;
  readonly round: number;
  readonly year: number;
  readonly organisation: string;
  readonly title: string;
  readonly target_scope: string;
  readonly starts_on: string;
  readonly ends_on: string;
  readonly ratio: Ratio;
  readonly participants: readonly string[];
  readonly items: string;
  readonly late: boolean;
}

/** The initiating department's responsible leader approved the line. ``leader`` is on whose authority it was done; the entry's ``by`` is who did it (the leader, a deputy, or who recorded an offline approval). */
export interface PlanLineApproved {
  readonly nonce: string;
  readonly round: number;
  readonly organisation: string;
  readonly leader: string | null;
  readonly offline: OfflineApproval | null;
}

/** The responsible leader gave the line back with a reason (退回). */
export interface PlanLineReturned {
  readonly nonce: string;
  readonly round: number;
  readonly organisation: string;
  readonly leader: string;
  readonly reason: string;
}

/** Approved lines of a year's plan were made public by the office. ``subject`` is this publication. */
export interface PlanPublished {
  readonly nonce: string;
  readonly year: number;
  readonly lines: readonly string[];
}

/** The sampling ratio of one credit-risk class (S1-四(四)). */
export interface RiskRatio {
  readonly risk: RiskClass;
  readonly ratio: Ratio;
}

/** The items that one department checks in a scheme. */
export interface SchemeBlock {
  readonly organisation: string;
  readonly items: readonly string[];
}

/** Which targets may be drawn (抽查范围); an empty list narrows nothing. ``industries`` are prefixes of GB/T 4754 codes; a target fits ``duties`` if it carries one of them. */
export interface SchemeRange {
  readonly classes: readonly string[];
  readonly subtypes: readonly string[];
  readonly industries: readonly string[];
  readonly regions: readonly string[];
  readonly duties: readonly string[];
}

/** One written part of a scheme. */
export interface SchemeSection {
  readonly code: string;
  readonly title: string;
  readonly text: string;
}

/** A scheme was handed in for approval (抽查方案, S1-四(三)). ``subject`` is the scheme; ``number`` (2026-007) stays the same over all rounds. The first block is the lead department's. ``behaviour`` stands on the record form: 对…行为的监管. ``profile_digest`` names the rules that it was judged by. */
export interface SchemeSubmitted {
  readonly nonce: string;
  readonly round: number;
  readonly number: string;
  readonly year: number;
  readonly plan_line: string;
  readonly name: string;
  readonly behaviour: string;
  readonly organisation: string;
  readonly blocks: readonly SchemeBlock[];
  readonly mode: string;
  readonly scope: 'undirected' | 'directed';
  readonly range: SchemeRange;
  readonly ratios: readonly RiskRatio[];
  readonly exclusions: readonly string[];
  readonly starts_on: string;
  readonly ends_on: string;
  readonly minimum_officers: number;
  readonly method: string;
  readonly sections: readonly SchemeSection[];
  readonly profile: string;
  readonly profile_digest: string;
}

/** One involved department's responsible leader approved the scheme; see ``PlanLineApproved``. */
export interface SchemeApproved {
  readonly nonce: string;
  readonly round: number;
  readonly organisation: string;
  readonly leader: string | null;
  readonly offline: OfflineApproval | null;
}

/** One involved department's responsible leader gave the scheme back with a reason; what others approved in this round no longer counts. */
export interface SchemeReturned {
  readonly nonce: string;
  readonly round: number;
  readonly organisation: string;
  readonly leader: string;
  readonly reason: string;
}

/** The scheme was given up (报废方案). It stays visible with its reason and keeps its number. */
export interface SchemeVoided {
  readonly nonce: string;
  readonly reason: string;
}

/** A stratum's eligible rows as base64 of its bitmap. */
export interface RowSet {
  readonly stratum: string;
  readonly bits: string;
}

/** The drawn rows of a stratum, ascending. */
export interface DrawnRows {
  readonly stratum: string;
  readonly indices: readonly number[];
}

/** The published numbers of a named lottery, ascending. */
export interface LotteryResult {
  readonly game: string;
  readonly date: string;
  readonly numbers: readonly number[];
}

/** The registries are frozen and the draw is announced (名录库锁定、抽取公告). ``subject`` is the draw. */
export interface DrawAnnounced {
  readonly nonce: string;
  readonly scheme: string;
  readonly number: string;
  readonly plan: string;
  readonly plan_hash: string;
  readonly bitmaps: readonly RowSet[];
  readonly most_per_year: number | null;
  readonly cap: number;
  readonly after: string;
  readonly reason: string;
}

/** A body that takes part countersigned the plan (会签). The signature is over the 32 bytes of ``plan_hash``. */
export interface DrawCountersigned {
  readonly nonce: string;
  readonly organisation: string;
  readonly name: string;
  readonly plan_hash: string;
  readonly signature: string;
}

/** One person typed the published numbers (公开数据录入). Two people must agree; both entries stay. */
export interface DrawInputEntered {
  readonly nonce: string;
  readonly plan_hash: string;
  readonly results: readonly LotteryResult[];
}

/** The draw was held (抽取): everything follows from the plan and the last input. ``seal`` is the server's signature over the publication's digest. */
export interface DrawHeld {
  readonly nonce: string;
  readonly scheme: string;
  readonly plan_hash: string;
  readonly results: readonly LotteryResult[];
  readonly seed: string;
  readonly drawn: readonly DrawnRows[];
  readonly seal: string;
}

/** The oversight body opened the list and countersigned its digest (监督核验). ``names`` is that digest. */
export interface DrawOpened {
  readonly nonce: string;
  readonly organisation: string;
  readonly name: string;
  readonly names: string;
  readonly signature: string;
  readonly seal: string;
}

/** The draw was called off (作废). Its number stays used and public, with the reason. */
export interface DrawAborted {
  readonly nonce: string;
  readonly reason: string;
  readonly seal: string;
}

/** The inspectors were drawn for all targets (执法人员抽取). ``roster`` is the frozen roster's root, ``cap`` the most targets of one person, ``teams`` the digest of every (row, inspectors' places) in order. */
export interface AssignmentHeld {
  readonly nonce: string;
  readonly scheme: string;
  readonly roster: string;
  readonly minimum: number;
  readonly cap: number;
  readonly count: number;
  readonly teams: string;
}

/** One person of a team and the seat that was drawn. ``row`` is the place in the frozen roster. */
export interface TeamSeat {
  readonly row: number;
  readonly inspector: string;
  readonly account: string;
  readonly name: string;
  readonly organisation: string;
  readonly role: TeamRole;
  readonly certificate: string;
  readonly certified: boolean;
}

/** A joint team for one drawn target (联合检查组). ``subject`` is the team; ``row`` the target's place. */
export interface TeamFormed {
  readonly nonce: string;
  readonly scheme: string;
  readonly draw: string;
  readonly target: string;
  readonly row: number;
  readonly members: readonly TeamSeat[];
}

/** Officers of one department shall be replaced (更换执法人员, S2-14f: in principle they may not be). ``reason`` is a code of the profile's list. ``proposed``: who is asked for by name, or empty where the ticket decides. */
export interface ReplacementRequested {
  readonly nonce: string;
  readonly organisation: string;
  readonly out: readonly string[];
  readonly reason: string;
  readonly statement: string;
  readonly proposed: readonly TeamSeat[];
}

/** The department's own responsible leader agreed; see ``PlanLineApproved``. ``ticket``: drawn by the next ticket under a key of the draw's seed and the request's reason, among ``qualified`` (inspectors); ``named``: chosen with the reason that the request states. An officer who is replaced stays on record. Fewer members than left: nobody else qualifies, the others go on. */
export interface ReplacementApproved {
  readonly nonce: string;
  readonly request: string;
  readonly organisation: string;
  readonly leader: string | null;
  readonly offline: OfflineApproval | null;
  readonly method: 'ticket' | 'named';
  readonly qualified: readonly string[];
  readonly members: readonly TeamSeat[];
}

/** The department's responsible leader did not agree: the team stays as it is. */
export interface ReplacementRejected {
  readonly nonce: string;
  readonly request: string;
  readonly organisation: string;
  readonly leader: string;
  readonly reason: string;
}

/** Whether an officer withdraws (回避决定, 行政处罚法§43): decided by the head of his department. */
export interface RecusalDecided {
  readonly nonce: string;
  readonly application: string | null;
  readonly account: string;
  readonly organisation: string;
  readonly leader: string | null;
  readonly offline: OfflineApproval | null;
  readonly upheld: boolean;
  readonly reason: string;
}

/** The visit is to take place on another day (调整检查日期). The order of that day follows at once. */
export interface VisitPostponed {
  readonly nonce: string;
  readonly organisation: string;
  readonly from_day: string;
  readonly to_day: string;
  readonly reason: string;
}

/** The order was taken back (撤回派发). The visit's number stays used; what was recorded is kept. ``again``: the target waits to be dispatched once more, as a visit of its own. */
export interface VisitRecalled {
  readonly nonce: string;
  readonly organisation: string;
  readonly reason: string;
  readonly again: boolean;
}

/** Numbered blank forms were printed (编号空白表). They carry ``year``, their kind and the serial numbers from ``first`` on (`form_number`); a number is given once. ``subject`` is the batch; ``title`` is printed on them. */
export interface FormsIssued {
  readonly nonce: string;
  readonly organisation: string;
  readonly form: FormKind;
  readonly title: string;
  readonly year: number;
  readonly first: number;
  readonly count: number;
}

/** A numbered form was spoiled or lost (作废). ``subject`` is the batch that it was printed with. */
export interface FormVoided {
  readonly nonce: string;
  readonly number: string;
  readonly reason: string;
}

/** One person of a joint team (联合检查组). Only certified officers count towards the legal minimum. */
export interface TeamMember {
  readonly account: string;
  readonly name: string;
  readonly organisation: string;
  readonly role: TeamRole;
  readonly certificate: string;
  readonly certified: boolean;
}

/** A visit was dispatched to a team (派发). ``subject`` is the visit; the packet carries all it needs. */
export interface VisitOrdered {
  readonly nonce: string;
  readonly scheme: string;
  readonly target: string;
  readonly team: readonly TeamMember[];
  readonly planned_on: string;
  readonly packet_digest: string;
  readonly supersedes: readonly string[];
}

/** Where the device believed it was: micro-degrees (WGS-84), accuracy in metres, age of the fix in seconds. */
export interface Place {
  readonly latitude: number;
  readonly longitude: number;
  readonly accuracy: number;
  readonly age: number;
}

/** The team arrived (到达). */
export interface VisitOpened {
  readonly nonce: string;
  readonly place: Place | null;
}

/** Officers showed their certificates (亮证, 行政处罚法§55) to ``shown_to``. */
export interface IdentityShown {
  readonly nonce: string;
  readonly inspectors: readonly string[];
  readonly shown_to: string;
}

/** The party was told its rights (陈述申辩、申请回避) and answered. */
export interface RightsTold {
  readonly nonce: string;
  readonly recusal: 'not_requested' | 'requested';
  readonly statement: string;
}

/** The person who met the team (在场人员), entered once for every block. */
export interface PartyMet {
  readonly nonce: string;
  readonly name: string;
  readonly role: PartyRole;
  readonly phone: string;
  readonly supersedes: readonly string[];
}

/** An item was settled by a network check (网络核查, S2-16(一)): on site it is read-only. */
export interface ItemVerified {
  readonly nonce: string;
  readonly organisation: string;
  readonly item: string;
  readonly source: string;
  readonly note: string;
  readonly snapshot: string | null;
  readonly supersedes: readonly string[];
}

/** What the network check looked up and what is so contradict each other (网络核查不一致, S2-16(一), domain E7): said when it is looked up, or on site of an item that was verified. ``stated`` is what ``source`` states, ``met`` what stands against it. The item is open, also where somebody verified it at the same time, until an answer settles it. */
export interface ItemContradicted {
  readonly nonce: string;
  readonly organisation: string;
  readonly item: string;
  readonly source: string;
  readonly stated: string;
  readonly met: string;
  readonly snapshot: string | null;
  readonly supersedes: readonly string[];
}

/** A verified item is checked on site after all (信息不一致), with a reason. */
export interface ItemReopened {
  readonly nonce: string;
  readonly organisation: string;
  readonly item: string;
  readonly reason: string;
  readonly supersedes: readonly string[];
}

/** One item answered (检查事项结果): 符合 / 不符合 / 不适用, with findings of the profile's set. */
export interface AnswerGiven {
  readonly nonce: string;
  readonly organisation: string;
  readonly item: string;
  readonly answer: Answer;
  readonly findings: readonly string[];
  readonly note: string;
  readonly supersedes: readonly string[];
}

/** An item in the block of a department. */
export interface ItemOf {
  readonly organisation: string;
  readonly item: string;
}

/** A photograph was taken (证据固定). ``digest`` names the working copy, which travels; ``original_digest`` the picture as the camera gave it. One photo may belong to items of several departments. Sizes in bytes. */
export interface EvidenceTaken {
  readonly nonce: string;
  readonly digest: string;
  readonly size: number;
  readonly media_type: 'image/jpeg' | 'image/png' | 'image/webp';
  readonly original_digest: string;
  readonly original_size: number;
  readonly slot: string;
  readonly items: readonly ItemOf[];
  readonly place: Place | null;
  readonly caption: string;
}

/** A photograph is no longer relied on (撤下照片). The picture stays with the record. ``evidence`` is the id of the evidence.taken entry: two identical pictures are two photographs. */
export interface EvidenceWithdrawn {
  readonly nonce: string;
  readonly evidence: string;
  readonly reason: string;
}

/** What is to be mended until when (责令改正). */
export interface Rectification {
  readonly demand: string;
  readonly due: string | null;
}

/** A department's result for its block (检查结果). ``case_proposed`` = 拟立案: a penalty's box stays unticked until there is a decision, so ADMIN_PENALTY and ADMIN_COERCION are never given on site. */
export interface DispositionGiven {
  readonly nonce: string;
  readonly organisation: string;
  readonly results: readonly Disposition[];
  readonly case_proposed: boolean;
  readonly rectification: Rectification | null;
  readonly remark: string;
  readonly supersedes: readonly string[];
}

/** A department's block is not carried out in this visit (本部门事项未实施), with the reason. */
export interface BlockWaived {
  readonly nonce: string;
  readonly organisation: string;
  readonly reason: string;
  readonly supersedes: readonly string[];
}

/** Somebody signed exactly the record with this digest and template (签字). */
export interface SignatureGiven {
  readonly nonce: string;
  readonly role: 'inspector' | 'party' | 'witness';
  readonly signer: string | null;
  readonly name: string;
  readonly identity: string;
  readonly organisation: string | null;
  readonly record_digest: string;
  readonly template: string;
  readonly strokes: readonly (readonly number[])[];
  readonly assurance: 'pin' | 'drawn_only' | 'none';
  readonly opinion: 'agreed' | 'objected' | null;
  readonly statement: string;
}

/** The party refused to sign (拒绝签字, S1-四(八)): the reason is mandatory, its own words are kept. */
export interface SignatureRefused {
  readonly nonce: string;
  readonly name: string;
  readonly reason: string;
  readonly statement: string;
  readonly record_digest: string;
  readonly template: string;
}

/** The party could not come or left (不在场、中途离开), noted with the reason. */
export interface SignatureAbsent {
  readonly nonce: string;
  readonly reason: string;
  readonly record_digest: string;
  readonly template: string;
}

/** The leader closed the visit (检查结束). The clocks of entry and publication start here. */
export interface VisitFinished {
  readonly nonce: string;
  readonly record_digest: string;
  readonly template: string;
}

/** The leader set when the team comes and in which order (路线图、时间表, S1-三a). ``time`` is HH:MM of the planned day in China; ``place`` counts the day's visits from 1. */
export interface VisitScheduled {
  readonly nonce: string;
  readonly time: string;
  readonly place: number;
  readonly supersedes: readonly string[];
}

/** The party was told beforehand (行政检查通知书, S1-二(五)b, S2-16(二)b). ``channel``: code of the packet's list. */
export interface NoticeServed {
  readonly nonce: string;
  readonly number: string;
  readonly channel: string;
  readonly to: string;
  readonly phone: string;
  readonly outcome: 'signed' | 'refused' | 'confirmed';
  readonly strokes: readonly (readonly number[])[];
  readonly reason: string;
  readonly supersedes: readonly string[];
}

/** No notice beforehand (免于事先告知), for a reason of the packet's list with its article. */
export interface NoticeExempted {
  readonly nonce: string;
  readonly reason: string;
  readonly statement: string;
}

/** The place's official 执法码/检查码, or why there is none yet. ``missing`` is made good later by another one that supersedes it, within the profile's days. It is no part of the signed record. */
export interface CodeRecorded {
  readonly nonce: string;
  readonly how: 'scanned' | 'typed' | 'photographed' | 'missing';
  readonly number: string;
  readonly evidence: readonly string[];
  readonly reason: string;
  readonly supersedes: readonly string[];
}

/** A telephone call that tried to reach the party, and what came of it. */
export interface Attempt {
  readonly phone: string;
  readonly at: string;
  readonly outcome: string;
}

/** The check cannot be carried out as ordered (未能实施检查), with what the packet's rule asks for: place, pictures, calls, a witness. It ends nothing before another officer confirmed it. */
export interface EndingProposed {
  readonly nonce: string;
  readonly ending: Ending;
  readonly statement: string;
  readonly place: Place | null;
  readonly evidence: readonly string[];
  readonly attempts: readonly Attempt[];
  readonly witness: string;
  readonly moved_to: string;
  readonly noncooperation: readonly string[];
  readonly supersedes: readonly string[];
}

/** What was met at the door may be otherwise another day: the team comes again (打算再次到场, domain E.1), and the visit stays open. ``ending`` is what it looked like this time; ``on`` the day on which the team comes again, of several the one that was said last. What was done this time (calls, witness, place, pictures) is part of the record, and is offered again when the ending is found after all. */
export interface ReturnPlanned {
  readonly nonce: string;
  readonly ending: Ending;
  readonly on: string;
  readonly statement: string;
  readonly place: Place | null;
  readonly evidence: readonly string[];
  readonly attempts: readonly Attempt[];
  readonly witness: string;
}

/** A second officer confirmed what the first one found (复核). ``proposal`` is the entry ending.proposed. */
export interface EndingConfirmed {
  readonly nonce: string;
  readonly proposal: string;
}

/** An ending was wrong or is no longer so (撤回认定): who found it, who confirmed it, or the leader takes it back before anybody signed, with the reason. ``proposal`` is the entry ending.proposed; what was found stays said. */
export interface EndingWithdrawn {
  readonly nonce: string;
  readonly proposal: string;
  readonly reason: string;
}

/** What follows from a confirmed ending of a firm that is gone (E1, E2), decided by the leading department's responsible leader with the registry beside it. ``proposal`` is the entry ending.proposed; ``registry`` is the state that the registry said then, in its words. ``excluded``: the target leaves the task; ``transferred`` and ``lead`` (经营异常名录线索) go to whom ``to`` names; ``stands``: the finding is published as it is. */
export interface EndingDecided {
  readonly nonce: string;
  readonly proposal: string;
  readonly organisation: string;
  readonly leader: string;
  readonly registry: string;
  readonly step: EndingStep;
  readonly to: string;
  readonly reason: string;
}

/** On site something is otherwise than registered (与登记不一致): said once for all departments. ``registry`` is the field of the packet's target as it stood, ``seen`` what was found. It changes no registry: it is a proposal to the office, and part of the record. */
export interface TargetObserved {
  readonly nonce: string;
  readonly field: Observable;
  readonly registry: string;
  readonly seen: string;
  readonly note: string;
  readonly evidence: readonly string[];
  readonly supersedes: readonly string[];
}

/** An officer withdraws, or the party asks that he does (回避, 行政处罚法§43). Until it is decided he neither records nor signs; the others go on if enough remain. */
export interface RecusalDeclared {
  readonly nonce: string;
  readonly account: string;
  readonly ground: string;
  readonly applicant: 'officer' | 'party';
  readonly statement: string;
}

/** A second officer heard that the party asks for it (当事人申请回避, domain D.12): another one than who noted it, and not the one whom it concerns. ``application`` is the entry recusal.declared. What an officer says of himself needs nobody else. */
export interface RecusalConfirmed {
  readonly nonce: string;
  readonly application: string;
}

/** The responsible leader agreed by telephone to another officer (更换执法人员, S2-14f). ``out`` is replaced by ``member`` at once; the consent is to be confirmed once there is signal (待确认). */
export interface ConsentRecorded {
  readonly nonce: string;
  readonly out: string;
  readonly member: TeamMember;
  readonly consented_by: string;
  readonly consented_at: string;
  readonly reason: string;
}

/** The responsible leader confirmed or refused what was recorded as his consent. What the new officer said is kept in any case: refused, it is held. */
export interface ConsentDecided {
  readonly nonce: string;
  readonly consent: string;
  readonly organisation: string;
  readonly leader: string;
  readonly confirmed: boolean;
  readonly reason: string;
}

/** The check is interrupted (中止), with the reason. */
export interface VisitPaused {
  readonly nonce: string;
  readonly reason: string;
}

/** The check goes on (恢复). ``pause`` is the entry visit.paused. */
export interface VisitResumed {
  readonly nonce: string;
  readonly pause: string;
}

/** A person showed authority to act for the party (授权委托), by document and picture. */
export interface AuthorityShown {
  readonly nonce: string;
  readonly name: string;
  readonly document: string;
  readonly evidence: readonly string[];
}

/** The party signed what was recorded so far, before leaving (中途签字): it stays, whatever is found later. */
export interface PartSigned {
  readonly nonce: string;
  readonly name: string;
  readonly identity: string;
  readonly record_digest: string;
  readonly template: string;
  readonly items: readonly ItemOf[];
  readonly strokes: readonly (readonly number[])[];
  readonly opinion: 'agreed' | 'objected';
  readonly statement: string;
}

/** A means of inspection was used (检查方式, S1-三b): documents looked at or copied, the place looked at, a test, a sample with its number. */
export interface ActRecorded {
  readonly nonce: string;
  readonly organisation: string;
  readonly act: 'documents_viewed' | 'documents_copied' | 'place_viewed' | 'tested' | 'sampled';
  readonly items: readonly ItemOf[];
  readonly statement: string;
  readonly number: string;
  readonly quantity: string;
  readonly evidence: readonly string[];
}

/** A question and its answer, as they were said. */
export interface Exchanged {
  readonly question: string;
  readonly answer: string;
}

/** Questions and answers (询问笔录). The person asked signs, or ``refused`` says why there is no signature. */
export interface TranscriptTaken {
  readonly nonce: string;
  readonly organisation: string;
  readonly respondent: string;
  readonly identity: string;
  readonly phone: string;
  readonly began: string;
  readonly ended: string;
  readonly exchanges: readonly Exchanged[];
  readonly strokes: readonly (readonly number[])[];
  readonly refused: string;
}

/** Photographs are not allowed here (不得拍摄): a description, a sketch and the drawing's number stand in their place. ``basis``: code of the packet's list. ``sketch``: strokes as of a signature, empty where none was drawn. */
export interface MediaRestricted {
  readonly nonce: string;
  readonly organisation: string;
  readonly items: readonly ItemOf[];
  readonly basis: string;
  readonly description: string;
  readonly drawing: string;
  readonly sketch: readonly (readonly number[])[];
}

/** A photograph of what is no part of the record: a page signed on paper, a seal, an official code, something a supplement speaks of. It may come after the signatures, since it changes nothing that they cover. */
export interface EvidenceAdded {
  readonly nonce: string;
  readonly digest: string;
  readonly size: number;
  readonly media_type: 'image/jpeg' | 'image/png' | 'image/webp';
  readonly original_digest: string;
  readonly original_size: number;
  readonly slot: string;
  readonly items: readonly ItemOf[];
  readonly place: Place | null;
  readonly caption: string;
}

/** A photograph was destroyed at once because it must not exist (当场删除, 涉密). Its digest stays; the picture is kept nowhere. ``evidence`` is the entry evidence.taken or evidence.added. */
export interface EvidenceDeleted {
  readonly nonce: string;
  readonly evidence: string;
  readonly basis: string;
  readonly reason: string;
}

/** Sound or film (录音、录像). ``announced``: the party was told that it runs. Size in bytes. */
export interface RecordingMade {
  readonly nonce: string;
  readonly digest: string;
  readonly size: number;
  readonly media_type: 'audio/webm' | 'audio/mp4' | 'video/webm' | 'video/mp4';
  readonly seconds: number;
  readonly announced: boolean;
  readonly items: readonly ItemOf[];
  readonly place: Place | null;
  readonly caption: string;
}

/** An officer found one of the five circumstances of serious non-cooperation (不予配合情节严重, S2-18). It is a finding (情形认定) only when the leader and the department confirmed it. */
export interface NoncooperationProposed {
  readonly nonce: string;
  readonly organisation: string;
  readonly circumstances: readonly string[];
  readonly statement: string;
  readonly evidence: readonly string[];
}

/** The team's leader, who is not the one who proposed it, agrees. ``proposal`` is the entry. */
export interface NoncooperationConfirmed {
  readonly nonce: string;
  readonly proposal: string;
}

/** The department's responsible leader upheld or rejected it. */
export interface NoncooperationDecided {
  readonly nonce: string;
  readonly proposal: string;
  readonly organisation: string;
  readonly leader: string;
  readonly upheld: boolean;
  readonly reason: string;
}

/** What an expert or a professional body found (专家意见、检测结论, S4-二(五)c). They assist; they decide nothing. */
export interface ExpertConcluded {
  readonly nonce: string;
  readonly organisation: string;
  readonly expert: string;
  readonly body: string;
  readonly items: readonly ItemOf[];
  readonly conclusion: string;
  readonly evidence: readonly string[];
}

/** Another department's recent result is taken over for an item (结果互认, S4-二(八)): it is not checked again. */
export interface ResultRecognised {
  readonly nonce: string;
  readonly organisation: string;
  readonly item: string;
  readonly source: string;
  readonly checked_on: string;
  readonly number: string;
  readonly note: string;
  readonly evidence: readonly string[];
  readonly supersedes: readonly string[];
}

/** A crime is suspected (涉嫌犯罪): evidence was fixed, nothing is published before the transfer. It is told to the lead department and is no part of the record that the party reads. */
export interface CrimeSuspected {
  readonly nonce: string;
  readonly organisation: string;
  readonly statement: string;
  readonly evidence: readonly string[];
}

/** The party read the record, or it was read to it (核对、宣读). */
export interface RecordRead {
  readonly nonce: string;
  readonly manner: 'self' | 'aloud';
  readonly to: string;
  readonly record_digest: string;
  readonly template: string;
}

/** The record was signed by hand on paper and photographed (纸质签署): on a print of this tablet or on a numbered form (``number``; empty: a print). ``signers`` are officers' accounts; ``party`` as on the tablet, with the reason unless it signed. */
export interface PaperSigned {
  readonly nonce: string;
  readonly number: string;
  readonly record_digest: string;
  readonly template: string;
  readonly pages: readonly string[];
  readonly signers: readonly string[];
  readonly party: 'signed' | 'refused' | 'absent';
  readonly reason: string;
}

/** Something to add after somebody signed (补充记录). ``number`` counts the visit's supplements from 1. What was signed stays as it was; this is signed by itself. */
export interface SupplementGiven {
  readonly nonce: string;
  readonly number: number;
  readonly organisation: string;
  readonly text: string;
  readonly reason: string;
  readonly evidence: readonly string[];
}

/** Somebody signed a supplement, or the party refused or was absent. ``supplement`` is the entry, whose id covers its text. */
export interface SupplementSigned {
  readonly nonce: string;
  readonly supplement: string;
  readonly role: 'inspector' | 'party' | 'witness';
  readonly outcome: 'signed' | 'refused' | 'absent';
  readonly signer: string | null;
  readonly name: string;
  readonly organisation: string | null;
  readonly strokes: readonly (readonly number[])[];
  readonly assurance: 'pin' | 'drawn_only' | 'none';
  readonly reason: string;
}

/** A seal on the paper, by photograph, or why there is none (盖章 / 未盖章). After the signatures, and no part of what they cover. */
export interface SealRecorded {
  readonly nonce: string;
  readonly whose: 'party' | 'inspectors';
  readonly organisation: string | null;
  readonly sealed: boolean;
  readonly evidence: readonly string[];
  readonly reason: string;
  readonly supersedes: readonly string[];
}

/** The owner got a copy and the sheet (交付副本): on paper, by a code that fetches the full text, or would not take it (留置). */
export interface CopyGiven {
  readonly nonce: string;
  readonly means: 'paper' | 'code' | 'left';
  readonly to: string;
  readonly record_digest: string;
  readonly template: string;
}

/** An option with the article that it rests on. */
export interface Ruled {
  readonly code: string;
  readonly label: string;
  readonly article: string;
}

/** What it takes to say that a check could not be carried out (domain.md E1–E3). Numbers are least numbers. */
export interface EndingRule {
  readonly ending: Ending;
  readonly label: string;
  readonly article: string;
  readonly finding: string;
  readonly place: boolean;
  readonly photos: number;
  readonly attempts: number;
  readonly witness: boolean;
  readonly hint: string;
}

/** Notice beforehand: whether it must be, its number, its ways, and what frees of it. */
export interface NoticeRule {
  readonly required: boolean;
  readonly number: string;
  readonly text: readonly string[];
  readonly channels: readonly Ruled[];
  readonly exemptions: readonly Ruled[];
}

/** The official 执法码/检查码: whether the region asks for it, and within which time it is made good. */
export interface OfficialCode {
  readonly required: boolean;
  readonly label: string;
  readonly due: string;
  readonly article: string;
}

/** What another department's result must be to be taken over (结果互认): not older than ``since``, and shown by a picture where ``evidence`` asks for one. The server computes the day. */
export interface Recognition {
  readonly since: string;
  readonly evidence: boolean;
  readonly article: string;
}

/** What a printed order to mend (责令改正通知书) rests on, and where to turn against it. */
export interface OrderRule {
  readonly basis: string;
  readonly remedies: readonly string[];
}

/** An address that somebody's phone opens, short enough to be typed, and until when. */
export interface SiteCode {
  readonly url: string;
  readonly short: string;
  readonly expires: string;
}

/** What the tablet needs to know for all that happens on site. Packets that were made before this was known have none, and their visits go on without it. */
export interface SiteRules {
  readonly method: 'ON_SITE' | 'DOCUMENTARY' | 'NETWORK';
  readonly notice: NoticeRule;
  readonly endings: readonly EndingRule[];
  readonly official_code: OfficialCode;
  readonly noncooperation: readonly Ruled[];
  readonly recusal_grounds: readonly Ruled[];
  readonly media_bases: readonly Ruled[];
  readonly substitutes: readonly TeamMember[];
  readonly refusal_witness: boolean;
  readonly refusal_recording: boolean;
  readonly paper_master: boolean;
  readonly check_code: SiteCode | null;
  readonly copy_code: SiteCode | null;
  readonly objection: readonly string[];
  readonly published: readonly string[];
  readonly keep_days: number;
  readonly recognition: Recognition | null;
  readonly order: OrderRule | null;
}

/** One option of an enumeration that the rule profile fixes. ``excludes``: codes it cannot stand beside. */
export interface Choice {
  readonly code: string;
  readonly label: string;
  readonly group: string;
  readonly excludes: readonly string[];
}

/** One item to check. ``text`` is the digest of its ItemText, sent once for all visits. */
export interface PacketItem {
  readonly item: string;
  readonly number: string;
  readonly title: string;
  readonly method: string;
  readonly photo_required: boolean;
  readonly text: string;
}

/** What stands behind an item: law (抽查依据), what to look at (抽查内容), how (检查指引). */
export interface ItemText {
  readonly legal_basis: readonly string[];
  readonly contents: readonly string[];
  readonly guidance: readonly string[];
}

/** The block of one department (检查块): only its own officers fill and sign it. */
export interface PacketBlock {
  readonly organisation: string;
  readonly organisation_name: string;
  readonly heading: string;
  readonly routine_items: readonly string[];
  readonly special_items: string;
  readonly applicable_law: string;
  readonly items: readonly PacketItem[];
}

/** The target as the team needs it on site. Private fields are here and in no public place. */
export interface PacketTarget {
  readonly target: string;
  readonly name: string;
  readonly code: string;
  readonly kind: string;
  readonly district: string;
  readonly address: string;
  readonly legal_representative: string;
  readonly representative_label: string;
  readonly licence: string;
  readonly phone: string;
}

/** A deadline that the profile fixes, computed by the server: the device never computes the law. */
export interface Due {
  readonly rule: string;
  readonly article: string;
  readonly working_days: number | null;
  readonly label: string;
}

/** Until when an officer's certificate is valid, as the registry said when the visit was ordered. It informs the team before it leaves and bars nobody: who may be sent is the office's rule. */
export interface CertificateUntil {
  readonly account: string;
  readonly until: string;
}

/** Everything a team needs for one visit without signal. ``packet_digest`` = H("packet/1", canonical). */
export interface Packet {
  readonly visit: string;
  readonly number: string;
  readonly scheme: string;
  readonly scheme_number: string;
  readonly scheme_name: string;
  readonly mode: string;
  readonly scope: string;
  readonly region: string;
  readonly demo: boolean;
  readonly target: PacketTarget;
  readonly planned_on: string;
  readonly team: readonly TeamMember[];
  readonly blocks: readonly PacketBlock[];
  readonly findings: readonly Choice[];
  readonly dispositions: readonly Choice[];
  readonly refusal_reasons: readonly Choice[];
  readonly minimum_officers: number;
  readonly template: string;
  readonly record_title: string;
  readonly supervised_behaviour: string;
  readonly legal_basis: readonly string[];
  readonly rights_text: readonly string[];
  readonly dues: readonly Due[];
  readonly profile: string;
  readonly profile_digest: string;
  readonly server_key: string;
  readonly site: SiteRules | null;
  readonly certificates: readonly CertificateUntil[] | null;
}

/** What became of one entry that a device sent. ``code`` names the refusal where held or refused. */
export interface Receipt {
  readonly entry: string;
  readonly status: ReceiptStatus;
  readonly code: string | null;
}

/** The server's signed receipt for a batch of a device (回执). ``subject`` is the batch's random id. */
export interface EntryReceived {
  readonly nonce: string;
  readonly device: string;
  readonly receipts: readonly Receipt[];
}

/** A held entry was admitted by a person (暂存核定：采纳). */
export interface EntryAdmitted {
  readonly nonce: string;
  readonly entry: string;
  readonly reason: string;
}

/** A held entry was set aside by a person (暂存核定：不采纳). It stays visible. */
export interface EntrySetAside {
  readonly nonce: string;
  readonly entry: string;
  readonly reason: string;
}

/** The server holds the whole picture and its digest agrees (照片收妥). */
export interface EvidenceStored {
  readonly nonce: string;
  readonly digest: string;
  readonly size: number;
}

/** One published field: its code in the whitelist, its label, its text. */
export interface PublicValue {
  readonly field: string;
  readonly label: string;
  readonly value: string;
}

/** One published item with what was found (抽查结果). */
export interface PublicResult {
  readonly item: string;
  readonly findings: readonly string[];
}

/** The public document of one department's result: nothing but whitelisted fields stands in it. */
export interface PublicNotice {
  readonly fields: readonly PublicValue[];
  readonly results: readonly PublicResult[];
}

/** A department's result was reviewed before publication (保密审查, 政府信息公开条例§17). ``subject`` is the visit. */
export interface PublicationReviewed {
  readonly nonce: string;
  readonly organisation: string;
  readonly document: string;
  readonly secrecy: boolean;
  readonly privacy: boolean;
  readonly trade_secret: boolean;
  readonly decision: 'publish' | 'partial' | 'withhold';
  readonly basis: readonly string[];
  readonly omitted: readonly string[];
  readonly note: string;
  readonly supersedes: readonly string[];
}

/** A department published its result (公示; 谁检查、谁录入、谁公开). ``leader``: on whose authority. */
export interface NoticePublished {
  readonly nonce: string;
  readonly organisation: string;
  readonly scheme: string;
  readonly review: string;
  readonly leader: string;
  readonly target_class: PublicClass;
  readonly document: PublicNotice;
  readonly document_digest: string;
}

/** A published result was wrong and is replaced (更正). The earlier version stays public and is marked. */
export interface NoticeCorrected {
  readonly nonce: string;
  readonly organisation: string;
  readonly notice: string;
  readonly version: number;
  readonly leader: string;
  readonly reason: string;
  readonly target_class: PublicClass;
  readonly document: PublicNotice;
  readonly document_digest: string;
}

/** Why something did not happen. ``code`` is the same on tablet and server; ``sentence`` says in Chinese what happened and what to do next; ``details`` fills its blanks and never carries private values. */
export interface Refusal {
  readonly code: string;
  readonly sentence: string;
  readonly details: Readonly<Record<string, string>>;
}

/** The body of each kind of entry. */
export interface Bodies {
  readonly 'act.recorded': ActRecorded;
  readonly 'answer.given': AnswerGiven;
  readonly 'assignment.held': AssignmentHeld;
  readonly 'authority.shown': AuthorityShown;
  readonly 'block.waived': BlockWaived;
  readonly 'code.recorded': CodeRecorded;
  readonly 'consent.decided': ConsentDecided;
  readonly 'consent.recorded': ConsentRecorded;
  readonly 'copy.given': CopyGiven;
  readonly 'crime.suspected': CrimeSuspected;
  readonly 'device.clock_measured': DeviceClockMeasured;
  readonly 'device.enrolled': DeviceEnrolled;
  readonly 'device.person_joined': DevicePersonJoined;
  readonly 'device.revoked': DeviceRevoked;
  readonly 'disposition.given': DispositionGiven;
  readonly 'draw.aborted': DrawAborted;
  readonly 'draw.announced': DrawAnnounced;
  readonly 'draw.countersigned': DrawCountersigned;
  readonly 'draw.held': DrawHeld;
  readonly 'draw.input_entered': DrawInputEntered;
  readonly 'draw.opened': DrawOpened;
  readonly 'ending.confirmed': EndingConfirmed;
  readonly 'ending.decided': EndingDecided;
  readonly 'ending.proposed': EndingProposed;
  readonly 'ending.withdrawn': EndingWithdrawn;
  readonly 'entry.admitted': EntryAdmitted;
  readonly 'entry.received': EntryReceived;
  readonly 'entry.set_aside': EntrySetAside;
  readonly 'evidence.added': EvidenceAdded;
  readonly 'evidence.deleted': EvidenceDeleted;
  readonly 'evidence.stored': EvidenceStored;
  readonly 'evidence.taken': EvidenceTaken;
  readonly 'evidence.withdrawn': EvidenceWithdrawn;
  readonly 'expert.concluded': ExpertConcluded;
  readonly 'form.voided': FormVoided;
  readonly 'forms.issued': FormsIssued;
  readonly 'identity.shown': IdentityShown;
  readonly 'item.contradicted': ItemContradicted;
  readonly 'item.reopened': ItemReopened;
  readonly 'item.verified': ItemVerified;
  readonly 'media.restricted': MediaRestricted;
  readonly 'noncooperation.confirmed': NoncooperationConfirmed;
  readonly 'noncooperation.decided': NoncooperationDecided;
  readonly 'noncooperation.proposed': NoncooperationProposed;
  readonly 'notice.corrected': NoticeCorrected;
  readonly 'notice.exempted': NoticeExempted;
  readonly 'notice.published': NoticePublished;
  readonly 'notice.served': NoticeServed;
  readonly 'paper.signed': PaperSigned;
  readonly 'part.signed': PartSigned;
  readonly 'party.met': PartyMet;
  readonly 'plan.published': PlanPublished;
  readonly 'plan_line.approved': PlanLineApproved;
  readonly 'plan_line.returned': PlanLineReturned;
  readonly 'plan_line.submitted': PlanLineSubmitted;
  readonly 'publication.reviewed': PublicationReviewed;
  readonly 'record.read': RecordRead;
  readonly 'recording.made': RecordingMade;
  readonly 'recusal.confirmed': RecusalConfirmed;
  readonly 'recusal.decided': RecusalDecided;
  readonly 'recusal.declared': RecusalDeclared;
  readonly 'registry.frozen': RegistryFrozen;
  readonly 'replacement.approved': ReplacementApproved;
  readonly 'replacement.rejected': ReplacementRejected;
  readonly 'replacement.requested': ReplacementRequested;
  readonly 'result.recognised': ResultRecognised;
  readonly 'return.planned': ReturnPlanned;
  readonly 'rights.told': RightsTold;
  readonly 'scheme.approved': SchemeApproved;
  readonly 'scheme.returned': SchemeReturned;
  readonly 'scheme.submitted': SchemeSubmitted;
  readonly 'scheme.voided': SchemeVoided;
  readonly 'seal.recorded': SealRecorded;
  readonly 'signature.absent': SignatureAbsent;
  readonly 'signature.given': SignatureGiven;
  readonly 'signature.refused': SignatureRefused;
  readonly 'supplement.given': SupplementGiven;
  readonly 'supplement.signed': SupplementSigned;
  readonly 'target.observed': TargetObserved;
  readonly 'team.formed': TeamFormed;
  readonly 'transcript.taken': TranscriptTaken;
  readonly 'visit.finished': VisitFinished;
  readonly 'visit.opened': VisitOpened;
  readonly 'visit.ordered': VisitOrdered;
  readonly 'visit.paused': VisitPaused;
  readonly 'visit.postponed': VisitPostponed;
  readonly 'visit.recalled': VisitRecalled;
  readonly 'visit.resumed': VisitResumed;
  readonly 'visit.scheduled': VisitScheduled;
}

/** Every kind of this version. */
export const KINDS = [
  'act.recorded',
  'answer.given',
  'assignment.held',
  'authority.shown',
  'block.waived',
  'code.recorded',
  'consent.decided',
  'consent.recorded',
  'copy.given',
  'crime.suspected',
  'device.clock_measured',
  'device.enrolled',
  'device.person_joined',
  'device.revoked',
  'disposition.given',
  'draw.aborted',
  'draw.announced',
  'draw.countersigned',
  'draw.held',
  'draw.input_entered',
  'draw.opened',
  'ending.confirmed',
  'ending.decided',
  'ending.proposed',
  'ending.withdrawn',
  'entry.admitted',
  'entry.received',
  'entry.set_aside',
  'evidence.added',
  'evidence.deleted',
  'evidence.stored',
  'evidence.taken',
  'evidence.withdrawn',
  'expert.concluded',
  'form.voided',
  'forms.issued',
  'identity.shown',
  'item.contradicted',
  'item.reopened',
  'item.verified',
  'media.restricted',
  'noncooperation.confirmed',
  'noncooperation.decided',
  'noncooperation.proposed',
  'notice.corrected',
  'notice.exempted',
  'notice.published',
  'notice.served',
  'paper.signed',
  'part.signed',
  'party.met',
  'plan.published',
  'plan_line.approved',
  'plan_line.returned',
  'plan_line.submitted',
  'publication.reviewed',
  'record.read',
  'recording.made',
  'recusal.confirmed',
  'recusal.decided',
  'recusal.declared',
  'registry.frozen',
  'replacement.approved',
  'replacement.rejected',
  'replacement.requested',
  'result.recognised',
  'return.planned',
  'rights.told',
  'scheme.approved',
  'scheme.returned',
  'scheme.submitted',
  'scheme.voided',
  'seal.recorded',
  'signature.absent',
  'signature.given',
  'signature.refused',
  'supplement.given',
  'supplement.signed',
  'target.observed',
  'team.formed',
  'transcript.taken',
  'visit.finished',
  'visit.opened',
  'visit.ordered',
  'visit.paused',
  'visit.postponed',
  'visit.recalled',
  'visit.resumed',
  'visit.scheduled',
] as const;
export type Kind = (typeof KINDS)[number];

/** Kinds that a device writes in the field. */
export const DEVICE_KINDS = [
  'act.recorded',
  'answer.given',
  'authority.shown',
  'block.waived',
  'code.recorded',
  'consent.recorded',
  'copy.given',
  'crime.suspected',
  'disposition.given',
  'ending.confirmed',
  'ending.proposed',
  'ending.withdrawn',
  'evidence.added',
  'evidence.deleted',
  'evidence.taken',
  'evidence.withdrawn',
  'expert.concluded',
  'identity.shown',
  'item.reopened',
  'media.restricted',
  'noncooperation.confirmed',
  'noncooperation.proposed',
  'notice.exempted',
  'notice.served',
  'paper.signed',
  'part.signed',
  'party.met',
  'record.read',
  'recording.made',
  'recusal.confirmed',
  'recusal.declared',
  'result.recognised',
  'return.planned',
  'rights.told',
  'seal.recorded',
  'signature.absent',
  'signature.given',
  'signature.refused',
  'supplement.given',
  'supplement.signed',
  'target.observed',
  'transcript.taken',
  'visit.finished',
  'visit.opened',
  'visit.paused',
  'visit.resumed',
  'visit.scheduled',
] as const;
export type DeviceKind = (typeof DEVICE_KINDS)[number];

/** Kinds that either writes: from a device they have their effect by their author's place in the team. */
export const EITHER_KINDS = ['item.contradicted', 'item.verified'] as const;
export type FieldKind = DeviceKind | (typeof EITHER_KINDS)[number];

export interface Shape {
  readonly $ref?: string;
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Shape[];
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly items?: Shape;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** What `shape.ts` reads: the words that the visit's bodies are made of, every field required. */
export const SHAPES: Readonly<Record<string, Shape>> = {
  'act.recorded': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      organisation: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      act: {
        enum: ['documents_viewed', 'documents_copied', 'place_viewed', 'tested', 'sampled'],
        type: 'string',
      },
      items: { items: { $ref: '#/$defs/ItemOf' }, maxItems: 64, type: 'array' },
      statement: { maxLength: 1000, minLength: 2, type: 'string' },
      number: { maxLength: 300, type: 'string' },
      quantity: { maxLength: 300, type: 'string' },
      evidence: { items: { pattern: '^[0-9a-f]{64}$', type: 'string' }, maxItems: 64, type: 'array' },
    },
    type: 'object',
  },
  'answer.given': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      organisation: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      item: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      answer: { enum: ['conform', 'nonconform', 'not_applicable'], type: 'string' },
      findings: { items: { pattern: '^[A-Za-z0-9_.:-]{1,64}$', type: 'string' }, type: 'array' },
      note: { maxLength: 4000, type: 'string' },
      supersedes: { items: { pattern: '^[0-9a-f]{64}$', type: 'string' }, type: 'array' },
    },
    type: 'object',
  },
  'authority.shown': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      name: { maxLength: 120, minLength: 1, type: 'string' },
      document: { maxLength: 300, type: 'string' },
      evidence: { items: { pattern: '^[0-9a-f]{64}$', type: 'string' }, maxItems: 64, type: 'array' },
    },
    type: 'object',
  },
  'block.waived': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      organisation: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      reason: { maxLength: 300, minLength: 2, type: 'string' },
      supersedes: { items: { pattern: '^[0-9a-f]{64}$', type: 'string' }, type: 'array' },
    },
    type: 'object',
  },
  'code.recorded': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      how: { enum: ['scanned', 'typed', 'photographed', 'missing'], type: 'string' },
      number: { maxLength: 300, type: 'string' },
      evidence: { items: { pattern: '^[0-9a-f]{64}$', type: 'string' }, maxItems: 64, type: 'array' },
      reason: { maxLength: 300, type: 'string' },
      supersedes: { items: { pattern: '^[0-9a-f]{64}$', type: 'string' }, type: 'array' },
    },
    type: 'object',
  },
  'consent.decided': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      consent: { pattern: '^[0-9a-f]{64}$', type: 'string' },
      organisation: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      leader: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      confirmed: { type: 'boolean' },
      reason: { maxLength: 300, type: 'string' },
    },
    type: 'object',
  },
  'consent.recorded': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      out: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      member: { $ref: '#/$defs/TeamMember' },
      consented_by: { maxLength: 120, minLength: 1, type: 'string' },
      consented_at: {
        pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$',
        type: 'string',
      },
      reason: { maxLength: 300, minLength: 2, type: 'string' },
    },
    type: 'object',
  },
  'copy.given': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      means: { enum: ['paper', 'code', 'left'], type: 'string' },
      to: { maxLength: 120, minLength: 1, type: 'string' },
      record_digest: { pattern: '^[0-9a-f]{64}$', type: 'string' },
      template: { pattern: '^[A-Za-z0-9_.:-]{1,64}$', type: 'string' },
    },
    type: 'object',
  },
  'crime.suspected': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      organisation: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      statement: { maxLength: 1000, minLength: 2, type: 'string' },
      evidence: { items: { pattern: '^[0-9a-f]{64}$', type: 'string' }, maxItems: 64, type: 'array' },
    },
    type: 'object',
  },
  'disposition.given': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      organisation: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      results: {
        items: {
          enum: [
            'NO_PROBLEM_TERMINATED_AND_INFORMED',
            'ADMIN_ORDER',
            'ADMIN_GUIDANCE',
            'ADMIN_PENALTY',
            'ADMIN_COERCION',
            'OTHER_ADMIN_ACT',
          ],
          type: 'string',
        },
        maxItems: 6,
        type: 'array',
      },
      case_proposed: { type: 'boolean' },
      rectification: { anyOf: [{ $ref: '#/$defs/Rectification' }, { type: 'null' }] },
      remark: { maxLength: 4000, type: 'string' },
      supersedes: { items: { pattern: '^[0-9a-f]{64}$', type: 'string' }, type: 'array' },
    },
    type: 'object',
  },
  'ending.confirmed': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      proposal: { pattern: '^[0-9a-f]{64}$', type: 'string' },
    },
    type: 'object',
  },
  'ending.decided': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      proposal: { pattern: '^[0-9a-f]{64}$', type: 'string' },
      organisation: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      leader: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      registry: { maxLength: 300, type: 'string' },
      step: { enum: ['excluded', 'transferred', 'lead', 'stands'], type: 'string' },
      to: { maxLength: 300, type: 'string' },
      reason: { maxLength: 300, type: 'string' },
    },
    type: 'object',
  },
  'ending.proposed': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      ending: {
        enum: [
          'not_found',
          'closed',
          'moved',
          'deregistered',
          'revoked',
          'annulled',
          'entry_refused',
          'aborted',
        ],
        type: 'string',
      },
      statement: { maxLength: 1000, minLength: 2, type: 'string' },
      place: { anyOf: [{ $ref: '#/$defs/Place' }, { type: 'null' }] },
      evidence: { items: { pattern: '^[0-9a-f]{64}$', type: 'string' }, maxItems: 64, type: 'array' },
      attempts: { items: { $ref: '#/$defs/Attempt' }, maxItems: 20, type: 'array' },
      witness: { maxLength: 300, type: 'string' },
      moved_to: { maxLength: 300, type: 'string' },
      noncooperation: {
        items: { pattern: '^[A-Za-z0-9_.:-]{1,64}$', type: 'string' },
        maxItems: 5,
        type: 'array',
      },
      supersedes: { items: { pattern: '^[0-9a-f]{64}$', type: 'string' }, type: 'array' },
    },
    type: 'object',
  },
  'ending.withdrawn': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      proposal: { pattern: '^[0-9a-f]{64}$', type: 'string' },
      reason: { maxLength: 300, minLength: 2, type: 'string' },
    },
    type: 'object',
  },
  'entry.admitted': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      entry: { pattern: '^[0-9a-f]{64}$', type: 'string' },
      reason: { maxLength: 300, type: 'string' },
    },
    type: 'object',
  },
  'entry.received': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      device: { pattern: '^[0-9a-f]{64}$', type: 'string' },
      receipts: { items: { $ref: '#/$defs/Receipt' }, maxItems: 1000, minItems: 1, type: 'array' },
    },
    type: 'object',
  },
  'entry.set_aside': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      entry: { pattern: '^[0-9a-f]{64}$', type: 'string' },
      reason: { maxLength: 300, type: 'string' },
    },
    type: 'object',
  },
  'evidence.added': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      digest: { pattern: '^[0-9a-f]{64}$', type: 'string' },
      size: { maximum: 8000000, minimum: 1, type: 'integer' },
      media_type: { enum: ['image/jpeg', 'image/png', 'image/webp'], type: 'string' },
      original_digest: { pattern: '^[0-9a-f]{64}$', type: 'string' },
      original_size: { maximum: 9007199254740991, minimum: 0, type: 'integer' },
      slot: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      items: { items: { $ref: '#/$defs/ItemOf' }, maxItems: 64, type: 'array' },
      place: { anyOf: [{ $ref: '#/$defs/Place' }, { type: 'null' }] },
      caption: { maxLength: 300, type: 'string' },
    },
    type: 'object',
  },
  'evidence.deleted': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      evidence: { pattern: '^[0-9a-f]{64}$', type: 'string' },
      basis: { pattern: '^[A-Za-z0-9_.:-]{1,64}$', type: 'string' },
      reason: { maxLength: 300, minLength: 2, type: 'string' },
    },
    type: 'object',
  },
  'evidence.stored': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      digest: { pattern: '^[0-9a-f]{64}$', type: 'string' },
      size: { maximum: 9007199254740991, minimum: 0, type: 'integer' },
    },
    type: 'object',
  },
  'evidence.taken': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      digest: { pattern: '^[0-9a-f]{64}$', type: 'string' },
      size: { maximum: 8000000, minimum: 1, type: 'integer' },
      media_type: { enum: ['image/jpeg', 'image/png', 'image/webp'], type: 'string' },
      original_digest: { pattern: '^[0-9a-f]{64}$', type: 'string' },
      original_size: { maximum: 9007199254740991, minimum: 0, type: 'integer' },
      slot: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      items: { items: { $ref: '#/$defs/ItemOf' }, maxItems: 64, type: 'array' },
      place: { anyOf: [{ $ref: '#/$defs/Place' }, { type: 'null' }] },
      caption: { maxLength: 300, type: 'string' },
    },
    type: 'object',
  },
  'evidence.withdrawn': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      evidence: { pattern: '^[0-9a-f]{64}$', type: 'string' },
      reason: { maxLength: 300, minLength: 2, type: 'string' },
    },
    type: 'object',
  },
  'expert.concluded': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      organisation: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      expert: { maxLength: 120, minLength: 1, type: 'string' },
      body: { maxLength: 300, type: 'string' },
      items: { items: { $ref: '#/$defs/ItemOf' }, maxItems: 64, type: 'array' },
      conclusion: { maxLength: 2000, minLength: 2, type: 'string' },
      evidence: { items: { pattern: '^[0-9a-f]{64}$', type: 'string' }, maxItems: 64, type: 'array' },
    },
    type: 'object',
  },
  'identity.shown': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      inspectors: { items: { pattern: '^[0-9a-f]{32}$', type: 'string' }, minItems: 1, type: 'array' },
      shown_to: { maxLength: 120, minLength: 1, type: 'string' },
    },
    type: 'object',
  },
  'item.contradicted': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      organisation: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      item: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      source: { maxLength: 120, minLength: 1, type: 'string' },
      stated: { maxLength: 300, minLength: 1, type: 'string' },
      met: { maxLength: 300, minLength: 1, type: 'string' },
      snapshot: { anyOf: [{ pattern: '^[0-9a-f]{64}$', type: 'string' }, { type: 'null' }] },
      supersedes: { items: { pattern: '^[0-9a-f]{64}$', type: 'string' }, type: 'array' },
    },
    type: 'object',
  },
  'item.reopened': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      organisation: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      item: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      reason: { maxLength: 300, minLength: 2, type: 'string' },
      supersedes: { items: { pattern: '^[0-9a-f]{64}$', type: 'string' }, minItems: 1, type: 'array' },
    },
    type: 'object',
  },
  'item.verified': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      organisation: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      item: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      source: { maxLength: 120, minLength: 1, type: 'string' },
      note: { maxLength: 4000, type: 'string' },
      snapshot: { anyOf: [{ pattern: '^[0-9a-f]{64}$', type: 'string' }, { type: 'null' }] },
      supersedes: { items: { pattern: '^[0-9a-f]{64}$', type: 'string' }, type: 'array' },
    },
    type: 'object',
  },
  'media.restricted': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      organisation: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      items: { items: { $ref: '#/$defs/ItemOf' }, maxItems: 64, minItems: 1, type: 'array' },
      basis: { pattern: '^[A-Za-z0-9_.:-]{1,64}$', type: 'string' },
      description: { maxLength: 2000, minLength: 2, type: 'string' },
      drawing: { maxLength: 300, type: 'string' },
      sketch: {
        items: { items: { maximum: 10000, minimum: 0, type: 'integer' }, maxItems: 2000, type: 'array' },
        maxItems: 200,
        type: 'array',
      },
    },
    type: 'object',
  },
  'noncooperation.confirmed': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      proposal: { pattern: '^[0-9a-f]{64}$', type: 'string' },
    },
    type: 'object',
  },
  'noncooperation.decided': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      proposal: { pattern: '^[0-9a-f]{64}$', type: 'string' },
      organisation: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      leader: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      upheld: { type: 'boolean' },
      reason: { maxLength: 300, type: 'string' },
    },
    type: 'object',
  },
  'noncooperation.proposed': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      organisation: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      circumstances: {
        items: { pattern: '^[A-Za-z0-9_.:-]{1,64}$', type: 'string' },
        maxItems: 5,
        minItems: 1,
        type: 'array',
      },
      statement: { maxLength: 1000, minLength: 2, type: 'string' },
      evidence: { items: { pattern: '^[0-9a-f]{64}$', type: 'string' }, maxItems: 64, type: 'array' },
    },
    type: 'object',
  },
  'notice.exempted': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      reason: { pattern: '^[A-Za-z0-9_.:-]{1,64}$', type: 'string' },
      statement: { maxLength: 300, type: 'string' },
    },
    type: 'object',
  },
  'notice.served': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      number: { maxLength: 300, type: 'string' },
      channel: { pattern: '^[A-Za-z0-9_.:-]{1,64}$', type: 'string' },
      to: { maxLength: 120, minLength: 1, type: 'string' },
      phone: { pattern: '^[0-9+ -]{0,20}$', type: 'string' },
      outcome: { enum: ['signed', 'refused', 'confirmed'], type: 'string' },
      strokes: {
        items: { items: { maximum: 10000, minimum: 0, type: 'integer' }, maxItems: 2000, type: 'array' },
        maxItems: 200,
        type: 'array',
      },
      reason: { maxLength: 300, type: 'string' },
      supersedes: { items: { pattern: '^[0-9a-f]{64}$', type: 'string' }, type: 'array' },
    },
    type: 'object',
  },
  'paper.signed': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      number: { maxLength: 300, type: 'string' },
      record_digest: { pattern: '^[0-9a-f]{64}$', type: 'string' },
      template: { pattern: '^[A-Za-z0-9_.:-]{1,64}$', type: 'string' },
      pages: {
        items: { pattern: '^[0-9a-f]{64}$', type: 'string' },
        maxItems: 64,
        minItems: 1,
        type: 'array',
      },
      signers: {
        items: { pattern: '^[0-9a-f]{32}$', type: 'string' },
        maxItems: 80,
        minItems: 1,
        type: 'array',
      },
      party: { enum: ['signed', 'refused', 'absent'], type: 'string' },
      reason: { maxLength: 300, type: 'string' },
    },
    type: 'object',
  },
  'part.signed': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      name: { maxLength: 120, minLength: 1, type: 'string' },
      identity: { maxLength: 300, type: 'string' },
      record_digest: { pattern: '^[0-9a-f]{64}$', type: 'string' },
      template: { pattern: '^[A-Za-z0-9_.:-]{1,64}$', type: 'string' },
      items: { items: { $ref: '#/$defs/ItemOf' }, maxItems: 2000, type: 'array' },
      strokes: {
        items: { items: { maximum: 10000, minimum: 0, type: 'integer' }, maxItems: 2000, type: 'array' },
        maxItems: 200,
        minItems: 1,
        type: 'array',
      },
      opinion: { enum: ['agreed', 'objected'], type: 'string' },
      statement: { maxLength: 4000, type: 'string' },
    },
    type: 'object',
  },
  'party.met': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      name: { maxLength: 120, minLength: 1, type: 'string' },
      role: {
        enum: ['legal_representative', 'principal', 'operator', 'authorised', 'staff'],
        type: 'string',
      },
      phone: { pattern: '^[0-9+ -]{0,20}$', type: 'string' },
      supersedes: { items: { pattern: '^[0-9a-f]{64}$', type: 'string' }, type: 'array' },
    },
    type: 'object',
  },
  'record.read': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      manner: { enum: ['self', 'aloud'], type: 'string' },
      to: { maxLength: 120, minLength: 1, type: 'string' },
      record_digest: { pattern: '^[0-9a-f]{64}$', type: 'string' },
      template: { pattern: '^[A-Za-z0-9_.:-]{1,64}$', type: 'string' },
    },
    type: 'object',
  },
  'recording.made': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      digest: { pattern: '^[0-9a-f]{64}$', type: 'string' },
      size: { maximum: 64000000, minimum: 1, type: 'integer' },
      media_type: { enum: ['audio/webm', 'audio/mp4', 'video/webm', 'video/mp4'], type: 'string' },
      seconds: { maximum: 7200, minimum: 0, type: 'integer' },
      announced: { type: 'boolean' },
      items: { items: { $ref: '#/$defs/ItemOf' }, maxItems: 64, type: 'array' },
      place: { anyOf: [{ $ref: '#/$defs/Place' }, { type: 'null' }] },
      caption: { maxLength: 300, type: 'string' },
    },
    type: 'object',
  },
  'recusal.confirmed': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      application: { pattern: '^[0-9a-f]{64}$', type: 'string' },
    },
    type: 'object',
  },
  'recusal.decided': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      application: { anyOf: [{ pattern: '^[0-9a-f]{64}$', type: 'string' }, { type: 'null' }] },
      account: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      organisation: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      leader: { anyOf: [{ pattern: '^[0-9a-f]{32}$', type: 'string' }, { type: 'null' }] },
      offline: { anyOf: [{ $ref: '#/$defs/OfflineApproval' }, { type: 'null' }] },
      upheld: { type: 'boolean' },
      reason: { maxLength: 300, minLength: 2, type: 'string' },
    },
    type: 'object',
  },
  'recusal.declared': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      account: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      ground: { pattern: '^[A-Za-z0-9_.:-]{1,64}$', type: 'string' },
      applicant: { enum: ['officer', 'party'], type: 'string' },
      statement: { maxLength: 300, type: 'string' },
    },
    type: 'object',
  },
  'result.recognised': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      organisation: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      item: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      source: { maxLength: 120, minLength: 1, type: 'string' },
      checked_on: { pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$', type: 'string' },
      number: { maxLength: 300, type: 'string' },
      note: { maxLength: 4000, type: 'string' },
      evidence: { items: { pattern: '^[0-9a-f]{64}$', type: 'string' }, maxItems: 64, type: 'array' },
      supersedes: { items: { pattern: '^[0-9a-f]{64}$', type: 'string' }, type: 'array' },
    },
    type: 'object',
  },
  'return.planned': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      ending: {
        enum: [
          'not_found',
          'closed',
          'moved',
          'deregistered',
          'revoked',
          'annulled',
          'entry_refused',
          'aborted',
        ],
        type: 'string',
      },
      on: { pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$', type: 'string' },
      statement: { maxLength: 1000, minLength: 2, type: 'string' },
      place: { anyOf: [{ $ref: '#/$defs/Place' }, { type: 'null' }] },
      evidence: { items: { pattern: '^[0-9a-f]{64}$', type: 'string' }, maxItems: 64, type: 'array' },
      attempts: { items: { $ref: '#/$defs/Attempt' }, maxItems: 20, type: 'array' },
      witness: { maxLength: 300, type: 'string' },
    },
    type: 'object',
  },
  'rights.told': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      recusal: { enum: ['not_requested', 'requested'], type: 'string' },
      statement: { maxLength: 4000, type: 'string' },
    },
    type: 'object',
  },
  'seal.recorded': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      whose: { enum: ['party', 'inspectors'], type: 'string' },
      organisation: { anyOf: [{ pattern: '^[0-9a-f]{32}$', type: 'string' }, { type: 'null' }] },
      sealed: { type: 'boolean' },
      evidence: { items: { pattern: '^[0-9a-f]{64}$', type: 'string' }, maxItems: 64, type: 'array' },
      reason: { maxLength: 300, type: 'string' },
      supersedes: { items: { pattern: '^[0-9a-f]{64}$', type: 'string' }, type: 'array' },
    },
    type: 'object',
  },
  'signature.absent': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      reason: { maxLength: 300, minLength: 2, type: 'string' },
      record_digest: { pattern: '^[0-9a-f]{64}$', type: 'string' },
      template: { pattern: '^[A-Za-z0-9_.:-]{1,64}$', type: 'string' },
    },
    type: 'object',
  },
  'signature.given': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      role: { enum: ['inspector', 'party', 'witness'], type: 'string' },
      signer: { anyOf: [{ pattern: '^[0-9a-f]{32}$', type: 'string' }, { type: 'null' }] },
      name: { maxLength: 120, minLength: 1, type: 'string' },
      identity: { maxLength: 300, type: 'string' },
      organisation: { anyOf: [{ pattern: '^[0-9a-f]{32}$', type: 'string' }, { type: 'null' }] },
      record_digest: { pattern: '^[0-9a-f]{64}$', type: 'string' },
      template: { pattern: '^[A-Za-z0-9_.:-]{1,64}$', type: 'string' },
      strokes: {
        items: { items: { maximum: 10000, minimum: 0, type: 'integer' }, maxItems: 2000, type: 'array' },
        maxItems: 200,
        minItems: 1,
        type: 'array',
      },
      assurance: { enum: ['pin', 'drawn_only', 'none'], type: 'string' },
      opinion: { anyOf: [{ enum: ['agreed', 'objected'], type: 'string' }, { type: 'null' }] },
      statement: { maxLength: 4000, type: 'string' },
    },
    type: 'object',
  },
  'signature.refused': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      name: { maxLength: 120, minLength: 1, type: 'string' },
      reason: { pattern: '^[A-Za-z0-9_.:-]{1,64}$', type: 'string' },
      statement: { maxLength: 4000, type: 'string' },
      record_digest: { pattern: '^[0-9a-f]{64}$', type: 'string' },
      template: { pattern: '^[A-Za-z0-9_.:-]{1,64}$', type: 'string' },
    },
    type: 'object',
  },
  'supplement.given': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      number: { maximum: 999, minimum: 1, type: 'integer' },
      organisation: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      text: { maxLength: 4000, minLength: 2, type: 'string' },
      reason: { maxLength: 300, minLength: 2, type: 'string' },
      evidence: { items: { pattern: '^[0-9a-f]{64}$', type: 'string' }, maxItems: 64, type: 'array' },
    },
    type: 'object',
  },
  'supplement.signed': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      supplement: { pattern: '^[0-9a-f]{64}$', type: 'string' },
      role: { enum: ['inspector', 'party', 'witness'], type: 'string' },
      outcome: { enum: ['signed', 'refused', 'absent'], type: 'string' },
      signer: { anyOf: [{ pattern: '^[0-9a-f]{32}$', type: 'string' }, { type: 'null' }] },
      name: { maxLength: 120, minLength: 1, type: 'string' },
      organisation: { anyOf: [{ pattern: '^[0-9a-f]{32}$', type: 'string' }, { type: 'null' }] },
      strokes: {
        items: { items: { maximum: 10000, minimum: 0, type: 'integer' }, maxItems: 2000, type: 'array' },
        maxItems: 200,
        type: 'array',
      },
      assurance: { enum: ['pin', 'drawn_only', 'none'], type: 'string' },
      reason: { maxLength: 300, type: 'string' },
    },
    type: 'object',
  },
  'target.observed': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      field: { enum: ['name', 'address', 'licence', 'legal_representative', 'phone'], type: 'string' },
      registry: { maxLength: 300, type: 'string' },
      seen: { maxLength: 300, minLength: 1, type: 'string' },
      note: { maxLength: 300, type: 'string' },
      evidence: { items: { pattern: '^[0-9a-f]{64}$', type: 'string' }, maxItems: 64, type: 'array' },
      supersedes: { items: { pattern: '^[0-9a-f]{64}$', type: 'string' }, type: 'array' },
    },
    type: 'object',
  },
  'transcript.taken': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      organisation: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      respondent: { maxLength: 120, minLength: 1, type: 'string' },
      identity: { maxLength: 300, type: 'string' },
      phone: { pattern: '^[0-9+ -]{0,20}$', type: 'string' },
      began: {
        pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$',
        type: 'string',
      },
      ended: {
        pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$',
        type: 'string',
      },
      exchanges: { items: { $ref: '#/$defs/Exchanged' }, maxItems: 100, minItems: 1, type: 'array' },
      strokes: {
        items: { items: { maximum: 10000, minimum: 0, type: 'integer' }, maxItems: 2000, type: 'array' },
        maxItems: 200,
        type: 'array',
      },
      refused: { maxLength: 300, type: 'string' },
    },
    type: 'object',
  },
  'visit.finished': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      record_digest: { pattern: '^[0-9a-f]{64}$', type: 'string' },
      template: { pattern: '^[A-Za-z0-9_.:-]{1,64}$', type: 'string' },
    },
    type: 'object',
  },
  'visit.opened': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      place: { anyOf: [{ $ref: '#/$defs/Place' }, { type: 'null' }] },
    },
    type: 'object',
  },
  'visit.ordered': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      scheme: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      target: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      team: { items: { $ref: '#/$defs/TeamMember' }, type: 'array' },
      planned_on: { pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$', type: 'string' },
      packet_digest: { pattern: '^[0-9a-f]{64}$', type: 'string' },
      supersedes: { items: { pattern: '^[0-9a-f]{64}$', type: 'string' }, type: 'array' },
    },
    type: 'object',
  },
  'visit.paused': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      reason: { maxLength: 300, minLength: 2, type: 'string' },
    },
    type: 'object',
  },
  'visit.recalled': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      organisation: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      reason: { maxLength: 300, minLength: 2, type: 'string' },
      again: { type: 'boolean' },
    },
    type: 'object',
  },
  'visit.resumed': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      pause: { pattern: '^[0-9a-f]{64}$', type: 'string' },
    },
    type: 'object',
  },
  'visit.scheduled': {
    properties: {
      nonce: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      time: { pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$', type: 'string' },
      place: { maximum: 99, minimum: 1, type: 'integer' },
      supersedes: { items: { pattern: '^[0-9a-f]{64}$', type: 'string' }, type: 'array' },
    },
    type: 'object',
  },
  Attempt: {
    properties: {
      phone: { pattern: '^[0-9+ -]{0,20}$', type: 'string' },
      at: { pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$', type: 'string' },
      outcome: { maxLength: 300, type: 'string' },
    },
    type: 'object',
  },
  Exchanged: {
    properties: {
      question: { maxLength: 1000, minLength: 1, type: 'string' },
      answer: { maxLength: 2000, type: 'string' },
    },
    type: 'object',
  },
  ItemOf: {
    properties: {
      organisation: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      item: { pattern: '^[0-9a-f]{32}$', type: 'string' },
    },
    type: 'object',
  },
  OfflineApproval: {
    properties: {
      approver: { maxLength: 120, minLength: 1, type: 'string' },
      approved_on: { pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$', type: 'string' },
      number: { maxLength: 120, minLength: 1, type: 'string' },
      photo: { anyOf: [{ pattern: '^[0-9a-f]{64}$', type: 'string' }, { type: 'null' }] },
    },
    type: 'object',
  },
  Place: {
    properties: {
      latitude: { maximum: 90000000, minimum: -90000000, type: 'integer' },
      longitude: { maximum: 180000000, minimum: -180000000, type: 'integer' },
      accuracy: { maximum: 1000000, minimum: 0, type: 'integer' },
      age: { maximum: 1000000, minimum: 0, type: 'integer' },
    },
    type: 'object',
  },
  Receipt: {
    properties: {
      entry: { pattern: '^[0-9a-f]{64}$', type: 'string' },
      status: { enum: ['accepted', 'exists', 'held', 'refused'], type: 'string' },
      code: { anyOf: [{ pattern: '^[A-Za-z0-9_.:-]{1,64}$', type: 'string' }, { type: 'null' }] },
    },
    type: 'object',
  },
  Rectification: {
    properties: {
      demand: { maxLength: 1000, minLength: 2, type: 'string' },
      due: { anyOf: [{ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$', type: 'string' }, { type: 'null' }] },
    },
    type: 'object',
  },
  TeamMember: {
    properties: {
      account: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      name: { maxLength: 120, minLength: 1, type: 'string' },
      organisation: { pattern: '^[0-9a-f]{32}$', type: 'string' },
      role: { enum: ['leader', 'member', 'assistant'], type: 'string' },
      certificate: { maxLength: 300, type: 'string' },
      certified: { type: 'boolean' },
    },
    type: 'object',
  },
};

/** One catalogue: what happened and what to do next; blanks are filled from `details`. */
export const REFUSALS = {
  not_signed_in: '尚未登录或登录已过期，请重新登录；已填写的内容仍在本页。',
  not_allowed: '您的账号没有办理这项业务的权限，请由有权限的人员办理或联系本部门管理员。',
  wrong_password: '账号或密码不正确，请核对后重试；连续 {limit} 次不正确将锁定 {minutes} 分钟。',
  account_locked: '账号因多次输错密码已锁定，请于 {minutes} 分钟后重试，或请安全管理员解锁。',
  account_disabled: '该账号已停用，请联系本部门管理员。',
  account_exists: '账号名“{name}”已被使用，请换一个。',
  password_weak: '密码至少 {minimum} 位，且不能与账号名相同，请重新设置。',
  separation_of_duties: '系统、安全、审计三类管理员不得由同一人兼任，请分别指定人员。',
  own_account: '不能变更自己的角色、密码或停用自己的账号，请由另一名管理员办理。',
  administrator_account: '三类管理员的密码不在此重置，请本人修改，或由运维人员在服务器上重设。',
  deputy_unfit: '代理人须与被代理人同单位、均为在用的分管负责人，且不是同一人，请重新选择。',
  invite_invalid: '登记码无效或已使用，请在办公室重新生成后再扫。',
  invite_expired: '登记码已过期，请在办公室重新生成后再扫。',
  device_unknown: '这台终端没有登记，请到办公室扫码登记；本机记录仍在，不要清除。',
  device_revoked: '这台终端已停用，记录已原样保留，待部门核定；请联系本部门管理员。',
  pin_wrong: 'PIN 不正确，还可再试 {left} 次；记录都在本机，没有丢失。',
  pin_locked:
    'PIN 已连续输错 {limit} 次，您的 PIN 暂停 {minutes} 分钟，到时再试，或由办公室重新登记；记录都在。',
  pin_withheld:
    'PIN 输错次数过多，服务器已暂停您在这台终端解锁；记录都在本机，请部门管理员重新生成登记码登记本人。',
  pin_weak: 'PIN 须为 6 位数字，不能全部相同或连续，请重新设置。',
  bad_request: '提交的内容不完整或格式不对：{what}。请更正后再提交，已填内容仍在。',
  form_expired: '本页停留太久或已重新登录，这次没有提交；请返回上一页刷新后再提交，已填内容可先复制。',
  not_found: '没有找到这项内容，可能已被更新，请返回上一页刷新。',
  too_large: '文件超过 {limit} MB，请拆分后再上传。',
  entry_too_long: '这一步的内容过长，还没有记下，已填内容仍在；请缩短文字，或重新签字、重画后再保存。',
  too_many: '操作过于频繁，请 {seconds} 秒后再试，已填内容不会丢失。',
  changed_meanwhile: '这项内容刚刚被其他人更新，请查看最新内容后再提交；您填写的内容仍在本页。',
  server_busy: '系统暂时不能保存，内容没有丢失，请稍后重试。',
  storage_full: '服务器存储空间不足，本次没有保存，请联系系统管理员；本机记录仍在。',
  tablet_full:
    '本机存储空间不足，这一步没有保存；已填写的内容仍在本页。请联网同步，到“数据与同步”清理后重试。',
  file_type_wrong: '“{name}”不是可读取的表格，请导出为 XLSX 或 CSV 后再上传。',
  sheet_empty: '“{name}”里没有数据行，请检查是否选对了文件或工作表。',
  header_missing: '没有找到“{column}”列，请核对表头后再上传；可先下载样表。',
  row_broken: '第 {row} 行“{column}”{problem}，请改正后重新上传，其余行不受影响。',
  code_duplicate: '第 {row} 行的“{column}”与第 {first} 行重复，请保留一行。',
  preview_expired: '预览后名录库已有变动，请重新上传核对后再应用。',
  nothing_to_apply: '这份文件没有可应用的变动，无需操作。',
  plan_line_missing: '方案没有对应的年度计划事项，请先在年度计划中列入并公布。',
  plan_line_not_published: '所选年度计划事项还没有批准公布，请先办理批准和公布。',
  ratio_over_cap: '抽查比例 {ratio} 超过一般检查事项的上限 {cap}，请调低比例或按程序调整清单。',
  ratio_under_floor: '抽查比例 {ratio} 低于下限 {floor}，请调高比例。',
  item_not_published: '事项“{item}”没有公布，不得实施检查，请先公布抽查事项清单。',
  no_participant: '联合抽查至少要有 {minimum} 个参与部门，请补充。',
  approval_missing: '还有部门未批准：{organisations}，全部批准后才能抽取。',
  already_decided: '这一步已经办理过，不能重复办理，请刷新查看结果。',
  dates_wrong: '起止日期不对，结束日期须晚于开始日期，请更正。',
  deputy_not_today: '您今天不在代理期内，不能代为批准；请由负责人本人办理，或先登记代理起止日期。',
  nothing_to_publish: '没有已批准待公布的计划事项，请先办理批准。',
  scheme_state: '方案当前为“{state}”，不能{act}，请刷新查看最新进度。',
  plan_line_state: '计划事项当前为“{state}”，不能{act}，请刷新查看最新进度。',
  reason_missing: '请写明{what}的理由（至少 2 个字）后再提交。',
  dispatch_not_ready: '现在还不能派发：{what}。',
  day_outside: '“{target}”的检查日期 {day} 不在方案规定的 {starts_on} 至 {ends_on} 内，请改到这段时间。',
  day_not_working: '“{target}”的检查日期 {day} 不是工作日，请改到工作日。',
  visit_closed: '这次检查{state}，不能再{act}；已有记录都在，请刷新查看。',
  replacement_open: '“{name}”已有一份更换申请待批准，请先办理那一份。',
  replacement_not_in_team: '所选人员不在本部门参加这次检查的人员中，请刷新后重新选择。',
  replacement_unfit: '“{name}”不符合条件（{what}），请另选一名有资格的执法人员。',
  replacement_nobody: '本部门没有其他符合条件的执法人员，不能更换；请增加人员，或调整检查日期、撤回派发。',
  leader_needed: '检查组组长须来自牵头部门，更换后没有人选；请先增加人员，或撤回派发。',
  push_address: '这个推送地址不在允许的范围内，不能登记；任务变动仍会在同步后显示。',
  draw_not_ready: '现在还不能抽取：{what}。',
  draw_used: '抽取编号 {number} 已经使用，不能再次抽取；如需补抽，请说明理由并报监督机关会签。',
  input_too_early: '开奖日期未到，{day} 公布后再录入。',
  input_day_wrong:
    '开奖日期须晚于公告当天，备用日期须再晚一天以上，且都不晚于方案结束日期 {ends_on}，请更正。',
  input_not_valid: '号码应为 {expected}，请对照公告重新录入。',
  input_mismatch: '两次录入不一致，已停止，请共同核对公告后重新录入。',
  input_same_person: '第二次录入须由另一人办理，请换人录入。',
  countersign_missing: '还有部门没有会签：{organisations}。',
  plan_hash_mismatch: '校验码与锁定时不一致，已停止；请联系监督机关核查。',
  pool_empty: '按条件没有可抽取的检查对象，请核对范围和排除规则。',
  team_not_possible:
    '{targets} 需要 {need}，现有可用执法人员只有 {have}，无法组成检查组；请增加人员或调整时间。',
  list_mismatch: '名单与公开的抽取结果不一致，不能会签；请核查名录库。',
  ending_registry:
    '名录库登记状态为“{registry}”，不能按“{ending}”排除；请先更新名录库，或者改选“按现场认定办理”并写明理由，已填的内容都在。',
  ending_step: '“{ending}”不适用“{step}”；请改选其他办理方式，已填的内容都在。',
  ending_to: '请写明“{step}”的接收单位（至少 2 个字）后再提交，已填的内容都在。',
  form_used: '编号 {number} 的文书已经用于检查，不能作废；请核对编号，或者在检查记录中查看。',
  visit_unknown: '本机没有这次检查的资料，请联网后下载。',
  visit_not_opened: '还没有登记到达，请先登记到达。',
  visit_finished: '检查已经结束，不能再改；如需更正，请另作补充记录。',
  not_member: '您不是本次检查组成员，不能填写；请由组长处理。',
  other_department: '这是其他部门的事项，请由该部门执法人员填写。',
  leader_only: '这一步由组长办理。',
  not_certified: '该人员没有执法证件，不能亮证、填写结果或作为执法人员签字；可以协助拍照。',
  identity_not_shown: '还没有亮证，请先出示执法证件。',
  too_few_officers: '本部门出示证件的执法人员只有 {have} 名，少于 {need} 名，暂不能开始；其他部门可继续。',
  rights_not_told: '还没有告知权利，请先完成亮证告知。',
  item_unknown: '本次检查没有这个事项，请核对。',
  item_verified: '该事项已网络核实，现场不再检查；信息不一致时，请说明理由后重查。',
  item_not_verified: '该事项没有网络核实，不需要重开。',
  finding_required: '选“不符合”时，请选择发现的问题类别。',
  finding_unknown: '问题类别不在本次检查的选项内，请重新选择。',
  findings_exclude: '所选结果互相矛盾，请只保留一类。',
  finding_decided:
    '“{label}”不由一人在事项里认定，这一项没有记录，已填内容仍在；请用“{way}”办理，由另一人复核。',
  not_engaged: '“{label}”请在“不适用”下选择，不需要照片；这一项没有记录，已填内容仍在。',
  photo_required: '“不符合”须有照片，请先拍照再记录。',
  evidence_unknown: '没有找到这张照片，请重新选择。',
  result_required: '请选择至少一项检查结果，或勾选拟立案。',
  results_exclude: '“未发现问题”不能与其他结果同时选择，请只保留一类。',
  result_contradicts: '本部门有“不符合”的事项，不能选“未发现问题”。',
  order_missing:
    '选了责令改正的，请写明改正要求（限期的写明期限），没有记录，已填内容仍在；不责令的请取消该项。',
  order_unfounded: '“未发现问题”不能同时责令改正，没有记录，已填内容仍在；请去掉其中一项。',
  penalty_not_on_site: '处罚和强制须有决定书，现场请勾选“拟立案”并在备注说明。',
  items_open: '还有 {count} 项没有记录，请先完成。',
  disputed: '有 {count} 项出现不同记录，请由该部门确认一项。',
  party_disputed: '在场当事人有不同的记录，请在“亮证告知”核对姓名、身份和电话后保存。',
  order_disputed: '这次检查有两份不同的派发，请联系派发部门重新派发一次；已记录的内容都在。',
  record_changed: '记录内容已变，请核对最新内容后重新签字。',
  record_signed: '已有人签字，内容不能再改；如需更正，请另作补充记录。',
  not_the_signer: '执法人员须本人解锁后签字；没有在本机启用的，按“仅手写”签字。',
  signatures_missing: '还有执法人员没有签字：{names}。',
  party_missing: '当事人一栏还没有结果，请选择签字、拒绝签字或不在场。',
  refusal_reason_required: '请选择拒绝签字的原因（必填）。',
  signature_empty: '还没有写字，请在框内签名。',
  visit_recalled: '这次检查已撤回派发，不能继续填写；已记录的内容都在，将照常上传。',
  order_changed: '派发已有变动，请联网更新检查资料后再继续；已记录的内容都在。',
  recused: '该人员已申请回避，决定前不能记录或签字；其余人员符合人数的可以继续。',
  recusal_own:
    '本人申请回避须由本人登记，没有记录；请本人解锁后办理。当事人提出的，请由其他执法人员选“当事人申请”登记。',
  recusal_same_person:
    '当事人申请回避须由登记人、被申请人以外的一名执法人员确认，没有确认，登记的内容都在；请换人确认。',
  recusal_unconfirmed:
    '当事人申请{name}回避还没有第二名执法人员确认，暂不能签字，已记录的内容都在；请换人确认，或等负责人作出决定。',
  notice_missing: '还没有送达检查通知书，请先送达，或选择免于事先告知的依据。',
  notice_reason: '请写明签收情况：由谁、以什么方式确认，或为何拒收。',
  exemption_unknown: '免于事先告知的依据不在选项内，请重新选择。',
  code_empty: '请扫描或输入执法码编号，或拍照；确实没有的，请写明原因，以后补录。',
  ending_unknown: '这种情形不在本次检查的选项内，请重新选择。',
  ending_incomplete: '认定“{label}”还缺：{what}。请补充后再提交，已填内容仍在。',
  ending_same_person: '须由另一名执法人员复核，请换人确认。',
  ending_stands: '已认定本次检查不能进行，不再填写检查内容；情况有变的，请先撤回认定再继续。',
  ending_unconfirmed: '提前结束的情形还没有第二名执法人员复核，请先复核或撤回。',
  return_day: '再次到场的日期应晚于 {day}，没有记录，已填内容仍在；请改选日期。',
  return_pointless:
    '“{label}”再次到场也不会改变，没有记录，已填内容仍在；请直接提出认定，交另一名执法人员复核。',
  observed_same: '填写的内容与登记的一致，没有记录，已填内容仍在；没有不一致的不用登记。',
  ending_not_yours: '撤回须由提出人、复核人或组长办理，没有撤回，认定仍然有效；请换其中一人办理。',
  witness_missing: '还没有见证人签字，请由见证人签字，或改用其他方式。',
  recording_missing: '还没有录音或录像，请先补录，再记录拒绝签字。',
  consent_unfit: '接替人员不在本部门可更换的名单内，请重新选择。',
  pause_open: '检查正在中止，请先恢复检查再继续。',
  not_paused: '检查没有中止，不需要恢复。',
  media_restricted: '该处不得拍摄，请用文字说明和草图记录。',
  recognised_item: '该事项已采用其他部门的检查结果，不再检查；情况不一致的，请说明理由后重查。',
  recognised_day:
    '采用的检查结果须是 {since} 至 {until} 之间作出的，没有记录，已填内容仍在；日期不对的请更正，过期的请现场检查。',
  recognised_shown: '采用其他部门的检查结果，须拍下该结果或文书，没有记录，已填内容仍在；请拍照后再提交。',
  noncooperation_own: '情形认定须由组长确认，提出人不能自己确认。',
  transcript_unsigned: '请被询问人签字，或写明未签字的原因。',
  supplement_number: '补充记录的编号应为第 {number} 号，请刷新后再提交；已填内容仍在。',
  supplement_early: '还没有人签字，请直接修改记录，不需要补充。',
  form_number: '文书编号“{number}”不对，可能抄错了；请对照纸上右上角的编号重新输入，已填内容仍在。',
  paper_pages: '请拍下签好字的纸质记录的每一页后再提交。',
  paper_required: '本地规定以纸质记录为准，请打印签字后拍照。',
  record_unread: '请先请当事人核对记录，或向其宣读，再由当事人签字。',
  unsigned: '还没有人签字，请先签字，再记录盖章或交付副本。',
  practice: '现在是练习，内容不会上传，也不进入正式记录。',
  signature_bad: '这条记录的校验没有通过，没有收录；本机原件仍在，请导出后联系管理员。',
  record_damaged: '这条记录在本机已读不出来，没有上传；原样保留在本机，其余记录照常上传。',
  evidence_damaged: '这张照片在本机已读不出来，没有上传；原样保留在本机，其余照片照常上传。',
  packet_damaged: '有 {n} 份检查资料在本机已读不出来，记录都在；联网后自动重新下载，下载后即可继续检查。',
  digest_mismatch: '照片内容与记录不一致，没有收录；本机原件仍在，将重新上传。',
  blob_offset: '上传位置不一致，将从已收到的位置继续。',
  chain_forked: '这台终端出现两条不同的记录链，已全部保留；请部门管理员停用它，待其交完记录后重新登记。',
  kind_unknown: '这类记录当前版本还不认识，已原样保留，升级后处理。',
  body_invalid: '这条记录的内容不完整，已原样保留，待部门核定。',
  chain_gap: '前面的记录还没有收到，已原样保留，补齐后自动处理。',
  author_unknown: '记录人没有在这台终端启用，已原样保留，待部门核定。',
  code_invalid: '核验码无效或已过期，请核对编号；来人出示的证件也可拨打 12345 核实。',
  rating_early: '检查还没有结束，结束后再评议；已填写的内容仍在本页。',
  review_missing: '还没有完成保密和隐私审查，请先审查再公示。',
  visit_not_synced: '现场记录或照片还没有收齐（缺 {count} 项），收齐后再公示。',
  own_department_only: '谁检查、谁录入、谁公开：请由该部门人员办理。',
  publication_on_hold:
    '牵头部门正在办理与这次检查有关的事项，办理完毕前各部门都不公示结果；记录和照片都已保留，请与牵头部门联系。',
  visit_not_finished: '检查还没有结束，不能公示；检查结束并同步后再办理。',
  block_waived: '本部门事项在这次检查中未实施，没有结果可公示。',
  review_contradicts: '审查发现涉及{what}，不能全部公示；请选择部分公示或不予公示，并选定依据。',
  basis_missing: '请选择{what}的依据后再提交。',
  basis_not_needed: '全部公示不需要依据和隐去的栏目，请核对审查结论。',
  omitted_missing: '部分公示须选定不公开的栏目，且至少保留一栏，请核对。',
  withhold_by_leader: '不予公示须由部门负责人决定，请由负责人办理审查。',
  publish_by_another: '公示须由审查人以外的另一人办理，请由本部门负责人或其代理人办理。',
  nothing_corrected: '内容没有变化，无需更正。',
  private_in_text: '“{field}”里有像电话或身份证号的数字，不能公示，请删去后再提交。',
} as const;
export type RefusalCode = keyof typeof REFUSALS;

/** The refusal `code` with its sentence filled; throws RangeError for a blank left open. */
export function refuse(code: RefusalCode, details: Readonly<Record<string, string | number>> = {}): Refusal {
  const filled = Object.fromEntries(Object.entries(details).map(([name, value]) => [name, String(value)]));
  const sentence = REFUSALS[code].replace(/\{([a-z_]+)\}/g, (_, name: string) => {
    const value = filled[name];
    if (value === undefined) throw new RangeError(`${code} needs ${name}`);
    return value;
  });
  return { code, sentence, details: filled };
}

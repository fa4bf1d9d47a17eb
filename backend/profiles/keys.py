"""The keys of a rule profile (规则配置), each with the type of its value: all that a jurisdiction may choose.

A key stands for one number, date or choice of the law; the value lies in the TOML files. A key that no file
fills is silent (`Profile.get` answers None): that is a statement about the source and never an error.
"""

from __future__ import annotations

from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import Field, TypeAdapter

from backend.profiles.values import (
    Annual,
    CalendarDays,
    CatalogueItem,
    Choice,
    Document,
    DueRule,
    Exclusion,
    Finding,
    FrequencyCap,
    Hours,
    ItemCap,
    JointMode,
    LevelShare,
    Milestone,
    PlanChange,
    PublicView,
    Ratio,
    RatioFloor,
    RepeatGuard,
    Replacement,
    ReportDue,
    SiteEnding,
    Stage,
    WorkingDays,
)

T_co = TypeVar("T_co", covariant=True)


class Key(Generic[T_co]):
    """A name of the profile with the type of its value."""

    def __init__(self, name: str, of: Any) -> None:
        self.name = name
        self.adapter: TypeAdapter[T_co] = TypeAdapter(of)
        if name in KEYS:
            raise ValueError(f"profile key {name} declared twice")
        KEYS[name] = self


KEYS: dict[str, Key[Any]] = {}
"""Every key by name; a file that fills another is refused."""

Choices = tuple[Choice, ...]
Fields = tuple[CatalogueItem, ...]
Words = tuple[str, ...]
Documents = tuple[Document, ...]


def _choices(name: str) -> Key[Choices]:
    return Key(name, Choices)


def _fields(name: str) -> Key[Fields]:
    return Key(name, Fields)


def _words(name: str) -> Key[Words]:
    return Key(name, Words)


def _flag(name: str) -> Key[bool]:
    return Key(name, bool)


def _count(name: str) -> Key[int]:
    return Key(name, Annotated[int, Field(ge=0)])


def _text(name: str) -> Key[str]:
    return Key(name, str)


# --- legal basis, organisations (依据、机构) ---
LEGAL_BASIS: Key[Documents] = Key("legal.basis", Documents)
UNLICENSED_BASIS: Key[Documents] = Key("legal.unlicensed", Documents)
FORBIDDEN_SUBJECTS = _choices("legal.forbidden_subjects")
FIVE_FORBIDDEN = _words("legal.five_forbidden")
OFFICE = _text("organisation.office")
DEPARTMENTS = _words("organisation.departments")
OVERSIGHT = _words("organisation.oversight")
SUPERVISION_TYPES = _choices("supervision.types")
TASK_SOURCES = _choices("task.sources")
APPROVAL_BY_HEAD = _flag("approval.by_head")
EXCLUSION_REASONS = _choices("scope.exclusions")

# --- catalogue and libraries (一单两库) ---
ITEM_CATEGORIES = _choices("items.categories")
ITEM_FIELDS = _fields("items.fields")
ITEM_MUST_BE_PUBLISHED = _flag("items.must_be_published")
ITEMS_ENTRY_DUE: Key[Annual] = Key("items.entry_due", Annual)
TARGET_CLASSES = _choices("targets.classes")
TARGET_SUBTYPES = _choices("targets.subtypes")
TARGET_KINDS = _choices("targets.kinds")
TARGET_FIELDS = _fields("targets.fields")
LIBRARIES_DUE: Key[Annual] = Key("libraries.entry_due", Annual)
RISK_CLASSES = _choices("targets.risk_classes")
UPGRADE_TRIGGERS = _choices("targets.upgrade_triggers")
PERSON_CATEGORIES = _choices("people.categories")
PERSON_FIELDS = _fields("people.fields")
EXPERT_TYPES = _choices("people.expert_types")
GUIDELINES_DUE: Key[Annual] = Key("guidelines.due", Annual)

# --- plan and scheme (计划、方案) ---
ApprovalMode = Literal["enter", "report", "merge", "file", "approve", "publish"]
PLAN_DUE: Key[Annual] = Key("plan.due", Annual)
PLAN_APPROVAL: Key[tuple[ApprovalMode, ...]] = Key("plan.approval", tuple[ApprovalMode, ...])
PLAN_PUBLISHED_BY: Key[Literal["office", "department"]] = Key(
    "plan.published_by", Literal["office", "department"]
)
PLAN_CHANGE: Key[PlanChange] = Key("plan.change", PlanChange)
PLAN_FIELDS = _fields("plan.fields")
PLAN_LINE_REQUIRED = _flag("plan.line_required")
MIN_LED_JOINT = _count("plan.min_led_joint")
SCHEME_FIELDS = _fields("scheme.fields")
SCHEME_PUBLISHED = _flag("scheme.published")
SCHEME_DOCUMENTS: Key[Documents] = Key("scheme.documents", Documents)
RATIO_FLOOR: Key[RatioFloor] = Key("ratio.floor", RatioFloor)
RATIO_FLOOR_ROLE: Key[Literal["binding", "coverage_only"]] = Key(
    "ratio.floor_role", Literal["binding", "coverage_only"]
)
RATIO_BY_LEVEL: Key[tuple[LevelShare, ...]] = Key("ratio.by_level", tuple[LevelShare, ...])
RATIO_BASIS: Key[Literal["floor", "preset", "plan", "risk"]] = Key(
    "ratio.basis", Literal["floor", "preset", "plan", "risk"]
)
ITEM_CAP: Key[ItemCap] = Key("ratio.item_cap", ItemCap)
JOINT_SCOPE: Key[Literal["cross_department", "internal"]] = Key(
    "joint.scope", Literal["cross_department", "internal"]
)
JOINT_MODES: Key[tuple[JointMode, ...]] = Key("joint.modes", tuple[JointMode, ...])
JOINT_MODES_OPEN = _flag("joint.modes_open")
MIN_PARTICIPANTS = _count("joint.min_participants")

# --- draw and team (抽取、检查组) ---
DrawManner = Literal["by_scope", "by_ratio", "one_shot", "public_and_fair", "machine"]
DRAW_MANNER: Key[DrawManner] = Key("draw.manner", DrawManner)
DRAW_SCOPES = _choices("draw.scopes")
ONE_SHOT = _flag("draw.one_shot")
BATCH_ORDER_DRAWN = _flag("draw.batch_order")
REPEAT_GUARD: Key[RepeatGuard] = Key("draw.repeat_guard", RepeatGuard)
ANTI_ARBITRARY = _flag("draw.anti_arbitrary")
DRAW_WEIGHTED_BY_RISK = _flag("draw.weighted_by_risk")
OFFICER_CONSTRAINTS = _choices("draw.officer_constraints")
CONFIRM_TARGETS_DUE: Key[WorkingDays] = Key("draw.confirm_due", WorkingDays)
MIN_OFFICERS = _count("team.min_officers_per_department")
LEADER_FROM: Key[Literal["initiating"]] = Key("team.leader_from", Literal["initiating"])
LEADER_ROLE: Key[Literal["coordinates", "heads_team"]] = Key(
    "team.leader_role", Literal["coordinates", "heads_team"]
)
REPLACEMENT: Key[Replacement] = Key("team.replacement", Replacement)
PHONE_CONSENT = _flag("team.phone_consent_provisional")
ASSISTANTS_COUNT = _flag("team.assistants_count")

# --- visit (检查) ---
NOTICE_REQUIRED_FOR = _words("notice.required_for")
NOTICE_TEMPLATE: Key[Document] = Key("notice.template", Document)
NOTICE_CHANNELS = _choices("notice.channels")
NOTICE_EXEMPTIONS = _choices("notice.exemptions")
NOTICE_MATERIALS = _words("notice.materials")
METHODS = _choices("methods.allowed")
METHOD_DEFAULT = _text("methods.default")
METHODS_FORBIDDEN = _words("methods.forbidden")
NETWORK_FIRST: Key[Literal["mandatory", "optional", "encouraged"]] = Key(
    "methods.network_first", Literal["mandatory", "optional", "encouraged"]
)
EVIDENCE_ACTS = _choices("evidence.acts")
PHOTO_FOR_PROBLEM = _flag("evidence.photo_for_problem")
RECORD_TEMPLATE: Key[Document] = Key("record.template", Document)
RIGHTS_TOLD = _choices("rights.told")
CHECK_CODE_REQUIRED = _flag("check_code.required")
CHECK_CODE_BACKFILL: Key[DueRule] = Key("check_code.backfill", DueRule)
REFUSAL_REASONS = _choices("signature.refusal_reasons")
REFUSAL_REASON_REQUIRED = _flag("signature.refusal_reason_required")
PARTY_SIGNS = _flag("signature.party_signs")
WITNESS: Key[Literal["optional", "required"]] = Key("signature.witness", Literal["optional", "required"])
REFUSAL_RECORDING = _flag("signature.refusal_recording")
PAPER_IS_MASTER = _flag("signature.paper_is_master")
SITE_ENDINGS: Key[tuple[SiteEnding, ...]] = Key("site.endings", tuple[SiteEnding, ...])
RECUSAL_GROUNDS = _choices("site.recusal_grounds")
MEDIA_BASES = _choices("site.media_bases")
OBJECTION = _words("site.objection")
PUBLISHED_AFTERWARDS = _words("site.published")
KEEP_DAYS = _count("site.keep_days")
ORDER_BASIS = _text("order.basis")
ORDER_REMEDIES = _words("order.remedies")
RECOGNISED_DAYS = _count("recognised.within_days")
RECOGNISED_EVIDENCE = _flag("recognised.evidence")
CHECK_CODE_DAYS = _count("check_code.valid_days")
COPY_CODE_DAYS = _count("copy_code.valid_days")
NONCOOPERATION = _choices("noncooperation.circumstances")
NONCOOPERATION_FOOD = _choices("noncooperation.food")

# --- tablets (终端) ---
CLOCK_AMISS = _count("field.clock_amiss_minutes")
"""A tablet's clock that differs by more minutes from the server's is written down and shown."""

# --- results (结果) ---
DISPOSITIONS = _choices("results.dispositions")
DISPOSITIONS_ALONE = _words("results.dispositions_alone")
DISPOSITIONS_NOT_ON_SITE = _words("results.not_on_site")
FINDINGS: Key[tuple[Finding, ...]] = Key("results.findings", tuple[Finding, ...])
FINDING_EXCLUSIONS: Key[tuple[Exclusion, ...]] = Key("results.finding_exclusions", tuple[Exclusion, ...])
REGISTRARS = _words("results.registrars")
"""What the name of the department contains that keeps the register of enterprises (登记机关)."""
FINDING_ELSEWHERE = _text("results.finding_elsewhere")
"""What departments that do not keep it find where the ending is a violation of the register's rules (domain E.1)."""
FOLLOW_UPS = _choices("results.follow_ups")
RESULT_ENTRY_DUE: Key[DueRule] = Key("results.entry_due", DueRule)
ENTRY_COUNTED_BY: Key[Literal["server", "device"]] = Key(
    "results.entry_counted_by", Literal["server", "device"]
)
"""By whose clock an entry is late: that of the server, where this is silent, or that of the tablet (domain E.12)."""
OVERDUE_EFFECT: Key[Literal["circulated_and_assessed", "task_incomplete", "kpi"]] = Key(
    "results.overdue_effect", Literal["circulated_and_assessed", "task_incomplete", "kpi"]
)

# --- publication (公示) ---
PUBLICATION_DUE: Key[DueRule] = Key("publication.due", DueRule)
PUBLICATION_BACKSTOP: Key[WorkingDays] = Key("publication.backstop", WorkingDays)
PUBLICATION_AMBER = _count("publication.amber_working_days")
PUBLICATION_RATE: Key[Ratio] = Key("publication.rate", Ratio)
CHANNELS = _choices("publication.channels")
RESTRICTIONS = _choices("publication.restrictions")
PUBLIC_VIEWS: Key[tuple[PublicView, ...]] = Key("publication.public_views", tuple[PublicView, ...])
NEVER_PUBLIC = _words("publication.never")
NO_INDEX_FOR = _words("publication.no_index_for")
WITHDRAWAL_DUE: Key[WorkingDays] = Key("publication.withdrawal_due", WorkingDays)

# --- afterwards (后续) ---
SUPERVISION_SNAPSHOT: Key[WorkingDays] = Key("supervision.snapshot_at", WorkingDays)
SUPERVISION_ACTS = _choices("supervision.acts")
KPIS = _choices("supervision.kpis")
Owner = Literal["initiating", "department"]
CRIMINAL_OWNER: Key[Owner] = Key("transfer.criminal_owner", Owner)
OUTSIDE_OWNER: Key[Owner] = Key("transfer.outside_owner", Owner)
CRIMINAL_DECISION_DUE: Key[CalendarDays] = Key("transfer.criminal_decision_due", CalendarDays)
CRIMINAL_SEND_DUE: Key[Hours] = Key("transfer.criminal_send_due", Hours)
EVIDENCE_DECISION_DUE: Key[WorkingDays] = Key("case.evidence_decision_due", WorkingDays)
SPOT_PENALTY_PERSON = _count("case.spot_penalty_person_fen")
SPOT_PENALTY_ORGANISATION = _count("case.spot_penalty_organisation_fen")
ARCHIVE_OWNER: Key[Literal["initiating", "each"]] = Key("archive.owner", Literal["initiating", "each"])
ARCHIVE_CHECKLIST = _choices("archive.checklist")
REPORTS: Key[tuple[ReportDue, ...]] = Key("reports.due", tuple[ReportDue, ...])
STAGES: Key[tuple[Stage, ...]] = Key("campaign.stages", tuple[Stage, ...])
MILESTONES: Key[tuple[Milestone, ...]] = Key("campaign.milestones", tuple[Milestone, ...])
JOINT_COUNTS_ONCE = _flag("frequency.joint_counts_once")
FREQUENCY_CAPS: Key[tuple[FrequencyCap, ...]] = Key("frequency.caps", tuple[FrequencyCap, ...])
FREQUENCY_EXEMPT = _choices("frequency.exempt")
MUTUAL_RECOGNITION = _flag("frequency.mutual_recognition")
LOG_MONTHS = _count("security.log_months")
HASH = _text("security.hash")

"""The shapes of a rule profile's values: due rules, ratios, choices, forms, whitelists. Data only."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

StartEvent = Literal[
    "inspection_end",  # 检查结束
    "task_end",  # 抽查任务结束
    "task_deadline",  # 平台设定的抽查完成时限
    "result_entered",  # 结果录入
    "information_formed",  # 信息形成
    "decision_changed",  # 决定变更、撤销
    "evidence_registered",  # 证据先行登记保存
    "transfer_reported",  # 提出移送报告
    "transfer_approved",  # 批准移送
    "targets_drawn",  # 抽出检查对象
]


class Value(BaseModel):
    """Base of every value: immutable, and nothing in it that was not agreed on."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class WorkingDays(Value):
    """`n` working days after the day of `start`; that day itself is not counted."""

    unit: Literal["working_days"]
    n: Annotated[int, Field(ge=1)]
    start: StartEvent


class CalendarDays(Value):
    """`n` calendar days after the day of `start`; that day itself is not counted."""

    unit: Literal["calendar_days"]
    n: Annotated[int, Field(ge=1)]
    start: StartEvent


class Hours(Value):
    """`n` hours after `start`."""

    unit: Literal["hours"]
    n: Annotated[int, Field(ge=1)]
    start: StartEvent


class AtEvent(Value):
    """Due on the day of the event itself: a date that a task carries, or "at once"."""

    unit: Literal["event"]
    start: StartEvent


class Promptly(Value):
    """The source says 及时 and gives no number."""

    unit: Literal["promptly"]
    start: StartEvent


class Annual(Value):
    """A fixed day of every year; `last` is the month's last day."""

    unit: Literal["annual"] = "annual"
    month: Annotated[int, Field(ge=1, le=12)]
    day: Annotated[int, Field(ge=1, le=31)] | Literal["last"]


DueRule = Annotated[WorkingDays | CalendarDays | AtEvent | Promptly, Field(discriminator="unit")]


class Choice(Value):
    """One entry of an enumeration. `label` is the correct term, `printed` the source's own spelling."""

    code: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]
    label: str
    printed: str = ""
    article: str = ""


class Document(Value):
    """A legal basis or a template. `source_as_printed` keeps a misprint of the source; it is never cited."""

    title: str
    number: str = ""
    source_as_printed: str = ""


class Ratio(Value):
    """A ratio as two integers: canonical bytes know no floats."""

    num: Annotated[int, Field(ge=0)]
    den: Annotated[int, Field(ge=1)]


class RatioFloor(Ratio):
    """The least share of `denominator` to be checked in a year. The two denominators are not comparable."""

    denominator: Literal["supervised_targets", "enterprises"]


class LevelShare(Ratio):
    """What one level arranges of the floor. `more_than`: strictly more ("高于")."""

    level: Literal["province", "city", "county"]
    more_than: bool = False


class ItemCap(Value):
    """Whether an item of this category must have an upper limit of its ratio."""

    general: Literal["required", "none"]
    key: Literal["required", "none"]


class PlanChange(Value):
    """What a change of the annual plan needs."""

    approval: bool
    republish: bool
    refile: bool


class RepeatGuard(Value):
    """How often the same target may be drawn in a year, and the codes of what is not counted."""

    max_per_year: Annotated[int, Field(ge=1)]
    exceptions: tuple[str, ...]


class Replacement(Value):
    """When a drawn inspector may be replaced, and who consents."""

    allowed: Literal["exceptionally"]
    approver_role: Literal["responsible_leader"]
    choose_from: Literal["qualified"]
    reasons: tuple[Choice, ...]


class FrequencyCap(Value):
    """At most `most` checks of one enterprise in a year in a field, counted per agency level or over all."""

    field: str
    per: Literal["agency_level", "all_levels"]
    most: Annotated[int, Field(ge=1)]


FindingType = Literal[
    "normal", "problem", "corrected", "not_engaged", "closed", "non_cooperation", "terminated"
]


class Finding(Value):
    """One 抽查结果 of the national system: what was seen. `parent` is the group that it belongs to."""

    code: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,4}$")]
    label: str
    type: FindingType
    parent: str = ""


class Exclusion(Value):
    """None of `codes` may stand beside a finding of one of `types`."""

    codes: tuple[str, ...]
    types: tuple[FindingType, ...]


class CatalogueItem(Value):
    """A field of a form or a library; `sensitive` ones are never shown outside the department."""

    code: str
    label: str
    printed: str = ""
    sensitive: bool = False


class PublicField(Value):
    """A field that may be published, and how: as it is, a surname with stars, or the district only."""

    field: str
    label: str
    treatment: Literal["as_is", "surname_only", "district_only"]


class PublicView(Value):
    """The whitelist of one class of targets: what is not named here is not published."""

    target_class: Literal["enterprise", "sole_trader", "natural_person", "non_profit", "non_market"]
    fields: tuple[PublicField, ...]


class ReportDue(Value):
    """A report that departments owe: on fixed days, or without a date (定期)."""

    name: str
    due: Annual | None = None


class Stage(Value):
    """A stage of a campaign, both days included."""

    name: str
    first: Annual
    last: Annual


class Milestone(Value):
    """A target date of the source."""

    name: str
    on: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]


class SiteEnding(Value):
    """Why a check could not be carried out, and the least evidence for saying so (numbers are least numbers).
    ``finding`` is the code of the result that it amounts to, empty where it amounts to none."""

    code: Literal[
        "not_found", "closed", "moved", "deregistered", "revoked", "annulled", "entry_refused", "aborted"
    ]
    label: str
    article: str
    finding: str
    place: bool
    photos: Annotated[int, Field(ge=0, le=20)]
    attempts: Annotated[int, Field(ge=0, le=9)]
    witness: bool
    hint: str


class JointMode(Value):
    """A mode of joint check (联查模式) with its least number of participants and its leads."""

    code: str
    label: str
    scope: Literal["undirected", "directed", "any"]
    min_participants: Annotated[int, Field(ge=0)]
    leads: tuple[str, ...] = ()
    participants: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()

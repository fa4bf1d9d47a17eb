"""What a row of each registry holds. Pure.

Sources: check items S0-三(一)1, S2-9, S4-二(二); targets S0-三(一)2b-c, S1-二(三), S2-4, S2-10;
inspectors S0-三(一)2d-e, S1-二(四), S2-10(一); experts S1-二(四)b, S2-10(一)c.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from sync.words import Day, Line, Name, Registry, Text

Labels = tuple[Annotated[str, StringConstraints(min_length=1, max_length=60)], ...]
ContentLines = tuple[Annotated[str, StringConstraints(min_length=1, max_length=1000)], ...]
Number = Annotated[str, StringConstraints(max_length=64)]


class RegistryRow(BaseModel):
    """Base of the four rows. ``PRIVATE`` names the fields that the table layer seals.

    ``key`` is the natural identifier: unique within the registry, the same in every file about the thing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    KIND: ClassVar[Registry]
    PRIVATE: ClassVar[frozenset[str]] = frozenset()

    department: Name
    """The department that keeps the row (谁建立、谁使用、谁维护): full name."""
    name: Name

    @property
    def key(self) -> str:
        raise NotImplementedError

    @property
    def key_label(self) -> str:
        """The column that a clerk knows the key by."""
        raise NotImplementedError


TargetClass = Literal["profit", "non_profit", "non_market"]
Subtype = Literal[
    "company",  # 公司
    "enterprise",  # 非公司企业法人
    "partnership",  # 合伙企业
    "sole_proprietorship",  # 个人独资企业
    "cooperative",  # 农民专业合作社
    "branch",  # 分支机构
    "individual_business",  # 个体工商户
    "social_organisation",  # 社会组织
    "public_institution",  # 事业单位
    "product",  # 产品
    "project",  # 项目
    "behaviour",  # 行为
]
Status = Literal["active", "suspended", "cancelled", "revoked", "annulled", "moved_out"]


class TargetRow(RegistryRow):
    """One inspection target. Exactly one of ``uscc``, ``registration_no`` and ``own_no`` is its number:
    unlicensed operators, products, projects and behaviours carry the department's own number (S0-三(一)6c).

    The credit-risk class is for allocating resources inside the office and is never published (domain B.2).
    """

    KIND: ClassVar[Registry] = "targets"
    PRIVATE: ClassVar[frozenset[str]] = frozenset({"phone"})

    uscc: Number
    registration_no: Number
    own_no: Number
    target_class: TargetClass
    subtype: Subtype
    legal_representative: Line
    domicile: Line
    business_address: Line
    business_scope: Text
    established_on: Day | None
    phone: Line
    region: Line
    area: Line
    """Street or township: where teams travel."""
    industry: Line
    duties: Labels
    """Duty and licence labels that match items to targets (S1-二(三)a)."""
    licence_no: Line
    credit_risk: Literal["A", "B", "C", "D"] | None
    status: Status
    abnormal: bool
    """On the 经营异常名录."""
    serious_illegal: bool
    key_attention: bool
    many_complaints: bool

    @property
    def key(self) -> str:
        return self.uscc or self.registration_no or f"{self.department}/{self.own_no}"

    @property
    def key_label(self) -> str:
        return "统一社会信用代码/注册号" if self.uscc or self.registration_no else "自编号"


PersonCategory = Literal["civil_servant", "qualified", "daily"]


class InspectorRow(RegistryRow):
    """One officer or member of staff. Only who is ``certified_on`` that day counts (行政处罚法§42)."""

    KIND: ClassVar[Registry] = "inspectors"
    PRIVATE: ClassVar[frozenset[str]] = frozenset({"id_number", "phone"})

    id_number: Number
    gender: Literal["male", "female"] | None
    phone: Line
    certificate_no: Number
    certificate_issuer: Line
    certificate_from: Day | None
    certificate_to: Day | None
    division: Line
    specialties: Labels
    category: PersonCategory
    level: Literal["national", "province", "city", "county", "town"] | None
    scopes: Labels
    """执法领域: what the certificate is for; empty = everything the department does."""
    areas: Labels
    """Streets the person works in; empty = the whole district (全区)."""
    staff_no: Number
    certified: bool
    active: bool

    @property
    def key(self) -> str:
        return self.certificate_no or f"{self.department}/{self.staff_no}"

    @property
    def key_label(self) -> str:
        return "执法证号" if self.certificate_no else "工号"

    def certified_on(self, on: str) -> bool:
        """Whether the person holds a certificate that is valid on the day ``on`` (YYYY-MM-DD) and in service.

        A certificate without dates counts as valid: the import warns about it.
        """
        begun = self.certificate_from is None or self.certificate_from <= on
        lasting = self.certificate_to is None or on <= self.certificate_to
        return self.certified and self.active and begun and lasting


class CheckItemRow(RegistryRow):
    """One item of the catalogue (抽查事项清单, S0-三(一)1d). ``ratio_parts``: the ratio's number in parts per
    10,000, None where the text gives none; ``tags``: labels of the targets it fits, empty = any."""

    KIND: ClassVar[Registry] = "check_items"

    item_no: Number
    category: Literal["key", "general"]
    legal_basis: ContentLines
    target_text: Line
    content: Annotated[ContentLines, Field(min_length=1)]
    ratio_text: Line
    ratio_parts: Annotated[int, Field(ge=1, le=10_000)] | None
    methods: tuple[Literal["on_site", "documentary", "network", "sampling", "commissioned"], ...]
    requirement: Text
    tags: Labels
    evidence: Literal["on_nonconform", "always", "never"]
    guidance: ContentLines
    findings: ContentLines
    """What is typically found wrong: offered on the tablet as a start for the note."""
    duty_list_no: Number
    """Number in the 权力清单和责任清单 (S4-二(二)c)."""
    parent_no: Number
    """Number in the city's or province's catalogue that it follows (S1-一b)."""

    @property
    def key(self) -> str:
        return f"{self.department}/{self.item_no}"

    @property
    def key_label(self) -> str:
        return "事项编号"


class ExpertRow(RegistryRow):
    """An expert who may assist on top of the required officers and never conducts a check (S1-四(七)c)."""

    KIND: ClassVar[Registry] = "experts"
    PRIVATE: ClassVar[frozenset[str]] = frozenset({"phone"})

    expert_no: Number
    category: Literal["accounting", "testing", "research", "industry"]
    employer: Line
    title: Line
    specialties: Labels
    phone: Line
    engaged_to: Day | None

    @property
    def key(self) -> str:
        return self.expert_no

    @property
    def key_label(self) -> str:
        return "专家编号"

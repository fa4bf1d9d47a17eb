"""Each registry's columns, and what a whole row must satisfy beyond its single cells. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from backend.registry import codes
from backend.registry.codes import Fault
from backend.registry.columns import (
    Column,
    Reader,
    choice,
    choices,
    code,
    day,
    lines,
    names,
    phone,
    ratio,
    text_of,
    yes_no,
)
from backend.registry.headings import HEADINGS
from backend.registry.rows import (
    CheckItemRow,
    ExpertRow,
    InspectorRow,
    RegistryRow,
    TargetClass,
    TargetRow,
)
from sync.words import Registry

Values: TypeAlias = dict[str, Any]
Faults: TypeAlias = list[tuple[str, Fault]]


def _column(kind: Registry, field: str, read: Reader, required: bool = False) -> Column:
    label, *words = HEADINGS[kind][field]
    return Column(field, label, tuple(words), read, required)


# --- targets (检查对象) ---


CLASS_OF: dict[str, TargetClass] = {
    **dict.fromkeys(("social_organisation", "public_institution"), "non_profit"),
    **dict.fromkeys(("product", "project", "behaviour"), "non_market"),
}
"""Subtype → class; every other subtype is a 营利性市场主体 (S2-4)."""

SUBTYPES: dict[str, str] = {
    "农民专业合作社": "cooperative",
    "专业合作": "cooperative",
    "个体": "individual_business",
    "分公司": "branch",
    "分支机构": "branch",
    "营业单位": "branch",
    "合伙": "partnership",
    "个人独资": "sole_proprietorship",
    "有限责任公司": "company",
    "有限公司": "company",
    "股份": "company",
    "非公司": "enterprise",
    "全民所有制": "enterprise",
    "集体所有制": "enterprise",
    "企业法人": "enterprise",
    "公司": "company",
    "社会团体": "social_organisation",
    "民办非企业": "social_organisation",
    "社会服务机构": "social_organisation",
    "基金会": "social_organisation",
    "社会组织": "social_organisation",
    "事业单位": "public_institution",
    "产品": "product",
    "项目": "project",
    "行为": "behaviour",
}
_CLASSES = {
    "非市场主体": "non_market",
    "非营利性市场主体": "non_profit",
    "非营利": "non_profit",
    "营利性市场主体": "profit",
    "营利": "profit",
}
_RISK = {
    **{x: x for x in "ABCD"},
    **{f"{x}类": x for x in "ABCD"},
    **{f"{x}级": x for x in "ABCD"},
    "低": "A",
    "低风险": "A",
    "信用风险低": "A",
    "一般": "B",
    "一般风险": "B",
    "信用风险一般": "B",
    "较高": "C",
    "较高风险": "C",
    "信用风险较高": "C",
    "高": "D",
    "高风险": "D",
    "信用风险高": "D",
}
_STATUS = {
    "存续": "active",
    "在业": "active",
    "开业": "active",
    "正常": "active",
    "在营": "active",
    "有效": "active",
    "歇业": "suspended",
    "停业": "suspended",
    "关闭": "suspended",
    "注销": "cancelled",
    "吊销": "revoked",
    "撤销": "annulled",
    "迁出": "moved_out",
}


def _target_number(cell: object) -> tuple[Any, Fault | None]:
    """18 characters: 统一社会信用代码. 15 digits: 注册号. 9 characters: an organisation code, a fault."""
    text, fault = code(cell)
    if fault or not text or text in {"-", "无"}:
        return "", fault
    if len(text) == 15 and text.isdigit():
        fault = codes.registration_fault(text)
        if fault and fault.code == "registration_check":
            # The rule of the old numbers was not read in the standard itself, so it warns and does not stop.
            return text, Fault(fault.code, fault.problem, "warning")
        return text, fault
    if codes.organisation_fault(text) is None:
        return text, Fault("only_organisation_code", "只填了 9 位组织机构代码，请改填 18 位统一社会信用代码")
    return text, codes.uscc_fault(text)


def _complete_target(values: Values, as_of: date) -> Faults:
    faults: Faults = []
    number = values.pop("number")
    values["uscc"] = number if len(number) == 18 else ""
    values["registration_no"] = number if len(number) == 15 else ""
    if number:
        values["own_no"] = ""
    elif not values["own_no"]:
        faults.append(("number", Fault("number_missing", "没有填写；没有代码的检查对象请填“自编号”")))
    if not values["department"]:
        faults.append(("department", Fault("required", "没有填写")))
    subtype = values["subtype"] or _subtype_of_code(values["uscc"])
    if subtype is None:
        faults.append(("subtype", Fault("subtype_missing", "没有填写，也无法由代码判断")))
    elif not values["subtype"]:
        faults.append(("subtype", Fault("subtype_from_code", "没有填写，已按代码前两位判断", "warning")))
    values["subtype"] = subtype
    said = values["target_class"]
    values["target_class"] = CLASS_OF.get(subtype or "", "profit")
    if said and subtype and said != values["target_class"]:
        faults.append(("target_class", Fault("class_contradicts", "与主体类型不一致")))
    if values["own_no"] and subtype and values["target_class"] != "non_market":
        faults.append(("number", Fault("unlicensed", "没有填写，按无证照检查对象以自编号登记", "warning")))
    if values["established_on"] and values["established_on"] > as_of.isoformat():
        faults.append(("established_on", Fault("date_in_future", f"{values['established_on']} 晚于今天")))
    for name in ("abnormal", "serious_illegal", "key_attention", "many_complaints"):
        values[name] = bool(values[name])
    values["status"] = values["status"] or "active"
    if values["target_class"] != "non_market":
        # S0-三(一)2c lists eight facts; a gap is the keeper's to fill and stops nothing.
        for name in ("legal_representative", "domicile", "business_scope", "established_on", "phone"):
            if values[name] in (None, ""):
                faults.append((name, Fault("fact_missing", "没有填写", "warning")))
    return faults


def _subtype_of_code(uscc: str) -> str | None:
    kinds = {"92": "individual_business", "93": "cooperative", "12": "public_institution"}
    if uscc[:2] in kinds:
        return kinds[uscc[:2]]
    return "social_organisation" if uscc[:1] == "5" else None


TARGET_COLUMNS = (
    _column("targets", "name", text_of(120), True),
    _column("targets", "number", _target_number),
    _column("targets", "own_no", code),
    _column("targets", "target_class", choice(_CLASSES, within=True)),
    _column("targets", "subtype", choice(SUBTYPES, within=True)),
    _column("targets", "legal_representative", text_of(120)),
    _column("targets", "domicile", text_of(300)),
    _column("targets", "business_address", text_of(300)),
    _column("targets", "business_scope", text_of(4000)),
    _column("targets", "established_on", day),
    _column("targets", "phone", phone),
    _column("targets", "region", text_of(60)),
    _column("targets", "area", text_of(60)),
    _column("targets", "industry", text_of(60)),
    _column("targets", "duties", names),
    _column("targets", "licence_no", text_of(120)),
    _column("targets", "credit_risk", choice(_RISK)),
    _column("targets", "status", choice(_STATUS, within=True)),
    _column("targets", "abnormal", yes_no),
    _column("targets", "serious_illegal", yes_no),
    _column("targets", "key_attention", yes_no),
    _column("targets", "many_complaints", yes_no),
    _column("targets", "department", text_of(120)),
)
_CATEGORIES = {
    "行政执法类公务员": "civil_servant",
    "公务员": "civil_servant",
    "有行政执法资格的工作人员": "qualified",
    "有执法资格": "qualified",
    "执法资格": "qualified",
    "从事日常监管工作的人员": "daily",
    "日常监管": "daily",
    "日常监督": "daily",
}
_LEVELS = {
    "国家": "national",
    "省": "province",
    "乡": "town",
    "镇": "town",
    "街道": "town",
    "区": "county",
    "县": "county",
    "市": "city",
}


def _id_number(as_of: date, values: Values) -> Faults:
    number = values["id_number"]
    if not number:
        return [("id_number", Fault("fact_missing", "没有填写", "warning"))]
    fault = codes.id_fault(number, as_of)
    if fault:
        return [("id_number", fault)]
    by_number = "male" if int(number[16]) % 2 else "female"
    if values["gender"] and values["gender"] != by_number:
        return [("gender", Fault("gender_contradicts", "与身份证号第 17 位不一致", "warning"))]
    return []


def _complete_inspector(values: Values, as_of: date) -> Faults:
    faults = _id_number(as_of, values)
    if not values["department"]:
        faults.append(("department", Fault("required", "没有填写")))
    certificate = values["certificate_no"]
    said = values.pop("holds")
    if said and not certificate:
        faults.append(("certificate_no", Fault("certificate_missing", "没有填写，但写明持证")))
    values["certified"] = bool(certificate) and said is not False
    values["active"] = values["active"] is not False
    values["areas"] = tuple(a for a in values["areas"] if a not in {"全区", "全县", "全域", "不限"})
    if not certificate:
        if not values["staff_no"]:
            faults.append(("certificate_no", Fault("number_missing", "没有填写；无证人员请填“工号”以便区分")))
        if values["category"] in ("civil_servant", "qualified"):
            faults.append(
                ("category", Fault("category_contradicts", "写明有执法资格，但没有执法证号", "warning"))
            )
    begun, ends = values["certificate_from"], values["certificate_to"]
    if begun and ends and ends < begun:
        faults.append(("certificate_to", Fault("dates_reversed", "早于有效期起")))
    elif certificate and ends and ends < as_of.isoformat():
        faults.append(
            ("certificate_to", Fault("certificate_expired", f"已于 {ends} 到期，不能参加抽取", "warning"))
        )
    elif certificate and not ends:
        faults.append(("certificate_to", Fault("fact_missing", "没有填写，暂按有效处理", "warning")))
    for name in ("phone", "certificate_issuer") if certificate else ("phone",):
        if not values[name]:
            faults.append((name, Fault("fact_missing", "没有填写", "warning")))
    return faults


INSPECTOR_COLUMNS = (
    _column("inspectors", "name", text_of(120), True),
    _column("inspectors", "id_number", code),
    _column("inspectors", "gender", choice({"男": "male", "女": "female"})),
    _column("inspectors", "phone", phone),
    _column("inspectors", "certificate_no", code),
    _column("inspectors", "certificate_issuer", text_of(120)),
    _column("inspectors", "certificate_from", day),
    _column("inspectors", "certificate_to", day),
    _column("inspectors", "department", text_of(120)),
    _column("inspectors", "division", text_of(120)),
    _column("inspectors", "specialties", names),
    _column("inspectors", "category", choice(_CATEGORIES, within=True), True),
    _column("inspectors", "level", choice(_LEVELS, within=True)),
    _column("inspectors", "scopes", names),
    _column("inspectors", "areas", names),
    _column("inspectors", "staff_no", code),
    _column("inspectors", "holds", yes_no),
    _column("inspectors", "active", yes_no),
)


# --- check items (抽查事项) ------------------------------------------------------------------------

_METHODS = {
    "实地": "on_site",
    "现场": "on_site",
    "书面": "documentary",
    "网络": "network",
    "抽样": "sampling",
    "检测": "sampling",
    "委托": "commissioned",
}
_EVIDENCE = {
    "不符合时拍照": "on_nonconform",
    "不符合时": "on_nonconform",
    "发现问题时": "on_nonconform",
    "必须拍照": "always",
    "必拍": "always",
    "全部": "always",
    "无需": "never",
    "不需要": "never",
}


def _complete_item(values: Values, as_of: date) -> Faults:
    faults: Faults = []
    values["ratio_text"], values["ratio_parts"] = values.pop("ratio")
    values["evidence"] = values["evidence"] or "on_nonconform"
    if not values["department"]:
        faults.append(("department", Fault("required", "没有填写")))
    if not any("《" in basis and "第" in basis and "条" in basis for basis in values["legal_basis"]):
        faults.append(("legal_basis", Fault("basis_unclear", "没有写明法律名称和条款", "warning")))
    if any(len(basis) > 300 for basis in values["legal_basis"]):
        # The tablet's packet carries a basis as one line.
        faults.append(("legal_basis", Fault("text_too_long", "每条不得超过 300 字，请按法律分行填写")))
    if values["category"] == "general" and values["ratio_parts"] is None:
        # S0-三(一)1c: a general item has an upper cap.
        faults.append(("ratio", Fault("cap_missing", "没有写明一般检查事项的比例上限", "warning")))
    if not values["methods"]:
        faults.append(("methods", Fault("method_default", "没有写明，按实地核查处理", "warning")))
        values["methods"] = ("on_site",)
    return faults


CHECK_ITEM_COLUMNS = (
    _column("check_items", "item_no", code, True),
    _column("check_items", "department", text_of(120)),
    _column("check_items", "name", text_of(120), True),
    _column(
        "check_items",
        "category",
        choice({"重点": "key", "重点检查事项": "key", "一般": "general", "一般检查事项": "general"}),
        True,
    ),
    _column("check_items", "legal_basis", lines, True),
    _column("check_items", "target_text", text_of(300), True),
    _column("check_items", "content", lines, True),
    _column("check_items", "ratio", ratio),
    _column("check_items", "methods", choices(_METHODS)),
    _column("check_items", "requirement", text_of(4000)),
    _column("check_items", "tags", names),
    _column("check_items", "evidence", choice(_EVIDENCE, within=True)),
    _column("check_items", "guidance", lines),
    _column("check_items", "findings", lines),
    _column("check_items", "duty_list_no", code),
    _column("check_items", "parent_no", code),
)


def _complete_expert(values: Values, as_of: date) -> Faults:
    faults: Faults = []
    if not values["department"]:
        faults.append(("department", Fault("required", "没有填写")))
    if values["engaged_to"] and values["engaged_to"] < as_of.isoformat():
        faults.append(
            ("engaged_to", Fault("engagement_over", f"已于 {values['engaged_to']} 到期", "warning"))
        )
    return faults


EXPERT_COLUMNS = (
    _column("experts", "expert_no", code, True),
    _column("experts", "name", text_of(120), True),
    _column(
        "experts",
        "category",
        choice(
            {
                "会计": "accounting",
                "审计": "accounting",
                "检测": "testing",
                "检验": "testing",
                "科研": "research",
                "院所": "research",
                "高校": "research",
                "行业": "industry",
            },
            within=True,
        ),
        True,
    ),
    _column("experts", "employer", text_of(300), True),
    _column("experts", "title", text_of(120)),
    _column("experts", "specialties", names, True),
    _column("experts", "phone", phone),
    _column("experts", "engaged_to", day),
    _column("experts", "department", text_of(120)),
)


@dataclass(frozen=True, slots=True)
class RegistrySpec:
    """A registry: its model, its columns, and what a whole row must satisfy beyond its single cells.

    ``complete`` rounds off the values in place (derived fields, defaults) and answers (field, fault) pairs.
    """

    label: str
    model: type[RegistryRow]
    columns: tuple[Column, ...]
    complete: Callable[[Values, date], Faults]


REGISTRIES: dict[Registry, RegistrySpec] = {
    "targets": RegistrySpec("检查对象名录库", TargetRow, TARGET_COLUMNS, _complete_target),
    "inspectors": RegistrySpec("执法检查人员名录库", InspectorRow, INSPECTOR_COLUMNS, _complete_inspector),
    "check_items": RegistrySpec("抽查事项清单", CheckItemRow, CHECK_ITEM_COLUMNS, _complete_item),
    "experts": RegistrySpec("专家库", ExpertRow, EXPERT_COLUMNS, _complete_expert),
}

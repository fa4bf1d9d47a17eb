"""The words that screens and forms use for the registries' values. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

CLASSES: Mapping[str, str] = {
    "profit": "营利性市场主体",
    "non_profit": "非营利性市场主体",
    "non_market": "非市场主体",
}
SUBTYPES: Mapping[str, str] = {
    "company": "公司",
    "enterprise": "非公司企业法人",
    "partnership": "合伙企业",
    "sole_proprietorship": "个人独资企业",
    "cooperative": "农民专业合作社",
    "branch": "分支机构",
    "individual_business": "个体工商户",
    "social_organisation": "社会组织",
    "public_institution": "事业单位",
    "product": "产品",
    "project": "项目",
    "behaviour": "行为",
}
RISKS: Mapping[str, str] = {
    "A": "A 类（低）",
    "B": "B 类（一般）",
    "C": "C 类（较高）",
    "D": "D 类（高）",
    "": "未分类",
}
STATUSES: Mapping[str, str] = {
    "active": "存续",
    "suspended": "停业",
    "cancelled": "注销",
    "revoked": "吊销",
    "annulled": "撤销",
    "moved_out": "迁出",
}
ITEM_CATEGORIES: Mapping[str, str] = {"key": "重点检查事项", "general": "一般检查事项"}
METHODS: Mapping[str, str] = {
    "on_site": "实地核查",
    "documentary": "书面检查",
    "network": "网络监测",
    "sampling": "抽样检测",
    "commissioned": "委托专业机构",
}
EVIDENCE: Mapping[str, str] = {"on_nonconform": "不符合时拍照", "always": "必须拍照", "never": "无需拍照"}
PERSON_CATEGORIES: Mapping[str, str] = {
    "civil_servant": "行政执法类公务员",
    "qualified": "有行政执法资格的工作人员",
    "daily": "从事日常监管工作的人员",
}
LEVELS: Mapping[str, str] = {
    "national": "国家",
    "province": "省级",
    "city": "市级",
    "county": "区县级",
    "town": "乡镇（街道）",
}
EXPERT_CATEGORIES: Mapping[str, str] = {
    "accounting": "会计、审计机构",
    "testing": "检测机构",
    "research": "科研院所",
    "industry": "行业专家",
}
GENDERS: Mapping[str, str] = {"male": "男", "female": "女"}

VALUES: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("targets", "target_class"): CLASSES,
    ("targets", "subtype"): SUBTYPES,
    ("targets", "credit_risk"): RISKS,
    ("targets", "status"): STATUSES,
    ("check_items", "category"): ITEM_CATEGORIES,
    ("check_items", "methods"): METHODS,
    ("check_items", "evidence"): EVIDENCE,
    ("inspectors", "category"): PERSON_CATEGORIES,
    ("inspectors", "level"): LEVELS,
    ("inspectors", "gender"): GENDERS,
    ("experts", "category"): EXPERT_CATEGORIES,
}
"""(registry, field) → value → word."""


def representative_label(subtype: str) -> str:
    """What the person in charge is called: 法定代表人 only where the law knows one (look.md)."""
    if subtype == "individual_business":
        return "经营者"
    if subtype in ("branch", "product", "project", "behaviour"):
        return "负责人"
    return {"partnership": "执行事务合伙人", "sole_proprietorship": "投资人"}.get(subtype, "法定代表人")


def item_heading(name: str) -> str:
    """对__的行政检查: the title over an item's block of the record form, from the item's name."""
    stem = re.sub(r"(?:情况)?的?(?:专项|日常|行政)?(?:监督)?(?:检查|抽查|监管)$", "", name) or name
    return f"对{stem}的行政检查"

"""What the sources print, sign by sign. The one place of printed labels.

A form is reproduced with its misprints (附件1 prints 社会统一信用代码 and 适合法律); the screens say the correct terms
(`label` of the packet, 统一社会信用代码, 适用法律). ``{}`` is a blank that is filled.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from sync.words import Disposition

Form = Literal["annex1", "annex2", "summary", "check", "letter", "sheet", "order", "self_check"]

ANNEX_1: Mapping[str, str] = {
    "form": "实地核查记录表",
    "name": "企业名称",
    "code": "社会统一信用代码/注册号",
    "district": "所属区县",
    "licence": "证件（照）号码",
    "representative": "法定代表人姓名",
    "address": "经营地址",
    "phone": "联系电话",
    "behaviour": "对{}行为的监管",
    "block": "对{}的行政检查",
    "routine": "日常检查：",
    "routine_item": "对{}的监管",
    "law": "适合法律：",
    "special": "专项检查：",
    "results": "检查结果：",
    "remark": "备注",
    "target_seal": "被核查单位盖章：",
    "inspector_seal": "核查人盖章：",
    "party": "负责人签字：",
    "inspectors": "核查人签字：",
    "witness": "见证人签字：",
    "time": "核查时间：",
}
"""S1 annex 1, 实地核查记录表."""

RESULTS: Mapping[Disposition, str] = {
    "NO_PROBLEM_TERMINATED_AND_INFORMED": "未发现问题终止检查并向监管对象告知检查结果",
    "ADMIN_ORDER": "发现问题作出责令改正等行政命令",
    "ADMIN_GUIDANCE": "发现问题做出行政指导",
    "ADMIN_PENALTY": "发现问题作出行政处罚决定",
    "ADMIN_COERCION": "发现问题作出行政强制决定",
    "OTHER_ADMIN_ACT": "发现问题作出其他具体行政行为",
}
"""The six boxes of S1 annex 1, in its order (it prints 做出 in the third)."""

ANNEX_2: Mapping[str, str] = {
    "form": "行政检查通知书",
    "year": "部门联合双随机抽检字【",
    "serial": "】第",
    "serial_end": "号",
    "addressee": "：",
    "basis": "根据",
    "planned": "等相关要求，我单位定于{}年{}月{}日，对你单位实施行政检查。",
    "items": "检查事项如下：",
    "first_item": "对{}的督查",
    "item": "对{}的监管",
    "please": "请你单位对行政检查工作予以积极配合。",
    "inspectors": "执法检查人员签字：",
    "party": "当事人签字：",
    "phone": "联系电话：",
    "date": "{}年{}月{}日",
}
"""S1 annex 2, 行政检查通知书. Its first row says 督查, the second 监管; further rows follow the second."""

SUMMARY: Mapping[str, str] = {
    "form": "联合随机抽查结果记录表",
    "name": "市场主体名称",
    "code": "统一社会信用代码或注册号",
    "kind": "市场主体类型",
    "representative": "法定代表人",
    "address": "住所",
    "phone": "联系电话",
    "mode": "抽查模式",
    "organisation": "检查部门",
    "number": "序号",
    "item": "抽查事项",
    "method": "抽查方式",
    "found": "抽查结果",
    "note": "发现的问题",
    "basis": "抽查依据",
    "results": "处理情况",
    "remark": "备注",
    "inspectors": "执法检查人员签字：",
    "party": "抽查对象签字：",
    "witness": "见证人签字：",
    "time": "抽查时间：",
}
"""S0 names 联合随机抽查结果记录表 without printing it: its words of 三(一)2 and 三(一)4."""

CHECK: Mapping[str, str] = {
    **SUMMARY,
    "form": "检查记录表",
    "name": "检查对象",
    "kind": "检查对象类型",
    "mode": "联合抽查方式",
    "method": "检查方式",
    "note": "违法违规等情况",
    "party": "检查对象签字：",
    "time": "检查时间：",
}
"""S2 names 检查记录表 (第十六条(三)) without printing it: its words of 第四条 and 第十六条."""

LETTER: Mapping[str, str] = {
    "form": "联合随机抽查告知书",
    "number": "编号：{}",
    "addressee": "：",
    "basis": "根据",
    "planned": "等相关要求，联合抽查组定于{}年{}月{}日对你单位开展部门联合“双随机、一公开”抽查。",
    "items": "抽查事项：",
    "please": "请提前准备与上述事项有关的材料，并予以配合。",
    "inspectors": "执法检查人员签字：",
    "party": "当事人签字：",
    "phone": "联系电话：",
    "date": "{}年{}月{}日",
}
"""S0 names 联合随机抽查告知书, S2-16(二) says what is told: the time, the items, the material to prepare."""

OWNER: Mapping[str, str] = {
    "form": "检查结果告知单",
    "to": "{}：",
    "about": "{} 由{}对你单位进行了部门联合“双随机、一公开”检查（编号 {}），现将结果告知如下。",
    "found": "检查发现",
    "mend": "需要改正",
    "added": "补充记录",
    "published": "结果公示",
    "object": "如有异议",
    "fetch": "领取检查记录全文",
    "typed": "扫码，或在公示网站输入编码：{}",
    "until": "有效期至 {}",
}
"""The owner's sheet after the visit (G.9): our own words, after no printed form."""

ORDER: Mapping[str, str] = {
    "form": "责令改正通知书",
    "limited": "责令限期改正通知书",
    "number": "编号：{}-改{}",
    "to": "{}：",
    "about": "{} 我单位对你单位进行检查，发现下列问题，现责令改正。",
    "found": "发现的问题",
    "demand": "改正要求",
    "due": "请于 {} 前改正完毕，并将改正情况书面报告我单位。",
    "at_once": "请立即改正，并将改正情况书面报告我单位。",
    "basis": "依据",
    "remedies": "权利和救济",
    "signing": "签字和送达",
    "officer": "执法检查人员签字：　　　　　　　　执法证号：　　　　　　　　",
    "party": "当事人签收：　　　　　　　　　　　　　　年　　月　　日",
    "seal": "{}（盖章）　　　　　　年　　月　　日",
}
"""An order to mend (责令改正, 限期改正): our own words, since no source prints a form. Signed by hand."""

SELF_CHECK: Mapping[str, str] = {
    "form": "检查前自查表",
    "to": "{}：",
    "about": "我单位拟于 {} 到你单位检查下列事项（编号 {}）。请你单位先行对照自查，能改正的及时改正。",
    "only": "本表供自查，不作为检查结论，不收取、不公示。",
    "number": "序号",
    "item": "自查事项",
    "content": "内容：",
    "basis": "依据：",
    "no_text": "内容和依据还没有下载到本机，请联网同步后再打印。",
    "found": "自查结果",
    "conform": "☐符合",
    "nonconform": "☐不符合",
    "not_applicable": "☐不适用",
    "note": "备注（问题和改正情况）",
    "by": "自查人：",
    "day": "自查日期：{}年{}月{}日",
}
"""The owner's own check before the visit (自查表, G.9): our own words, after no printed form. What stands at an item is
what the public list of items shows of it: guidance (检查指引) is for those who check."""

FORMS: Mapping[Form, Mapping[str, str]] = {
    "annex1": ANNEX_1,
    "annex2": ANNEX_2,
    "summary": SUMMARY,
    "check": CHECK,
    "letter": LETTER,
    "sheet": OWNER,
    "order": ORDER,
    "self_check": SELF_CHECK,
}
"""Every form by its name, which is also the name of its layout; the check record is laid out as the summary."""

ADDED: Mapping[str, str] = {
    "items": "附：检查事项记录",
    "site": "附：现场情况",
    "later": "附：签字以后的记载（不属于所签内容）",
    "photos": "附：现场照片",
    "code": "记录校验码",
    "scan": "扫码得完整校验值",
    "demo": "演示数据，人员与单位均为虚构",
    "materials": "附：请准备的材料",
    "unfinished": "检查尚未结束，本件为过程稿",
    "form_number": "文书编号：{}",
    "missing": "照片还没有收到",
    "unreadable": "照片暂时无法读取",
    "page": "第 {} 页 共 {} 页",
}
"""What we add around the forms: outside their frames, in our own words."""


def record_form(template: str, title: str) -> Form:
    """The form of a record: S1 annex 1 for its template, unless the place's profile names another one.

    ``title`` is the profile's name of the form (record.template). Raises KeyError for an unknown template."""
    if template != "field_record.s1.1":
        raise KeyError(template)
    if title.endswith(ANNEX_1["form"]):
        return "annex1"
    return "summary" if "抽查结果" in title else "check"


def notice_form(title: str) -> Form:
    """The form of a notice by the profile's name of it (notice.template)."""
    return "annex2" if title.endswith(ANNEX_2["form"]) else "letter"

"""Makes the fictional district's files: ``python -m backend.demo.make [FOLDER]``. The same bytes every time.

Nothing in them exists: the region code 500199 is assigned to no district, telephone numbers begin with zeros or
an unassigned prefix, every name of a firm or office says 虚构. Check characters are valid, so that the files go
through the same reading as real ones.
"""

from __future__ import annotations

import csv
import io
import random
import sys
import tomllib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import xlsxwriter

from backend.registry import codes

HERE = Path(__file__).parent
REGION = "500199"
CREATED = datetime(2025, 1, 6, 9, 0)  # noqa: DTZ001 - written into the files, where no zone is kept
TODAY = date(2025, 1, 6)
FICTION = "（虚构）"

STREETS = (
    "云栖街道", "松岭街道", "望江街道", "石桥街道", "桐花街道", "青溪街道",
    "鹿鸣街道", "晴川街道", "竹里镇", "双河镇", "古渡镇", "茶园镇",
)  # fmt: skip
ROADS = ("银杏路", "望江大道", "桐花巷", "石桥街", "春晖路", "栖云路", "听泉路", "丰谷路", "渡口街", "茶山路")
FIRST = "松竹云溪禾青晴岚桐渡鹿鸣泉谷星川棠梧沐汀澄芷萱榆"
SECOND = "涛茂和源丰裕达盛宁华悦安诚恒润泽"
SURNAMES = "祁南柏江卫苗凤花方俞任袁柳鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄"
GIVEN = "一之子文若雨思清明远书知行以宁安和景星云舟川禾木林青山石泉月白夏秋冬晓朗乔恬悠然"
RISKS = ("A",) * 42 + ("B",) * 43 + ("C",) * 12 + ("D",) * 3
KINDS = {
    "企": ("有限责任公司", "91", "有限公司"),
    "体": ("个体工商户", "92", ""),
    "社": ("农民专业合作社", "93", "专业合作社"),
    "合": ("普通合伙企业", "91", "合伙企业"),
    "独": ("个人独资企业", "91", ""),
    "分": ("有限责任公司分公司", "91", "有限公司渝岭分公司"),
    "法": ("全民所有制", "91", "总公司"),
}
TARGET_HEAD = (
    "序号", "企业名称", "统一社会信用代码/注册号", "对象编号", "主体类别", "主体类型", "法定代表人（负责人）", "住所",
    "经营场所", "经营范围", "成立日期", "联系电话", "行政区划", "所属街道", "行业代码", "监管标签", "信用风险分类",
    "登记状态", "是否列入经营异常名录", "是否严重违法失信", "是否重点关注", "投诉举报较多", "监管部门",
)  # fmt: skip


class Maker:
    """One seeded source of chance, and the numbers and names that were given out already."""

    def __init__(self) -> None:
        self.chance = random.Random("渝岭区")  # noqa: S311 - demo data must be the same every time
        self.serial = 0
        self.used: set[str] = set()
        self.organisations = {r["slug"]: r for r in _organisations()}
        self.trades = tomllib.loads((HERE / "trades.toml").read_text("utf-8"))

    def person(self) -> str:
        """A name that nobody else in the files has."""
        while True:
            length = self.chance.choice((1, 2, 2))
            name = self.chance.choice(SURNAMES) + "".join(self.chance.sample(GIVEN, length))
            if name not in self.used:
                self.used.add(name)
                return name

    def firm(self, noun: str, ending: str) -> str:
        while True:
            name = f"渝岭{self.chance.choice(FIRST)}{self.chance.choice(SECOND)}"
            name += f"{noun}{ending}{FICTION}"
            if name not in self.used:
                self.used.add(name)
                return name
            noun = self.chance.choice(FIRST) + noun

    def number(self, kind: str) -> str:
        self.serial += 1
        return codes.make_uscc(kind, REGION, f"YL{self.serial:06d}")

    def phone(self) -> str:
        return f"023-0000{self.chance.randrange(10_000):04d}"

    def place(self) -> tuple[str, str]:
        street = self.chance.choice(STREETS)
        house = self.chance.randrange(1, 400)
        return street, f"渝岭区{street}{self.chance.choice(ROADS)}{house}号"

    def founded(self) -> str:
        return (date(2003, 3, 1) + timedelta(days=self.chance.randrange(7900))).isoformat()

    def short(self, slug: str) -> str:
        return self.organisations[slug]["short_name"]

    # --- targets ----------------------------------------------------------------------------------------------

    def subject(self, trade: dict[str, Any], slug: str) -> list[str]:
        """One profit-making target as a row without its running number."""
        chance = self.chance
        mark = chance.choice(trade["kinds"])
        kind, first, ending = KINDS[mark]
        # Some older sole traders still have only the 15-digit number.
        old = mark == "体" and chance.random() < 0.05
        number = codes.make_registration(f"{REGION}6{self.old_serial():07d}") if old else self.number(first)
        street, address = self.place()
        risk = chance.choice(RISKS) if not (mark == "体" and chance.random() < 0.1) else ""
        roll = chance.random()
        status = "注销" if roll < 0.006 else "吊销" if roll < 0.01 else "停业" if roll < 0.02 else "存续"
        name = self.firm(chance.choice(trade["nouns"]), ending)
        flags = [self.flag(risk, 0.02), self.flag(risk, 0.003), self.flag(risk, 0.01), self.flag(risk, 0.01)]
        scope, tags = trade["scope"], "、".join(trade["tags"])
        return [
            name, number, "", "营利性市场主体", kind, self.person(), address, address, scope, self.founded(),
            self.phone(), REGION, street, trade["code"], tags, risk, status, *flags, self.short(slug),
        ]  # fmt: skip

    def old_serial(self) -> int:
        self.serial += 1
        return self.serial

    def flag(self, risk: str, share: float) -> str:
        return "是" if self.chance.random() < share * (8 if risk in ("C", "D") else 1) else "否"

    def body(self, spec: dict[str, Any]) -> list[str]:
        """One non-profit target."""
        street, address = self.place()
        name = self.firm(self.chance.choice(spec["nouns"]), "")
        risk = self.chance.choice(RISKS)
        return [
            name, self.number(spec["kind"]), "", "非营利性市场主体", spec["type"], self.person(), address, address,
            spec["scope"], self.founded(), self.phone(), REGION, street, "", "、".join(spec["tags"]), risk, "存续",
            "否", "否", "否", "否", self.short(spec["d"]),
        ]  # fmt: skip

    def thing(self, spec: dict[str, Any], serial: int) -> list[str]:
        """One product, project or behaviour with the department's own number."""
        street, address = self.place()
        name = self.firm(self.chance.choice(spec["nouns"]), "")
        return [
            name, "", f"{spec['prefix']}-2025-{serial:03d}", "非市场主体", spec["type"], self.person(), "", address, "",
            "", self.phone(), REGION, street, "", "、".join(spec["tags"]), "", "存续", "否", "否", "否", "否",
            self.short(spec["d"]),
        ]  # fmt: skip

    def targets(self) -> list[list[str]]:
        """2,900 rows of all three classes: the district's workbook."""
        rows = [self.body(s) for s in self.trades["non_profit"] for _ in range(s["share"])]
        for spec in self.trades["non_market"]:
            rows += [self.thing(spec, i) for i in range(1, spec["share"] + 1)]
        trades = self.trades["trade"]
        picks = self.chance.choices(trades, [t["share"] for t in trades], k=2900 - len(rows) - len(trades))
        rows += [self.subject(t, t["d"]) for t in [*trades, *picks]]
        self.chance.shuffle(rows)
        return rows

    def farms(self) -> list[list[str]]:
        """300 rows that 农业农村委 keeps itself, under its own headings."""
        rows = []
        for i in range(300):
            row = self.subject(self.trades["farm"][i % 3], "nyw")
            name, number, kind, who, address, scope = row[0], row[1], row[4], row[5], row[6], row[8]
            founded = f"{row[9][:4]}/{int(row[9][5:7])}/{int(row[9][8:])}"
            rows.append(
                [
                    name,
                    number,
                    kind,
                    who,
                    address,
                    scope,
                    founded,
                    row[10],
                    row[12],
                    row[13],
                    row[14],
                    row[15],
                ]
            )
        return rows

    # --- people -----------------------------------------------------------------------------------------------

    def inspectors(self) -> list[list[str]]:
        """180 people: 20 of the lead department, nine or ten of each other; one without certificate each."""
        rows = []
        departments = [o for o in self.organisations.values() if o["kind"] == "department"]
        for index, organisation in enumerate(departments, start=1):
            size = 20 if index == 1 else 10 if index <= 8 else 9
            skills = _skills(self, organisation["slug"])
            for place in range(1, size + 1):
                rows.append(self.officer(index, place, place <= size - (2 if index == 1 else 1), skills))
                rows[-1][8] = organisation["name"]
        return rows

    def officer(self, index: int, place: int, certified: bool, skills: Sequence[str]) -> list[str]:
        chance = self.chance
        born = date(1966, 1, 1) + timedelta(days=chance.randrange(12_000))
        serial = chance.randrange(1000)
        gender = "男" if serial % 2 else "女"
        category = "行政执法类公务员" if place % 3 else "有行政执法资格的工作人员"
        # Two thirds work everywhere; the others have streets of their own.
        areas = "全区" if place % 3 else "、".join(chance.sample(STREETS, 6))
        own = [skills[(place + i) % len(skills)] for i in range(min(2, len(skills)))]
        number = f"{REGION}{index:02d}{place:03d}"
        return [
            self.person(), codes.make_id(REGION, born, serial), gender, f"1400000{index:02d}{place:02d}",
            number if certified else "", "渝岭区人民政府（虚构）" if certified else "",
            "2023-05-01" if certified else "", "2028-04-30" if certified else "", "",
            "综合执法科" if place % 2 else "业务监管科", "、".join(dict.fromkeys(own)),
            category if certified else "从事日常监管工作的人员", "区县级", areas, f"YL{index:02d}{place:03d}",
            "是" if certified else "否", "是",
        ]  # fmt: skip

    def experts(self) -> list[list[str]]:
        """Ten experts of the four kinds of S2-10(一)c."""
        kinds = (
            ("会计师事务所", "渝岭清和会计师事务所", "注册会计师", "财务审计、预付资金监管", "scjg"),
            ("检测机构", "渝岭衡准检测有限公司", "高级工程师", "特种设备检验、电梯检测", "scjg"),
            ("检测机构", "渝岭食安检验中心", "高级工程师", "食品检验、快速检测", "scjg"),
            ("检测机构", "渝岭碧源环境监测站", "工程师", "废气监测、水质监测", "sthj"),
            ("科研院所", "渝岭农业科学研究所", "研究员", "农药残留、投入品使用", "nyw"),
            ("科研院所", "渝岭安全工程研究院", "教授", "危险化学品、应急预案", "yjj"),
            ("行业专家", "渝岭建筑业协会", "一级建造师", "施工安全、脚手架", "zjw"),
            ("行业专家", "渝岭消防协会", "注册消防工程师", "消防设施、疏散条件", "xfjy"),
            ("行业专家", "渝岭燃气行业协会", "高级工程师", "燃气安全、入户安检", "zjw"),
            ("审计机构", "渝岭明正审计事务所", "高级审计师", "社会组织财务、专项审计", "mzj"),
        )
        rows = []
        for i, (kind, employer, title, fields, slug) in enumerate(kinds, 1):
            row = [f"ZJ{i:03d}", self.person(), kind, employer + FICTION, title, fields, self.phone()]
            rows.append([*row, "2027年12月31日", self.short(slug)])
        return rows


def _organisations() -> list[dict[str, str]]:
    with (HERE / "organisations.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _skills(maker: Maker, slug: str) -> list[str]:
    tags = [t for item in _items() if item["d"] == slug for t in item.get("tags", [])]
    return list(dict.fromkeys(tags)) or ["综合监管"]


def _items() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads((HERE / "check_items.toml").read_text("utf-8"))["item"]
    return found


ON_SITE = "两名以上执法人员出示证件，一次入场完成，现场记录由当事人核对。"
OFF_SITE = "先行比对公示信息，必要时要求书面说明。"
METHODS = {"实": "实地核查", "书": "书面检查", "网": "网络监测", "抽": "抽样检测"}
PHOTOS = {"always": "必须拍照", "never": "无需拍照", "on_nonconform": "不符合时拍照"}


def item_rows(maker: Maker) -> Iterator[list[str]]:
    """The catalogue's rows in the order that offices print: six fields of S0-三(一)1d and what goes with them."""
    for item in _items():
        whom, photo = item["whom"], item.get("photo", "on_nonconform")
        yield [
            maker.organisations[item["d"]]["name"], item["no"], item["name"], "重点" if item.get("key") else "一般",
            "\n".join(item["basis"]), whom, "\n".join(f"{i}.{t}" for i, t in enumerate(item["lines"], 1)),
            item["r"], "、".join(METHODS[m] for m in item["m"]),
            ON_SITE if "实" in item["m"] else OFF_SITE,
            "、".join(item.get("tags", [])), PHOTOS[photo], "\n".join(item["hints"]), f"QZ-{item['no']}",
        ]  # fmt: skip


def _workbook(
    path: Path, title: str, head: Sequence[str], rows: Sequence[Sequence[object]], sheet: str
) -> None:
    """A workbook as an office makes it: a merged title, a line about who filled it in, the heading, the rows."""
    book = xlsxwriter.Workbook(str(path), {"constant_memory": False})
    book.set_properties({"title": title, "author": "渝岭区联席会议办公室（虚构）", "created": CREATED})
    page = book.add_worksheet(sheet)
    bold = book.add_format({"bold": True, "align": "center", "text_wrap": True})
    page.merge_range(0, 0, 0, len(head) - 1, title, bold)
    page.write(1, 0, "填报单位：渝岭区“双随机、一公开”联席会议办公室（虚构）    填报日期：2025年1月6日")
    page.write_row(2, 0, head, bold)
    page.freeze_panes(3, 0)
    for index, row in enumerate(rows, start=3):
        for column, value in enumerate(row):
            if isinstance(value, str):
                if value:
                    page.write_string(index, column, value)
            elif value is not None:
                page.write(index, column, value)
    book.close()


def _csv_bytes(head: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue().encode("gb18030")


FARM_HEAD = (
    *("单位名称", "社会统一信用代码", "单位类型", "负责人", "地址", "主营业务"),
    *("注册日期", "联系手机", "镇街", "所属行业", "业务标签", "风险等级"),
)
INSPECTOR_HEAD = (
    *("姓名", "身份证号", "性别", "手机号", "执法证号", "发证机关", "发证日期", "有效期至", "所在单位"),
    *("所在科室", "业务特长", "人员类别", "执法层级", "责任片区", "工号", "是否持证", "是否在岗"),
)
ITEM_HEAD = (
    *("抽查部门", "事项编号", "抽查事项", "事项类别", "抽查依据", "抽查对象", "抽查内容"),
    *("抽查比例和频次", "抽查方式", "抽查要求", "适用标签", "取证要求", "常见问题", "权责清单编号"),
)
EXPERT_HEAD = (
    "专家编号",
    "专家姓名",
    "专家类型",
    "工作单位",
    "职称",
    "专业领域",
    "联系方式",
    "聘期至",
    "推荐部门",
)


def trouble(path: Path) -> None:
    """A workbook with the mistakes that really arrive; every row says in its last column what is wrong."""
    maker = Maker()
    good = [maker.number("91") for _ in range(9)]
    twisted = good[1][:17] + ("1" if good[1][17] != "1" else "2")
    full_width = "".join(chr(ord(c) + 0xFEE0) for c in good[2])
    shop, street = "有限责任公司", "渝岭区云栖街道银杏路1号"
    scope, phone = "日用百货销售", "023-00000001"
    # Name, code, type, principal, founded, telephone, what is wrong; the address and the scope are the same.
    cases: list[tuple[object, ...]] = [
        ("渝岭甲百货（虚构）", good[0], shop, "祁一", "2019-05-06", phone, "没有问题，但代码与第 7 行相同"),
        ("渝岭乙百货（虚构）", twisted, shop, "南二", "2019-05-06", phone, "末位抄错"),
        ("渝岭丙百货（虚构）", full_width, shop, "柏三", 43591, phone, "全角代码、日期成了数字：可读"),
        ("渝岭丁百货（虚构）", good[0], shop, "江四", "2019.5.6", phone, "代码与第 4 行相同"),
        ("渝岭戊百货（虚构）", 915001991234567890.0, shop, "卫五", "2019-05-06", phone, "代码被存成数字"),
        ("渝岭己百货（虚构）", good[3], shop, "苗六", "2019年5月", phone, "日期没有日"),
        ("", good[4], shop, "凤七", "2019-05-06", phone, "没有名称"),
        ("渝岭庚百货（虚构）", good[5][:17], shop, "花八", "2019-05-06", phone, "代码少一位"),
        ("渝岭辛百货（虚构）", good[6], shop, "方九", "2019-05-06", "1.38E+10", "电话成了科学计数法"),
        ("渝岭壬百货（虚构）", good[7], "神秘主体", "俞十", "2019-05-06", phone, "主体类型认不出"),
        ("渝岭癸百货（虚构）", "", shop, "任一", "2019-05-06", phone, "没有代码也没有自编号"),
        ("渝岭子百货（虚构）", good[8], shop, "袁二", "2019-05-06", "12345678901234", "电话不像：照填导入"),
    ]
    rows: list[list[object]] = [[*case[:4], street, scope, *case[4:]] for case in cases]
    rows.append(["合计", "12户"])
    head = (
        "市场主体名称",
        "社会信用代码",
        "类型",
        "经营者",
        "住所地",
        "经营范围",
        "成立时间",
        "手机",
        "问题说明（样表用）",
    )
    _workbook(path, "检查对象名录库（带问题的样表，虚构）", head, rows, "检查对象")


def make(folder: Path) -> None:
    """Writes every file into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    maker = Maker()
    targets = [[i, *row] for i, row in enumerate(maker.targets(), 1)]
    title = "渝岭区“双随机、一公开”检查对象名录库（虚构）"
    _workbook(folder / "检查对象名录库.xlsx", title, TARGET_HEAD, targets, "检查对象")
    (folder / "农业农村委监管对象.csv").write_bytes(_csv_bytes(FARM_HEAD, maker.farms()))
    title = "渝岭区执法检查人员名录库（虚构）"
    _workbook(folder / "执法检查人员名录库.xlsx", title, INSPECTOR_HEAD, maker.inspectors(), "人员")
    title = "渝岭区部门联合“双随机、一公开”抽查事项清单（虚构）"
    _workbook(folder / "抽查事项清单.xlsx", title, ITEM_HEAD, list(item_rows(maker)), "抽查事项清单")
    (folder / "专家库.csv").write_bytes(_csv_bytes(EXPERT_HEAD, maker.experts()))
    trouble(folder / "带问题的样表.xlsx")


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)

"""The registries at the desk: from a file as offices send it to rows that other stages read, on both engines."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from typing import Any

import pytest

from backend import db
from backend.house import House, Refused
from backend.ledger import LedgerEntry, bodies_of
from backend.registry import importing, tables
from backend.registry.codes import make_uscc
from backend.registry.entries import ChangeSetBroken
from backend.registry.exports import harmless
from sync.words import SchemeRange
from tests import builders
from tests.builders import Person
from tests.doors.conftest import SignedIn

HEAD = (
    "企业名称",
    "统一社会信用代码",
    "主体类型",
    "法定代表人",
    "住所",
    "经营范围",
    "成立日期",
    "联系电话",
    "监管部门",
)
ONE, TWO = "登记一局(虚构)", "登记二局(虚构)"
PHONE = "023-00001234"
EVERYTHING = SchemeRange(classes=(), subtypes=(), industries=(), regions=(), duties=())


def target(serial: int, department: str = ONE, **other: str) -> dict[str, str]:
    code = make_uscc("91", "500199", f"T{serial:07d}")
    name = other.get("name", f"测试{serial}号商行（虚构）")
    values = (name, code, "有限责任公司", "甲一", "银杏路1号", "零售", "2020-01-02", PHONE, department)
    return {**dict(zip(HEAD, values, strict=True)), **{k: v for k, v in other.items() if k in HEAD}}


def sheet(*rows: dict[str, str]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, HEAD)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode("gb18030")


async def upload(person: Person, data: bytes, name: str = "对象.csv", **fields: str) -> Any:
    return await person.post("/office/registry/targets/import", fields, files={"file": (name, data)})


async def preview(person: Person, data: bytes, **fields: str) -> str:
    answer = await upload(person, data, **fields)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


async def loaded(house: House, person: Person, *rows: dict[str, str], scope: str = "") -> None:
    await importing.import_file(house, "targets", "x.csv", sheet(*rows), person.account, scope)


async def by_key() -> dict[str, dict[str, Any]]:
    return {row["key"]: row for row in await tables.targets_in(EVERYTHING)}


# --- refusals first -----------------------------------------------------------------------------------------


async def test_a_picture_is_refused_with_one_sentence_and_the_choice_of_department_is_kept(
    signed_in: SignedIn,
) -> None:
    clerk = await signed_in("office_clerk", "联席办(虚构)")
    one = await builders.organisation(ONE)
    answer = await upload(clerk, b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "门头.png", scope=one)
    assert answer.status_code == 422
    assert "“门头.png”不是可读取的表格" in answer.text
    assert f'<option value="{one}" selected>' in answer.text


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "里没有数据行"),
        ("事项,备注\r\n甲,乙\r\n".encode(), "没有找到“名称”列"),
        ("企业名称,统一社会信用代码\r\n".encode(), "里没有数据行"),
    ],
)
async def test_a_file_without_use_is_refused_and_nothing_is_kept(
    signed_in: SignedIn, data: bytes, said: str
) -> None:
    clerk = await signed_in("office_clerk", "联席办(虚构)")
    await builders.organisation(ONE)
    answer = await upload(clerk, data)
    assert (answer.status_code, said in answer.text) == (422, True)
    kept = await tables.ImportPreview.count().where(tables.ImportPreview.account == clerk.account)
    assert kept == 0


async def test_no_file_at_all_is_refused(signed_in: SignedIn) -> None:
    clerk = await signed_in("office_clerk", "联席办(虚构)")
    answer = await clerk.post("/office/registry/targets/import", {"scope": ""})
    assert (answer.status_code, "还没有选择文件" in answer.text) == (422, True)


@pytest.mark.parametrize("role", ["planner", "responsible_leader", "oversight"])
async def test_who_only_reads_the_registries_cannot_import(signed_in: SignedIn, role: Any) -> None:
    person = await signed_in(role, ONE)
    assert (await person.get("/office/registry/targets")).status_code == 200
    assert (await person.get("/office/registry/targets/import")).status_code == 403
    assert (await upload(person, sheet(target(1)))).status_code == 403


async def test_an_inspector_does_not_browse_the_registries(signed_in: SignedIn) -> None:
    person = await signed_in("inspector", ONE)
    assert (await person.get("/office/registry")).status_code == 403


async def test_a_department_administrator_cannot_choose_another_departments_rows(
    house: House, signed_in: SignedIn
) -> None:
    admin = await signed_in("dept_admin", ONE)
    two = await builders.organisation(TWO)
    path = await preview(admin, sheet(target(11), target(12, TWO)), scope=two)
    shown = (await admin.get(path)).text
    assert f"第 3 行属于{TWO}，不在本次导入的范围内" in shown
    assert (await admin.post(path)).status_code == 303
    standing = await by_key()
    assert target(11)["统一社会信用代码"] in standing
    assert target(12)["统一社会信用代码"] not in standing


async def test_a_row_that_another_department_keeps_is_left_as_it_is(
    house: House, signed_in: SignedIn
) -> None:
    clerk = await signed_in("office_clerk", "联席办(虚构)")
    admin = await signed_in("dept_admin", ONE)
    two = await builders.organisation(TWO)
    await loaded(house, clerk, target(21, TWO, name="二局的商行（虚构）"), scope=two)
    taken = target(21, ONE, name="一局要改名（虚构）")
    path = await preview(admin, sheet(taken, target(22)))
    assert "有 1 条已由其他部门维护，保持不变" in (await admin.get(path)).text
    await admin.post(path)
    row = (await by_key())[taken["统一社会信用代码"]]
    assert (row["name"], row["organisation"]) == ("二局的商行（虚构）", two)


async def test_a_preview_belongs_to_the_person_who_uploaded(signed_in: SignedIn) -> None:
    one, other = await signed_in("dept_admin", ONE), await signed_in("dept_admin", ONE)
    path = await preview(one, sheet(target(31)))
    assert (await other.get(path)).status_code == 404
    assert (await other.post(path)).status_code == 404
    assert (await other.get(path + "/problems.csv")).status_code == 404


async def test_an_import_that_came_between_is_shown_anew_before_it_is_applied(
    house: House, signed_in: SignedIn
) -> None:
    admin = await signed_in("dept_admin", ONE)
    path = await preview(admin, sheet(target(41)))
    await loaded(house, admin, target(41, name="先到的名称（虚构）"), scope=admin.organisation)
    refused = await admin.post(path)
    assert refused.status_code == 422 and "预览后名录库已有变动" in refused.text
    assert "先到的名称（虚构）" in refused.text and "应用 1 条并锁定" in refused.text
    assert (await admin.post(path)).status_code == 303
    assert (await by_key())[target(41)["统一社会信用代码"]]["name"] == target(41)["企业名称"]


async def test_the_same_file_twice_has_nothing_to_apply(house: House, signed_in: SignedIn) -> None:
    admin = await signed_in("dept_admin", "登记三局(虚构)")
    file = sheet(target(51, "登记三局(虚构)"))
    assert (await admin.post(await preview(admin, file))).status_code == 303
    again = await preview(admin, file)
    assert "没有可应用的变动" in (await admin.get(again)).text
    refused = await admin.post(again)
    assert refused.status_code == 422 and "没有可应用的变动" in refused.text


async def test_a_preview_ends_after_a_day(house: House, signed_in: SignedIn, clock: builders.Clock) -> None:
    admin = await signed_in("dept_admin", ONE)
    path = await preview(admin, sheet(target(55)))
    token = await builders.open_session(house, admin.account)
    clock.advance(hours=25)
    try:
        token = await builders.open_session(house, admin.account)
        later = Person(admin.client, admin.account, admin.name, admin.organisation, token)
        assert "预览后名录库已有变动" in (await later.post(path)).text
        assert "没有找到" not in (await later.get("/office/registry")).text
    finally:
        clock.advance(hours=-25)


async def test_a_changed_line_of_a_change_set_is_found_and_not_applied(
    house: House, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = await signed_in("dept_admin", ONE)
    whole = db.insert_many

    async def altered(table: Any, rows: Any) -> None:
        if table is tables.RegistryChange:
            rows = [{**row, "key": "91500199MA0000000X"} for row in rows]
        await whole(table, rows)

    monkeypatch.setattr(db, "insert_many", altered)
    with pytest.raises(ChangeSetBroken):
        await loaded(house, admin, target(61), scope=admin.organisation)
    monkeypatch.undo()
    assert target(61)["统一社会信用代码"] not in await by_key()


async def test_what_is_no_registry_and_no_row_is_not_found(signed_in: SignedIn) -> None:
    person = await signed_in("planner", ONE)
    for path in ("dogs", "targets/" + "0" * 32, "dogs/import", "dogs/template.xlsx"):
        answer = await person.get(f"/office/registry/{path}")
        assert answer.status_code in (403, 404), path


# --- the way of a file --------------------------------------------------------------------------------------


async def test_a_good_file_with_a_broken_row_is_previewed_row_by_row_and_applied_without_it(
    house: House, signed_in: SignedIn
) -> None:
    clerk = await signed_in("office_clerk", "联席办(虚构)")
    await builders.organisation(ONE)
    wrong = target(72)
    wrong["统一社会信用代码"] = wrong["统一社会信用代码"][:17] + "?"
    path = await preview(clerk, sheet(target(71), wrong))
    shown = (await clerk.get(path)).text
    assert "第 3 行“统一社会信用代码或注册号”" in shown
    assert re.search(r"<b>1</b><span>新增", shown)
    before = await LedgerEntry.count().where(LedgerEntry.kind == "registry.frozen")
    answer = await clerk.post(path)
    assert answer.headers["location"] == "/office/registry/targets/history"
    entries = (
        await LedgerEntry.select().where(LedgerEntry.kind == "registry.frozen").order_by(LedgerEntry.number)
    )
    assert len(entries) == before + 1
    body = (await bodies_of(house, [entries[-1]["id"]]))[entries[-1]["id"]]
    assert (body["added"], body["file_name"], entries[-1]["by"]) == (1, "对象.csv", clerk.account)
    assert body["root"] in (await clerk.get("/office/registry/targets/history")).text


async def test_missing_rows_stay_unless_they_are_ticked_and_keep_their_id_when_they_come_back(
    house: House, signed_in: SignedIn
) -> None:
    name = "登记四局(虚构)"
    admin = await signed_in("dept_admin", name)
    kept, gone = target(81, name), target(82, name)
    await loaded(house, admin, kept, gone, scope=admin.organisation)
    identity = (await by_key())[gone["统一社会信用代码"]]["id"]
    changed = {**kept, "住所": "银杏路2号"}
    path = await preview(admin, sheet(changed))
    shown = (await admin.get(path)).text
    assert "名录库里有、文件里没有" in shown and "银杏路2号" in shown
    await admin.post(path)
    assert (await by_key())[gone["统一社会信用代码"]]["id"] == identity
    path = await preview(admin, sheet(changed))
    assert (await admin.post(path, {"remove": gone["统一社会信用代码"]})).status_code == 303
    assert gone["统一社会信用代码"] not in await by_key()
    assert (await tables.targets([identity]))[identity]["removed"]
    page = await admin.get(f"/office/registry/targets/{identity}")
    assert "已移出名录库" in page.text and "移出" in page.text
    await loaded(house, admin, changed, gone, scope=admin.organisation)
    assert (await by_key())[gone["统一社会信用代码"]]["id"] == identity


async def test_a_key_that_is_not_missing_cannot_be_taken_out(house: House, signed_in: SignedIn) -> None:
    clerk = await signed_in("office_clerk", "联席办(虚构)")
    two = await builders.organisation(TWO)
    await loaded(house, clerk, target(91, TWO), scope=two)
    admin = await signed_in("dept_admin", ONE)
    path = await preview(admin, sheet(target(92)))
    refused = await admin.post(path, {"remove": target(91)["统一社会信用代码"]})
    assert refused.status_code == 409
    assert target(91)["统一社会信用代码"] in await by_key()


async def test_a_telephone_lies_sealed_and_is_shown_to_its_department_and_the_office_only(
    house: House, signed_in: SignedIn
) -> None:
    admin = await signed_in("dept_admin", ONE)
    await loaded(house, admin, target(101), scope=admin.organisation)
    row = (await by_key())[target(101)["统一社会信用代码"]]
    path = f"/office/registry/targets/{row['id']}"
    stored = await tables.Target.select().where(tables.Target.id == row["id"]).first()
    line = await tables.RegistryChange.select().where(tables.RegistryChange.subject == row["id"]).first()
    assert stored and line
    assert PHONE.encode() not in bytes(stored["private"]) + bytes(line["sealed"])
    assert PHONE not in str(stored)
    assert PHONE in (await admin.get(path)).text
    assert PHONE in (await (await signed_in("office_clerk", "联席办(虚构)")).get(path)).text
    for role, organisation in (("dept_admin", TWO), ("planner", ONE), ("oversight", "司法局(虚构)")):
        person = await signed_in(role, organisation)
        text = (await person.get(path)).text
        assert PHONE not in text and "仅维护部门" in text


async def test_lists_are_narrowed_by_the_address(house: House, signed_in: SignedIn) -> None:
    name = "登记五局(虚构)"
    admin = await signed_in("dept_admin", name)
    rows = [target(200 + i, name) for i in range(60)]
    await loaded(house, admin, *rows, scope=admin.organisation)
    base = f"/office/registry/targets?organisation={admin.organisation}"
    first, second = await admin.get(base), await admin.get(base + "&page=2")
    assert (
        first.text.count("/office/registry/targets/") - second.text.count("/office/registry/targets/") == 40
    )
    one = await admin.get(base + "&q=测试201号")
    assert "测试201号商行" in one.text and "测试202号商行" not in one.text
    assert "没有符合条件" in (await admin.get(base + "&risk=D")).text
    assert "测试201号商行" in (await admin.get(base + "&risk=none&q=201")).text
    assert (await admin.get(base + "&page=0&q=%25%25' OR 1=1")).status_code == 200


async def test_the_template_has_every_required_heading_and_is_read_back_as_empty(signed_in: SignedIn) -> None:
    person = await signed_in("planner", ONE)
    for kind in ("targets", "inspectors", "check_items", "experts"):
        answer = await person.get(f"/office/registry/{kind}/template.xlsx")
        assert zipfile.is_zipfile(io.BytesIO(answer.content))
        await builders.organisation(ONE)
        clerk = await signed_in("office_clerk", "联席办(虚构)")
        again = await clerk.post(
            f"/office/registry/{kind}/import", {}, files={"file": ("样表.xlsx", answer.content)}
        )
        assert "里没有数据行" in again.text, kind


async def test_the_problem_list_holds_no_formula(house: House, signed_in: SignedIn) -> None:
    admin = await signed_in("dept_admin", ONE)
    path = await preview(admin, sheet(target(111), {**target(112), "统一社会信用代码": "=cmd|' /C calc'!A0"}))
    answer = await admin.get(path + "/problems.csv")
    cells = [cell for row in csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))) for cell in row]
    assert len(cells) > 4 and not [cell for cell in cells if cell[:1] in "=+-@" and cell]
    assert harmless("=1+1") == "'=1+1" and harmless("住所") == "住所"


async def test_two_imports_at_once_give_one_registry_and_one_refusal(
    house: House, signed_in: SignedIn
) -> None:
    admin = await signed_in("dept_admin", "登记六局(虚构)")
    day = importing.today(house)
    files = [sheet(target(300 + i, "登记六局(虚构)")) for i in range(2)]
    both = [
        await importing.prepare(house, "targets", admin.organisation, day, "x.csv", file) for file in files
    ]
    await importing.apply(house, both[0], admin.account)
    with pytest.raises(Refused) as refused:
        await importing.apply(house, both[1], admin.account)
    assert refused.value.refusal.code == "preview_expired"

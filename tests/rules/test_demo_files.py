"""The demo district's files: clean, fictional, made by their generator, and one that is wrong on purpose."""

from __future__ import annotations

import csv
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from backend.demo import make
from backend.registry.rows import CheckItemRow, ExpertRow, InspectorRow, TargetRow
from sync.words import Registry
from tests.rules.reading import DEMO, FARM, demo, said


@pytest.mark.parametrize(
    ("kind", "name", "own", "count"),
    [
        ("targets", "检查对象名录库.xlsx", "", 2900),
        ("targets", "农业农村委监管对象.csv", FARM, 300),
        ("inspectors", "执法检查人员名录库.xlsx", "", 180),
        ("check_items", "抽查事项清单.xlsx", "", 66),
        ("experts", "专家库.csv", "", 10),
    ],
)
def test_the_demo_files_read_without_a_single_problem(
    kind: Registry, name: str, own: str, count: int
) -> None:
    preview = demo(kind, name, own)
    assert preview.problems == ()
    assert len(preview.rows) == count


def test_the_trouble_file_has_exactly_its_problems() -> None:
    assert said(demo("targets", "带问题的样表.xlsx", FARM)) == [
        (4, "code_duplicate", "error"),
        (5, "uscc_check", "error"),
        (7, "code_duplicate", "error"),
        (8, "digits_lost", "error"),
        (9, "date_unclear", "error"),
        (10, "required", "error"),
        (11, "uscc_length", "error"),
        (12, "scientific", "error"),
        (13, "choice_unknown", "error"),
        (14, "number_missing", "error"),
        (15, "phone_unlikely", "warning"),
        (16, "row_skipped", "note"),
    ]


def test_the_demo_targets_are_of_all_classes_and_no_real_firm() -> None:
    found = [
        *demo("targets", "检查对象名录库.xlsx").rows,
        *demo("targets", "农业农村委监管对象.csv", FARM).rows,
    ]
    targets = [r.row for r in found]
    assert all(isinstance(t, TargetRow) and "（虚构）" in t.name for t in targets)
    assert len({t.key for t in targets}) == 3200
    classes = Counter(t.target_class for t in targets if isinstance(t, TargetRow))
    assert min(classes["profit"], classes["non_profit"], classes["non_market"]) >= 100
    assert all(t.uscc[2:8] == "500199" for t in targets if isinstance(t, TargetRow) and t.uscc)
    assert {t.credit_risk for t in targets if isinstance(t, TargetRow)} == {"A", "B", "C", "D", None}


def test_every_demo_item_fits_some_target_and_every_department_can_send_six_officers() -> None:
    found = [
        *demo("targets", "检查对象名录库.xlsx").rows,
        *demo("targets", "农业农村委监管对象.csv", FARM).rows,
    ]
    labels = {label for r in found if isinstance(r.row, TargetRow) for label in r.row.duties}
    items = [r.row for r in demo("check_items", "抽查事项清单.xlsx").rows]
    assert all(isinstance(i, CheckItemRow) and (not i.tags or set(i.tags) & labels) for i in items)
    people = [r.row for r in demo("inspectors", "执法检查人员名录库.xlsx").rows]
    able = Counter(
        p.department for p in people if isinstance(p, InspectorRow) and p.certified_on("2026-06-30")
    )
    assert len(able) == 18 and min(able.values()) >= 6 and sum(able.values()) >= 150
    assert {i.department for i in items} == set(able)
    experts = [r.row for r in demo("experts", "专家库.csv").rows]
    assert {e.category for e in experts if isinstance(e, ExpertRow)} == {
        "accounting",
        "testing",
        "research",
        "industry",
    }


def test_the_committed_demo_files_are_what_the_generator_makes(tmp_path: Path) -> None:
    make.make(tmp_path)
    made = sorted(p.name for p in tmp_path.iterdir())
    assert len(made) == 6
    for name in made:
        assert (tmp_path / name).read_bytes() == (DEMO / name).read_bytes(), name
    assert sum(p.stat().st_size for p in DEMO.iterdir() if p.is_file()) < 2_000_000


def test_the_demo_accounts_name_organisations_and_roles_that_exist() -> None:
    data = tomllib.loads((DEMO / "accounts.toml").read_text("utf-8"))
    with (DEMO / "organisations.csv").open(encoding="utf-8", newline="") as file:
        kinds = {row["slug"]: row["kind"] for row in csv.DictReader(file)}
    accounts = {a["name"]: a for a in data["account"]}
    assert len(accounts) == len(data["account"])
    roles_of: dict[str, set[str]] = {}
    for account in data["account"]:
        roles_of.setdefault(account["organisation"], set()).update(account["roles"])
        assert account.get("deputy_of", account["name"]) in accounts
    assert set(roles_of) == set(kinds)
    for slug, kind in kinds.items():
        if kind == "department":
            assert roles_of[slug] == {"dept_admin", "planner", "responsible_leader"}

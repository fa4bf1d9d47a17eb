"""The three registries and the experts (一单两库、专家库): what is wrong with rows, what an import changes.

Pure: rows of cells in, a preview or a refusal out. Nothing is silently changed: whatever is left out, is
doubtful or was skipped is listed with its row. A row that is missing from a new file is listed for the clerk;
it never deletes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from pydantic import ValidationError

from backend.registry.book import Book, Sheet, SourceRow
from backend.registry.codes import Fault, Severity
from backend.registry.columns import FOR_EVER, heading, match, plain, vocabulary
from backend.registry.kinds import REGISTRIES, Values
from backend.registry.labels import VALUES
from backend.registry.rows import RegistryRow
from sync.canon import canonical, digest, merkle_root
from sync.words import REFUSALS, Refusal, Registry, refuse

HEADER_WITHIN = 30
"""Titles, notes and dates of filling stand above the heading; it is looked for in this many rows."""

_SUMMARY = (
    "合计",
    "总计",
    "小计",
    "备注",
    "说明",
    "填表说明",
    "填表人",
    "填报单位",
    "填报人",
    "审核人",
    "制表",
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing about one row. ``error``: the row is left out. ``warning``: it is imported as it stands and
    should be looked at. ``note``: the row is no data (a sum, a sub-heading). ``code`` is stable."""

    row: int
    column: str
    code: str
    sentence: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A row that may be applied, with its number in the file."""

    number: int
    row: RegistryRow


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows of the file: ``read`` = ``good`` + ``broken`` (data rows); ``skipped`` rows are no data."""

    read: int
    good: int
    broken: int
    warned: int
    skipped: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file would bring. ``headings`` says which heading was taken for which column (label → heading),
    ``unused`` which headings nobody asked for."""

    kind: Registry
    sheet: str
    header_row: int
    headings: Mapping[str, str]
    unused: tuple[str, ...]
    rows: tuple[PreviewRow, ...]
    problems: tuple[Problem, ...]
    counts: Counts


@dataclass(frozen=True, slots=True)
class Context:
    """What reading depends on besides the file. ``departments``: every name and short name in use → the full
    name (empty: names are not checked). ``own_department`` stands where the file has no such column."""

    as_of: date
    departments: Mapping[str, str] = field(default_factory=dict)
    own_department: str = ""


# --- reading a sheet -------------------------------------------------------------------------------


def choose_sheet(kind: Registry, book: Book) -> Sheet | Refusal:
    """The visible sheet whose heading fits best; the first of equals. Hidden sheets are never read."""
    visible = [sheet for sheet in book.sheets if not sheet.hidden and sheet.rows]
    if not visible:
        return refuse("sheet_empty", name=book.file_name)
    words = vocabulary(REGISTRIES[kind].columns)
    return max(visible, key=lambda sheet: len(_header(sheet, words)[1]))


def _header(sheet: Sheet, words: Mapping[str, str]) -> tuple[int, dict[str, int]]:
    """Index of the heading row and its fields. Of neighbouring rows that fit equally (a heading of two rows
    with merged cells) the lower counts, so that no heading is taken for data."""
    best, fields = -1, dict[str, int]()
    for index, row in enumerate(sheet.rows[:HEADER_WITHIN]):
        found = match(row.cells, words)
        if len(found) > len(fields) or (len(found) == len(fields) > 0 and index == best + 1):
            best, fields = index, found
    return best, fields


def read_rows(kind: Registry, sheet: Sheet, context: Context) -> Preview | Refusal:
    """The rows of a sheet as rows of the registry, and everything that is wrong with them.

    Refuses as a whole only with ``sheet_empty`` or ``header_missing``; a broken row never stops the others.
    """
    registry = REGISTRIES[kind]
    at, fields = _header(sheet, vocabulary(registry.columns))
    missing = [c.label for c in registry.columns if c.required and c.field not in fields]
    if len(fields) < 2 or missing:
        return refuse("header_missing", column="、".join(missing) or registry.columns[0].label)
    reading = _Reading(kind, context, fields)
    for row in sheet.rows[at + 1 :]:
        reading.take(row)
    if not reading.read:
        return refuse("sheet_empty", name=sheet.file_name)
    reading.drop_duplicates()
    labels = {c.field: c.label for c in registry.columns}
    header = sheet.rows[at]
    taken = set(fields.values())
    broken = {p.row for p in reading.problems if p.severity == "error"}
    good = tuple(PreviewRow(n, r) for n, r in reading.rows if n not in broken)
    return Preview(
        kind=kind,
        sheet=sheet.name,
        header_row=header.number,
        headings={labels[name]: plain(header.cells[place]) for name, place in fields.items()},
        unused=tuple(plain(c) for i, c in enumerate(header.cells) if i not in taken and plain(c)),
        rows=good,
        problems=tuple(sorted(reading.problems, key=lambda p: (p.row, p.severity, p.column))),
        counts=Counts(
            read=reading.read,
            good=len(good),
            broken=reading.read - len(good),
            warned=len({p.row for p in reading.problems if p.severity == "warning"} - broken),
            skipped=sum(1 for p in reading.problems if p.severity == "note"),
        ),
    )


class _Reading:
    """The rows and problems of one sheet while they are collected."""

    def __init__(self, kind: Registry, context: Context, fields: Mapping[str, int]) -> None:
        self.registry = REGISTRIES[kind]
        self.context = context
        self.fields = fields
        self.labels = {c.field: c.label for c in self.registry.columns}
        self.rows: list[tuple[int, RegistryRow]] = []
        self.problems: list[Problem] = []
        self.read = 0
        self.words = vocabulary(self.registry.columns)
        self.doubled: set[int] = set()

    def take(self, source: SourceRow) -> None:
        cells = {name: source.cell(place) for name, place in self.fields.items()}
        if reason := self._no_data(source, cells):
            self.problems.append(
                Problem(source.number, "", "row_skipped", f"第 {source.number} 行{reason}", "note")
            )
            return
        self.read += 1
        values: Values = {}
        faulty = False
        said: set[str] = set()
        for column in self.registry.columns:
            value, fault = column.read(cells.get(column.field))
            values[column.field] = value
            if column.required and not fault and value in (None, "", (), ("", None)):
                fault = Fault("required", "没有填写")
            if fault:
                self._say(source.number, column.field, fault)
                said.add(column.field)
                faulty = faulty or fault.severity == "error"
        self._department(source.number, values)
        for name, fault in self.registry.complete(values, self.context.as_of):
            # A cell that could not be read was said already; what follows from its emptiness is no news.
            if name not in said:
                self._say(source.number, name, fault)
            faulty = faulty or fault.severity == "error"
        if not faulty:
            try:
                self.rows.append((source.number, self.registry.model(**values)))
            except ValidationError as error:
                name = str(error.errors()[0]["loc"][0])
                self._say(source.number, name, Fault("value_wrong", "内容格式不对或字数过多"))

    def _no_data(self, source: SourceRow, cells: Mapping[str, object]) -> str:
        filled = [plain(c) for c in source.cells if plain(c)]
        if not filled:
            return "是空行，没有作为数据读取。"
        first = heading(filled[0])
        if first.startswith(_SUMMARY) and (len(filled) <= 3 or first in _SUMMARY):
            return "是合计或说明，没有作为数据读取。"
        if len(filled) == 1:
            return "只有一格有内容，按小标题或说明处理，没有作为数据读取。"
        if first in self.words and len(match(source.cells, self.words)) >= max(3, len(self.fields) - 1):
            return "是重复的表头，没有作为数据读取。"
        return "" if any(plain(c) for c in cells.values()) else "的内容不在已识别的列中，没有作为数据读取。"

    def _department(self, number: int, values: Values) -> None:
        name = str(values.get("department") or "").replace(" ", "") or self.context.own_department
        known = self.context.departments
        if name and known:
            if name not in known:
                self._say(number, "department", Fault("department_unknown", f"“{name[:20]}”不是已登记的部门"))
            name = known.get(name, name)
        values["department"] = name

    def _say(self, number: int, name: str, fault: Fault) -> None:
        label = self.labels[name]
        if fault.severity == "error":
            sentence = REFUSALS["row_broken"].format(row=number, column=label, problem=fault.problem)
        else:
            sentence = f"第 {number} 行“{label}”{fault.problem}，照填写内容导入，请核实。"
        self.problems.append(Problem(number, label, fault.code, sentence, fault.severity))

    def drop_duplicates(self) -> None:
        """The same number twice: the later row is left out. Where the two differ nobody but the office knows
        which is right, so both are."""
        first: dict[str, tuple[int, RegistryRow]] = {}
        for number, row in self.rows:
            if row.key not in first:
                first[row.key] = (number, row)
                continue
            other, earlier = first[row.key]
            pairs = [(number, other)] if row == earlier else [(number, other), (other, number)]
            for here, there in pairs:
                sentence = REFUSALS["code_duplicate"].format(row=here, column=row.key_label, first=there)
                problem = Problem(here, row.key_label, "code_duplicate", sentence, "error")
                if here not in self.doubled:
                    self.doubled.add(here)
                    self.problems.append(problem)


def only_own(preview: Preview, department: str) -> Preview:
    """The preview without the rows of other departments: each becomes a problem of its row (谁建立、谁维护).

    ``department`` is the full name for which the file is imported.
    """
    foreign = [p for p in preview.rows if p.row.department != department]
    if not foreign:
        return preview
    label = next(c.label for c in REGISTRIES[preview.kind].columns if c.field == "department")
    problems = [
        Problem(
            p.number,
            label,
            "other_department",
            f"第 {p.number} 行属于{p.row.department}，不在本次导入的范围内，请由该部门维护。",
            "error",
        )
        for p in foreign
    ]
    counts = preview.counts
    return replace(
        preview,
        rows=tuple(p for p in preview.rows if p.row.department == department),
        problems=tuple(sorted((*preview.problems, *problems), key=lambda p: (p.row, p.severity, p.column))),
        counts=replace(counts, good=counts.good - len(foreign), broken=counts.broken + len(foreign)),
    )


# --- comparing with what stands --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """What an import would do. ``missing`` are keys that stand in the registry and not in the file;
    ``elsewhere`` keys that another department keeps, which are left as they are (谁建立、谁维护)."""

    added: tuple[RegistryRow, ...]
    changed: tuple[RegistryRow, ...]
    unchanged: tuple[str, ...]
    missing: tuple[str, ...]
    elsewhere: tuple[str, ...]


def row_digest(row: RegistryRow) -> str:
    """H("registry-row/1", the row with its kind). It covers private fields, so it stays inside the office."""
    return digest("registry-row/1", {"kind": row.KIND, "row": row.model_dump()})


def compare(
    current: Mapping[str, str], rows: Sequence[RegistryRow], elsewhere: Collection[str] = ()
) -> ChangeSet:
    """``current``: key → ``row_digest`` of the rows the file speaks for (one department's, or all);
    ``elsewhere``: keys that stand under departments the file does not speak for.

    Lists are sorted by key, so that the same file gives the same change set whatever the order of its rows.
    """
    keys = {row.key for row in rows}
    if len(keys) != len(rows):
        raise ValueError("rows must be free of duplicates, as read_rows leaves them")
    others = frozenset(elsewhere)
    ordered = sorted((row for row in rows if row.key not in others), key=lambda row: row.key)
    return ChangeSet(
        added=tuple(row for row in ordered if row.key not in current),
        changed=tuple(r for r in ordered if r.key in current and current[r.key] != row_digest(r)),
        unchanged=tuple(r.key for r in ordered if current.get(r.key) == row_digest(r)),
        missing=tuple(sorted(set(current) - keys)),
        elsewhere=tuple(sorted(keys & others)),
    )


def change_digest(changes: ChangeSet) -> str:
    """What a person saw and agreed to: the same digest means that the import would still do the same."""
    return digest(
        "registry-changes/1",
        {
            "added": [[row.key, row_digest(row)] for row in changes.added],
            "changed": [[row.key, row_digest(row)] for row in changes.changed],
            "unchanged": list(changes.unchanged),
            "missing": list(changes.missing),
            "elsewhere": list(changes.elsewhere),
        },
    )


def leaf_of(act: str, identity: str, key: str, row: str) -> bytes:
    """The bytes that stand for one change in the root; ``row`` is its ``row_digest``, "" where removed."""
    return canonical({"act": act, "id": identity, "key": key, "row": row})


def root_of(leaves: Iterable[bytes]) -> str:
    """Merkle root in hex."""
    return merkle_root(list(leaves)).hex()


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a change set as it is stored and hashed; ``row`` is None where a row is removed."""

    id: str
    key: str
    act: str
    row: RegistryRow | None

    @property
    def digest(self) -> str:
        return row_digest(self.row) if self.row else ""

    def leaf(self) -> bytes:
        """The bytes that stand for this change in the root."""
        return leaf_of(self.act, self.id, self.key, self.digest)


def settle(
    changes: ChangeSet, known_ids: Mapping[str, str], new_ids: Sequence[str], remove: Collection[str] = ()
) -> tuple[Change, ...] | Refusal:
    """The changes a clerk applies, sorted by key, each with its random id.

    ``known_ids``: key → id of rows that stand; ``new_ids``: one fresh 32-hex id for each added row, by the
    shell; ``remove``: the missing keys the clerk decided to take out. Refuses with ``nothing_to_apply``, or
    with ``changed_meanwhile`` where ``remove`` names a key that is not missing.
    """
    if not set(remove) <= set(changes.missing):
        return refuse("changed_meanwhile")
    if len(new_ids) < len(changes.added):
        raise ValueError("one new id for each added row")
    lines = [Change(i, row.key, "add", row) for i, row in zip(new_ids, changes.added, strict=False)]
    lines += [Change(known_ids[row.key], row.key, "change", row) for row in changes.changed]
    lines += [Change(known_ids[key], key, "remove", None) for key in set(remove)]
    if not lines:
        return refuse("nothing_to_apply")
    return tuple(sorted(lines, key=lambda line: line.key))


def change_root(changes: Sequence[Change]) -> str:
    """Merkle root (hex) over the leaves of the changes in the order of ``settle``: the entry's root."""
    return root_of(change.leaf() for change in changes)


def differences(before: RegistryRow, after: RegistryRow) -> tuple[tuple[str, str, str], ...]:
    """(label, before, after) of every field that differs. Private values are only said to differ."""
    found = []
    labels = {c.field: c.label for c in REGISTRIES[after.KIND].columns}
    for name in type(after).model_fields:
        old, new = getattr(before, name), getattr(after, name)
        if old == new:
            continue
        if name in after.PRIVATE:
            found.append((labels.get(name, name), "（不显示）", "（已变更）"))
        else:
            pair = (shown(after.KIND, name, old), shown(after.KIND, name, new))
            found.append((labels.get(name, name), *pair))
    return tuple(found)


def shown(kind: Registry, name: str, value: object) -> str:
    """A field's value in the words of the screen."""
    if isinstance(value, tuple | list):
        return "、".join(shown(kind, name, one) for one in value)
    if isinstance(value, bool):
        return "是" if value else "否"
    if value is None:
        return ""
    if value == FOR_EVER:
        return "长期"
    return VALUES.get((kind, name), {}).get(str(value), str(value))

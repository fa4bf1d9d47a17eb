"""Rule profiles (规则配置): reading the files' bytes, choosing what is in force on a day, saying who says so.

A resolved profile is base ← local text ← overlays in force. Where several fill a key, the higher law wins and,
between equals, the later one (上位法优于下位法、新法优于旧法); what lost stays readable in `displaced`, so that a
source can be printed as it was issued. Pure: bytes and a day in, values out.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeVar, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from backend.profiles import keys
from backend.profiles.keys import KEYS, Choices, Key
from backend.profiles.values import Choice, Finding
from sync.canon import JSON, digest

T = TypeVar("T")

Authority = Literal[
    "default", "local", "province", "ministry", "government_rule", "state_council", "regulation", "law"
]

RANK: Mapping[str, int] = MappingProxyType(
    {
        "default": 0,  # the product's own choice where every text is silent
        "local": 10,  # 市县规范性文件
        "province": 20,  # 省级规范性文件
        "ministry": 25,  # 部门规章、部门规范性文件
        "government_rule": 30,  # 地方政府规章
        "state_council": 35,  # 国务院规范性文件
        "regulation": 40,  # 行政法规
        "law": 50,  # 法律
    }
)
"""The order of the authorities that a text can have: the greater wins."""


class ProfileError(ValueError):
    """A profile file is broken, or a profile that was asked for does not exist or is not in force yet."""


class Leaf(BaseModel):
    """One value with the article behind it.

    `printed`: the source's own words where they matter. `verified` is False for what nobody read in a text.
    `withdrawn`: this text forbids the number that a lower one fixes; the key is then silent.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    value: Any = None
    withdrawn: bool = False
    article: Annotated[str, Field(min_length=2)]
    printed: str = ""
    verified: bool = True
    note: str = ""
    authority: Authority
    source: str
    since: str


Leaves = Annotated[Mapping[str, Leaf], AfterValidator(MappingProxyType)]
"""Leaves by key, read-only: sources are shared by every request."""


class Header(BaseModel):
    """What a file says about itself. An overlay's `region` is a prefix: "50" is Chongqing, "" the country."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]{3,64}$")]
    kind: Literal["base", "local", "overlay"]
    title: Annotated[str, Field(min_length=2)]
    number: str = ""
    region: Annotated[str, Field(pattern=r"^\d{0,6}$")]
    authority: Authority
    effective_from: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]
    effective_verified: bool = True
    base: str = ""
    fictional: bool = False
    note: str = ""


class ProfileSource(BaseModel):
    """One file as read. `digest` covers its content, not its comments and blanks."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    header: Header
    leaves: Leaves
    digest: str


class Profile(BaseModel):
    """The rules of one jurisdiction on one day. Read it by key: `profile.get(keys.PLAN_DUE)`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str
    region: str
    fictional: bool
    on: date
    sources: tuple[tuple[str, str], ...]
    """Id and digest of each file that took part: base, local, overlays in the order of their dates."""
    leaves: Leaves
    displaced: Annotated[Mapping[str, tuple[Leaf, ...]], AfterValidator(MappingProxyType)]
    """Per key, what a higher or later text set aside; strongest first. The base's defaults are not listed."""

    def get(self, key: Key[T]) -> T | None:
        """The value, or None where every text is silent or a higher one withdrew it."""
        leaf = self.leaves.get(key.name)
        if leaf is None or leaf.withdrawn:
            return None
        return key.adapter.validate_python(leaf.value)

    def need(self, key: Key[T]) -> T:
        """The value of a key that the base fills; raises `ProfileError` where it is silent."""
        value = self.get(key)
        if value is None:
            raise ProfileError(f"规则配置“{self.title}”没有规定“{key.name}”，请补充后再办理。")
        return value

    def leaf(self, key: Key[Any] | str) -> Leaf | None:
        """The winning leaf with article, printed words and source."""
        return self.leaves.get(key if isinstance(key, str) else key.name)

    def article(self, key: Key[Any] | str) -> str | None:
        """The article behind a key, also where it withdraws something; None where every text is silent."""
        leaf = self.leaf(key)
        return None if leaf is None else leaf.article

    def methods(self) -> tuple[Choice, ...]:
        """The methods that may be used: those of the local text without those that a higher text forbids."""
        forbidden = self.get(keys.METHODS_FORBIDDEN)
        return tuple(m for m in self.need(keys.METHODS) if forbidden is None or m.code not in forbidden)

    def labels(self, key: Key[Choices]) -> Mapping[str, str]:
        """Code → correct term of an enumeration, in its order; empty where silent."""
        return {choice.code: choice.label for choice in self.get(key) or ()}

    def finding(self, code: str) -> Finding | None:
        """The finding with this code, or None."""
        return next((f for f in self.need(keys.FINDINGS) if f.code == code), None)

    @property
    def digest(self) -> str:
        """Names exactly these rules: same on every day on which the same texts are in force."""
        return digest(
            "profile/1",
            {
                "id": self.id,
                "sources": [list(pair) for pair in self.sources],
                "leaves": {name: _leaf_json(leaf) for name, leaf in self.leaves.items()},
            },
        )


def load_profiles(files: Mapping[str, bytes]) -> dict[str, ProfileSource]:
    """Every file (name → bytes) as a source, by id.

    Raises `ProfileError` naming file and key: bad TOML, a key that does not exist, a value of the wrong shape or
    without an article, a file whose name is not its id, a base that is missing.
    """
    sources: dict[str, ProfileSource] = {}
    for name, data in sorted(files.items()):
        source = _read(name, data)
        sources[source.header.id] = source
    for source in sources.values():
        base = source.header.base
        if source.header.kind == "local" and (base not in sources or sources[base].header.kind != "base"):
            raise ProfileError(f"{source.header.id}: base {base!r} is not there")
    return sources


def resolve(sources: Mapping[str, ProfileSource], profile_id: str, on: date) -> Profile:
    """The rules of the local profile `profile_id` as in force on the day `on`.

    Raises `ProfileError` if there is no such local profile or it is not in force yet.
    """
    local = sources.get(profile_id)
    if local is None or local.header.kind != "local":
        raise ProfileError(f"没有规则配置“{profile_id}”，请核对编号。")
    if date.fromisoformat(local.header.effective_from) > on:
        raise ProfileError(
            f"规则配置“{local.header.title}”自 {local.header.effective_from} 起施行，该日之前不能使用。"
        )
    chosen = [sources[local.header.base], local, *_overlays(sources, local.header.region, on)]
    leaves: dict[str, Leaf] = {}
    displaced: dict[str, tuple[Leaf, ...]] = {}
    for name in sorted({name for source in chosen for name in source.leaves}):
        candidates = sorted(
            (source.leaves[name] for source in chosen if name in source.leaves), key=_strength, reverse=True
        )
        leaves[name] = candidates[0]
        lost = tuple(leaf for leaf in candidates[1:] if leaf.authority != "default")
        if lost:
            displaced[name] = lost
    return Profile(
        id=profile_id,
        title=local.header.title,
        region=local.header.region,
        fictional=local.header.fictional,
        on=on,
        sources=tuple((source.header.id, source.digest) for source in chosen),
        leaves=leaves,
        displaced=displaced,
    )


def changed_pins(sources: Mapping[str, ProfileSource], pins: Mapping[str, str]) -> list[str]:
    """One sentence for each file that differs from its pin, has none, or is pinned and gone."""
    problems = []
    for profile_id in sorted(set(sources) | set(pins)):
        have = sources[profile_id].digest if profile_id in sources else "missing"
        if pins.get(profile_id) != have:
            problems.append(
                f"{profile_id}: pinned {pins.get(profile_id, 'never')}, found {have}. A version that was used "
                "is never edited: restore it and add a new version under a new id and date, then pin that one."
            )
    return problems


def findings_conflict(profile: Profile, codes: tuple[str, ...]) -> tuple[str, str] | None:
    """The first two findings that may not stand together (互斥), or None. `ProfileError` on unknown codes."""
    types: dict[str, str] = {}
    for code in codes:
        finding = profile.finding(code)
        if finding is None:
            raise ProfileError(f"抽查结果“{code}”不在规则配置中，请重新选择。")
        types[code] = finding.type
    for rule in profile.need(keys.FINDING_EXCLUSIONS):
        for code in codes:
            if code in rule.codes:
                other = next((c for c in codes if c != code and types[c] in rule.types), None)
                if other is not None:
                    return code, other
    return None


def dispositions_conflict(profile: Profile, codes: tuple[str, ...]) -> bool:
    """Whether "no problem" stands beside another disposition (S1 annex 1: the first excludes the rest)."""
    return len(set(codes)) > 1 and any(c in profile.need(keys.DISPOSITIONS_ALONE) for c in codes)


def _strength(leaf: Leaf) -> tuple[int, str, str]:
    return RANK[leaf.authority], leaf.since, leaf.source


def _overlays(sources: Mapping[str, ProfileSource], region: str, on: date) -> list[ProfileSource]:
    in_force = [
        source
        for source in sources.values()
        if source.header.kind == "overlay"
        and region.startswith(source.header.region)
        and date.fromisoformat(source.header.effective_from) <= on
    ]
    return sorted(in_force, key=lambda source: (source.header.effective_from, source.header.id))


def _read(name: str, data: bytes) -> ProfileSource:
    try:
        tree = tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProfileError(f"{name}: not readable TOML: {error}") from error
    plain = cast("dict[str, JSON]", _plain(tree, name))
    try:
        header = Header.model_validate(plain.pop("profile", None))
    except ValidationError as error:
        raise ProfileError(f"{name}: [profile]: {error}") from error
    if name != f"{header.id}.toml":
        raise ProfileError(f"{name}: the file must be named after its id {header.id}")
    leaves = {key: _leaf(header, key, table) for key, table in _walk(plain, "", name)}
    content: dict[str, JSON] = {"profile": header.model_dump(), "keys": plain}
    return ProfileSource(header=header, leaves=leaves, digest=digest("profile-source/1", content))


def _walk(table: Mapping[str, JSON], path: str, name: str) -> Iterator[tuple[str, Mapping[str, JSON]]]:
    for part, below in table.items():
        key = f"{path}.{part}" if path else part
        if not isinstance(below, Mapping):
            raise ProfileError(f"{name}: {key}: a value without an article; write {{value=…, article=…}}")
        if "article" in below or "value" in below:
            yield key, below
        else:
            yield from _walk(below, key, name)


def _leaf(header: Header, name: str, table: Mapping[str, JSON]) -> Leaf:
    where = f"{header.id}.toml: {name}"
    if name not in KEYS:
        raise ProfileError(f"{where}: there is no such key")
    if ("value" in table) == (table.get("withdrawn") is True):
        raise ProfileError(f"{where}: exactly one of value and withdrawn=true")
    given: dict[str, Any] = {
        "authority": header.authority,
        "since": header.effective_from,
        **table,
        "key": name,
        "source": header.id,
    }
    try:
        leaf = Leaf.model_validate(given)
        if not leaf.withdrawn:
            KEYS[name].adapter.validate_python(leaf.value)
    except ValidationError as error:
        raise ProfileError(f"{where}: {error}") from error
    return leaf


def _leaf_json(leaf: Leaf) -> JSON:
    return cast("JSON", leaf.model_dump())


def _plain(value: object, where: str) -> JSON:
    """TOML values as canonical JSON: dates as ISO text; floats refused (write a ratio as num and den)."""
    if isinstance(value, dict):
        return {key: _plain(below, f"{where}: {key}") for key, below in value.items()}
    if isinstance(value, list):
        return [_plain(below, where) for below in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool | int | str):
        return value
    raise ProfileError(f"{where}: {value!r} has no canonical form; write ratios as num and den")

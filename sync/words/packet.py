"""The packet (检查资料包): all that a tablet is told of a visit, with the rules of the site (现场规则)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from sync.words.base import Code, Day, Digest, Id, Instant, Line, Name, Text, Word
from sync.words.door import Ending
from sync.words.visit import TeamMember


class Ruled(Word):
    """An option with the article that it rests on."""

    code: Code
    label: Name
    article: Line


class EndingRule(Word):
    """What it takes to say that a check could not be carried out (domain.md E1–E3). Numbers are least numbers."""

    ending: Ending
    label: Name
    article: Line
    finding: Code
    place: bool
    photos: Annotated[int, Field(ge=0, le=20)]
    attempts: Annotated[int, Field(ge=0, le=9)]
    witness: bool
    hint: Line


class NoticeRule(Word):
    """Notice beforehand: whether it must be, its number, its ways, and what frees of it."""

    required: bool
    number: Line
    text: tuple[Text, ...]
    channels: tuple[Ruled, ...]
    exemptions: tuple[Ruled, ...]


class OfficialCode(Word):
    """The official 执法码/检查码: whether the region asks for it, and within which time it is made good."""

    required: bool
    label: Name
    due: Line
    article: Line


class Recognition(Word):
    """What another department's result must be to be taken over (结果互认): not older than ``since``, and shown by
    a picture where ``evidence`` asks for one. The server computes the day."""

    since: Day
    evidence: bool
    article: Line


class OrderRule(Word):
    """What a printed order to mend (责令改正通知书) rests on, and where to turn against it."""

    basis: Line
    remedies: tuple[Text, ...]


class SiteCode(Word):
    """An address that somebody's phone opens, short enough to be typed, and until when."""

    url: Line
    short: Line
    expires: Instant


class SiteRules(Word):
    """What the tablet needs to know for all that happens on site. Packets that were made before this was known
    have none, and their visits go on without it."""

    method: Literal["ON_SITE", "DOCUMENTARY", "NETWORK"]
    notice: NoticeRule
    endings: tuple[EndingRule, ...]
    official_code: OfficialCode
    noncooperation: tuple[Ruled, ...]
    recusal_grounds: tuple[Ruled, ...]
    media_bases: tuple[Ruled, ...]
    substitutes: Annotated[tuple[TeamMember, ...], Field(max_length=200)]
    refusal_witness: bool
    refusal_recording: bool
    paper_master: bool
    check_code: SiteCode | None
    copy_code: SiteCode | None
    objection: tuple[Text, ...]
    published: tuple[Text, ...]
    keep_days: Annotated[int, Field(ge=0, le=3_650)]
    recognition: Recognition | None = None
    order: OrderRule | None = None


# --- the packet (检查资料包) -----------------------------------------------------------------------------------


class Choice(Word):
    """One option of an enumeration that the rule profile fixes. ``excludes``: codes it cannot stand beside."""

    code: Code
    label: Name
    group: Code
    excludes: tuple[Code, ...] = ()


class PacketItem(Word):
    """One item to check. ``text`` is the digest of its ItemText, sent once for all visits."""

    item: Id
    number: Line
    title: Name
    method: Line
    photo_required: bool
    text: Digest


class ItemText(Word):
    """What stands behind an item: law (抽查依据), what to look at (抽查内容), how (检查指引)."""

    legal_basis: tuple[Line, ...]
    contents: tuple[Text, ...]
    guidance: tuple[Text, ...]


class PacketBlock(Word):
    """The block of one department (检查块): only its own officers fill and sign it."""

    organisation: Id
    organisation_name: Name
    heading: Name
    routine_items: tuple[Line, ...]
    special_items: Line
    applicable_law: Line
    items: Annotated[tuple[PacketItem, ...], Field(min_length=1, max_length=200)]


class PacketTarget(Word):
    """The target as the team needs it on site. Private fields are here and in no public place."""

    target: Id
    name: Name
    code: Line
    kind: Line
    district: Line
    address: Line
    legal_representative: Line
    representative_label: Line
    licence: Line
    phone: Line


class Due(Word):
    """A deadline that the profile fixes, computed by the server: the device never computes the law."""

    rule: Line
    article: Line
    working_days: int | None
    label: Line


class CertificateUntil(Word):
    """Until when an officer's certificate is valid, as the registry said when the visit was ordered. It informs the
    team before it leaves and bars nobody: who may be sent is the office's rule."""

    account: Id
    until: Day


class Packet(Word):
    """Everything a team needs for one visit without signal. ``packet_digest`` = H("packet/1", canonical)."""

    visit: Id
    number: Line
    scheme: Id
    scheme_number: Line
    scheme_name: Name
    mode: Line
    scope: Line
    region: Name
    demo: bool
    target: PacketTarget
    planned_on: Day
    team: tuple[TeamMember, ...]
    blocks: Annotated[tuple[PacketBlock, ...], Field(min_length=1, max_length=40)]
    findings: tuple[Choice, ...]
    dispositions: tuple[Choice, ...]
    refusal_reasons: tuple[Choice, ...]
    minimum_officers: Annotated[int, Field(ge=1, le=9)]
    template: Code
    record_title: Name
    supervised_behaviour: Name
    legal_basis: tuple[Line, ...]
    rights_text: tuple[Text, ...]
    dues: tuple[Due, ...]
    profile: Code
    profile_digest: Digest
    server_key: Annotated[str, StringConstraints(pattern=r"^04[0-9a-f]{128}$")]
    site: SiteRules | None = None
    certificates: Annotated[tuple[CertificateUntil, ...], Field(max_length=100)] | None = None

"""The packet (检查资料包): what a team needs on site, with the results of the law, as the tablet receives it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from backend.dispatch.rules import Order
from backend.planning.facts import SchemeFacts
from backend.profiles import keys
from backend.profiles.deadlines import due
from backend.profiles.quoted import quoted
from backend.profiles.rules import Profile
from backend.profiles.values import AtEvent, CalendarDays, Promptly, WorkingDays
from backend.profiles.values import Choice as ProfileChoice
from backend.profiles.values import Document as ProfileDocument
from backend.profiles.working_days import Calendar
from sync.canon import digest
from sync.words import (
    CertificateUntil,
    Choice,
    Due,
    ItemText,
    Packet,
    PacketBlock,
    PacketItem,
    PacketTarget,
    TeamMember,
)

TEMPLATE = "field_record.s1.1"
"""The record form that is filled and signed: S1 annex 1, first version."""
FICTION = "（虚构）"
"""What names of a fictional place end with. ``Packet.demo`` says it once for all names but the target's."""
STARTS: Mapping[str, str] = {
    "inspection_end": "检查结束",
    "task_end": "抽查任务结束",
    "task_deadline": "抽查完成时限",
    "result_entered": "结果录入",
    "information_formed": "检查结果形成",
    "targets_drawn": "抽取",
}


@dataclass(frozen=True)
class Item:
    """A check item as the catalogue has it."""

    id: str
    organisation: str
    number: str
    title: str
    heading: str
    method: str
    photo_required: bool
    legal_basis: tuple[str, ...]
    contents: tuple[str, ...]
    guidance: tuple[str, ...]

    @property
    def text(self) -> ItemText:
        """What stands behind it; a line longer than a packet's line ends with …."""
        return ItemText(
            legal_basis=tuple(cut(line, 300) for line in self.legal_basis),
            contents=tuple(cut(line, 4000) for line in self.contents),
            guidance=tuple(cut(line, 4000) for line in self.guidance),
        )


@dataclass(frozen=True)
class Surroundings:
    """What all packets of a scheme share. ``names``: organisation → full name; ``demo``: a fictional place."""

    scheme: SchemeFacts
    profile: Profile
    names: Mapping[str, str]
    items: Mapping[str, Item]
    region: str
    demo: bool
    server_key: str
    colleagues: tuple[tuple[TeamMember, date | None], ...] = ()
    """Everybody with an account in the inspectors' registry, and until when the certificate is valid."""
    calendar: Calendar | None = None
    """Holidays and make-up days (放假调休), for the dates of the deadlines."""

    def plain(self, name: str) -> str:
        """An office's or a place's name as the team reads it: the demo says once that all of it is fictional."""
        return name.replace(FICTION, "") if self.demo else name


def cut(text: str, longest: int) -> str:
    """``text``, or its beginning and … where it is longer."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def text_digest(text: ItemText) -> str:
    """What an item's text is called in packets: digest("text/1", …)."""
    return digest("text/1", text.model_dump(mode="json"))


def packet_digest(packet: Packet) -> str:
    """What visit.ordered names: digest("packet/1", …)."""
    return digest("packet/1", packet.model_dump(mode="json"))


def packet(visit: str, order: Order, target: PacketTarget, around: Surroundings) -> Packet:
    """Everything that this team needs for this visit without signal."""
    scheme, profile = around.scheme, around.profile
    plain = around.plain
    modes = {mode.code: mode.label for mode in profile.need(keys.JOINT_MODES)}
    return Packet(
        visit=visit,
        number=order.number,
        scheme=scheme.id,
        scheme_number=scheme.number,
        scheme_name=scheme.name,
        mode=modes.get(scheme.mode, scheme.mode),
        scope=profile.labels(keys.DRAW_SCOPES).get(scheme.scope, scheme.scope),
        region=plain(around.region),
        demo=around.demo,
        target=target.model_copy(update={"district": plain(target.district)}),
        planned_on=order.planned_on,
        team=order.team.members,
        blocks=tuple(_block(around, block.organisation, block.items) for block in scheme.blocks),
        findings=findings(profile),
        dispositions=dispositions(profile),
        refusal_reasons=tuple(
            Choice(code=c.code, label=c.label, group="refusal") for c in profile.need(keys.REFUSAL_REASONS)
        ),
        minimum_officers=scheme.minimum_officers,
        template=TEMPLATE,
        record_title=plain(profile.need(keys.RECORD_TEMPLATE).title),
        supervised_behaviour=scheme.behaviour,
        legal_basis=tuple(cited(document) for document in profile.need(keys.LEGAL_BASIS)),
        rights_text=tuple(_right(choice) for choice in profile.need(keys.RIGHTS_TOLD)),
        dues=dues(profile, scheme.ends_on, order.planned_on, around.calendar),
        profile=profile.id,
        profile_digest=profile.digest,
        server_key=around.server_key,
    )


def certificates(
    members: Iterable[TeamMember], colleagues: Iterable[tuple[TeamMember, date | None]]
) -> tuple[CertificateUntil, ...]:
    """Until when the certificates of these people are valid; who has none, or one without an end, is left out."""
    ends = {one.account: until for one, until in colleagues if until is not None}
    accounts = sorted({one.account for one in members if one.certified} & ends.keys())
    return tuple(CertificateUntil(account=account, until=ends[account].isoformat()) for account in accounts)


def cited(document: ProfileDocument) -> str:
    """A legal basis as it is cited, with the corrected number: 《…》（国发〔2019〕5号）."""
    return cut(f"《{document.title}》" + (f"（{document.number}）" if document.number else ""), 300)


def _right(choice: ProfileChoice) -> str:
    return choice.label + (f"（{quoted(choice.article)}）" if choice.article else "") + "。"


def _block(around: Surroundings, organisation: str, ids: Sequence[str]) -> PacketBlock:
    items = [around.items[item] for item in ids]
    special = "special" in around.scheme.mode.lower()
    subjects = tuple(subject(item.heading) for item in items)
    return PacketBlock(
        organisation=organisation,
        organisation_name=around.plain(around.names[organisation]),
        # Bare matters: the form has the words 对…的行政检查 and 对…的监管 around its blanks.
        heading=cut(subjects[0] if len(items) == 1 else subject(around.scheme.behaviour), 120),
        routine_items=() if special else tuple(cut(line, 300) for line in subjects),
        special_items=cut("；".join(f"对{one}的监管" for one in subjects), 300) if special else "",
        applicable_law=joined((law for item in items for law in item.legal_basis), 300),
        items=tuple(
            PacketItem(
                item=item.id,
                number=item.number,
                title=item.title,
                method=item.method,
                photo_required=item.photo_required,
                text=text_digest(item.text),
            )
            for item in items
        ),
    )


def subject(heading: str) -> str:
    """餐饮服务 of 对餐饮服务的行政检查: what stands on the blank of the printed forms."""
    return heading.removeprefix("对").removesuffix("的行政检查")


def joined(parts: Iterable[str], longest: int) -> str:
    """The distinct parts with ； between them; as many as fit as a whole, then 等."""
    line = ""
    for part in dict.fromkeys(parts):
        longer = f"{line}；{part}" if line else part
        if len(longer) > longest - 1:
            return f"{line}等" if line else cut(part, longest)
        line = longer
    return line


def findings(profile: Profile) -> tuple[Choice, ...]:
    """The findings to choose from (抽查结果). ``group`` is the type; ``excludes`` stands on both sides."""
    known = profile.need(keys.FINDINGS)
    against: dict[str, set[str]] = {finding.code: set() for finding in known}
    for rule in profile.need(keys.FINDING_EXCLUSIONS):
        for code in rule.codes:
            for other in known:
                if other.type in rule.types and other.code != code:
                    against[code].add(other.code)
                    against[other.code].add(code)
    order = [finding.code for finding in known]
    return tuple(
        Choice(
            code=finding.code,
            label=finding.label,
            group=finding.type,
            excludes=tuple(code for code in order if code in against[finding.code]),
        )
        for finding in known
    )


def dispositions(profile: Profile) -> tuple[Choice, ...]:
    """A department's results (检查结果): "no problem" stands alone; ``group`` not_on_site needs a decision first."""
    known = profile.need(keys.DISPOSITIONS)
    alone = set(profile.need(keys.DISPOSITIONS_ALONE))
    later = set(profile.need(keys.DISPOSITIONS_NOT_ON_SITE))
    return tuple(
        Choice(
            code=one.code,
            label=one.label,
            group="not_on_site" if one.code in later else "on_site",
            excludes=tuple(
                other.code
                for other in known
                if other.code != one.code and (one.code in alone or other.code in alone)
            ),
        )
        for one in known
    )


def dues(
    profile: Profile, ends_on: str, planned_on: str = "", calendar: Calendar | None = None
) -> tuple[Due, ...]:
    """What is due after the visit and by which article: entry of the result, publication, national backstop.

    ``ends_on``: the scheme's last day, which is the task's own deadline (抽查完成时限). With the day of the visit and
    the calendar, working days are given as the date too: the tablet knows no holidays.
    """
    rules = (
        (keys.RESULT_ENTRY_DUE, "录入检查结果"),
        (keys.PUBLICATION_DUE, "公示"),
        (keys.PUBLICATION_BACKSTOP, "公示"),
    )
    found = [
        (profile.get(key), _due(profile, key.name, profile.get(key), act, ends_on)) for key, act in rules
    ]
    return tuple(
        made.model_copy(update={"label": made.label + _dated(rule, planned_on, calendar)})
        for rule, made in found
        if made is not None
    )


def _dated(rule: object, planned_on: str, calendar: Calendar | None) -> str:
    """（10 月 1 日检查的，10 月 28 日前）, with holidays and make-up days counted."""
    if calendar is None or not planned_on or not isinstance(rule, WorkingDays):
        return ""
    if STARTS.get(rule.start) not in (STARTS["inspection_end"], STARTS["information_formed"]):
        return ""
    return f"（{planned_on} 检查结束的，截至 {due(date.fromisoformat(planned_on), rule, calendar).text}）"


def _due(
    profile: Profile,
    name: str,
    rule: WorkingDays | CalendarDays | AtEvent | Promptly | None,
    act: str,
    ends_on: str,
) -> Due | None:
    if rule is None:
        return None
    start = STARTS.get(rule.start, rule.start)
    days = rule.n if isinstance(rule, WorkingDays) else None
    if isinstance(rule, WorkingDays):
        label = f"{start}后 {rule.n} 个工作日内{act}"
    elif isinstance(rule, CalendarDays):
        label = f"{start}后 {rule.n} 日内{act}"
    elif isinstance(rule, Promptly):
        label = f"{start}后及时{act}"
    elif rule.start == "task_deadline":
        label = f"{start}（{ends_on}）前{act}"
    else:
        label = f"{start}时即{act}"
    return Due(rule=name, article=quoted(profile.article(name) or ""), working_days=days, label=label)

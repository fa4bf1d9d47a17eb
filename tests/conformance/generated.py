"""Visits for the twins, generated from the schema of the kinds: whatever `sync/words` knows today is in them.

Fields get values that their types allow; their names say which of those mean something (an organisation of the
packet, an entry that is there), so that histories reach the rules behind the first refusal.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sync import words as w
from sync.check import Draft
from sync.exchange import hurry, next_action, offer_again, photographed, recorded, summary, took
from sync.exchange_words import Cursor, Exchanged, GotPackets, Handed, Idle, Stored, Told
from sync.exchange_words import State as Known
from tests.conformance import visits as v
from tests.conformance.journey import Walk
from tests.conformance.test_exchange import EPOCH, Server, busy_tablet, troubled

TEXTS = (
    "",
    "无",
    "标签缺失",
    "店员🙂（虚构）",
    "line\nbreak",
    '"quoted" \\ and <tagged>',
    "\u2028",
    "e",
    "核" * 40,
)
KINDS = tuple(sorted(w.BODIES))
ON_SITE = tuple(kind for kind in KINDS if w.BODIES[kind].HOME != "office")
STEPS = ("party", "labels", "wages", "labour result", "fire 1 signs", "witness", "finished")
HANDMADE = frozenset((*v.FIELD, *v.OFFICE))
"""Kinds that ``visits.History`` fills with fields that fit together."""


@cache
def schema_of(kind: str) -> dict[str, Any]:
    return w.BODIES[kind].model_json_schema()


@cache
def entries_until(step: str) -> tuple[v.Written, ...]:
    """The journey up to a step: always the same."""
    return tuple(Walk().until(step).entries)


@cache
def codes_of_packet() -> tuple[str, ...]:
    """Every code that the packet names."""
    found: set[str] = set()

    def walk(value: Any) -> None:
        if isinstance(value, Mapping):
            found.update(
                one for key, one in value.items() if key in ("code", "rule") and isinstance(one, str)
            )
            for one in value.values():
                walk(one)
        elif isinstance(value, list | tuple):
            for one in value:
                walk(one)

    walk(v.packet().model_dump(mode="json"))
    return tuple(sorted(found))


class Filler:
    """Values for fields, on a history as it stands."""

    def __init__(self, history: v.History) -> None:
        self.history, self.chance = history, history.chance
        self.organisation = self.chance.choice(v.ORGANISATIONS)
        self.item = v.ident(self.chance.choice(v.ITEMS[self.organisation]))

    def body(self, kind: str) -> v.Body:
        """A body of ``kind`` with a nonce, mostly valid."""
        schema = schema_of(kind)
        body = self.object(schema, schema.get("$defs", {}))
        return {**body, "nonce": v.ident(f"nonce {self.chance.random()}")}

    def object(self, schema: Mapping[str, Any], named: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self.value(name, one, named) for name, one in schema.get("properties", {}).items()}

    def value(self, name: str, schema: Mapping[str, Any], named: Mapping[str, Any]) -> Any:
        """A value that the schema allows, for a field of this name."""
        chance = self.chance
        if "$ref" in schema:
            return self.value(name, named[schema["$ref"].rpartition("/")[2]], named)
        if "anyOf" in schema:
            return self.value(name, chance.choice(schema["anyOf"]), named)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return chance.choice(schema["enum"])
        match schema.get("type"):
            case "null":
                return None
            case "boolean":
                return chance.random() < 0.5
            case "integer":
                low, high = schema.get("minimum", 0), schema.get("maximum", 2**53 - 1)
                return chance.choice(
                    (low, high, chance.randint(low, high), min(high, low + chance.randrange(9)))
                )
            case "array":
                return self.array(name, schema, named)
            case "object":
                return self.object(schema, named)
            case "string":
                return self.text(name, schema)
        raise ValueError(f"{name}: no value for {schema}")

    def array(self, name: str, schema: Mapping[str, Any], named: Mapping[str, Any]) -> list[Any]:
        if "prefixItems" in schema:
            return [self.value(name, one, named) for one in schema["prefixItems"]]
        least = schema.get("minItems", 0)
        many = self.chance.randint(least, min(schema.get("maxItems", 3), least + 2))
        if name == "strokes":
            return [list(stroke) for stroke in v.STROKES] if many else []
        return [self.value(name, schema["items"], named) for _ in range(many)]

    def text(self, name: str, schema: Mapping[str, Any]) -> str:
        pattern, chance = schema.get("pattern"), self.chance
        if pattern is None:
            least, most = schema.get("minLength", 0), schema.get("maxLength", 4_000)
            return (chance.choice(TEXTS) or "无" * min(1, least)).ljust(least, "无")[:most]
        if pattern == r"^[0-9a-f]{32}$":
            return self.identity(name)
        if pattern == r"^[0-9a-f]{64}$":
            return self.digest(name)
        if hex_ := re.fullmatch(r"\^(04)?\[0-9a-f\]\{(\d+)\}\$", pattern):
            return (hex_[1] or "") + chance.randbytes(int(hex_[2]) // 2).hex()
        for maker, makes in PATTERNS:
            if maker == pattern:
                return chance.choice(makes)
        if pattern == r"^[A-Za-z0-9_.:-]{1,64}$":
            return chance.choice((*codes_of_packet(), "other", "unheard-of"))
        raise ValueError(f"{name}: no text for {pattern}")

    def identity(self, name: str) -> str:
        if name == "organisation":
            return self.organisation
        if name == "item":
            return self.item
        if name in (
            "account",
            "signer",
            "out",
            "officer",
            "inspector",
            "inspectors",
            "confirmed_by",
            "expert",
        ):
            return self.chance.choice(v.PEOPLE)
        return self.chance.choice((*v.PEOPLE, *v.ORGANISATIONS, v.VISIT, v.ident("somebody")))

    def digest(self, name: str) -> str:
        """An entry that is there, a picture, or nothing known."""
        chance, here = self.chance, self.history.entries
        if name == "record_digest":
            return v.sha(str(chance.randrange(2)))
        if here and chance.random() < 0.75:
            alike = [entry.id for entry, _ in here if _alike(name, entry.kind)]
            return chance.choice(alike or [entry.id for entry, _ in here])
        return v.sha(chance.choice(("picture 0", "picture 1", "picture 2", "nothing")))


PATTERNS = (
    (
        r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$",
        ("2026-11-20T02:00:00.000Z", "2026-11-20T03:30:00.000Z", "1996-02-29T23:59:59.999Z"),
    ),
    (r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", ("2026-11-20", "2026-11-21", "2027-01-01")),
    (r"^[0-9+ -]{0,20}$", ("", "023 1234-5678", "+86 138 0000 0000")),
    (r"^([01][0-9]|2[0-3]):[0-5][0-9]$", ("00:00", "09:30", "23:59")),
    (r"^([0-9a-f]{128})?$", ("", "ab" * 64)),
)


def _alike(name: str, kind: str) -> bool:
    """Whether a field of this name probably means an entry of this kind."""
    stem = {
        "proposal": "proposed",
        "evidence": "evidence.taken",
        "media": "recording",
        "supplement": "supplement.",
    }
    return stem.get(name, "") in kind if name in stem else False


class Generated(v.History):
    """A history with entries of every kind. Odd seeds begin with some of a real journey."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        if seed % 2:
            walked = entries_until(self.chance.choice(STEPS))
            self.entries = [*walked, *self.entries[: seed % 8]]
        for number in range(self.chance.randrange(1, 12)):
            kind = self.chance.choice(KINDS if self.chance.random() < 0.2 else ON_SITE)
            if number == 0:  # every kind has its turn
                kind = KINDS[seed % len(KINDS)]
            office = w.BODIES[kind].HOME == "office" and self.chance.random() < 0.9
            pad = self.server if office else self.chance.choice(self.pads)
            by = v.CLERK if office else self.chance.choice(v.PEOPLE)
            at = f"2026-11-20T02:00:{self.chance.randrange(60):02}.000Z"
            self.entries.append(pad.append(kind, by, self.body(kind), at))

    def body(self, kind: str) -> v.Body:
        """A body of any kind; now and then a field superseding what stands of the same kind, or one too few."""
        if kind in HANDMADE and self.chance.random() < 0.5:
            return self.pads[0].body(kind, **self.fields(kind))
        body = Filler(self).body(kind)
        if "supersedes" in body and self.chance.random() < 0.6:
            body["supersedes"] = list(self.some((kind,)))
        if self.chance.random() < 0.03:
            del body[self.chance.choice(sorted(body))]
        return body

    def drafts(self, record: str, many: int) -> list[Draft]:
        """What somebody might want to record now, some of it about the record as it stands."""
        found = []
        for kind in self.chance.sample(ON_SITE, min(many, len(ON_SITE))):
            body = self.body(kind)
            if "record_digest" in body and self.chance.random() < 0.7:
                body["record_digest"] = record
            found.append(Draft(kind, body, self.chance.choice(v.PEOPLE), record))
        return found


# --- the exchange ---------------------------------------------------------------------------------------------

TROUBLES = (
    *("lost before", "lost after", "unauthorised", "server_busy", "too_large", "storage_full"),
    *(
        "not_allowed",
        "digest_mismatch",
        "well",
        "well",
        "well",
        "part",
        "other server",
        "held",
        "some packets",
        "handed",
    ),
)


def exchange_of(seed: int) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """A tablet's exchange: the steps as both twins take them, and what ours came to: actions, state, summary."""
    chance = random.Random(f"exchange {seed}")
    entries, photos = chance.randrange(1, 9), chance.randrange(4)
    state, server = Known(), Server(busy_tablet(entries, photos), {f"{chance.randrange(1, 12):064x}"})
    steps: list[dict[str, Any]] = []
    actions: list[Any] = []
    seq, now = 0, 0
    for _ in range(chance.randrange(5, 50)):
        luck = chance.random()
        if luck < 0.15 and seq < entries:
            seq += 1
            made: list[Any] = [
                f"{seq:064x}",
                seq,
                f"{seq - 1:064x}" if seq > 1 else w.NO_PREV,
                v.VISIT,
                chance.randrange(9_000),
            ]
            steps.append({"do": "recorded", "with": made})
            state = recorded(state, *made)
        elif luck < 0.25 and seq:
            photo = chance.randrange(photos + 1)
            taken: list[Any] = [f"c{photo:063x}", 1000 + photo, v.VISIT, f"{1 + photo % seq:064x}"]
            if taken[0] in server.sizes:
                steps.append({"do": "photographed", "with": taken})
                state = photographed(state, *taken)
        elif luck < 0.3:
            again = chance.random() < 0.5
            steps.append({"do": "offerAgain" if again else "hurry", "with": []})
            state = offer_again(state) if again else hurry(state)
        else:
            action = next_action(state, now)
            actions.append(action.model_dump(mode="json"))
            steps.append({"do": "ask", "with": [now]})
            if not isinstance(action, Idle):
                outcome = _outcome(server, action, chance)
                jitter = chance.randrange(1000)
                steps.append({"do": "took", "with": [outcome.model_dump(mode="json"), now, jitter]})
                state = took(state, action, outcome, now, jitter)
            now += chance.choice((0, 1, 900, 60_000, 400_000))
    mine = {
        "actions": actions,
        "state": state.model_dump(mode="json"),
        "summary": summary(state).model_dump(mode="json"),
    }
    return steps, mine


def _outcome(server: Server, action: Any, chance: random.Random) -> Any:
    what = chance.choice(TROUBLES)
    if what not in ("other server", "held", "some packets", "handed"):
        return troubled(server, action, what)
    outcome = server.answer(action, 300)
    if isinstance(outcome, GotPackets):
        return outcome.model_copy(update={"digests": outcome.digests[:1]})
    if not isinstance(outcome, Exchanged):
        return outcome
    if what == "held":
        told = [
            Told(entry=one.entry, status="held", code="chain_gap", number=one.number)
            for one in outcome.receipts
        ]
        decided = tuple(one.entry for one in told if chance.random() < 0.2)
        return outcome.model_copy(update={"receipts": tuple(told), "decided": decided, "more": True})
    if what == "some packets":
        digests = sorted(server.sizes)
        stored = tuple(Stored(digest=one, number=server.number) for one in digests[:1])
        return outcome.model_copy(
            update={"stored": stored, "packets": ("9" * 64,), "backed_up": server.number}
        )
    if what == "handed":
        damaged = tuple(one.entry for one in outcome.receipts[1::2] if chance.random() < 0.7)
        return Handed(receipts=outcome.receipts[::2], damaged=damaged)
    other = {"epoch": "2" * 32 if chance.random() < 0.5 else EPOCH, "reset": chance.random() < 0.5}
    return outcome.model_copy(update={**other, "cursor": Cursor(number=1, within=0, head="e" * 64)})


def kinds_in(histories: Sequence[v.History]) -> set[str]:
    """The kinds of which at least one whole body is in these histories."""
    found = set()
    for history in histories:
        for entry, body in history.entries:
            if entry.kind in w.BODIES and body is not None and entry.kind not in found:
                try:
                    w.BODIES[entry.kind].model_validate(body)
                except ValueError:
                    continue
                found.add(entry.kind)
    return found

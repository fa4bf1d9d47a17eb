"""``schema.json`` and ``words.ts`` as text, made from ``sync.words``; `tests.conformance.generate` writes them.

The schema carries no prose, so that its digest moves only when a word's meaning does; the TypeScript carries
the first paragraph of each docstring. Objects are closed and every field is required, defaults included: a
body says everything, so that its digest covers all that it means.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal, get_args, get_origin

from pydantic.json_schema import models_json_schema

from sync import words
from sync.canon import digest

Schema = dict[str, Any]

FOLDED = (
    *("visit.ordered", "item.verified", "item.contradicted", "evidence.stored"),
    *("entry.received", "entry.admitted", "entry.set_aside"),
    *("consent.decided", "noncooperation.decided", "recusal.decided", "visit.recalled", "ending.decided"),
)
"""Office kinds that `fold` reads, beside every kind of a device: their shapes travel in the tablet's app."""


def models() -> dict[str, type[words.Word]]:
    """Every word that travels, by name, in the order of ``sync.words``."""
    found = (value for value in vars(words).values() if isinstance(value, type))
    return {
        model.__name__: model
        for model in found
        if issubclass(model, words.Word) and model not in (words.Word, words.Body)
    }


def enumerations() -> dict[str, list[str]]:
    """Every named set of codes, by name, in the order of ``sync.words``."""
    return {
        name: list(get_args(value)) for name, value in vars(words).items() if get_origin(value) is Literal
    }


def schema() -> Schema:
    """JSON Schema 2020-12 of every word, with the kinds' bodies, who writes them, and the refusals' codes."""
    _, whole = models_json_schema([(model, "serialization") for model in models().values()])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "version": words.VERSION,
        "$defs": {name: _plain(definition) for name, definition in whole["$defs"].items()},
        "bodies": {kind: model.__name__ for kind, model in sorted(words.BODIES.items())},
        "homes": {kind: model.HOME for kind, model in sorted(words.BODIES.items())},
        "enumerations": enumerations(),
        "refusals": sorted(words.REFUSALS),
    }


def schema_text() -> str:
    """The file ``schema.json``."""
    return json.dumps(schema(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def schema_digest() -> str:
    """What ``words.SCHEMA_DIGEST`` has to be."""
    return digest("schema/1", schema())


def _plain(node: Any) -> Any:
    """Without titles, prose and defaults; every field required, as `schema` promises."""
    if isinstance(node, list):
        return [_plain(part) for part in node]
    if not isinstance(node, dict):
        return node
    kept = {
        key: {name: _plain(field) for name, field in value.items()} if key == "properties" else _plain(value)
        for key, value in node.items()
        if key not in ("title", "description", "default")
    }
    if "properties" in kept:
        kept["required"] = list(kept["properties"])
    return kept


def type_of(node: Mapping[str, Any], names: Mapping[tuple[str, ...], str]) -> str:
    """The TypeScript type of a schema; ``names`` maps the codes of an enumeration to its name."""
    match node:
        case {"$ref": str(ref)}:
            return ref.rpartition("/")[2]
        case {"const": value}:
            return f"'{value}'"
        case {"enum": list(values)}:
            return names.get(tuple(values)) or " | ".join(f"'{value}'" for value in values)
        case {"anyOf": list(parts)}:
            return " | ".join(type_of(part, names) for part in parts)
        case {"type": "array", "items": dict(items)}:
            inner = type_of(items, names)
            spaced = " " in inner
            return f"readonly ({inner})[]" if spaced else f"readonly {inner}[]"
        case {"type": "object", "additionalProperties": dict(value)}:
            return f"Readonly<Record<string, {type_of(value, names)}>>"
        case {"type": "integer"}:
            return "number"
        case {"type": "string" | "boolean" | "null" as name}:
            return str(name)
    raise ValueError(f"no TypeScript type for {node}")


def words_ts() -> str:
    """The file ``words.ts``: types of every word, kinds, shapes for the visit's bodies, refusals."""
    whole = schema()
    names = {tuple(codes): name for name, codes in whole["enumerations"].items()}
    device = [kind for kind, home in whole["homes"].items() if home == "device"]
    either = [kind for kind, home in whole["homes"].items() if home == "either"]
    parts = [
        "// Generated from sync/words by `python -m tests.conformance.generate`; change the words there.\n",
        f"export const VERSION = {words.VERSION};\nexport const NO_PREV = '{words.NO_PREV}';\n",
        f"export const SCHEMA_DIGEST = '{schema_digest()}';\n",
        *(f"export type {name} = {_union(codes)};\n" for name, codes in whole["enumerations"].items()),
        *(_interface(name, model, whole["$defs"][name], names) for name, model in models().items()),
        _map("Bodies", whole["bodies"], "The body of each kind of entry."),
        f"/** Every kind of this version. */\nexport const KINDS = {_codes(list(whole['bodies']))} as const;\n"
        "export type Kind = (typeof KINDS)[number];\n",
        f"/** Kinds that a device writes in the field. */\nexport const DEVICE_KINDS = {_codes(device)} as const;\n"
        "export type DeviceKind = (typeof DEVICE_KINDS)[number];\n",
        "/** Kinds that either writes: from a device they have their effect by their author's place in the team. */\n"
        f"export const EITHER_KINDS = {_codes(either)} as const;\n"
        "export type FieldKind = DeviceKind | (typeof EITHER_KINDS)[number];\n",
        SHAPE,
        "/** What `shape.ts` reads: the words that the visit's bodies are made of, every field required. */\n"
        f"export const SHAPES: Readonly<Record<string, Shape>> = {{\n{_shapes(whole, device)}}};\n",
        "/** One catalogue: what happened and what to do next; blanks are filled from `details`. */\n"
        f"export const REFUSALS = {_json(words.REFUSALS)} as const;\n"
        "export type RefusalCode = keyof typeof REFUSALS;\n",
        REFUSE,
    ]
    return "\n".join(parts)


SHAPE = """export interface Shape {
  readonly $ref?: string;
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Shape[];
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly items?: Shape;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}
"""


REFUSE = """/** The refusal `code` with its sentence filled; throws RangeError for a blank left open. */
export function refuse(code: RefusalCode, details: Readonly<Record<string, string | number>> = {}): Refusal {
  const filled = Object.fromEntries(Object.entries(details).map(([name, value]) => [name, String(value)]));
  const sentence = REFUSALS[code].replace(/\\{([a-z_]+)\\}/g, (_, name: string) => {
    const value = filled[name];
    if (value === undefined) throw new RangeError(`${code} needs ${name}`);
    return value;
  });
  return { code, sentence, details: filled };
}
"""


def _interface(name: str, model: type, node: Schema, names: Mapping[tuple[str, ...], str]) -> str:
    comment = " ".join((inspect.getdoc(model) or "").split("\n\n")[0].split())
    fields = "".join(
        f"  readonly {field}: {type_of(value, names)};\n" for field, value in node["properties"].items()
    )
    return f"/** {comment} */\nexport interface {name} {{\n{fields}}}\n"


def _map(name: str, entries: Mapping[str, str], comment: str) -> str:
    lines = "".join(f"  readonly '{kind}': {model};\n" for kind, model in entries.items())
    return f"/** {comment} */\nexport interface {name} {{\n{lines}}}\n"


def _shapes(whole: Schema, device: list[str]) -> str:
    """The shapes of the visit's bodies by kind, and those they refer to by name, a line each."""
    shapes = {kind: whole["$defs"][whole["bodies"][kind]] for kind in sorted([*device, *FOLDED])}
    named = {name for shape in shapes.values() for name in _references(shape)}
    shapes |= {name: whole["$defs"][name] for name in sorted(named)}
    lines = ((name, json.dumps(_bare(shape), separators=(",", ":"))) for name, shape in shapes.items())
    return "".join(f"  '{name}': {line},\n" for name, line in lines)


def _bare(node: Any) -> Any:
    """Without what `shape.ts` takes for granted: objects are closed and say everything."""
    if isinstance(node, list):
        return [_bare(part) for part in node]
    if not isinstance(node, dict):
        return node
    return {
        key: {name: _bare(field) for name, field in value.items()} if key == "properties" else _bare(value)
        for key, value in node.items()
        if key not in ("required", "additionalProperties")
    }


def _references(node: Any) -> Iterator[str]:
    parts = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for part in parts:
        yield from _references(part)
    if isinstance(node, dict) and isinstance(node.get("$ref"), str):
        yield node["$ref"].rpartition("/")[2]


def _union(codes: list[str]) -> str:
    return "\n  | ".join(["", *(f"'{code}'" for code in codes)]).lstrip(" ")


def _codes(codes: list[str]) -> str:
    return "[\n" + "".join(f"  '{code}',\n" for code in codes) + "]"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)

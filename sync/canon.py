"""Canonical bytes: the one byte form of a value, the one domain-tagged hash, and the RFC 6962 Merkle tree.

Whatever is hashed or signed anywhere in the project goes through this file or its twin `canon.ts`; both run
`vectors/canon.json`. PROTOCOL.md, "Canonical bytes", says the same in prose.
"""

import hashlib
import json
import struct
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NoReturn, TypeAlias

import msgspec

JSON: TypeAlias = "bool | int | str | Sequence[JSON] | Mapping[str, JSON] | None"

MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 64


_encoder = msgspec.json.Encoder(order="sorted")
_eight = struct.Struct(">Q")


class NotCanonical(ValueError):
    """There is no canonical form. `reason` is a stable code, `where` a path such as `$.a[0]`."""

    def __init__(self, reason: str, where: str = "$") -> None:
        super().__init__(f"{reason} at {where}")
        self.reason = reason
        self.where = where


def canonical(value: JSON) -> bytes:
    """RFC 8785 bytes of `value`, restricted so that every language agrees.

    ASCII keys, NFC strings without lone surrogates, integers within ±(2^53-1), no floats, at most 64
    levels of arrays and objects. Raises `NotCanonical`.
    """
    if not _plain((value,), 0):
        _check(value, "$", 0)
    # With ASCII keys, code-point order is the UTF-16 order of RFC 8785; this encoder escapes as the RFC does.
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError:
        _check(value, "$", 0)  # says where the lone surrogate is
        raise


def composed(value: Mapping[str, Any]) -> bytes:
    """Canonical bytes of a value that is made of canonical parts; a part that is canonical bytes already goes in as
    ``Raw``. Nothing is looked at again: for what the own hand put together, not for what came from elsewhere."""
    return _encoder.encode(value)


def parse(data: bytes) -> JSON:
    """The value that UTF-8 JSON `data` stands for; lenient on whitespace and key order, strict on the rest.

    Whatever `parse` returns has a canonical form. Duplicate keys, floats (also `1.0` and `1e2`), `-0`, NaN, a
    byte order mark and bad UTF-8 raise `NotCanonical`.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotCanonical("not-utf8") from error
    try:
        value: JSON = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_refuse_float,
            parse_constant=_refuse_constant,
        )
    except NotCanonical:
        raise
    except RecursionError as error:
        raise NotCanonical("depth") from error
    except ValueError as error:
        raise NotCanonical("not-json") from error
    # Only an escape can bring a lone surrogate into text that was UTF-8.
    if "\\u" in text or not _plain((value,), 0):
        _check(value, "$", 0)
    return value


def is_canonical(data: bytes) -> bool:
    """Whether `data` is exactly the canonical form of some value."""
    try:
        return canonical(parse(data)) == data
    except NotCanonical:
        return False


def H(tag: str, *parts: bytes) -> bytes:
    """SHA-256 over the tag (UTF-8) and each part, every one preceded by its length as 8 bytes, big-endian.

    Lengths make the split unambiguous; the tag ("seed/1", "plan/1" …) keeps one use from posing as another.
    """
    pieces = [_framed_tag(tag)]
    for part in parts:
        pieces += (_eight.pack(len(part)), part)
    return hashlib.sha256(b"".join(pieces)).digest()


@lru_cache(maxsize=256)
def _framed_tag(tag: str) -> bytes:
    return framed(tag.encode())


def framed(*parts: bytes) -> bytes:
    """The parts one after another, each preceded by its length as 8 bytes, big-endian."""
    return b"".join([_eight.pack(len(part)) + part for part in parts])


def digest(tag: str, value: JSON) -> str:
    """Lower-case hex of `H(tag, canonical(value))`."""
    return H(tag, canonical(value)).hex()


def leaf_hash(data: bytes) -> bytes:
    """RFC 6962 leaf: SHA-256(0x00 | data)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 6962 node: SHA-256(0x01 | left | right). The prefix keeps a leaf from posing as a node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def merkle_root(leaves: Iterable[bytes]) -> bytes:
    """RFC 6962 root over the leaves' data, in logarithmic memory. The empty tree is SHA-256 of nothing."""
    # Like a binary counter: stack[j] is a full subtree and the trailing ones of `count` say how many to join.
    stack: list[bytes] = []
    for count, data in enumerate(leaves):
        node = leaf_hash(data)
        rest = count
        while rest & 1:
            node = node_hash(stack.pop(), node)
            rest >>= 1
        stack.append(node)
    if not stack:
        return hashlib.sha256(b"").digest()
    root = stack.pop()
    while stack:
        root = node_hash(stack.pop(), root)
    return root


def merkle_proof(leaves: Sequence[bytes], i: int) -> list[bytes]:
    """The audit path of leaf `i` (from 0), its sibling first. Raises `IndexError` outside the tree."""
    if not 0 <= i < len(leaves):
        raise IndexError(f"leaf {i} of {len(leaves)}")
    level = [leaf_hash(data) for data in leaves]
    path: list[bytes] = []
    while len(level) > 1:
        if i ^ 1 < len(level):
            path.append(level[i ^ 1])
        joined = [node_hash(level[j], level[j + 1]) for j in range(0, len(level) - 1, 2)]
        if len(level) % 2:
            joined.append(level[-1])
        level = joined
        i //= 2
    return path


def merkle_verify(root: bytes, n: int, i: int, leaf: bytes, proof: Sequence[bytes]) -> bool:
    """Whether `leaf` (its data, not its hash) stands at place `i` of the tree of `n` leaves under `root`."""
    if not 0 <= i < n:
        return False
    node = leaf_hash(leaf)
    rest = list(proof)
    last = n - 1
    while last:
        # A last node without a sibling rises unchanged, as in the RFC's uneven split.
        if i & 1 or i < last:
            if not rest:
                return False
            sibling = rest.pop(0)
            node = node_hash(sibling, node) if i & 1 else node_hash(node, sibling)
        i >>= 1
        last >>= 1
    return not rest and node == root


def _plain(values: Iterable[Any], depth: int) -> bool:
    """Whether the values, at this depth, have a canonical form beyond doubt, but for lone surrogates: most have, and
    need no path for an error. One call for a whole list or object: a call for each of its values would cost more
    than all the rest."""
    for value in values:
        kind = type(value)
        if kind is str:
            if not value.isascii() and not unicodedata.is_normalized("NFC", value):
                return False
        elif kind is int:
            if not -MAX_INTEGER <= value <= MAX_INTEGER:
                return False
        elif kind is dict:
            try:
                keys = "".join(value)
            except TypeError:
                return False
            if depth >= MAX_DEPTH or not keys.isascii() or not _plain(value.values(), depth + 1):
                return False
        elif kind is list or kind is tuple:
            if depth >= MAX_DEPTH or not _plain(value, depth + 1):
                return False
        elif value is not None and kind is not bool:
            return False
    return True


def _check(value: object, where: str, depth: int) -> None:
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, str):
        _check_text(value, where)
    elif isinstance(value, int):
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise NotCanonical("integer-range", where)
    elif isinstance(value, float):
        raise NotCanonical("float", where)
    elif isinstance(value, (list, tuple)):
        if depth >= MAX_DEPTH:
            raise NotCanonical("depth", where)
        for i, item in enumerate(value):
            _check(item, f"{where}[{i}]", depth + 1)
    elif isinstance(value, dict):
        if depth >= MAX_DEPTH:
            raise NotCanonical("depth", where)
        for key, item in value.items():
            if not isinstance(key, str) or not key.isascii():
                raise NotCanonical("key-not-ascii", where)
            _check(item, f"{where}.{key}", depth + 1)
    else:
        raise NotCanonical("type", where)


def _check_text(text: str, where: str) -> None:
    if text.isascii():
        return
    if any("\ud800" <= c <= "\udfff" for c in text):
        raise NotCanonical("lone-surrogate", where)
    if not unicodedata.is_normalized("NFC", text):
        raise NotCanonical("not-nfc", where)


def _object(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise NotCanonical("duplicate-key")
    return result


def _integer(text: str) -> int:
    if text == "-0":
        raise NotCanonical("negative-zero")
    # Longer than any integer allowed; also keeps a megabyte of digits from being converted.
    if len(text) > 17:
        raise NotCanonical("integer-range")
    return int(text)


def _refuse_float(_: str) -> NoReturn:
    raise NotCanonical("float")


def _refuse_constant(_: str) -> NoReturn:
    raise NotCanonical("not-json")

"""Registries (一单两库)."""

from __future__ import annotations

from typing import ClassVar, Literal

from sync.words.base import Body, Count, Day, Digest, Id, Name

Registry = Literal["check_items", "targets", "inspectors", "experts"]


class RegistryFrozen(Body):
    """A registry was changed by one import and stands since then as ``root`` says (名录库锁定)."""

    KIND: ClassVar[str] = "registry.frozen"
    registry: Registry
    change_set: Id
    root: Digest
    count: Count
    added: Count
    changed: Count
    removed: Count
    as_of: Day
    file_name: Name
    file_digest: Digest

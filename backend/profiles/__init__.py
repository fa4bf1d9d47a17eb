"""Rule profiles: the law as data. This shell reads the folder once; `rules` and `deadlines` decide."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from backend.profiles.rules import ProfileError, ProfileSource, changed_pins, load_profiles

PINS = "PINNED.toml"


@cache
def profiles() -> Mapping[str, ProfileSource]:
    """Every profile of this folder by id, read once.

    Raises `ProfileError` if a file is broken or differs from its pin: rules that were used stay as they were.
    """
    found = {
        entry.name: entry.read_bytes() for entry in files(__name__).iterdir() if entry.name.endswith(".toml")
    }
    pins = tomllib.loads(found.pop(PINS).decode())["files"]
    sources = load_profiles(found)
    problems = changed_pins(sources, pins)
    if problems:
        raise ProfileError("\n".join(problems))
    return MappingProxyType(sources)

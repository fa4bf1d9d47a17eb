"""The profiles as they ship, and the days on which the tests look at them."""

from __future__ import annotations

from datetime import date
from importlib.resources import files

from backend.profiles.calendar_data import seeded_calendar
from backend.profiles.rules import Profile, load_profiles, resolve

CN = seeded_calendar()
FILES = {
    entry.name: entry.read_bytes()
    for entry in files("backend.profiles").iterdir()
    if entry.name.endswith(".toml") and entry.name != "PINNED.toml"
}
SOURCES = load_profiles(FILES)
S0, S1, S2, S3, S4, DEMO = (
    "ha-puyang-2023",
    "cq-yubei-2024",
    "jx-changjiang-2023",
    "he-shijiazhuang-2021",
    "gd-2019",
    "demo-yuling",
)
# A day on which each local text was in force and no overlay yet.
THEN = {
    S0: date(2023, 7, 1),
    S1: date(2024, 11, 30),
    S2: date(2023, 7, 1),
    S3: date(2021, 7, 1),
    S4: date(2020, 7, 1),
    DEMO: date(2024, 11, 30),
}
NOW = date(2026, 3, 2)


def then(profile_id: str) -> Profile:
    return resolve(SOURCES, profile_id, THEN[profile_id])


def now(profile_id: str) -> Profile:
    return resolve(SOURCES, profile_id, NOW)


def changed(profile_id: str, old: str, new: str) -> dict[str, bytes]:
    text = FILES[f"{profile_id}.toml"].decode()
    assert old in text
    return {**FILES, f"{profile_id}.toml": text.replace(old, new, 1).encode()}

"""The press: a form and its values become a PDF.

Layouts are the `.typ` files beside this one. Values reach them as JSON through ``sys.inputs`` and are text there,
whatever they contain: nothing that somebody typed is ever part of a layout's source.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import threading
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import typst

from backend.documents.ink import Drawing, Photo
from backend.documents.printed import Form
from backend.documents.splice import splice, stand_in

log = logging.getLogger("suijian")
HERE = Path(__file__).parent
LAYOUTS: Mapping[Form, str] = {
    "annex1": "annex1.typ",
    "annex2": "annex2.typ",
    "summary": "summary.typ",
    "check": "summary.typ",
    "letter": "annex2.typ",
    "sheet": "sheet.typ",
    "order": "sheet.typ",
    "self_check": "self_check.typ",
}
SHARED = "paper.typ"
FAMILIES = (
    *("Noto Serif CJK SC", "Noto Serif SC", "Source Han Serif SC", "FangSong_GB2312", "FangSong"),
    *("STFangsong", "SimSun", "Songti SC", "Noto Sans CJK SC", "Noto Sans SC"),
)
"""Type faces in the order of preference; where none is there, any that knows the sign."""

# Signs without a shape, and those that turn the reading order around: a name must look like what it is.
UNSHOWN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
# A run of Latin signs and digits that no line could hold: it may break after every 24th.
UNBROKEN = re.compile("[!-~]{24}(?=[!-~])")


class Press:
    """A warm compiler. One document at a time: a second one waits, which is shorter than a second compiler."""

    def __init__(self, fonts: tuple[Path, ...] = ()) -> None:
        """``fonts``: folders whose fonts are used instead of the system's; none: the system's."""
        self._sources = {path.name: path.read_bytes() for path in sorted(HERE.glob("*.typ"))}
        self._lock = threading.Lock()
        # The package's types do not know that the input may be several files by name.
        nothing: Any = {"main.typ": b""}
        self._compiler = typst.Compiler(nothing, font_paths=list(fonts), ignore_system_fonts=bool(fonts))

    def print(
        self, form: Form, values: Mapping[str, Any], drawings: Mapping[str, Drawing] | None = None
    ) -> bytes:
        """The PDF. ``values``: what the form's layout reads; ``drawings``: name → drawing that values name.

        Raises RuntimeError where a layout and its values do not fit: a bug."""
        photos = {name: one for name, one in (drawings or {}).items() if isinstance(one, Photo)}
        plain = {name: one.encode() for name, one in (drawings or {}).items() if isinstance(one, str)}
        heads = {name: stand_in(one.jpeg, name) for name, one in photos.items()}
        small = {name: one.svg(heads[name]).encode() for name, one in photos.items()}
        made = self._compiled(form, values, plain | small)
        try:
            return splice(made, {heads[name]: one.jpeg for name, one in photos.items()})
        except ValueError:
            # Another compiler may write its streams in another way: slower, and as right.
            log.warning("photographs could not be put into the finished document; they are compiled into it")
            return self._compiled(
                form, values, plain | {n: p.svg(p.jpeg).encode() for n, p in photos.items()}
            )

    def _compiled(self, form: Form, values: Mapping[str, Any], drawn: Mapping[str, bytes]) -> bytes:
        files: Any = dict(drawn)
        files |= {SHARED: self._sources[SHARED], "main.typ": self._sources[LAYOUTS[form]]}
        whole = json.dumps(_shown({**values, "families": FAMILIES}), ensure_ascii=False)
        with self._lock:
            made = self._compiler.compile(input=files, format="pdf", sys_inputs={"values": whole})
        return cast("bytes", made)


def _shown(value: Any) -> Any:
    """The value with every text in it as it can be shown on paper."""
    if isinstance(value, str):
        plain = UNSHOWN.sub("", value.replace("\r\n", "\n").encode("utf-8", "replace").decode())
        return UNBROKEN.sub("\\g<0>\u200b", plain)
    if isinstance(value, Mapping):
        return {key: _shown(one) for key, one in value.items()}
    return [_shown(one) for one in value] if isinstance(value, list | tuple) else value


def fonts_from(environment: Mapping[str, str]) -> tuple[Path, ...]:
    """The folders of SUIJIAN_FONTS, separated as the system separates paths. Raises ValueError, naming the
    variable, where one is not there."""
    folders = tuple(Path(one) for one in environment.get("SUIJIAN_FONTS", "").split(os.pathsep) if one)
    if not all(folder.is_dir() for folder in folders):
        raise ValueError("SUIJIAN_FONTS")
    return folders


@lru_cache(maxsize=1)
def press() -> Press:
    """The press of this process, with the fonts that the environment names. The first call loads them (150 ms)."""
    return Press(fonts_from(os.environ))


async def printed(
    form: Form, values: Mapping[str, Any], drawings: Mapping[str, Drawing] | None = None
) -> bytes:
    """The PDF, made in a thread: the server goes on answering meanwhile."""
    return await asyncio.to_thread(lambda: press().print(form, values, drawings))


def file_headers(name: str, digest: str = "") -> dict[str, str]:
    """Headers of a PDF that a browser shows under that name; private, and not kept by anything on the way."""
    headers = {
        "content-disposition": f"inline; filename*=UTF-8''{quote(name, safe='')}.pdf",
        "cache-control": "private, no-store",
    }
    return headers | ({"x-record-digest": digest} if digest else {})

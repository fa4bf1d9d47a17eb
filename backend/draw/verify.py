"""``suijian verify-draw FILE_OR_URL``: recompute a published draw from its file alone, without this server's data."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import httpx

from backend.draw.rules_publication import check_document
from sync.canon import NotCanonical, parse
from sync.draw_check import not_countersigned
from sync.draw_publication import DrawPublication

LARGEST = 256 * 1024 * 1024
"""Bytes of a publication that are read; one over a million targets has about one."""


class Unreadable(Exception):
    """The file or address gave no publication; the text says why, in Chinese."""


def read(source: str) -> bytes:
    """The bytes of a file, or of an http(s) address. Raises Unreadable."""
    try:
        if urlsplit(source).scheme in ("http", "https"):
            answer = httpx.get(
                source, headers={"accept": "application/json"}, timeout=30, follow_redirects=True
            )
            answer.raise_for_status()
            raw = answer.content
        else:
            raw = Path(source).read_bytes()
    except (OSError, httpx.HTTPError) as error:
        raise Unreadable(f"读取不到“{source}”：{error}。请核对路径或网址。") from error
    if len(raw) > LARGEST:
        raise Unreadable("文件过大，不是抽取公示文件。")
    return raw


def verify(raw: bytes) -> tuple[list[str], dict[str, Any]]:
    """(what does not hold, one sentence each; the document). Raises Unreadable for what is no JSON object."""
    try:
        document = parse(raw)
    except NotCanonical as error:
        raise Unreadable("内容不是 JSON，无法核验。请从公示页下载“公示文件”后再试。") from error
    if not isinstance(document, dict):
        raise Unreadable("内容不是抽取公示文件。请从公示页下载“公示文件”后再试。")
    if "outcome" not in document and "plan" in document:
        raise Unreadable("这个编号只公告、还没有抽取。请在抽取后再核验，现在可以先存下这份公告。")
    found = [
        f"{one.where}：{one.message}" if one.where else one.message for one in check_document(raw, document)
    ]
    return found, document


def run(source: str) -> int:
    """Print the verdict; 0 sound, 1 something does not hold, 2 unreadable."""
    begun = time.perf_counter()
    try:
        problems, document = verify(read(source))
    except Unreadable as error:
        sys.stderr.write(f"{error}\n")
        return 2
    seconds = time.perf_counter() - begun
    if problems:
        sys.stdout.write("核验不一致：\n" + "".join(f"  {one}\n" for one in problems))
        return 1
    plan = document["plan"]
    if document["outcome"] == "aborted":
        verdict = f"核验一致：编号已作废，理由“{document['reason']}”"
    else:
        verdict = f"核验一致：{sum(len(one['indices']) for one in document['drawn'])} 户"
    sys.stdout.write(
        f"{verdict}，用时 {seconds:.2f} 秒\n"
        f"  抽取编号 {plan['number']} · {plan['title']}\n"
        f"  校验码 {document['check_code']}（请与现场照片或纸质件核对）\n"
        f"  签章公钥 {document['seal']['key'][2:18]}…\n"
    )
    unsigned = not_countersigned(cast("DrawPublication", document))
    if unsigned:
        sys.stdout.write(f"  未会签的单位：{'、'.join(unsigned)}\n")
    if document["last_input"] and document["last_input"]["mode"] == "lottery":
        for one in document["last_input"]["draws"]:
            numbers = " ".join(f"{number:02d}" for number in one["numbers"])
            sys.stdout.write(f"  {one['game']} {one['date']} {numbers}（请与开奖公告核对）\n")
    return 0

"""Articles as officials and parties read them. In the rules' files a source goes by the short sign of the list of
requirements (S2-18); on a screen or a paper it goes by its number and the article. Pure."""

from __future__ import annotations

import re

SOURCES = {
    "S0": "濮县双随机办〔2023〕13号",
    "S1": "渝北区“双随机、一公开”抽查实施细则",
    "S2": "昌企监〔2023〕1号",
    "S3": "石市监办〔2021〕2号",
    "S4": "粤府函〔2019〕235号",
}
_SIGN = re.compile(r"(S[0-4])-([^；]+)")


def quoted(article: str) -> str:
    """S2-18(一) → 昌企监〔2023〕1号第 18 条（一）; S1-四(八) → …实施细则四（八）; what is no sign stays as it is."""
    spelt = _SIGN.sub(lambda found: SOURCES[found[1]] + _place(found[2]), article)
    return re.sub(r" ?§ ?(\d+)", r"第 \1 条", spelt)


def _place(place: str) -> str:
    numbered = re.sub(r"^(\d+)", r"第 \1 条", place)
    return numbered.replace("(", "（").replace(")", "）")

"""What may be said about a visit, and by whom it is read. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sync.words import Refusal, refuse

CONDUCT: dict[str, str] = {
    "no_certificate": "没有出示执法证件",
    "fewer_than_two": "执法人员不足两人",
    "beyond_items": "检查了通知以外的事项",
    "not_informed": "没有告知结果或权利",
    "took_benefits": "收受礼品、宴请或要求购买商品服务",
    "disturbed": "影响正常生产经营",
}
"""What an enterprise may report beside its score (入企检查“五个严禁”及亮证、告知要求, 国办发〔2024〕54号)."""
MOST_PER_VISIT = 3
"""A code may go from hand to hand: more votes than this are no vote of one enterprise."""
COMMENT = 300


@dataclass(frozen=True)
class Said:
    """A rating as it was typed."""

    score: int
    conduct: tuple[str, ...]
    comment: str


def rating(score: str, conduct: Collection[str], comment: str, before: int, finished: bool) -> Said | Refusal:
    """Whether this may be kept: the visit is over, a score from 1 to 5, known conduct, not too many before."""
    if not finished:
        return refuse("rating_early")
    if before >= MOST_PER_VISIT:
        return refuse("already_decided")
    if score not in ("1", "2", "3", "4", "5"):
        return refuse("bad_request", what="请选择满意程度")
    if not set(conduct) <= CONDUCT.keys() or len(comment) > COMMENT:
        return refuse("bad_request", what=f"说明不超过 {COMMENT} 字")
    return Said(int(score), tuple(code for code in CONDUCT if code in conduct), comment.strip())

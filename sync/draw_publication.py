"""What a publication of a draw looks like, and the sentences for what may not hold in it. See `draw_check.py`."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from pydantic import with_config
from typing_extensions import TypedDict

from sync.draw import CLOSED, DigitsInput, DrawPlan, LotteryInput

PROBLEMS: Mapping[str, str] = {
    "malformed": "公示文件格式不符，无法核验。请重新下载后再试。",
    "alg": "抽取算法不是本核验程序支持的算法。请使用对应版本核验。",
    "plan-hash": "方案内容与公布的方案摘要不一致，方案可能被改动。",
    "check-code": "校验码与方案摘要不一致。请与现场照片或纸质件核对。",
    "plan": "方案内容不成立：同一单位列了两次，数目为负，或名录库的日期、摘要有误。",
    "deadline": "方案所列时间或日期有误，或锁定、提交承诺、公开随机数的截止时间不早于开奖或抽号。",
    "round": "补充抽取与上一轮不衔接，缺少上一轮公示或批准理由。",
    "previous": "上一轮抽取未通过核验。",
    "round-overlap": "补充抽取的范围含有以前各轮已抽中的序号。",
    "round-input": "补充抽取没有使用新的公开数据。",
    "bitmap": "抽取范围与方案锁定的范围不一致。",
    "bitmap-count": "抽取范围的户数与方案公布的户数不一致。",
    "bitmap-overlap": "同一序号出现在两个层中。",
    "ratio": "拟抽取数与公布的比例不一致。",
    "party-unknown": "签名或随机数来自方案以外的单位。",
    "countersignature-plan": "有会签所签的不是本方案。",
    "countersignature": "有会签的签名无法通过验证。",
    "countersignature-late": "有会签的时间晚于锁定时间。",
    "outside-missing": "现场抽号须至少两家单位参与，且有外部单位公开随机数，本次抽取不符合。",
    "commitment-copied": "同一单位或同一承诺值出现两次。",
    "commitment-late": "有随机数承诺晚于截止时间提交。",
    "nonce": "公开的随机数与此前提交的承诺不符。",
    "nonces-too-few": "公开随机数的单位少于方案要求的数量。",
    "last-input": "公开数据（开奖号码或现场号码）不是方案事先指定的，或号码有误。",
    "seed": "种子不能由公开数据推算得出。",
    "drawn": "抽取结果不能由种子和抽取范围推算得出。",
    "audit": "监督单位对名单的签名无法通过验证。",
    "outcome": "抽取结论与公布的数据不一致。",
}


class Problem(NamedTuple):
    """What did not hold: a code of `PROBLEMS`, whom or what it concerns, one Chinese sentence."""

    code: str
    where: str
    message: str


@with_config(CLOSED)
class Bitmap(TypedDict):
    """Base64 of a stratum's eligibility bitmap."""

    stratum: str
    bits: str


@with_config(CLOSED)
class DrawnSet(TypedDict):
    """The drawn rows of a stratum, ascending."""

    stratum: str
    indices: list[int]


@with_config(CLOSED)
class Countersignature(TypedDict):
    """会签: hex r‖s over the 32 bytes of plan_hash; None where the signature is on paper."""

    name: str
    plan_hash: str
    at: str
    signature: str | None


@with_config(CLOSED)
class Commitment(TypedDict):
    """A commitment (hex) and when it was received."""

    name: str
    commitment: str
    at: str


@with_config(CLOSED)
class Nonce(TypedDict):
    """A revealed nonce (hex of 32 bytes)."""

    name: str
    nonce: str


@with_config(CLOSED)
class Audit(TypedDict):
    """The oversight body's signature (hex r‖s) over the 32 bytes of the names' digest (hex)."""

    name: str
    names: str
    signature: str


class DrawPublication(TypedDict):
    """One draw as published. Keys that this page does not know are allowed here, and only here.

    `outcome` aborted: seed and audit None, drawn empty, `reason` says why; drawn: it is None. `previous` is the
    round before, in full.
    """

    plan: DrawPlan
    plan_hash: str
    check_code: str
    outcome: Literal["drawn", "aborted"]
    reason: str | None
    bitmaps: list[Bitmap]
    countersignatures: list[Countersignature]
    commitments: list[Commitment]
    nonces: list[Nonce]
    last_input: LotteryInput | DigitsInput | None
    seed: str | None
    drawn: list[DrawnSet]
    audit: Audit | None
    previous: "DrawPublication | None"

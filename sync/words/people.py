"""People and devices (机构与人员): roles, verbs, tablets."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from sync.words.base import Body, Count, Digest, Id, Line, Name

Role = Literal[
    "system_admin",  # 系统管理员
    "security_admin",  # 安全管理员
    "audit_admin",  # 审计管理员
    "office_clerk",  # 联席会议办公室经办人
    "dept_admin",  # 部门管理员
    "planner",  # 部门计划与方案经办人
    "responsible_leader",  # 部门负责人(分管负责人)
    "inspector",  # 执法检查人员
    "oversight",  # 监督机关
    "public",  # 社会公众
]

Verb = Literal[
    "portal.read",
    "session.open",
    "session.close",
    "home.read",
    "people.read",
    "people.write",
    "people.secure",
    "device.invite",
    "device.revoke",
    "audit.read",
    "jobs.manage",
    "registry.read",
    "registry.import",
    "plan.read",
    "plan.write",
    "plan.approve",
    "plan.publish",
    "scheme.write",
    "scheme.approve",
    "draw.read",
    "draw.announce",
    "draw.countersign",
    "draw.enter_input",
    "draw.hold",
    "draw.open",
    "dispatch.read",
    "dispatch.write",
    "replacement.request",
    "replacement.decide",
    "visit.read",
    "visit.verify_item",
    "field.enrol",
    "field.exchange",
    "held.decide",
    "form.issue",
    "noncooperation.decide",
    "ending.decide",
    "rating.read",
    "publication.read",
    "publication.review",
    "publication.publish",
]


class DeviceEnrolled(Body):
    """A tablet's key was registered to an organisation (终端登记). ``public_key``: P-256 point, uncompressed."""

    KIND: ClassVar[str] = "device.enrolled"
    device: Digest
    public_key: Annotated[str, StringConstraints(pattern=r"^04[0-9a-f]{128}$")]
    organisation: Id
    label: Name


class DevicePersonJoined(Body):
    """A person may use this tablet from now on (人员在该终端启用)."""

    KIND: ClassVar[str] = "device.person_joined"
    device: Digest
    account: Id


class DeviceRevoked(Body):
    """A tablet was taken out of use (停用终端). What it sends afterwards is kept and held, never dropped."""

    KIND: ClassVar[str] = "device.revoked"
    device: Digest
    reason: Line


class DeviceClockMeasured(Body):
    """How far a tablet's clock was from the server's when it pushed (时钟偏差), in milliseconds: below 0 it was slow.
    ``allowed``: the difference that the rules of the place let pass then. Written when a difference above it is first
    seen, and when it has changed by more than it since; it refuses nothing and moves no entry."""

    KIND: ClassVar[str] = "device.clock_measured"
    device: Digest
    skew: Annotated[int, Field(ge=-(2**53 - 1), le=2**53 - 1)]
    allowed: Count

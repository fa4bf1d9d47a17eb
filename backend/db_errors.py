"""What a database's and a disk's errors mean."""

from __future__ import annotations

import errno
import resource
import shutil
import sqlite3
from pathlib import Path


def is_full(error: BaseException) -> bool:
    """Whether there was no room left on the disk, of a database or of a file."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    if error.__cause__ is not None and is_full(error.__cause__):
        return True
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return type(error).__name__ == "DiskFullError"


ROOM = 1_000_000
"""Bytes without which nothing that counts can be written: less is called full."""


def has_no_room(error: BaseException, folder: Path) -> bool:
    """Whether ``error`` is SQLite's "disk I/O error" for want of room in ``folder``: a file that reached the size which
    this process may write (EFBIG) and a quota (EDQUOT) are told so, and not as a full disk."""
    cause: BaseException | None = error
    # Undoing what the disk broke off fails as well, and is told first.
    while cause is not None and getattr(cause, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_IOERR:
        cause = cause.__cause__ or cause.__context__
    if cause is None:
        return False
    if shutil.disk_usage(folder).free < ROOM:
        return True
    most, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    sizes = [path.stat().st_size for path in folder.glob("*.sqlite*")]
    return most != resource.RLIM_INFINITY and max(sizes, default=0) + ROOM > most


def is_unique_violation(error: BaseException) -> bool:
    """Whether a unique key refused a row, on either engine."""
    if isinstance(error, sqlite3.IntegrityError):
        return "UNIQUE" in str(error)
    return type(error).__name__ == "UniqueViolationError"

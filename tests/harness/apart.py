"""Coroutines from synchronous fixtures."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def run_apart(work: Coroutine[object, object, T]) -> T:
    """Run ``work`` to its end on a loop of its own in another thread.

    The thread that calls may have a running loop (Playwright's synchronous API keeps one), where
    ``asyncio.run`` is refused.
    """
    with ThreadPoolExecutor(max_workers=1) as one:
        return one.submit(asyncio.run, work).result()

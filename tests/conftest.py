"""Fixtures that run the real things, and the order: what is fast and says most comes first."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import hypothesis
import pytest
from playwright.sync_api import Browser, expect

from tests.harness import browser as browsers
from tests.harness import machine
from tests.harness.postgres import Cluster, running_cluster
from tests.harness.server import Server, serving

ORDER = ("tidy", "rules", "conformance", "doors", "faults", "storm", "story")
LONG = frozenset({"test_whole_way.py", "test_standard_visit.py"})
"""First in their folder: of two processes, none waits long for the other at the end."""
SYNC_BROWSER = frozenset({"browser"})

# The time that one example takes says nothing on a shared machine; that it fails says everything.
hypothesis.settings.register_profile("suijian", deadline=None, print_blob=True)
hypothesis.settings.load_profile("suijian")

# Nor does the time that a page takes to show something: a busy machine must not fail a story.
expect.set_options(timeout=30_000)

HERE = Path(__file__).parent


def _rank(item: pytest.Item) -> tuple[int, bool]:
    folder = item.path.relative_to(HERE).parts[0] if item.path.is_relative_to(HERE) else ""
    return ORDER.index(folder) if folder in ORDER else ORDER.index("doors"), item.path.name not in LONG


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Fast folders first. A module with the synchronous browser may not hold coroutines: Playwright keeps a
    running loop in the thread, in which pytest-asyncio could not start one."""
    items.sort(key=_rank)
    functions = [item for item in items if isinstance(item, pytest.Function)]
    with_browser = {item.path for item in functions if SYNC_BROWSER & set(item.fixturenames)}
    mixed = {
        str(item.path.relative_to(HERE))
        for item in functions
        if item.path in with_browser and inspect.iscoroutinefunction(item.obj)
    }
    if mixed:
        raise pytest.UsageError(f"browser tests and coroutines in one module: {', '.join(sorted(mixed))}")


Counted = Callable[[str], None]
"""Say what a test counted: it stands at the end of the run, whichever process ran the test."""
COUNTED = "counted"


@pytest.fixture
def counted(record_property: Callable[[str, object], None]) -> Counted:
    return lambda what: record_property(COUNTED, what)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for reports in (terminalreporter.stats.get(kind, ()) for kind in ("passed", "failed")):
        for report in reports:
            for name, what in getattr(report, "user_properties", ()):
                if name == COUNTED and report.when == "call":
                    terminalreporter.write_line(what)


@pytest.fixture
def free_port() -> int:
    return machine.free_port()


@pytest.fixture(scope="session")
def pg_cluster() -> Iterator[Cluster]:
    """One PostgreSQL cluster for the whole run, started by the first test that needs it."""
    with running_cluster() as cluster:
        yield cluster


@pytest.fixture(scope="module")
def pg_database(pg_cluster: Cluster) -> Iterator[str]:
    """The DSN of an empty database that only this module uses."""
    name = pg_cluster.create_database()
    yield pg_cluster.dsn(name)
    pg_cluster.drop_database(name)


@dataclass(frozen=True)
class EngineUnderTest:
    """``database`` is the value of SUIJIAN_DATABASE; ``data`` a folder of this module's own."""

    name: Literal["sqlite", "postgres"]
    database: str
    data: Path

    def environment(self) -> dict[str, str]:
        return {"SUIJIAN_DATA": str(self.data), "SUIJIAN_DATABASE": self.database}


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> EngineUnderTest:
    """An empty database, once of each kind: what uses this fixture runs on both engines."""
    data = tmp_path_factory.mktemp(f"data-{request.param}")
    if request.param == "sqlite":
        return EngineUnderTest("sqlite", f"sqlite:///{data / 'suijian.sqlite'}", data)
    return EngineUnderTest("postgres", request.getfixturevalue("pg_database"), data)


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Start `suijian serve`: ``serve(environment={...}, data=Path, port=int)``, all optional. Every server
    lives until the module ends."""
    with ExitStack() as running:

        def start(
            environment: dict[str, str] | None = None, data: Path | None = None, port: int | None = None
        ) -> Server:
            folder = data or tmp_path_factory.mktemp("served") / "data"
            return running.enter_context(serving(folder, environment, port))

        yield start


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    return browsers.chromium()


@pytest.fixture(scope="module")
def browser(chromium_path: Path) -> Iterator[Browser]:
    """A Chromium for this module; every test opens contexts of its own in it."""
    with browsers.launched() as launched:
        yield launched

"""The helpers run real things; these tests show that they do, before anything leans on them."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import pytest
from playwright.sync_api import Browser

from tests.harness.apart import run_apart
from tests.harness.postgres import Cluster
from tests.harness.server import serving


async def _value(dsn: str, query: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def test_the_cluster_keeps_what_it_commits_and_does_not_run_as_root(
    pg_cluster: Cluster, pg_database: str
) -> None:
    assert run_apart(_value(pg_database, "SHOW fsync")) == "on"
    assert run_apart(_value(pg_database, "SHOW server_encoding")) == "UTF8"
    assert Path(f"/proc/{pg_cluster.pid}").stat().st_uid != 0 or not Path("/proc/self").exists()


def test_a_module_has_a_database_of_its_own(pg_cluster: Cluster, pg_database: str) -> None:
    other = pg_cluster.create_database()
    try:
        pg_cluster.execute("CREATE TABLE only_here (n int)", other)
        assert run_apart(_value(pg_database, "SELECT to_regclass('only_here')")) is None
    finally:
        pg_cluster.drop_database(other)


def test_the_browser_runs_scripts_and_shows_chinese(browser: Browser) -> None:
    page = browser.new_page(locale="zh-CN")
    page.set_content("<h1>双随机</h1>")
    assert page.evaluate("document.querySelector('h1').textContent.length") == 3
    assert page.evaluate("navigator.userAgent").count("Chrome") == 1
    page.close()


def test_work_apart_is_possible_while_the_browser_holds_the_loop(browser: Browser, pg_database: str) -> None:
    assert browser.is_connected()
    assert run_apart(_value(pg_database, "SELECT 7")) == 7


def test_a_server_that_cannot_start_ends_by_itself_and_its_last_words_are_shown(tmp_path: Path) -> None:
    with (
        pytest.raises(RuntimeError, match=r"did not become ready \(exit code [1-9]\d*\):\n.+"),
        serving(tmp_path / "data", {"SUIJIAN_DATABASE": "nonsense://"}),
    ):
        pytest.fail("a server without a database became ready")

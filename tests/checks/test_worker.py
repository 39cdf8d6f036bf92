"""The whole road: a tick sent to a real Redis, taken by a real Celery worker, that looks at a real Prometheus."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from celery import Celery

from console.celery import app as console_celery
from tests import servers

ROOT = Path(__file__).resolve().parent.parent.parent
pytestmark = pytest.mark.servers


@pytest.fixture
def worker(
    tmp_path: Path, redis_server: servers.Server, prometheus_server: servers.Server
) -> Iterator[tuple[servers.Server, Path]]:
    """A worker with two processes and an empty database of its own (its file)."""
    database = tmp_path / "console.sqlite3"
    environment = {name: value for name, value in os.environ.items() if name != "PROMETHEUS_MULTIPROC_DIR"} | {
        "READ_DOT_ENV": "false",
        "VAR_DIR": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{database}",
        "REDIS_URL": f"{redis_server.url}/5",
        "PROMETHEUS_URL": prometheus_server.url,
        "LOG_DIR": str(tmp_path / "log"),
        "PYTHONPATH": str(ROOT),
    }
    subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "migrate", "--verbosity", "0"], check=True, env=environment, cwd=ROOT
    )
    words = ["-A", "console", "worker", "--concurrency", "2", "--loglevel", "WARNING", "--without-gossip"]
    server = servers.Server(
        "worker", [sys.executable, "-m", "celery", *words], redis_server.port, tmp_path, environment=environment
    ).start()
    yield server, database
    server.stop()


def stored(database: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(database)) as link:
        return sorted(link.execute("SELECT name, status FROM checks_checkresult"))


@pytest.mark.timeout(120)
def test_ticks_that_come_together_make_one_result_a_check(
    worker: tuple[servers.Server, Path], redis_server: servers.Server
) -> None:
    server, database = worker
    with Celery(broker=f"{redis_server.url}/5", set_as_current=False) as sender:
        for _ in range(6):
            sender.send_task("checks.run_due", ignore_result=True)

        def all_done() -> bool:
            inspect = sender.control.inspect(timeout=1)
            stats, active, reserved = inspect.stats(), inspect.active(), inspect.reserved()
            if not stats or active is None or reserved is None:
                return False
            taken = sum(one["total"].get("checks.run_due", 0) for one in stats.values())
            return taken == 6 and not any(active.values()) and not any(reserved.values())

        server.wait(all_done, seconds=90)
    assert [name for name, _status in stored(database)] == ["prometheus-rules", "prometheus-targets"]


def test_every_entry_of_the_timetable_names_a_task_that_exists() -> None:
    console_celery.loader.import_default_modules()
    named = {entry["task"] for entry in console_celery.conf.beat_schedule.values()}
    assert named <= set(console_celery.tasks)
    assert {"checks.run_due", "checks.delete_old"} <= named

"""/metrics holds the guide's names, labels and buckets, and is one answer for many processes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from apps.telemetry import metrics
from apps.telemetry.memory_limit import memory_limit
from apps.telemetry.processes import own_usage, usage_of
from tests.servers import Server, free_port

ROOT = Path(__file__).resolve().parents[2]
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def samples(text: str) -> Samples:
    """Read as Prometheus does; prometheus_client's own parser would rename counters."""
    found = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, labels, value = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line).groups()  # type: ignore[union-attr]
            found[name, tuple(sorted(re.findall(r'(\w+)="([^"]*)"', labels or "")))] = float(value)
    return found


def run(code: str, folder: Path | None = None) -> str:
    """What a process of its own prints, with its samples in `folder`."""
    environment = {name: value for name, value in os.environ.items() if name != "PROMETHEUS_MULTIPROC_DIR"}
    if folder is not None:
        environment["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    command = [sys.executable, "-c", "from apps.telemetry import metrics as m\n" + code]
    return subprocess.run(
        command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True, timeout=60
    ).stdout


PRINT = "\nprint(m.render().decode())"


def total(found: Samples, name: str) -> float:
    return sum(value for (sample, _), value in found.items() if sample == name)


@pytest.mark.parametrize(
    ("metric", "name", "labels"),
    [
        (metrics.http_requests_total, "http_requests", ("method", "route", "status")),
        (metrics.http_request_duration_seconds, "http_request_duration_seconds", ("method", "route", "status")),
        (metrics.active_users, "active_users", ()),
        (metrics.websocket_connections, "websocket_connections", ()),
        (metrics.likes_total, "likes", ("type",)),
        (metrics.matches_total, "matches", ()),
        (metrics.payments_total, "payments", ("type", "status")),
        (metrics.revenue_total_krw, "revenue_total_krw", ("type",)),
        (metrics.user_activity_total, "user_activity", ()),
        (metrics.users, "users", ("subscription",)),
        (metrics.user_churn_total, "user_churn", ("reason",)),
        (metrics.db_query_duration_seconds, "db_query_duration_seconds", ("statement", "table")),
    ],
)
def test_each_metric_has_its_name_and_labels(metric: object, name: str, labels: tuple[str, ...]) -> None:
    (family,) = metric.describe()  # type: ignore[attr-defined]
    assert family.name == name
    assert metric._labelnames == labels  # type: ignore[attr-defined]


def test_the_request_histogram_has_the_guides_buckets() -> None:
    text = run('m.http_request_duration_seconds.labels("GET", "/", "200").observe(0.2)' + PRINT)
    bounds = re.findall(r'http_request_duration_seconds_bucket\{le="([^"]+)"', text)
    assert bounds == ["0.1", "0.3", "0.5", "0.7", "1.0", "3.0", "5.0", "7.0", "10.0", "+Inf"]


@pytest.mark.parametrize("several", [False, True])
def test_the_text_is_valid_and_revenue_keeps_the_guides_name(tmp_path: Path, several: bool) -> None:
    text = run('m.revenue_total_krw.labels(type="premium_monthly").inc(9900)' + PRINT, tmp_path if several else None)
    assert "\n# TYPE revenue_total_krw counter\n" in "\n" + text
    assert samples(text)["revenue_total_krw", (("type", "premium_monthly"),)] == 9900
    assert "_created" not in text
    checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
    # 3 is advice about names; 1 is text that Prometheus cannot read.
    assert checked.returncode in (0, 3), checked.stderr


def test_revenue_only_goes_up() -> None:
    with pytest.raises(ValueError, match="only go up"):
        metrics.revenue_total_krw.labels(type="x").inc(-1)
    with pytest.raises(TypeError):
        metrics.revenue_total_krw.labels(type="x").set(5)
    with pytest.raises(TypeError):
        metrics.revenue_total_krw.labels(type="x").dec()


def test_two_processes_add_up_and_gauges_follow_their_meaning(tmp_path: Path) -> None:
    run(
        'm.likes_total.labels("super").inc(2); m.revenue_total_krw.labels("likes_pack").inc(1000)\n'
        'm.websocket_connections.inc(7); m.active_users.set(50); m.users.labels("premium").set(9)\n'
        'm.http_request_duration_seconds.labels("GET", "/", "200").observe(0.2)',
        tmp_path,
    )
    text = run(
        'm.likes_total.labels("super").inc(3); m.revenue_total_krw.labels("likes_pack").inc(500)\n'
        'm.websocket_connections.inc(4); m.active_users.set(20); m.users.labels("premium").set(8)\n'
        'm.http_request_duration_seconds.labels("GET", "/", "200").observe(0.6)' + PRINT,
        tmp_path,
    )
    found = samples(text)
    assert found["likes_total", (("type", "super"),)] == 5
    assert found["revenue_total_krw", (("type", "likes_pack"),)] == 1500
    assert total(found, "http_request_duration_seconds_count") == 2
    # The first process is gone and its connections with it; who counted last knows the users.
    assert found["websocket_connections", ()] == 4
    assert found["active_users", ()] == 20
    assert found["users", (("subscription", "premium"),)] == 8


def test_a_garbage_collection_is_timed(tmp_path: Path) -> None:
    found = samples(run("import gc; gc.collect()" + PRINT, tmp_path))
    assert found["glimpse_python_gc_duration_seconds_count", (("kind", "2"),)] >= 1


def test_an_event_loop_that_was_held_up_is_seen_as_late() -> None:
    code = """
import asyncio, time
async def go():
    m.event_loop.measure()
    m.event_loop.measure()  # under way already: not a second one
    time.sleep(0.2)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
asyncio.run(go())
"""
    found = samples(run(code + PRINT))
    assert found["glimpse_eventloop_lag_seconds_count", ()] == 1
    assert found["glimpse_eventloop_lag_seconds_sum", ()] > 0.15


def test_memory_has_the_guides_types_and_a_limit_above_them() -> None:
    found = samples(metrics.render().decode())
    types = {labels[0][1]: value for (name, labels), value in found.items() if name == "process_memory_usage_bytes"}
    assert set(types) == {"rss", "heapTotal", "heapUsed", "external"}
    assert all(value > 1_000_000 for value in types.values())
    assert types["rss"] < found["process_memory_limit_bytes", ()]


def test_cpu_time_and_memory_are_those_of_the_process() -> None:
    used = own_usage()
    times = os.times()
    assert used.cpu_user == pytest.approx(times.user, abs=0.2)
    assert used.started == pytest.approx(time.time(), abs=24 * 3600)
    assert used.open_files > 2
    assert usage_of(2**22 + 1) is None


@pytest.mark.parametrize(
    ("files", "own", "expected"),
    [
        ({"a/b/memory.max": "max", "a/memory.max": "1000000", "memory.max": "max"}, "0::/a/b", 1_000_000),
        ({"memory.max": "2000000"}, "0::/host/path/that/is/not/here", 2_000_000),
        ({"memory/c/memory.limit_in_bytes": "3000000"}, "7:cpu,memory:/c\n0::/", 3_000_000),
        ({"memory/memory.limit_in_bytes": "9223372036854771712"}, "7:memory:/", None),
        ({}, "0::/", None),
        ({"memory.max": "nonsense"}, "0::/", None),
    ],
)
def test_the_memory_limit_is_the_cgroups_else_the_machines(
    tmp_path: Path, files: dict[str, str], own: str, expected: int | None
) -> None:
    for name, text in files.items():
        (tmp_path / "fs" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "fs" / name).write_text(text + "\n")
    (tmp_path / "own").write_text(own + "\n")
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert memory_limit(tmp_path / "fs", tmp_path / "own") == (expected or physical)


@pytest.fixture(params=["sync", "uvicorn_worker.UvicornWorker"], ids=["wsgi", "asgi"])
def service(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A gunicorn with two workers; its hook is in the configuration as the docs say."""
    (tmp_path / "conf.py").write_text("from apps.telemetry.gunicorn import child_exit\n")
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path / "metrics"))
    monkeypatch.setenv("LOG_DIR", str(tmp_path / "log"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "-c", "conf.py", "-w", "2", "-b", f"127.0.0.1:{port}"]
    command += ["-k", request.param]
    module = "tests.telemetry.service:" + ("application" if request.param == "sync" else "asgi")
    server = Server("gunicorn", [*command, module], port, tmp_path)
    server.start().wait(lambda: get(server, "/pid") is not None)
    yield server
    server.stop()


def get(server: Server, path: str) -> str | None:
    try:
        with urllib.request.urlopen(server.url + path, timeout=10) as answer:
            return str(answer.read().decode())
    except OSError:
        return None


def until(true: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.02)


@pytest.mark.servers
def test_gunicorns_workers_answer_as_one_and_a_killed_one_leaves_no_connections_behind(service: Server) -> None:
    seen: dict[str, int] = {}
    while len(seen) < 2 or min(seen.values()) < 3:
        pid = get(service, "/connect")
        assert pid is not None
        seen[pid] = seen.get(pid, 0) + 1
    first = samples(get(service, "/metrics") or "")
    requests = [
        value
        for (name, labels), value in first.items()
        if name == "http_requests_total" and ("route", "/connect") in labels
    ]
    assert sum(requests) == sum(seen.values())
    assert first["websocket_connections", ()] == sum(seen.values())
    assert first["glimpse_processes", ()] == 2

    killed, kept = list(seen)
    os.kill(int(killed), signal.SIGKILL)
    until(lambda: usage_of(int(killed)) is None)
    until(lambda: samples(get(service, "/metrics") or "").get(("glimpse_processes", ())) == 2)
    second = samples(get(service, "/metrics") or "")
    assert second["websocket_connections", ()] == seen[kept]
    assert total(second, "http_requests_total") > sum(seen.values())
    cpu = "glimpse_process_cpu_seconds_total"
    assert second[cpu, ()] >= first[cpu, ()]


@pytest.mark.servers
def test_each_workers_lines_are_in_the_same_daily_file(service: Server) -> None:
    for number in range(20):
        assert get(service, f"/api/v1/users/{number}/") == "ok"
    (file,) = (service.folder / "log").glob("combined-*.log")
    messages = [line for line in file.read_text().splitlines() if '"message":"Reading profile"' in line]
    assert len(messages) == 20
    assert all('"requestId":"' in line for line in messages)

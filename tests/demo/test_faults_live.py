"""Each fault is seen where it would be seen in life: on a /metrics page, in the answers, in the log."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.faults import KINDS
from demo.model import Moment
from tests.demo.conftest import Demo, ask, running, until
from tests.servers import answers_tcp


@pytest.fixture(scope="module")
def troubled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Faults with ramps, started an hour ago, and no users: the restart kept them."""
    faults = dict.fromkeys(("memory-leak", "disk-filling", "connection-pool-exhausted", "traffic-drop"), 1.0)
    with running(tmp_path_factory.mktemp("troubled"), "--traffic=0", faults=faults) as found:
        yield found


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    faults = {"traffic-surge": 1.0, "churn-wave": 3.0}
    with running(tmp_path_factory.mktemp("crowded"), faults=faults) as found:
        yield found


def test_server_errors_fail_a_third_of_the_requests_and_leave_stack_traces(demo: Demo) -> None:
    with demo.fault("server-errors"):
        statuses = demo.burst(120, "GET", "/api/v1/profile")
    assert 0.15 < sum(status >= 500 for status in statuses) / 120 < 0.6
    assert demo.metric("http_requests_total", route="/api/v1/profile", status="500") >= 18
    assert any("\n    at " in line.get("stack", "") for line in demo.lines("error"))


def test_slow_database_slows_requests_and_statements(demo: Demo) -> None:
    calm = ask(demo.admin_port, "GET", "/postgres/metrics")[1].count("pg_stat_activity_waiting")
    assert calm
    with demo.fault("slow-database", 3.0):
        assert until(lambda: demo.exporter("postgres", "pg_stat_activity_waiting") >= 10)
        began = time.monotonic()
        demo.burst(10, "GET", "/api/v1/users")
        assert time.monotonic() - began > 2
        assert demo.exporter("postgres", "pg_stat_activity_max_tx_duration") > 10
    slow = demo.metric("db_query_duration_seconds_count", table="users") - demo.metric(
        "db_query_duration_seconds_bucket", table="users", le="0.5"
    )
    assert slow >= 3
    assert any(line["message"] == "느린 요청 감지" for line in demo.lines())


def test_api_down_closes_the_api_and_its_metrics_and_nothing_else(demo: Demo) -> None:
    with demo.fault("api-down"):
        assert until(lambda: not answers_tcp(demo.port))
        assert ask(demo.admin_port, "GET", "/postgres/metrics")[0] == 200
    assert until(lambda: answers_tcp(demo.port))
    assert demo.metric("active_users") > 0


def test_exporter_down_makes_every_exporter_503(demo: Demo) -> None:
    pages = [f"/{job}/metrics" for job in ("postgres", "cloudwatch", "backup", "node")]
    with demo.fault("exporter-down"):
        assert [ask(demo.admin_port, "GET", page)[0] for page in pages] == [503] * 4
    assert [ask(demo.admin_port, "GET", page)[0] for page in pages] == [200] * 4


def test_backup_missing_puts_the_last_success_two_days_back(demo: Demo) -> None:
    assert time.time() - demo.exporter("backup", "backup_last_success_timestamp_seconds") < 26 * 3600
    with demo.fault("backup-missing"):
        assert time.time() - demo.exporter("backup", "backup_last_success_timestamp_seconds") > 47 * 3600
        assert demo.exporter("backup", "backup_last_status") == 0


def test_payment_failures_are_counted_answered_and_logged(demo: Demo) -> None:
    failed = demo.metric("payments_total", status="failed")
    with demo.fault("payment-failures"):
        statuses = demo.burst(40, "POST", "/api/v1/payments", {"type": "likes_pack"})
    assert sum(status in (402, 502) for status in statuses) > 9
    assert demo.metric("payments_total", status="failed") >= failed + 10
    assert any(line.get("action") == "payment" and line["status"] == "failed" for line in demo.lines())


def test_low_match_rate_leaves_likes_without_matches(demo: Demo) -> None:
    with demo.fault("low-match-rate"):
        likes, matches = demo.metric("likes_total"), demo.metric("matches_total")
        demo.burst(250, "POST", "/api/v1/likes")
        share = (demo.metric("matches_total") - matches) / (demo.metric("likes_total") - likes)
    assert share < 0.06


def test_log_silence_writes_nothing_at_all(demo: Demo) -> None:
    with demo.fault("log-silence"):
        before = len(demo.lines())
        demo.burst(5, "POST", "/api/v1/payments")
        assert len(demo.lines()) == before
    demo.burst(1, "POST", "/api/v1/payments")
    assert len(demo.lines()) > before


def test_log_storm_floods_the_log(demo: Demo) -> None:
    before = len(demo.lines())
    with demo.fault("log-storm", 3.0):
        assert until(lambda: len(demo.lines()) > before + 200)
    assert any(line["message"] == "Retrying connection to cache" for line in demo.lines())


def test_memory_leak_nears_the_limit(troubled: Demo) -> None:
    rss = troubled.metric("process_memory_usage_bytes", type="rss")
    assert 0.85 < rss / troubled.metric("process_memory_limit_bytes") < 1


def test_disk_filling_leaves_less_than_15_percent(troubled: Demo) -> None:
    available = troubled.exporter("node", "node_filesystem_avail_bytes", mountpoint="/")
    assert available / troubled.exporter("node", "node_filesystem_size_bytes", mountpoint="/") < 0.15


def test_connection_pool_exhausted_uses_more_than_80_percent_and_answers_503(troubled: Demo) -> None:
    backends = troubled.exporter("postgres", "pg_stat_database_numbackends")
    assert backends / troubled.exporter("postgres", "pg_settings_max_connections") > 0.8
    assert 503 in troubled.burst(80, "GET", "/api/v1/profile")
    assert any("connection pool" in line["error"] for line in troubled.lines("error"))


def test_traffic_drop_empties_the_app(troubled: Demo) -> None:
    usual = float(Moment.at(time.time()).active_users[0])
    assert troubled.metric("active_users") < 0.3 * usual


def test_traffic_surge_brings_more_than_a_hundred_requests_a_second_in_the_model_and_many_for_real(
    crowded: Demo,
) -> None:
    assert float(Moment.at(time.time(), {"traffic-surge": 1.0}).rate[0]) > 100
    began, before = time.monotonic(), crowded.metric("http_requests_total")
    assert until(lambda: crowded.metric("http_requests_total") > before + 300)
    assert 300 / (time.monotonic() - began) > 30


def test_churn_wave_drives_users_away(crowded: Demo) -> None:
    assert until(lambda: crowded.metric("user_churn_total") >= 3)


def test_every_fault_has_a_test_here() -> None:
    source = Path(__file__).read_text()
    names = [name for name in KINDS if f"def test_{name.replace('-', '_')}_" not in source]
    assert names == []

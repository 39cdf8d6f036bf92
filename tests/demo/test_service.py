"""The demo's API answers as a service does, counts what it answered, and logs in the guide's format."""

from __future__ import annotations

import re
import socket

import pytest

from tests.demo.conftest import Demo, ask, until


def test_it_counts_every_request_by_route_and_status(demo: Demo) -> None:
    labels = {"method": "GET", "route": "/api/v1/groups"}
    before = demo.metric("http_requests_total", **labels)
    timed = demo.metric("http_request_duration_seconds_count", **labels)
    demo.burst(12, "GET", "/api/v1/groups")
    assert demo.metric("http_requests_total", **labels) >= before + 12
    assert demo.metric("http_request_duration_seconds_count", **labels) >= timed + 12


def test_an_unknown_path_is_404_under_one_label(demo: Demo) -> None:
    assert demo.api("GET", "/api/v1/nothing/../here?x=1") == 404
    assert demo.api("GET", "/another") == 404
    assert demo.metric("http_requests_total", route="unmatched") >= 2
    assert demo.metric("http_requests_total", route="/another") == 0


@pytest.mark.parametrize(
    ("path", "body"),
    [("/api/v1/payments", {"type": "gold"}), ("/api/v1/likes", {"type": ["super"]}), ("/api/v1/likes", [1])],
)
def test_a_body_that_means_nothing_is_400(demo: Demo, path: str, body: object) -> None:
    assert demo.api("POST", path, body) == 400


def test_bytes_that_are_no_http_are_400_and_the_service_goes_on(demo: Demo) -> None:
    with socket.create_connection(("127.0.0.1", demo.port), timeout=10) as raw:
        raw.sendall(b"\xff\xfe\r\n\r\n")
        assert b" 400 " in raw.recv(1000)
    assert demo.api("GET", "/health") == 200


def test_payments_become_revenue_at_their_price(demo: Demo) -> None:
    paid = demo.metric("payments_total", type="premium_yearly", status="succeeded")
    revenue = demo.metric("revenue_total_krw", type="premium_yearly")
    demo.burst(10, "POST", "/api/v1/payments", {"type": "premium_yearly"})
    paid_now = demo.metric("payments_total", type="premium_yearly", status="succeeded")
    assert paid_now > paid
    # Another may be paid between the two readings by the demo's own users: yearly ones are too rare for that.
    assert demo.metric("revenue_total_krw", type="premium_yearly") - revenue == 119_000 * (paid_now - paid)


def test_likes_become_matches_and_some_are_logged_with_an_iso_timestamp(demo: Demo) -> None:
    matches = demo.metric("matches_total")
    assert until(lambda: bool(demo.burst(60, "POST", "/api/v1/likes", {"type": "super"})) and _iso_lines(demo) != [])
    assert demo.metric("matches_total") > matches
    assert demo.metric("likes_total", type="super") >= 50


def _iso_lines(demo: Demo) -> list[str]:
    return [line["timestamp"] for line in demo.lines() if line["message"] == "Creating match"]


def test_timestamps_are_winstons_minute_and_second_or_iso(demo: Demo) -> None:
    demo.burst(3, "POST", "/api/v1/payments", {"type": "likes_pack"})
    winston = [line["timestamp"] for line in demo.lines() if line["message"] == "HTTP Request"]
    assert winston
    for text in winston:
        found = re.fullmatch(r"\S+ \d\d:(\d\d):(\d\d):(\d+)", text)
        assert found
        assert found[3] == f"{int(found[1])}{int(found[2])}"
    payments = [line for line in demo.lines() if line.get("action") == "payment"]
    assert payments
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["timestamp"]) for line in payments)


def test_both_lines_of_a_request_share_its_id(demo: Demo) -> None:
    demo.burst(2, "POST", "/api/v1/payments", {"type": "likes_pack"})
    lines = demo.lines()
    done = [line for line in lines if line["message"] == "HTTP Request" and line["url"] == "/api/v1/payments"]
    begun = {line["requestId"] for line in lines if line["message"] == "Incoming request"}
    assert done
    assert all(line["requestId"] in begun and line["userId"] and line["responseTime"] > 0 for line in done)


def test_its_own_users_send_requests(demo: Demo) -> None:
    before = demo.metric("http_requests_total")
    assert until(lambda: demo.metric("http_requests_total") >= before + 5, 30)


def test_every_exporter_has_its_figures(demo: Demo) -> None:
    assert demo.exporter("postgres", "pg_settings_max_connections") == 100
    assert 0 < demo.exporter("postgres", "pg_stat_database_numbackends", datname="glimpse") < 80
    assert demo.exporter("cloudwatch", "aws_rds_cpuutilization_average") > 0
    assert demo.exporter("backup", "backup_size_bytes") > 1e9
    assert demo.exporter("node", "node_filesystem_avail_bytes", mountpoint="/") > 1e10
    assert until(lambda: demo.exporter("node", "node_cpu_seconds_total", mode="idle") > 1)


def test_its_process_is_simulated_and_healthy(demo: Demo) -> None:
    limit = demo.metric("process_memory_limit_bytes")
    assert limit == 2**30
    assert 0.2 < demo.metric("process_memory_usage_bytes", type="rss") / limit < 0.6


def test_a_page_under_another_name_cannot_reach_the_faults(demo: Demo) -> None:
    with socket.create_connection(("127.0.0.1", demo.admin_port), timeout=10) as raw:
        raw.sendall(b"GET /faults HTTP/1.1\r\nHost: evil.example:13001\r\nConnection: close\r\n\r\n")
        assert b" 403 " in raw.recv(1000)


@pytest.mark.parametrize(
    "body", [{"name": "nonsense"}, {"name": "api-down", "strength": 9}, {"name": "api-down", "for": "soon"}, [], {}]
)
def test_a_fault_that_there_is_not_is_400(demo: Demo, body: object) -> None:
    status, text = ask(demo.admin_port, "POST", "/faults", body)
    assert status == 400
    assert "error" in text

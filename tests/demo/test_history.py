"""The past is what Prometheus would have scraped and the service would have logged: checked in a real Prometheus."""

from __future__ import annotations

import itertools
import json
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from demo.endpoints import ENDPOINTS
from demo.history import STEP_S, make, past
from demo.model import Moment
from tests.demo.conftest import Demo, ask
from tests.servers import Server, prometheus

pytestmark = pytest.mark.servers
HOURS = 6


@dataclass(frozen=True)
class Made:
    server: Server
    logs: Path
    end: int
    said: list[str]

    def query(self, expr: str) -> dict[str, float]:
        """Values at the end, by whatever labels there are."""
        query = urllib.parse.urlencode({"query": expr, "time": self.end})
        with urllib.request.urlopen(f"{self.server.url}/api/v1/query?{query}", timeout=20) as answer:
            found: list[Any] = json.load(answer)["data"]["result"]
        return {
            ",".join(f"{k}={v}" for k, v in sorted(each["metric"].items())): float(each["value"][1]) for each in found
        }


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    folder = tmp_path_factory.mktemp("history")
    end = int(time.time() // STEP_S * STEP_S)
    said: list[str] = []
    make(folder / "data", folder / "log", days=HOURS / 24, end=end, say=said.append)
    with prometheus(folder) as server:
        yield Made(server, folder / "log", end, said)


def test_every_target_was_up_with_the_labels_of_a_scrape(made: Made) -> None:
    assert made.query("up") == {
        "__name__=up,instance=127.0.0.1:13000,job=glimpse-api": 1,
        "__name__=up,instance=127.0.0.1:13001,job=backup": 1,
        "__name__=up,instance=127.0.0.1:13001,job=cloudwatch": 1,
        "__name__=up,instance=127.0.0.1:13001,job=postgres": 1,
        "__name__=up,instance=glimpse-api-1,job=node": 1,
    }


def test_there_is_a_sample_a_minute_to_the_end(made: Made) -> None:
    assert made.query(f"count_over_time(active_users[{HOURS}h])")
    (count,) = made.query(f"count_over_time(active_users[{HOURS}h])").values()
    assert HOURS * 60 <= count <= HOURS * 60 + 1
    assert list(made.query("timestamp(active_users)").values()) == [made.end]


def test_requests_come_at_the_models_rate(made: Made) -> None:
    t = np.arange(made.end - 3600, made.end, 60.0)
    (rate,) = made.query("sum(rate(http_requests_total[1h]))").values()
    assert rate == pytest.approx(float(Moment(t).served_rate.mean()), rel=0.1)


def test_histograms_agree_with_the_counters(made: Made) -> None:
    counted = made.query("sum by (route, method, status) (http_requests_total)")
    assert counted == made.query("sum by (route, method, status) (http_request_duration_seconds_count)")
    assert counted == made.query('sum by (route, method, status) (http_request_duration_seconds_bucket{le="+Inf"})')


def test_waiting_times_are_those_of_a_healthy_service(made: Made) -> None:
    (p95,) = made.query(
        f"histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[{HOURS}h])))"
    ).values()
    assert 0.1 < p95 < 1


def test_revenue_is_what_the_payments_cost(made: Made) -> None:
    (difference,) = made.query(
        'sum(revenue_total_krw) - (sum(payments_total{type="likes_pack",status="succeeded"}) * 5900'
        ' + sum(payments_total{type="premium_monthly",status="succeeded"}) * 14900'
        ' + sum(payments_total{type="premium_yearly",status="succeeded"}) * 119000)'
    ).values()
    assert difference == 0


def test_matches_are_fewer_than_likes_and_none_is_negative(made: Made) -> None:
    (share,) = made.query("sum(matches_total) / sum(likes_total)").values()
    assert 0.05 < share < 0.2
    assert made.query('{__name__=~".+_total", job="glimpse-api"} < 0') == {}


def test_the_present_has_every_name_of_the_past(made: Made, demo: Demo) -> None:
    # Request metrics come with the first request.
    demo.burst(1, "GET", "/api/v1/profile")
    live = ask(demo.port, "GET", "/metrics")[1]
    for job in ("postgres", "cloudwatch", "backup", "node"):
        live += ask(demo.admin_port, "GET", f"/{job}/metrics")[1]
    names = {
        key.removeprefix("__name__=") for key in made.query('count by (__name__) ({__name__=~".+",__name__!="up"})')
    }
    missing = {name for name in names if f"\n{name}" not in live}
    assert missing == set()


def test_progress_is_told(made: Made) -> None:
    assert any("series" in text for text in made.said)
    assert any("block" in text for text in made.said)


def test_log_lines_are_json_in_order_within_their_time(made: Made) -> None:
    lines = [
        json.loads(line) for path in sorted(made.logs.glob("combined-*.log")) for line in path.read_text().splitlines()
    ]
    assert len(lines) > 500
    times = [_time(line["timestamp"]) for line in lines]
    assert min(times) >= made.end - HOURS * 3600 - 60
    assert max(times) <= made.end
    assert all(b >= a - 1 for a, b in itertools.pairwise(times))
    assert {line["level"] for line in lines} >= {"info", "http", "warn", "error"}


def test_every_5xx_of_the_counters_has_its_log_line(made: Made) -> None:
    (counted,) = made.query('sum(http_requests_total{status=~"5.."})').values()
    errors = [json.loads(line) for path in made.logs.glob("error-*.log") for line in path.read_text().splitlines()]
    # A request of the last seconds ends after the end.
    assert len(errors) == pytest.approx(counted, abs=3)
    assert all("\n    at " in line["stack"] for line in errors)


def test_files_hold_the_days_of_seoul(made: Made) -> None:
    for path in made.logs.glob("combined-*.log"):
        days = {_day(json.loads(line)["timestamp"]) for line in path.read_text().splitlines()}
        assert days == {path.stem.removeprefix("combined-")}


def test_a_week_has_its_incidents() -> None:
    end = datetime(2026, 11, 23, 14, 0, tzinfo=UTC).timestamp()
    week = past(np.arange(end - 7 * 86400, end + 1, 60.0))
    assert (week.served_rate == 0).sum() == 7
    assert week.server_error_share(ENDPOINTS[0]).max() > 0.1
    assert week.churn_factor[-1] < week.churn_factor.max()


def _time(text: str) -> float:
    if "T" in text:
        return datetime.fromisoformat(text).timestamp()
    return datetime.fromisoformat(text.rpartition(":")[0] + "+09:00").timestamp()


def _day(text: str) -> str:
    return f"{datetime.fromtimestamp(_time(text), ZoneInfo('Asia/Seoul')):%Y-%m-%d}"

"""An empty panel says why, from what a real Prometheus knows; and asks only when it is empty."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from apps.core.timerange import TimeRange
from apps.dashboards.definitions import Target
from apps.dashboards.diagnosis import Diagnosis, diagnose
from apps.dashboards.registry import BuildContext, Query, TargetAnswer
from apps.sources import prometheus
from apps.sources.prometheus import Prometheus
from tests import servers

pytestmark = pytest.mark.servers
NOW = time.time()
HOUR = 3600


def samples(selector: str, first: float, last: float, value: float = 5) -> str:
    return "".join(f"{selector} {value} {moment}\n" for moment in range(int(first), int(last), 15))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """`http_requests` counts nothing for an hour; `chat_rooms` ended an hour ago with its target, which is down."""
    dead = servers.free_port()
    history = (
        "# TYPE http_requests counter\n"
        + samples('http_requests_total{job="api",route="/a"}', NOW - HOUR, NOW)
        + "# TYPE chat_rooms gauge\n"
        + samples(f'chat_rooms{{job="chat",instance="127.0.0.1:{dead}"}}', NOW - 4 * HOUR, NOW - 3 * HOUR)
        + "# TYPE old_gauge gauge\n"
        + samples('old_gauge{job="gone"}', NOW - 4 * HOUR, NOW - 3 * HOUR)
    )
    config = (
        "global: {scrape_interval: 1s, scrape_timeout: 1s}\n"
        f"scrape_configs: [{{job_name: chat, static_configs: [{{targets: ['127.0.0.1:{dead}']}}]}}]\n"
    )
    with servers.prometheus(tmp_path_factory.mktemp("why"), config=config, history=history) as server:
        found = Prometheus(server.url)
        server.wait(lambda: bool(found.instant("up == 0").frames))
        yield found
        found.close()


@pytest.fixture
def why(source: Prometheus, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Diagnosis]:
    monkeypatch.setattr(prometheus, "default", lambda: source)

    def ask(expr: str, hours_ago: float = 0, length: float = 600, *, instant: bool = False) -> Diagnosis:
        now = datetime.now(UTC)
        end = now - timedelta(hours=hours_ago)
        span = TimeRange(end - timedelta(seconds=length), end, "now-10m", "now")
        start, end_s = span.start.timestamp(), span.end.timestamp()
        context = BuildContext(span, start, end_s, 15.0, now, ZoneInfo("Asia/Seoul"), "en", 32400.0)
        query = Query(expr, end_s, end_s, 0.0) if instant else Query(expr, start, end_s, 15.0)
        answer = TargetAnswer(Target(ref="A", expr=expr), query, [], 0.0, [])
        with translation.override("en"):
            return diagnose([answer], context)

    return ask


def test_a_metric_that_nobody_exports_is_named_with_its_nearest(why):
    found = why("sum(rate(http_request_total[1m]))")
    assert found.reason == "unknown_metric"
    assert "http_request_total" in found.message
    assert "http_requests_total" in found.hint


def test_a_label_value_that_is_not_there_is_named_with_those_that_are(why):
    found = why('http_requests_total{route="/b"}')
    assert found.reason == "no_series"
    assert "/b" in found.hint
    assert "/a" in found.hint


def test_an_instant_between_scrapes_says_that_nothing_was_scraped_then(why):
    # The range still holds the series, which ended three hours ago; the moment asked for does not.
    found = why("old_gauge", length=4 * HOUR, instant=True)
    assert found.reason == "no_series"
    assert "old_gauge" in found.message
    assert "five minutes" in found.hint


def test_a_counter_that_stands_still_is_no_traffic(why):
    assert why("sum(rate(http_requests_total[1m])) / (sum(rate(http_requests_total[1m])) > 0)").reason == "no_traffic"


def test_a_target_that_went_down_before_the_range_is_still_the_reason(why):
    found = why("chat_rooms")
    assert found.reason == "target_down"
    assert "chat" in found.message


def test_a_metric_of_another_time_whose_target_is_not_known_has_no_series_now(why):
    found = why("old_gauge")
    assert found.reason == "no_series"
    assert "old_gauge" in found.message


def test_a_range_before_what_is_kept_says_how_long_that_is(why):
    found = why("http_requests_total", hours_ago=24 * 401)
    assert found.reason == "out_of_retention"
    assert "400d" in found.message


def test_a_prometheus_that_went_away_meanwhile_leaves_the_plain_reason(why, monkeypatch):
    gone = Prometheus(f"http://127.0.0.1:{servers.free_port()}", timeout=1)
    monkeypatch.setattr(prometheus, "default", lambda: gone)
    assert why("http_requests_total").reason == "no_series"

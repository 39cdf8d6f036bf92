"""The client of Prometheus, against a real one."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from apps.sources.errors import BadQuery, TimedOut, TooManyPoints, Unreachable
from apps.sources.prometheus import Prometheus
from tests import servers

pytestmark = pytest.mark.servers
START = 1_760_000_000
HISTORY = (
    "# HELP shop_orders Orders.\n# TYPE shop_orders counter\n"
    + "".join(f'shop_orders_total{{job="shop",kind="a"}} {n} {START + n * 15}\n' for n in range(240))
    + "".join(f'shop_orders_total{{job="shop",kind="b"}} {n * 2} {START + n * 15}\n' for n in range(240))
    + "# TYPE shop_odd gauge\n"
    + f"shop_odd NaN {START}\nshop_odd +Inf {START + 15}\nshop_odd -Inf {START + 30}\nshop_odd 1.5 {START + 45.5}\n"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Server]:
    folder = tmp_path_factory.mktemp("sources")
    (folder / "rules.yml").write_text(
        "groups: [{name: shop, interval: 1s, rules: ["
        "{alert: Always, expr: vector(7), labels: {severity: warning}, annotations: {summary: It is always so}},"
        "{record: shop:seven, expr: vector(7)}]}]\n"
    )
    port = servers.free_port()
    config = (
        "global: {scrape_interval: 1s, evaluation_interval: 1s}\n"
        f"rule_files: ['{folder / 'rules.yml'}']\n"
        "scrape_configs:\n"
        f"- {{job_name: self, static_configs: [{{targets: ['127.0.0.1:{port}']}}]}}\n"
        f"- {{job_name: gone, static_configs: [{{targets: ['127.0.0.1:{servers.free_port()}']}}]}}\n"
    )
    with servers.prometheus(folder, config=config, history=HISTORY, port=port) as running:
        yield running


@pytest.fixture
def prometheus(server: servers.Server) -> Iterator[Prometheus]:
    client = Prometheus(server.url, timeout=10)
    yield client
    client.close()


def test_a_range_gives_a_frame_a_series_with_exact_times(prometheus: Prometheus) -> None:
    answer = prometheus.range("shop_orders_total", START + 0.5, START + 60.5, 15)
    assert answer.result_type == "matrix"
    assert [frame.labels["kind"] for frame in answer.frames] == ["a", "b"]
    assert answer.frames[0].times.dtype == np.float64
    assert answer.frames[0].times.tolist() == [START + 0.5 + n * 15 for n in range(5)]
    assert answer.frames[1].values.tolist() == [0, 2, 4, 6, 8]


def test_an_instant_gives_one_point_at_the_time_asked_for(prometheus: Prometheus) -> None:
    answer = prometheus.instant("sum(shop_orders_total)", START + 150)
    assert [(frame.times.tolist(), frame.values.tolist()) for frame in answer.frames] == [([START + 150], [30.0])]


def test_a_scalar_is_a_frame_without_labels(prometheus: Prometheus) -> None:
    answer = prometheus.instant("scalar(sum(shop_orders_total))", START + 150)
    assert answer.result_type == "scalar"
    assert (dict(answer.frames[0].labels), answer.frames[0].values.tolist()) == ({}, [30.0])


def test_what_is_no_number_stays_what_it_is(prometheus: Prometheus) -> None:
    values = prometheus.instant("shop_odd[2m]", START + 60).frames[0].values.tolist()
    assert math.isnan(values[0])
    assert values[1:] == [math.inf, -math.inf, 1.5]


def test_a_gap_is_left_out_not_filled_in(prometheus: Prometheus) -> None:
    end = START + 239 * 15
    answer = prometheus.range('shop_orders_total{kind="a"}', end, end + 1200, 60)
    # Five minutes' lookback after the last sample, its end included, and then nothing.
    assert len(answer.frames[0]) == 6
    assert prometheus.range("shop_orders_total", end + 1200, end + 1800, 60).frames == []


def test_series_labels_and_values_are_listed(prometheus: Prometheus) -> None:
    span = {"start": START, "end": START + 3600}
    found = prometheus.series(['shop_orders_total{kind="a"}'], **span)
    assert found == [{"__name__": "shop_orders_total", "job": "shop", "kind": "a"}]
    assert prometheus.labels(["shop_orders_total"], **span) == ["__name__", "job", "kind"]
    assert prometheus.label_values("kind", ["shop_orders_total"], **span) == ["a", "b"]


def test_targets_tell_health_and_error(prometheus: Prometheus, server: servers.Server) -> None:
    server.wait(lambda: {one.health for one in prometheus.targets()} == {"up", "down"})
    by_job = {one.job: one for one in prometheus.targets()}
    assert by_job["self"].health == "up"
    assert by_job["self"].last_scrape is not None
    assert "refused" in by_job["gone"].last_error


def test_rules_and_alerts_tell_their_state(prometheus: Prometheus, server: servers.Server) -> None:
    server.wait(lambda: any(alert.state == "firing" for alert in prometheus.alerts()))
    (group,) = prometheus.rules()
    assert (group.name, group.interval, [rule.type for rule in group.rules]) == ("shop", 1.0, ["alerting", "recording"])
    assert group.rules[0].health == "ok"
    (alert,) = prometheus.alerts()
    assert (alert.labels["alertname"], alert.value, alert.annotations["summary"]) == ("Always", 7.0, "It is always so")
    assert alert.active_at is not None
    assert abs(alert.active_at.timestamp() - time.time()) < 120


def test_metadata_and_version_are_told(prometheus: Prometheus, server: servers.Server) -> None:
    server.wait(lambda: "prometheus_build_info" in prometheus.metadata("prometheus_build_info"))
    assert prometheus.metadata("prometheus_build_info")["prometheus_build_info"][0]["type"] == "gauge"
    assert prometheus.build_info()["version"][0].isdigit()
    assert prometheus.ready()


def test_a_bad_query_carries_prometheuss_words_and_the_place(prometheus: Prometheus) -> None:
    with pytest.raises(BadQuery) as caught:
        prometheus.instant("sum(up))")
    assert caught.value.reason == "bad_query"
    assert "parse error" in caught.value.message
    # Prometheus says 1:9, where the query ends too early for its parser.
    assert caught.value.position == 8
    assert not caught.value.retryable


def test_too_many_points_are_refused_before_and_by_prometheus(prometheus: Prometheus) -> None:
    with pytest.raises(TooManyPoints) as caught:
        prometheus.range("up", 0, 1_000_000, 10)
    assert "100,001 points" in caught.value.message
    with pytest.raises(TooManyPoints):
        prometheus._query("query_range", {"query": "up", "start": "0", "end": "1000000", "step": "10"}, None)


@pytest.mark.parametrize(("start", "end", "step"), [(0, 10, 0), (0, 10, -5), (10, 0, 1)])
def test_a_step_or_a_range_that_is_none_is_refused(
    prometheus: Prometheus, start: float, end: float, step: float
) -> None:
    with pytest.raises(BadQuery):
        prometheus.range("up", start, end, step)


def test_a_label_that_is_none_is_refused_before_it_is_part_of_an_address(prometheus: Prometheus) -> None:
    with pytest.raises(BadQuery):
        prometheus.label_values("../../admin")


def test_a_frozen_prometheus_is_a_time_out_and_then_answers_again(
    prometheus: Prometheus, server: servers.Server
) -> None:
    server.pause()
    try:
        with pytest.raises(TimedOut) as caught:
            prometheus.instant("up", timeout=0.5)
    finally:
        server.resume()
    assert caught.value.retryable
    assert prometheus.instant("vector(1)").frames


def test_nothing_there_is_unreachable() -> None:
    with pytest.raises(Unreachable) as caught:
        Prometheus(f"http://127.0.0.1:{servers.free_port()}").instant("up")
    assert "nothing accepts connections" in caught.value.message


def test_many_threads_share_one_client(prometheus: Prometheus) -> None:
    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda n: prometheus.instant(f"vector({n})").frames[0].values[0], range(200)))
    assert answers == list(range(200))

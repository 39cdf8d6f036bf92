"""A fault on the demo reaches the overview and fires the shipped rule, through a real Prometheus.

The shipped configuration runs as it is, but for its clocks: scrapes every second, and the rule's `for` shortened.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from string import Template
from zoneinfo import ZoneInfo

import pytest

from apps.core.timerange import TimeRange
from apps.dashboards.definitions import dashboards
from apps.dashboards.plan import make_plan
from apps.dashboards.stream import lines
from apps.sources import prometheus as source
from tests import servers

ROOT = Path(__file__).resolve().parent.parent.parent
pytestmark = [pytest.mark.servers, pytest.mark.timeout(240), pytest.mark.django_db(transaction=True)]


@dataclass
class Stack:
    """The demo and the Prometheus that scrapes it."""

    prometheus: servers.Server
    ports: dict[str, str]

    def demo(self, *words: str) -> None:
        subprocess.run([sys.executable, "-m", "demo", *words], cwd=ROOT, env=os.environ | self.ports, check=True)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("faults")
    names = ("DEMO", "DEMO_ADMIN", "CONSOLE", "PROMETHEUS", "ALERTMANAGER", "NODE_EXPORTER", "REDIS_EXPORTER")
    ports = {f"{name}_PORT": str(servers.free_port()) for name in names}
    (folder / "secrets").mkdir()
    (folder / "secrets" / "metrics_token").write_text("x")
    (folder / "prometheus" / "rules").mkdir(parents=True)
    for rules in (ROOT / "deploy/prometheus/rules").glob("*.yml"):
        text = rules.read_text().replace("interval: 30s", "interval: 1s").replace("for: 5m", "for: 3s")
        (folder / "prometheus" / "rules" / rules.name).write_text(text)
    config = Template((ROOT / "deploy/prometheus/prometheus.yml").read_text()).substitute(
        ports, DEPLOY_DIR=str(folder), VAR_DIR=str(folder)
    )
    for usual in ("10s", "15s"):
        config = config.replace(f"scrape_interval: {usual}", "scrape_interval: 1s")
    command = [sys.executable, "-m", "demo", "serve", "--log-dir", str(folder / "logs"), "--state-dir", str(folder)]
    demo = servers.Server(
        "demo", command, int(ports["DEMO_PORT"]), folder, environment=os.environ | ports | {"PYTHONPATH": str(ROOT)}
    )
    demo.start().wait(lambda: servers.answers_http(f"http://127.0.0.1:{ports['DEMO_PORT']}/metrics"))
    try:
        with servers.prometheus(folder / "prometheus", config=config, port=int(ports["PROMETHEUS_PORT"])) as running:
            yield Stack(running, ports)
    finally:
        demo.stop()


@pytest.fixture
def asked(stack: Stack, settings: object) -> Iterator[Stack]:
    settings.PROMETHEUS_URL = stack.prometheus.url  # type: ignore[attr-defined]
    source.default.cache_clear()
    yield stack
    source.default.cache_clear()


def until(true: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return
        time.sleep(0.3)
    raise AssertionError(f"{what} did not come within {seconds:.0f} s")


def overview(*panels: str) -> dict[str, dict[str, object]]:
    """The lines of these panels of the overview, by id, for the last quarter of an hour."""
    now, zone = datetime.now(UTC), ZoneInfo("Asia/Seoul")
    timerange = TimeRange.parse("now-15m", "now", now=now, zone=zone)
    plan = make_plan(dashboards()["overview"], timerange, now=now, zone=zone, locale="en", panels=panels)

    async def collect() -> list[dict[str, object]]:
        return [json.loads(line) async for line in lines(plan)]

    return {str(line["panel"]): line for line in asyncio.run(collect()) if "panel" in line}


def error_rate() -> float:
    line = overview("stat-errors")["stat-errors"]
    return float(line["stat"]["items"][0]["value"]) if "stat" in line else 0.0  # type: ignore[index]


def firing() -> set[str]:
    return {alert.labels["alertname"] for alert in source.default().alerts() if alert.state == "firing"}


def test_server_errors_are_seen_on_the_overview_and_fire_high_error_rate(asked: Stack) -> None:
    until(lambda: "stat" in overview("stat-errors")["stat-errors"], 60, "the first error rate")
    assert "HighErrorRate" not in firing()
    asked.demo("fault", "server-errors", "--for", "5m")
    until(lambda: error_rate() > 5, 60, "an error rate over 5 %")
    until(lambda: "HighErrorRate" in firing(), 60, "HighErrorRate")
    cards = overview("live-alerts")["live-alerts"]["cards"]
    assert "HighErrorRate" in [card["title"] for card in cards]  # type: ignore[index,attr-defined]
    asked.demo("fault", "stop", "--all")


def test_a_service_that_is_down_is_named_by_the_status_panel_and_by_its_rule(asked: Stack) -> None:
    asked.demo("fault", "api-down", "--for", "5m")
    card = {"title": "glimpse-api", "state": "critical"}

    def down() -> bool:
        cards = overview("service-status")["service-status"].get("cards", [])
        return any(card.items() <= one.items() for one in cards)  # type: ignore[attr-defined]

    until(down, 40, "the card of a service that is down")
    pending = {alert.labels["alertname"] for alert in source.default().alerts()}
    assert "ServiceDown" in pending
    asked.demo("fault", "stop", "--all")

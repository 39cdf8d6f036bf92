"""What a panel shows is what Prometheus says, for those who may see it, in their language."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import Group, User
from django.test import Client

from apps.accounts.actions import roles_ensure
from apps.core.timerange import TimeRange
from apps.dashboards import queries
from apps.dashboards.definitions import Dashboard
from apps.dashboards.plan import make_plan
from apps.dashboards.stream import lines
from apps.sources import prometheus
from apps.sources.prometheus import Prometheus
from tests import servers

# Panels are built in threads, which keep their own connections to the database.
pytestmark = [pytest.mark.servers, pytest.mark.django_db(transaction=True)]
SEOUL = ZoneInfo("Asia/Seoul")
RULES = """groups:
  - name: fire
    rules:
      - {alert: Burning, expr: vector(1), labels: {severity: critical}, annotations: {summary: It burns}}
      - {alert: Smoking, expr: vector(1), labels: {severity: warning}, for: 1h}
      - {alert: Watchdog, expr: vector(1)}
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    folder = tmp_path_factory.mktemp("answers")
    (folder / "rules.yml").write_text(RULES)
    config = f"global: {{evaluation_interval: 1s}}\nrule_files: ['{folder / 'rules.yml'}']\n"
    now = int(time.time())
    history = "# TYPE level gauge\n" + "".join(f"level {at % 977} {at}\n" for at in range(now - 7200, now, 15))
    with servers.prometheus(folder, config=config, history=history) as server:
        found = Prometheus(server.url)
        server.wait(lambda: len(found.alerts()) == 3)
        yield found
        found.close()


def ask(source: Prometheus, monkeypatch: pytest.MonkeyPatch, panel: dict, span: tuple[str, str]) -> dict:
    monkeypatch.setattr(prometheus, "default", lambda: source)
    panel = {"id": "p", "title": "P", **panel}
    dashboard = Dashboard.model_validate({"slug": "d", "title": "d", "rows": [{"panels": [panel]}]})
    now = datetime.now(UTC)
    wanted = make_plan(dashboard, TimeRange.parse(*span, now=now, zone=SEOUL), now=now, zone=SEOUL, locale="en")

    async def read() -> list[dict]:
        return [json.loads(line) async for line in lines(wanted)]

    return next(line for line in async_to_sync(read)() if "panel" in line)


@pytest.mark.servers
@pytest.mark.parametrize("span", [("now-1h", "now"), ("now-2h", "now-1h"), ("now-1h", "now/d")])
def test_the_figures_are_those_of_prometheus_at_the_same_times(source, monkeypatch, span):
    panel = {"type": "timeseries", "targets": [{"expr": "level * 2"}]}
    line = ask(source, monkeypatch, panel, span)
    (asked,) = line["queries"]
    (frame,) = source.range(asked["expr"], asked["start"], asked["end"], asked["step"]).frames
    drawn = line["figure"]["data"][0]
    x, y = (np.frombuffer(base64.b64decode(drawn[axis]["bdata"]), "<f8") for axis in "xy")
    there = ~np.isnan(y)
    assert np.array_equal(x[there], (frame.times + 32400) * 1000)
    assert np.array_equal(y[there], frame.values)
    assert asked["end"] <= time.time()


@pytest.mark.servers
def test_alerts_are_those_of_prometheus_the_firing_first_and_no_watchdog(source, monkeypatch):
    # Of now, so that not even a range of the past hides or ages them.
    line = ask(source, monkeypatch, {"type": "alerts"}, ("now-2d", "now-1d"))
    assert line["state"] == "value"
    assert [(card["title"], card["state"]) for card in line["cards"]] == [
        ("Burning", "critical"),
        ("Smoking", "none"),
    ]
    assert line["cards"][0]["text"] == "It burns"
    assert line["note"] == "1 firing, 1 pending"


@pytest.fixture
def people(db: None, monkeypatch: pytest.MonkeyPatch) -> dict[str, Client]:
    """A browser a role, and a dashboard of business figures."""
    money = {"slug": "money", "title": {"ko": "돈", "en": "Money"}, "permission": "business.view", "rows": []}
    monkeypatch.setattr(queries, "dashboards", lambda: {"money": Dashboard.model_validate(money)})
    roles_ensure()
    found = {}
    for role in ("viewer", "business", "nobody"):
        user = User.objects.create_user(role)
        user.groups.set(Group.objects.filter(name=role))
        found[role] = Client()
        found[role].force_login(user)
    return found


def test_viewers_and_business_people_see_business_figures_and_nobody_without_a_role(people):
    for path in ("/d/money/", "/api/v1/dashboards/money/data"):
        assert people["viewer"].get(path).status_code == 200
        assert people["business"].get(path).status_code == 200
        assert people["nobody"].get(path).status_code == 403
    assert people["nobody"].get("/api/v1/dashboards").status_code == 403


@pytest.mark.parametrize(("language", "title"), [("ko", "돈"), ("en", "Money")])
def test_titles_are_in_the_readers_language(people, language, title):
    headers = {"Accept-Language": language}
    assert title in people["business"].get("/d/money/", headers=headers).content.decode()
    (item,) = people["business"].get("/api/v1/dashboards", headers=headers).json()["items"]
    assert item["title"] == title


def test_a_stranger_of_the_api_gets_a_problem(people, client):
    answer = client.get("/api/v1/dashboards/money/data")
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")

"""The stream: a line a panel with the state that Prometheus's data have, each question asked once, an early end."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from asgiref.sync import async_to_sync

from apps.core.timerange import TimeRange
from apps.dashboards import fetch
from apps.dashboards.definitions import Dashboard
from apps.dashboards.plan import Plan, make_plan
from apps.dashboards.queries import variable_options
from apps.dashboards.registry import Query
from apps.dashboards.stream import lines, lines_in_step
from apps.sources import prometheus
from apps.sources.frames import Answer
from apps.sources.prometheus import Prometheus
from tests import servers

# Panels are built in threads, which keep their own connections to the database.
pytestmark = [pytest.mark.servers, pytest.mark.django_db(transaction=True)]
SEOUL = ZoneInfo("Asia/Seoul")
Lines = list[dict[str, Any]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Server]:
    """`fresh` goes on until now, `halted` ended ten minutes ago."""
    now = int(time.time())
    history = "# TYPE fresh gauge\n" + "".join(f'fresh{{job="a"}} 1 {at}\n' for at in range(now - 3600, now + 600, 15))
    history += "# TYPE halted gauge\n" + "".join(
        f'halted{{job="a"}} 1 {at}\n' for at in range(now - 3600, now - 600, 15)
    )
    with servers.prometheus(tmp_path_factory.mktemp("stream"), history=history) as found:
        yield found


@pytest.fixture(autouse=True)
def source(server: servers.Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Prometheus]:
    found = Prometheus(server.url)
    monkeypatch.setattr(prometheus, "default", lambda: found)
    yield found
    found.close()


def plan(*exprs: str, raw_from: str = "now-1h", raw_to: str = "now", locale: str = "en") -> Plan:
    panels = [
        {"id": f"p{number}", "type": "timeseries", "title": "P", "targets": [{"expr": expr}]}
        for number, expr in enumerate(exprs)
    ]
    dashboard = Dashboard.model_validate({"slug": "d", "title": "d", "rows": [{"panels": panels}]})
    now = datetime.now(UTC)
    span = TimeRange.parse(raw_from, raw_to, now=now, zone=SEOUL)
    return make_plan(dashboard, span, now=now, zone=SEOUL, locale=locale)


@async_to_sync
async def read(wanted: Plan) -> Lines:
    return [json.loads(line) async for line in lines(wanted)]


def one(expr: str, **options: Any) -> dict[str, Any]:
    return next(line for line in read(plan(expr, **options)) if "panel" in line)


def test_the_range_comes_first_and_the_end_last():
    wanted = plan("fresh", "halted")
    first, *panels, last = read(wanted)
    assert set(first["range"]) == {"from", "to", "step", "offset_s", "now"}
    assert (first["range"]["step"], first["range"]["offset_s"]) == (wanted.context.step, 32400)
    assert {line["panel"] for line in panels} == {"p0", "p1"}
    assert last["done"] is True
    assert last["seconds"] >= 0


def test_a_panel_with_data_says_when_its_newest_is_from_and_what_was_asked():
    line = one("fresh")
    assert (line["state"], line["view"]) == ("value", "chart")
    assert time.time() - line["at"] / 1000 < 60
    (query,) = line["queries"]
    assert (query["ref"], query["expr"], query["series"], query["warnings"]) == ("A", "fresh", 1, [])
    assert query["seconds"] > 0


def test_data_that_stopped_are_stale_while_the_range_is_live_and_plain_history_otherwise():
    assert one("halted")["state"] == "stale"
    assert one("halted", raw_to="now-5m")["state"] == "value"


def test_an_empty_panel_says_why_in_the_readers_language():
    line = one("fresch")
    assert (line["state"], line["reason"], line["at"]) == ("nodata", "unknown_metric", None)
    assert "fresch" in line["message"]
    assert "fresh" in line["hint"]


def test_one_panel_s_error_is_its_own():
    found = {
        line["panel"]: line
        for line in read(
            plan(
                "fresh",
                "fresh * on (job) group_left () (fresh or halted)",
                'label_replace(fresh, "x", "(", "job", "(")',
            )
        )
        if "panel" in line
    }
    assert found["p0"]["state"] == "value"
    assert found["p2"]["state"] == "error"
    assert found["p2"]["error"]["reason"] == "bad_query"
    assert found["p2"]["error"]["retryable"] is False


def test_a_question_of_several_panels_is_asked_once(server, source):
    def asked() -> float:
        """Evaluations that this Prometheus has begun."""
        page = source._session.get(f"{server.url}/metrics").text
        return sum(
            float(line.rsplit(" ", 1)[1])
            for line in page.splitlines()
            if line.startswith("prometheus_http_requests_total{") and '"/api/v1/query_range"' in line
        )

    before = asked()
    found = read(plan("fresh", "fresh", "fresh"))
    assert sum("panel" in line for line in found) == 3
    assert asked() - before == 1


def test_a_reader_who_goes_away_leaves_no_work_behind(monkeypatch):
    begun: list[str] = []
    gone = threading.Event()
    real: Callable[..., Any] = fetch.answer

    def answer(query: Query) -> Answer:
        begun.append(query.expr)
        if query.expr != "fresh":
            gone.wait(30)
        return real(query)

    monkeypatch.setattr(fetch, "answer", answer)

    async def leave() -> set[asyncio.Task[Any]]:
        stream = lines(plan("fresh", *(f"fresh + {number}" for number in range(3 * fetch.PARALLEL))))
        await anext(stream)
        assert json.loads(await anext(stream))["panel"] == "p0"
        await stream.aclose()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        pending = (await asyncio.wait(others, timeout=10))[1] if others else set()
        gone.set()
        # Last in the queue: when it has run, whatever was to be asked has been.
        await asyncio.get_running_loop().run_in_executor(fetch._pool, lambda: None)
        return pending

    assert async_to_sync(leave)() == set()
    assert len(begun) <= 1 + fetch.PARALLEL


def test_without_an_event_loop_the_lines_are_the_same():
    wanted = plan("fresh", "halted")
    found = [json.loads(line) for line in lines_in_step(wanted)]
    assert {line["panel"]: line["state"] for line in found if "panel" in line} == {"p0": "value", "p1": "stale"}
    assert found[-1]["done"] is True


def test_a_variable_offers_the_labels_values_of_the_range():
    body = {"slug": "d", "title": "d", "rows": []}
    body["variables"] = [{"name": "job", "label": "job", "metric": "fresh", "title": "Job"}]
    now = datetime.now(UTC)
    for raw_from, raw_to, values in (("now-1h", "now", ["a"]), ("now-30d", "now-29d", [])):
        span = TimeRange.parse(raw_from, raw_to, now=now, zone=SEOUL)
        assert variable_options(Dashboard.model_validate(body), span) == {"job": values}

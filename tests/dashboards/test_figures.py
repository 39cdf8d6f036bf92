"""Each builder, on the answers of a real Prometheus with a history of known figures."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import orjson
import pytest

from apps.core.timerange import TimeRange
from apps.dashboards.definitions import Panel
from apps.dashboards.figures import palette
from apps.dashboards.registry import BuildContext, Query, TargetAnswer, panel_type
from apps.sources.prometheus import Prometheus
from tests import servers

# Panels are built in threads, which keep their own connections to the database.
pytestmark = [pytest.mark.servers, pytest.mark.django_db(transaction=True)]
STEP = 60
END = int(time.time()) // STEP * STEP
START = END - 3600
Build = Callable[..., dict[str, Any]]


def history() -> str:
    """An hour: `level` climbs from 10 to 70 with a gap of ten minutes, `odd` is infinite and NaN, `cost` by route."""
    lines = ["# TYPE level gauge"]
    for number, moment in enumerate(range(START, END + 1, 15)):
        # Prometheus carries a sample on for five minutes, so that half of this is seen as a gap.
        if not 20 * 60 <= moment - START < 30 * 60:
            lines.append(f'level{{status="200"}} {10 + number / 4} {moment}')
    lines.append("# TYPE odd gauge")
    lines += [f'odd{{kind="{kind}"}} {kind} {END - ago}' for kind in ("+Inf", "NaN") for ago in (60, 30, 0)]
    lines.append("# TYPE cost gauge")
    lines += [f'cost{{route="/{name}"}} {cost} {END - 15}' for name, cost in (("a", 1), ("b", 4), ("c", 2))]
    lines.append("# TYPE calls gauge")
    lines += [f'calls{{route="/{name}"}} {calls} {END - 15}' for name, calls in (("a", 9), ("b", 3))]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    with servers.prometheus(tmp_path_factory.mktemp("figures"), history=history()) as server:
        found = Prometheus(server.url)
        yield found
        found.close()


@pytest.fixture
def build(source: Prometheus) -> Build:
    """Asks what a panel asks and builds it."""

    def draw(kind: str, *targets: dict[str, Any], locale: str = "en", **fields: Any) -> dict[str, Any]:
        panel = Panel.model_validate({"id": "p", "type": kind, "title": "P", "targets": list(targets), **fields})
        now = datetime.fromtimestamp(END, UTC)
        span = TimeRange(datetime.fromtimestamp(START, UTC), now, "now-1h", "now")
        context = BuildContext(span, START, END, STEP, now, ZoneInfo("Asia/Seoul"), locale, 32400.0)
        answers = []
        for target in panel.targets:
            query = Query(target.expr, END if target.instant else START, END, 0.0 if target.instant else STEP)
            found = (
                source.instant(query.expr, END)
                if target.instant
                else source.range(query.expr, query.start, query.end, query.step)
            )
            answers.append(TargetAnswer(target, query, found.frames, found.seconds, found.warnings))
        return panel_type(kind).build(panel, answers, context)

    return draw


def array(typed: dict[str, str]) -> np.ndarray:
    assert typed["dtype"] == "f8"
    return np.frombuffer(base64.b64decode(typed["bdata"]), "<f8")


def test_a_gap_is_a_gap_and_never_zero(build):
    (trace,) = build("timeseries", {"expr": "level"})["figure"]["data"]
    values = array(trace["y"])
    assert len(values) == 61
    assert np.isnan(values).sum() >= 4
    assert np.nanmin(values) == 10
    assert trace["connectgaps"] is False


def test_times_are_the_readers_clock(build):
    figure = build("timeseries", {"expr": "level"})["figure"]
    times = array(figure["data"][0]["x"])
    assert (times[0], times[-1]) == ((START + 32400) * 1000, (END + 32400) * 1000)
    assert figure["layout"]["xaxis"] == {"type": "date", "range": [times[0], times[-1]]}


def test_a_legend_tells_last_least_most_and_mean_in_the_panels_unit(build):
    (row,) = build("timeseries", {"expr": "level", "legend": "{{status}}"}, unit="percent")["legend"]
    assert (row["name"], row["last"], row["min"], row["max"]) == ("200", "70 %", "10 %", "70 %")
    assert row["mean"].endswith(" %")


@pytest.mark.parametrize(
    ("draw", "field", "value"), [("lines", "mode", "lines"), ("area", "fill", "tozeroy"), ("bars", "type", "bar")]
)
def test_ways_of_drawing(build, draw, field, value):
    (trace,) = build("timeseries", {"expr": "level"}, options={"draw": draw})["figure"]["data"]
    assert trace[field] == value


def test_stacked_series_stand_on_each_other(build):
    traces = build("timeseries", {"expr": "level or cost"}, options={"draw": "stacked"})["figure"]["data"]
    assert len(traces) == 4
    assert len({trace["stackgroup"] for trace in traces}) == 1


def test_thresholds_are_drawn_and_named(build):
    line = build("timeseries", {"expr": "level"}, unit="percent", thresholds=[{"value": 50, "state": "warning"}])
    (shape,) = line["figure"]["layout"]["shapes"]
    (threshold,) = line["thresholds"]
    assert (shape["y0"], shape["y1"], shape["line"]["color"]) == (50, 50, threshold["color"])
    assert threshold["label"] == "50 %"


def test_infinities_and_nan_draw_nothing_and_are_no_tokens_of_json(build):
    for kind, target in (("timeseries", {"expr": "odd"}), ("stat", {"expr": "odd"})):
        assert build(kind, target) == {}
    line = build("timeseries", {"expr": "odd or level"})
    assert len(line["figure"]["data"]) == 1
    assert not [token for token in (b"NaN", b"Infinity") if token in orjson.dumps(line)]


def test_a_stat_tells_its_value_its_state_and_its_change(build):
    thresholds = [{"value": 40, "state": "warning"}, {"value": 60, "state": "critical"}]
    line = build("stat", {"expr": "level"}, unit="count", thresholds=thresholds, options={"better": "down"})
    (item,) = line["stat"]["items"]
    assert (item["text"], item["value"], item["state"]) == ("70", 70, "critical")
    assert item["delta"] == {"text": "+600.0%", "direction": "up", "good": False}
    assert np.nanmax(array(line["figure"]["data"][0]["y"])) == 70


def test_a_stat_of_an_instant_has_no_sparkline(build):
    line = build("stat", {"expr": "level", "instant": True})
    assert "figure" not in line
    assert line["stat"]["items"][0]["delta"] is None


def table(build: Build) -> dict[str, Any]:
    return build(
        "table",
        {"ref": "cost", "expr": "cost", "instant": True},
        {"ref": "calls", "expr": "calls", "instant": True},
        options={
            "by": [{"label": "route", "title": {"ko": "경로", "en": "Route"}}],
            "sort": "cost",
            "columns": [
                {
                    "ref": "cost",
                    "title": "Cost",
                    "unit": "s",
                    "bar": True,
                    "thresholds": [{"value": 3, "state": "critical"}],
                },
                {"ref": "calls", "title": "Calls"},
            ],
        },
    )["table"]


def test_a_table_joins_its_queries_by_label_the_largest_first(build):
    found = table(build)
    assert [[cell["text"] for cell in row["cells"]] for row in found["rows"]] == [
        ["/b", "4 s", "3"],
        ["/c", "2 s", "–"],
        ["/a", "1 s", "9"],
    ]
    assert [column["title"] for column in found["columns"]] == ["Route", "Cost", "Calls"]
    assert found["sort"] == {"column": "cost", "descending": True}


def test_cells_have_states_and_bars(build):
    cells = [row["cells"][1] for row in table(build)["rows"]]
    assert [cell.get("state") for cell in cells] == ["critical", None, None]
    assert [cell["bar"] for cell in cells] == [1.0, 0.5, 0.25]


def test_status_codes_have_their_classs_colours_and_differ_within_it():
    def colour(status: str) -> str:
        return palette.series_colour(0, {"status": status})

    assert len({colour(status) for status in ("200", "201", "204", "401", "403", "404", "500", "502")}) == 8
    assert colour("2xx") == colour("200") == palette.STATE["ok"]
    assert colour("5xx") == palette.STATE["critical"]
    assert palette.series_colour(1, {"route": "/a"}) == palette.SERIES[1]


@pytest.mark.parametrize("kind", ["timeseries", "stat"])
def test_no_series_build_nothing(build, kind):
    assert build(kind, {"expr": "nothing_at_all"}) == {}

"""What Prometheus is asked: aligned times, round steps, durations filled in, each question once."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.timerange import TimeRange
from apps.dashboards.definitions import Dashboard, Panel, Target, Text, dashboards
from apps.dashboards.plan import POINTS, Plan, PlanError, make_plan, parse_step, step_for
from apps.sources.prometheus import MAX_POINTS

SEOUL = ZoneInfo("Asia/Seoul")
NOW = datetime(2026, 11, 23, 5, 6, 7, 890000, tzinfo=UTC)


def plan(raw_from: str = "now-6h", raw_to: str = "now", now: datetime = NOW, slug: str = "api", **options) -> Plan:
    span = TimeRange.parse(raw_from, raw_to, now=now, zone=SEOUL)
    return make_plan(dashboards()[slug], span, now=now, zone=SEOUL, locale="ko", **options)


def two_panels(*targets: Target) -> Dashboard:
    found = [
        Panel(id=f"p{number}", type="timeseries", title=Text(ko="가", en="a"), targets=[target])
        for number, target in enumerate(targets)
    ]
    return Dashboard.model_validate({"slug": "two", "title": "two", "rows": [{"panels": found}]})


@given(st.integers(1, 2 * 366 * 86400))
def test_no_range_has_more_points_than_the_page_can_use(seconds):
    assert seconds / step_for(seconds) <= POINTS


@pytest.mark.parametrize("raw_from", ["now-5m", "now-6h", "now-7d", "now-1y", "now/d"])
def test_start_and_end_are_multiples_of_the_step(raw_from):
    queries = [query for query in plan(raw_from).distinct if query.step]
    assert queries
    for query in queries:
        assert query.start % query.step == 0
        assert query.end % query.step == 0
        assert query.start < query.end <= NOW.timestamp()
        assert (query.end - query.start) / query.step < MAX_POINTS


def test_a_second_reader_a_moment_later_asks_the_same_questions():
    assert plan().distinct == plan(now=NOW.replace(second=8)).distinct


def test_panels_with_the_same_question_share_it():
    dashboard = two_panels(Target(ref="A", expr="up"), Target(ref="B", expr="up"))
    span = TimeRange.parse(None, None, now=NOW, zone=SEOUL)
    found = make_plan(dashboard, span, now=NOW, zone=SEOUL, locale="ko")
    assert len(found.queries) == 2
    assert len(found.distinct) == 1


def test_the_rate_window_holds_several_scrapes_and_grows_with_the_step():
    def window(raw_from: str) -> set[str]:
        (rows,) = plan(raw_from, panels=["throughput-by-route"]).queries.values()
        return {query.expr[query.expr.index("[") :] for _target, query in rows}

    assert window("now-15m") == {"[120s]))"}
    assert window("now-7d") == {"[915s]))"}


def test_only_the_panels_asked_for_are_planned():
    assert list(plan(panels=["statements", "endpoints", "statements"]).queries) == ["statements", "endpoints"]
    with pytest.raises(PlanError, match="nothing"):
        plan(panels=["nothing"])


def test_an_instant_target_is_asked_at_the_ranges_end():
    queries = [query for query in plan("2026-11-20 00:00", "2026-11-21 00:00").distinct if not query.step]
    assert {query.end for query in queries} == {datetime(2026, 11, 20, 15, 0, tzinfo=UTC).timestamp()}


def test_the_readers_zone_is_an_offset_in_seconds():
    assert plan().context.offset == 9 * 3600


@pytest.mark.parametrize(("text", "seconds"), [("30", 30.0), ("1.5", 1.5), ("5m", 300.0), ("1h30m", 5400.0)])
def test_a_step_is_seconds_or_a_duration(text, seconds):
    assert parse_step(text, 15000.0) == seconds


@pytest.mark.parametrize("text", ["0", "0s", "-1", "1e9", "inf", "nan", "often", "0.5", "²", "2d"])
def test_a_step_that_makes_no_sense_is_refused(text):
    with pytest.raises(PlanError) as caught:
        parse_step(text, 86400.0)
    assert caught.value.field == "step"


@given(st.floats(60, 2 * 366 * 86400), st.floats(1, 86400))
def test_an_accepted_step_never_asks_for_too_many_points(seconds, step):
    try:
        parse_step(repr(step), seconds)
    except PlanError:
        return
    assert seconds / step + 1 < MAX_POINTS

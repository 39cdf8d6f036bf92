"""Variables go into an expression as values, whatever they hold; the query around them stays as it was written."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.dashboards import promql
from apps.sources.prometheus import Prometheus
from tests import servers

EXPR = 'sum by (le) (rate(latency_bucket{job="api",route=~"$route"}[5m]))'
HOSTILE = [
    'x"} or up{job=~".*',
    "back\\slash",
    "/users/{id}",
    "a|b",
    "a b-c#d~e&f",
    "new\nline",
    "$route",
    "${route}",
    ".*",
    "(",
    "경로/좋아요",
    "'`",
]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), min_size=1, max_size=4))
def test_no_value_changes_the_structure_of_a_query(values):
    plain = promql.selectors(promql.filled(EXPR, {"route": ["plain"]}))
    found = promql.selectors(promql.filled(EXPR, {"route": values}))
    assert [(one.name, [(label, op) for label, op, _value in one.matchers]) for one in found] == [
        (one.name, [(label, op) for label, op, _value in one.matchers]) for one in plain
    ]
    assert ("job", "=", "api") in found[0].matchers


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_matches_itself_and_nothing_else(value):
    (selector,) = promql.selectors(promql.filled('up{route=~"$route"}', {"route": [value]}))
    pattern = selector.matchers[0][2]
    assert re.fullmatch(pattern, value)
    assert not re.fullmatch(pattern, value + "x")


@pytest.mark.parametrize("chosen", [[], [promql.ALL], ["/a", promql.ALL]])
def test_no_choice_and_all_match_everything(chosen):
    assert promql.filled('up{route=~"$route"}', {"route": chosen}) == 'up{route=~".*"}'


def test_several_values_are_alternatives():
    assert promql.filled('up{route=~"$route"}', {"route": ["/a", "/b"]}) == 'up{route=~"/a|/b"}'


def test_a_replacement_of_label_replace_is_no_variable():
    expr = 'label_replace(up{route=~"$route"}, "kind", "$1", "route", "(.*)")'
    assert promql.variables_of(expr) == {"route"}
    assert '"$1"' in promql.filled(expr, {"route": ["/a"]})


@pytest.mark.parametrize("expr", ['up{route="$route"}', 'up{route=~"$route|x"}', 'up{route!="$route"}'])
def test_a_variable_stands_only_as_the_whole_value_of_a_matcher(expr):
    with pytest.raises(ValueError, match=re.escape("$route must be the whole value")):
        promql.check_variables(expr)


@pytest.mark.parametrize("expr", ["up{route=~'$route'}", "up{route=~`$route`}"])
def test_a_variable_in_other_quotes_is_told_before_it_is_used(expr):
    with pytest.raises(ValueError, match="must stand in double quotes"):
        promql.check_variables(expr)


def test_a_variable_that_nobody_defined_is_named():
    with pytest.raises(ValueError, match=re.escape("unknown variable $route")):
        promql.filled('up{route=~"$route"}', {})


def test_durations_are_whole_seconds_and_never_zero():
    durations = {"__interval": 0.4, "__rate_interval": 120.0}
    assert promql.durations_filled("rate(a[$__rate_interval]) + rate(b[${__interval}])", durations) == (
        "rate(a[120s]) + rate(b[1s])"
    )


@pytest.mark.servers
def test_prometheus_reads_every_hostile_value_as_itself(tmp_path):
    def escaped(value: str) -> str:
        return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

    history = "# TYPE seen gauge\n" + "".join(f'seen{{route="{escaped(value)}"}} 1 1700000000\n' for value in HOSTILE)
    with servers.prometheus(tmp_path, history=history) as server:
        source = Prometheus(server.url)
        for value in HOSTILE:
            frames = source.instant(promql.filled('seen{route=~"$route"}', {"route": [value]}), 1700000000).frames
            assert [frame.labels["route"] for frame in frames] == [value]
        source.close()

"""A broken definition names file, line and field; the shipped ones hold."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from apps.core.formatting import UNITS
from apps.dashboards import definitions
from apps.dashboards.definitions import DefinitionError, Panel, dashboards, load, load_all

GOOD = """slug: mine
title: {ko: 내 것, en: Mine}
rows:
  - panels:
      - id: one
        type: timeseries
        title: {ko: 하나, en: One}
        targets:
          - expr: up
"""
PANEL = "rows.0.panels.0"


def write(folder: Path, text: str, name: str = "mine.yml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("change", "line", "told"),
    [
        (("rows:", "rows: ["), 4, "is not YAML: expected the node content, but found '-'"),
        (("  - panels", "\t- panels"), 4, "is not YAML: found character '\\t' that cannot start any token"),
        (("ko: 하나, en: One", "ko: 하나"), 7, f"{PANEL}.title.en: is missing"),
        (("        type:", "        colour: red\n        type:"), 6, f"{PANEL}.colour: is not known here"),
        (("expr: up", "expr: sum(up"), 9, f"{PANEL}.targets.0.expr: unclosed left parenthesis (found 'sum(up')"),
        (("expr: up", 'expr: up{job=~"$job"}'), 9, f"{PANEL}.targets.0.expr: uses $job, which no variable defines"),
        (
            ("        type:", "        width: 13\n        type:"),
            6,
            f"{PANEL}.width: Input should be less than or equal to 12 (found 13)",
        ),
        (("slug: mine", "slug: My Own"), 1, "slug: String should match pattern '^[a-z][a-z0-9-]*$' (found 'My Own')"),
        (
            ("        targets:", "        options: {draw: dots}\n        targets:"),
            8,
            f"{PANEL}.options.draw: Input should be 'lines', 'area', 'stacked' or 'bars' (found 'dots')",
        ),
        (("          - expr: up\n", "          - expr: up\nslug: other\n"), 10, "slug: is there twice"),
        (
            ("          - expr: up\n", "          - expr: up\n      - {id: one, type: stat, title: x}\n"),
            10,
            "rows.0.panels.1.id: another panel has the id 'one'",
        ),
    ],
)
def test_a_mistake_names_file_line_and_field(tmp_path, change, line, told):
    old, new = change
    assert old in GOOD
    path = write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(DefinitionError) as caught:
        load(path)
    assert str(caught.value) == f"{path}:{line}: {told}"


def test_an_unknown_panel_type_is_told_with_those_that_there_are(tmp_path):
    with pytest.raises(DefinitionError, match=r"unknown panel type 'pie'; there are alerts, .*timeseries"):
        load(write(tmp_path, GOOD.replace("timeseries", "pie")))


def test_a_column_without_a_query_is_told(tmp_path):
    options = "options: {by: [{label: job, title: Job}], columns: [{ref: Z, title: z}]}"
    text = GOOD.replace("timeseries", "table").replace("        targets:", f"        {options}\n        targets:")
    with pytest.raises(DefinitionError, match="no target has the ref 'Z'"):
        load(write(tmp_path, text))


def test_a_range_that_is_none_is_told_before_anybody_opens_the_page(tmp_path):
    with pytest.raises(DefinitionError) as caught:
        load(write(tmp_path, GOOD + "from: yesterday-ish\n"))
    assert (caught.value.line, caught.value.field) == (10, "from")


def test_a_file_that_is_not_utf_8_names_the_line(tmp_path):
    path = tmp_path / "mine.yml"
    path.write_bytes(GOOD.encode().replace("내 것".encode(), b"\xe9"))
    with pytest.raises(DefinitionError, match=r"mine\.yml:2: is not UTF-8"):
        load(path)


def test_a_folder_of_ones_own_adds_and_replaces(tmp_path):
    write(tmp_path, GOOD.replace("mine", "overview"), "a.yml")
    write(tmp_path, GOOD, "b.yaml")
    found = load_all([definitions.SHIPPED, tmp_path])
    assert found["overview"].title.en == "Mine"
    assert {"api", "mine"} <= set(found)


def test_manage_py_check_stops_with_the_place(tmp_path, settings):
    path = write(tmp_path, GOOD.replace("timeseries", "pie"))
    settings.DASHBOARD_DIRS = [tmp_path]
    dashboards.cache_clear()
    try:
        with pytest.raises(SystemCheckError, match=f"{path}:6: {PANEL}.type"):
            call_command("check")
    finally:
        settings.DASHBOARD_DIRS = []
        dashboards.cache_clear()


def panels() -> list[tuple[str, Panel]]:
    return [(slug, panel) for slug, one in dashboards().items() for panel in one.panels]


def test_every_shipped_panel_speaks_both_languages_and_a_known_unit():
    assert len(panels()) > 15
    for slug, panel in panels():
        assert panel.title.ko, (slug, panel.id)
        assert panel.title.en, (slug, panel.id)
        assert panel.unit in UNITS, (slug, panel.id)


def test_the_guides_thresholds_are_drawn():
    overview = {panel.id: panel for panel in dashboards()["overview"].panels}
    assert [(one.value, one.state) for one in overview["error-rate"].thresholds] == [(1, "warning"), (5, "critical")]
    assert [one.value for one in overview["request-rate"].thresholds] == [100]


def test_percentiles_are_summed_by_bucket_and_error_rates_survive_a_clean_day():
    for slug, panel in panels():
        for target in panel.targets:
            if "histogram_quantile" in target.expr:
                assert "sum by (le" in target.expr, (slug, panel.id)
            if '"5..' in target.expr:
                assert " or " in target.expr, (slug, panel.id)

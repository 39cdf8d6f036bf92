"""What the dashboards show: values in the reader's zone and language; an outage costs panels only."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Console

pytestmark = [pytest.mark.servers, pytest.mark.timeout(240)]
SETTLED = "() => [...document.querySelectorAll('.panel')].every((panel) => panel.dataset.state !== 'loading')"


def visit(page: Page, console: Console, path: str) -> None:
    """Open a page and wait until no panel is loading any more."""
    page.goto(console.url + path)
    page.wait_for_function(SETTLED, timeout=30_000)


def states(page: Page) -> dict[str, str]:
    rows = page.eval_on_selector_all(
        ".panel", "(panels) => panels.map((one) => [one.dataset.panel, one.dataset.state])"
    )
    return dict(rows)


def test_every_panel_of_the_overview_has_a_value_and_the_console_is_silent(
    signed_in: Page, console: Console, complaints: list[str]
) -> None:
    # The demo's past ends when it was made, so look at a stretch that is surely in it.
    visit(signed_in, console, "/d/overview/?from=now-6h&to=now-10m&refresh=0")
    assert set(states(signed_in).values()) == {"value"}
    expect(signed_in.locator("html")).to_have_attribute("lang", "ko")
    expect(signed_in.get_by_role("heading", name="개요")).to_be_visible()
    assert signed_in.locator("#panel-response-time .main-svg .scatterlayer path.js-line").count() == 3
    assert complaints == []


def test_every_panel_of_api_performance_has_a_value_and_its_table_sorts(
    signed_in: Page, console: Console, complaints: list[str]
) -> None:
    visit(signed_in, console, "/d/api/?from=now-6h&to=now-10m&refresh=0")
    assert set(states(signed_in).values()) == {"value"}
    table = signed_in.locator("#panel-endpoints table")
    first = table.locator("tbody tr td:first-child, tbody tr th:first-child")
    before = first.all_inner_texts()
    table.locator("thead th").first.get_by_role("button").click()
    after = first.all_inner_texts()
    assert sorted(before) == sorted(after)
    assert after in (sorted(after), sorted(after, reverse=True))
    assert complaints == []


def test_the_axis_shows_seoul_whatever_the_zone_of_the_browser(signed_in: Page, console: Console) -> None:
    context = signed_in.context.browser.new_context(  # type: ignore[union-attr]
        timezone_id="America/New_York", storage_state=signed_in.context.storage_state()
    )
    page = context.new_page()
    visit(page, console, "/d/overview/?from=now-6h&to=now-10m&refresh=0")
    page.locator("#panel-response-time").scroll_into_view_if_needed()
    page.locator("#panel-response-time .xtick").first.wait_for(state="attached")
    end = page.evaluate(
        "() => document.querySelector('#panel-response-time .js-plotly-plot')._fullLayout.xaxis.range[1]"
    )
    expected = page.evaluate(
        "() => new Intl.DateTimeFormat('sv', {timeZone: 'Asia/Seoul', hour: '2-digit'}).format(Date.now() - 600000)"
    )
    context.close()
    assert re.search(r"[ T](\d\d):", str(end))[1] == expected.strip()[:2]  # type: ignore[index]


def test_a_silent_prometheus_costs_the_panels_only_and_they_come_back(signed_in: Page, console: Console) -> None:
    console.prometheus.pause()
    try:
        began = time.monotonic()
        signed_in.goto(console.url + "/d/overview/?from=now-6h&to=now-10m&refresh=5", wait_until="commit")
        expect(signed_in.locator("#panel-request-rate")).to_be_visible()
        # Far less than Prometheus's time-out: the frame does not wait for it.
        assert time.monotonic() - began < 2
        expect(signed_in.locator("#panel-request-rate")).to_have_attribute("data-state", "error", timeout=60_000)
        expect(signed_in.locator("#panel-request-rate .panel-says")).to_contain_text("Prometheus")
    finally:
        console.prometheus.resume()
    expect(signed_in.locator("#panel-request-rate")).to_have_attribute("data-state", "value", timeout=60_000)


def test_the_language_switches_the_whole_page(signed_in: Page, console: Console) -> None:
    console.manage("shell", "-c", _preference("language", "en"))
    try:
        visit(signed_in, console, "/d/overview/?refresh=0")
        expect(signed_in.locator("html")).to_have_attribute("lang", "en")
        expect(signed_in.get_by_role("heading", name="Overview")).to_be_visible()
        expect(signed_in.locator("#title-error-rate")).to_have_text("Error rate")
    finally:
        console.manage("shell", "-c", _preference("language", "ko"))


def _preference(name: str, value: str) -> str:
    return (
        "from apps.accounts.models import Preferences; from django.contrib.auth.models import User;"
        "admin = User.objects.get(username='admin');"
        f"Preferences.objects.update_or_create(user=admin, defaults={{'{name}': '{value}'}})"
    )


def test_a_gap_in_a_stack_is_a_gap_not_zero(signed_in: Page, console: Console) -> None:
    # The day of history begins within this range: before it there is nothing to stack.
    visit(signed_in, console, "/d/overview/?from=now-30h&to=now-10m&refresh=0")
    signed_in.locator("#panel-request-rate").scroll_into_view_if_needed()
    signed_in.locator("#panel-request-rate .xtick").first.wait_for(state="attached")
    drawn = signed_in.evaluate(
        "() => document.querySelector('#panel-request-rate .js-plotly-plot').data"
        ".map((trace) => [trace.x.length, [...trace.y].some((y) => !Number.isNaN(y))])"
    )
    points = signed_in.evaluate(
        "() => document.querySelector('#panel-error-rate .js-plotly-plot')?.data[0].x.length ?? 0"
    )
    assert drawn
    assert all(length < points for length, _some in drawn)

"""A dashboard in a browser: every panel gets a state, time can be chosen in each way, and nothing complains."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Console

# The page of patterns shows a loading panel for ever; a real one has an id.
LOADED = "() => !document.querySelector('.panel[id][data-state=\"loading\"]')"
CHART = "#panel-response-time .chart-layer"


def _loaded(page: Page) -> None:
    page.wait_for_function(LOADED)


def _refused(complaints: list[str]) -> list[str]:
    """Complaints but the 400 that a refused range answers with, which every browser writes down."""
    return [text for text in complaints if "400 (Bad Request)" not in text]


def test_every_panel_of_the_overview_leaves_loading_without_a_complaint(signed_in: Page, complaints: list[str]) -> None:
    _loaded(signed_in)
    expect(signed_in.locator("#panel-response-time .main-svg").first).to_be_visible()
    assert complaints == []


def test_dragging_on_a_chart_narrows_the_range_of_the_page_and_back_undoes_it(signed_in: Page) -> None:
    _loaded(signed_in)
    expect(signed_in.locator("#panel-response-time .main-svg").first).to_be_visible()
    before = signed_in.url
    chart = signed_in.locator(CHART)
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box is not None
    signed_in.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + 30)
    signed_in.mouse.down()
    signed_in.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 40, steps=4)
    signed_in.mouse.up()
    signed_in.wait_for_url(re.compile(r"from=\d{13}&to=\d{13}"))
    found = re.search(r"from=(\d+)&to=(\d+)", signed_in.url)
    assert found is not None
    seconds = (int(found[2]) - int(found[1])) / 1000
    assert 0.15 * 6 * 3600 < seconds < 0.25 * 6 * 3600
    signed_in.go_back()
    signed_in.wait_for_url(before)


def test_the_crosshair_stands_on_every_chart_in_view(signed_in: Page) -> None:
    _loaded(signed_in)
    expect(signed_in.locator("#panel-response-time .main-svg").first).to_be_visible()
    expect(signed_in.locator("#panel-request-rate .main-svg").first).to_be_visible()
    signed_in.locator(CHART).hover()
    expect(signed_in.locator("#chart-tip")).to_contain_text("p95")
    expect(signed_in.locator("#panel-request-rate .chart-cross")).to_be_visible()


def test_a_typed_range_that_is_none_is_refused_beside_its_field(signed_in: Page, complaints: list[str]) -> None:
    _loaded(signed_in)
    signed_in.keyboard.press("t")
    signed_in.fill("#range-from", "yesterday-ish")
    signed_in.keyboard.press("Enter")
    expect(signed_in.locator("#range-from-error")).to_contain_text("yesterday-ish")
    assert _refused(complaints) == []


def test_a_bad_range_in_the_address_keeps_what_was_typed_and_shows_panels(signed_in: Page, console: Console) -> None:
    answer = signed_in.goto(console.url + "/d/overview/?from=yesterday-ish&to=now")
    assert answer is not None
    assert answer.status == 400
    _loaded(signed_in)
    expect(signed_in.locator("#range-from")).to_have_value("yesterday-ish")
    expect(signed_in.locator("#range-from-error")).to_contain_text("yesterday-ish")


def test_the_menu_of_a_panel_shows_its_query_and_its_rows(signed_in: Page) -> None:
    _loaded(signed_in)
    panel = signed_in.locator("#panel-request-rate")
    panel.locator(".panel-menu > summary").click()
    panel.locator("[data-action=query]").click()
    expect(signed_in.locator("#panel-dialog pre").first).to_contain_text("http_requests_total")
    signed_in.keyboard.press("Escape")
    panel.locator(".panel-menu > summary").click()
    panel.locator("[data-action=rows]").click()
    expect(signed_in.locator("#panel-dialog tbody tr").first).to_be_visible()
    with signed_in.expect_download() as download:
        signed_in.locator("[data-dialog-csv]").click()
    assert download.value.suggested_filename == "overview-request-rate.csv"


def test_a_click_in_the_legend_leaves_one_series_and_a_second_brings_all_back(signed_in: Page) -> None:
    _loaded(signed_in)
    off = signed_in.locator("#panel-response-time .legend tr.is-off")
    button = signed_in.locator("#panel-response-time .legend button").nth(1)
    button.click()
    expect(off).to_have_count(2)
    button.click()
    expect(off).to_have_count(0)


@pytest.mark.parametrize("path", ["/d/overview/", "/d/api/", "/checks/", "/patterns/", "/accounts/preferences/"])
def test_no_page_is_wider_than_the_window(signed_in: Page, console: Console, path: str) -> None:
    signed_in.goto(console.url + path)
    _loaded(signed_in)
    for width in (2560, 1440, 768, 390):
        signed_in.set_viewport_size({"width": width, "height": 900})
        signed_in.wait_for_function("() => document.documentElement.scrollWidth <= innerWidth", timeout=5_000)


def test_the_range_works_without_scripts(signed_in: Page, console: Console) -> None:
    browser = signed_in.context.browser
    assert browser is not None
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies(signed_in.context.cookies())  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(console.url + "/d/overview/")
    page.locator("#range > summary").click()
    page.fill("#range-from", "now-1h")
    page.locator("#range-form button[type=submit]").click()
    assert "from=now-1h" in page.url
    expect(page.locator("#range-from")).to_have_value("now-1h")
    context.close()

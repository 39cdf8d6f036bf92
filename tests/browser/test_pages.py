"""Every page for everybody: no rule of accessibility broken, nothing said in the browser's console."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Console
from tests.browser.test_dashboard import visit

pytestmark = [pytest.mark.servers, pytest.mark.timeout(240)]
PAGES = [
    "/d/overview/?refresh=0",
    "/d/api/?refresh=0",
    "/checks/",
    "/accounts/preferences/",
    "/accounts/audit/",
    "/api/v1/docs",
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_breaks_no_rule_of_accessibility(
    signed_in: Page, console: Console, complaints: list[str], path: str, scheme: str
) -> None:
    signed_in.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    visit(signed_in, console, path)
    found = Axe().run(signed_in).response["violations"]
    serious = {
        one["id"]: [node["html"][:160] for node in one["nodes"][:3]]
        for one in found
        if one["impact"] in ("serious", "critical")
    }
    assert serious == {}
    assert complaints == []


def test_a_wrong_password_is_told_and_keeps_the_name(browser: Browser, console: Console) -> None:
    page = browser.new_page()
    page.goto(console.url + "/accounts/login/")
    page.fill("input[name=login]", "nobody-here")
    page.fill("input[name=password]", "not the password")
    page.locator("form:has(input[name=password]) button[type=submit]").click()
    expect(page.locator("[role=alert], .errorlist, .message.error").first).to_be_visible()
    expect(page.locator("input[name=login]")).to_have_value("nobody-here")
    page.close()


def test_keys_open_the_help_and_lead_to_pages(signed_in: Page, console: Console) -> None:
    signed_in.keyboard.press("?")
    expect(signed_in.get_by_role("dialog")).to_be_visible()
    signed_in.keyboard.press("Escape")
    expect(signed_in.get_by_role("dialog")).to_be_hidden()
    signed_in.keyboard.press("g")
    signed_in.keyboard.press("a")
    signed_in.wait_for_url("**/d/api/**")


def test_nothing_is_asked_of_another_machine(signed_in: Page, console: Console) -> None:
    asked: list[str] = []
    signed_in.on("request", lambda request: asked.append(request.url))
    for path in PAGES:
        visit(signed_in, console, path)
    foreign = [url for url in asked if not url.startswith((console.url, "data:", "blob:"))]
    assert foreign == []

"""Pictures of the running console: `bin/screenshot`."""

from __future__ import annotations

import argparse
import itertools
import os
import sys
from pathlib import Path

import django
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.browser import chromium

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = {
    "overview": "/d/overview/",
    "api": "/d/api/",
    "checks": "/checks/",
    "preferences": "/accounts/preferences/",
    "audit": "/accounts/audit/",
    "patterns": "/patterns/",
    "not-found": "/d/nowhere/",
    "bad-range": "/d/overview/?from=yesterday-ish&to=now",
    "login": "/accounts/login/",
}


def session_for(username: str, *, language: str, theme: str) -> str:
    """A signed-in session's key for this user of the local database, with these preferences set."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
    from django.contrib.sessions.backends.db import SessionStore

    from apps.accounts.models import Preferences

    user = get_user_model().objects.get(username=username)
    Preferences.objects.update_or_create(user=user, defaults={"language": language, "theme": theme})
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def shoot(
    browser: Browser, url: str, path: str, target: Path, *, key: str | None, language: str, theme: str, width: int
) -> list[str]:
    """Write one picture; answers what the browser's console complained of."""
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
        locale="en-US" if language == "en" else "ko-KR",
        device_scale_factor=1,
    )
    if key:
        context.add_cookies([{"name": "sessionid", "value": key, "url": url}])
    page: Page = context.new_page()
    said: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            said.append(message.text)

    page.on("console", listen)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(url + path, wait_until="load")
    if path.startswith("/d/") and "nowhere" not in path:
        page.wait_for_function("() => !document.querySelector('.panel[data-state=\"loading\"]')", timeout=30_000)
        page.wait_for_timeout(800)
    target.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(target), full_page=True)
    context.close()
    return said


def main() -> int:
    parser = argparse.ArgumentParser(prog="bin/screenshot")
    parser.add_argument("--all", type=Path, metavar="FOLDER")
    parser.add_argument("--pages", default=",".join(PAGES))
    options = parser.parse_args()
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright runs a loop of its own in this thread
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
    django.setup()
    from django.conf import settings

    url = f"http://127.0.0.1:{settings.CONSOLE_PORT}"
    complaints = 0
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium.executable(), args=chromium.FLAGS)
        if options.all is None:
            key = session_for("admin", language="ko", theme="light")
            shoot(
                browser,
                url,
                PAGES["overview"],
                ROOT / "docs/images/overview.png",
                key=key,
                language="ko",
                theme="light",
                width=1440,
            )
            return 0
        for language, theme in itertools.product(("ko", "en"), ("light", "dark")):
            key = session_for("admin", language=language, theme=theme)
            for name, width in itertools.product(options.pages.split(","), (1440, 390)):
                target = options.all / f"{name}-{language}-{theme}-{width}.png"
                signed_in = None if name == "login" else key
                said = shoot(
                    browser, url, PAGES[name], target, key=signed_in, language=language, theme=theme, width=width
                )
                expected = (
                    [text for text in said if "404" in text or "400" in text]
                    if name in ("not-found", "bad-range")
                    else []
                )
                for text in said:
                    if text not in expected:
                        complaints += 1
                        sys.stderr.write(f"{target.name}: {text}\n")
        session_for("admin", language="ko", theme="system")
        browser.close()
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())

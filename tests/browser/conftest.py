"""The console as a person meets it: gunicorn, a real Prometheus with the demo's history, a real Redis, Chromium."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, StorageState

from tests import servers
from tests.browser import chromium

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass
class Console:
    """A running console: its `url`, the demo users' `passwords`, the Prometheus behind it."""

    url: str
    passwords: dict[str, str]
    prometheus: servers.Server
    environment: dict[str, str]

    def manage(self, *words: str) -> str:
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment,
            check=True,
            capture_output=True,
            text=True,
        ).stdout


@pytest.fixture(scope="session")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    folder = tmp_path_factory.mktemp("console")
    history = folder / "prometheus" / "data"
    subprocess.run(
        [
            sys.executable,
            "-m",
            "demo",
            "history",
            "--prometheus-data",
            str(history),
            "--log-dir",
            str(folder / "logs"),
            "--days",
            "1",
        ],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    port = servers.free_port()
    with (
        servers.redis(folder / "redis") as redis,
        servers.prometheus(folder / "prometheus") as prometheus,
    ):
        environment = os.environ | {
            "READ_DOT_ENV": "false",
            "SECRET_KEY": "tests-only-not-a-secret-tests-only-not-a-secret",
            "VAR_DIR": str(folder / "var"),
            "DATABASE_URL": f"sqlite:///{folder / 'console.sqlite3'}",
            "PROMETHEUS_URL": prometheus.url,
            "REDIS_URL": f"redis://127.0.0.1:{redis.port}/0",
            "CONSOLE_PORT": str(port),
            "WEB_WORKERS": "1",
            "QUERY_TIMEOUT": "3",
            # The server runs in its own folder, and its settings file imports from here.
            "PYTHONPATH": str(ROOT),
        }
        environment.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)
        (folder / "var").mkdir()
        running = Console(f"http://127.0.0.1:{port}", {}, prometheus, environment)
        running.manage("migrate", "--no-input", "-v", "0")
        running.manage("collectstatic", "--no-input", "-v", "0")
        running.passwords = json.loads(running.manage("demo_users").strip().splitlines()[-1])
        web = servers.Server(
            "web",
            [
                sys.executable,
                "-m",
                "gunicorn",
                "-c",
                str(ROOT / "console/gunicorn.py"),
                "--chdir",
                str(ROOT),
                "console.asgi",
            ],
            port,
            folder,
            environment=environment,
        )
        web.start().wait(lambda: servers.answers_http(f"{running.url}/healthz"))
        try:
            yield running
        finally:
            web.stop()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    return {**browser_type_launch_args, "executable_path": chromium.executable(), "args": chromium.FLAGS}


@pytest.fixture
def complaints() -> list[str]:
    """What the browser's console said in error; a page's test ends by demanding that it is empty."""
    return []


@pytest.fixture(scope="session")
def admin_cookies(browser: Browser, console: Console) -> StorageState:
    """The cookies of `admin`, who has signed in through the form, in Korean."""
    context = browser.new_context(locale="ko-KR")
    page = context.new_page()
    page.goto(console.url + "/accounts/login/")
    page.fill("input[name=login]", "admin")
    page.fill("input[name=password]", console.passwords["admin"])
    page.locator("form:has(input[name=password]) button[type=submit]").click()
    page.wait_for_url("**/d/overview/**")
    cookies = context.storage_state()
    context.close()
    return cookies


@pytest.fixture
def signed_in(browser: Browser, console: Console, admin_cookies: StorageState, complaints: list[str]) -> Iterator[Page]:
    """The overview, in a browser where `admin` is signed in."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="ko-KR", storage_state=admin_cookies)
    context.set_default_timeout(20_000)
    page = context.new_page()

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(message.text)

    page.on("console", listen)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(console.url + "/d/overview/")
    yield page
    context.close()

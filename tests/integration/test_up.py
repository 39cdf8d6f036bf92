"""bin/up on a clone of its own, on free ports: it comes up, signs somebody in, comes up again, leaves nothing."""

from __future__ import annotations

import http.cookiejar
import json
import os
import re
import signal
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from console.up_state import PORTS
from tests import servers

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What git has, and what is about to be committed, in an empty folder; packages are shared, not installed again."""
    folder = tmp_path_factory.mktemp("clone") / "glimpse"
    folder.mkdir()
    files = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout
    subprocess.run(
        ["cp", "--parents", "-t", str(folder), *files.decode().strip("\0").split("\0")], cwd=ROOT, check=True
    )
    (folder / ".venv").symlink_to(ROOT / ".venv")
    return folder


@pytest.fixture(scope="module")
def ports() -> dict[str, str]:
    return {name: str(servers.free_port()) for name in PORTS}


class Run:
    """One run of bin/up."""

    def __init__(self, clone: Path, ports: dict[str, str], *words: str) -> None:
        environment = {k: v for k, v in os.environ.items() if k not in ("SECRET_KEY", "DATABASE_URL", "READ_DOT_ENV")}
        self.output = clone.parent / "output"
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                ["bin/up", *words],
                cwd=clone,
                env=environment | ports,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def wait_for(self, pattern: str, seconds: float) -> re.Match[str]:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = re.search(pattern, self.output.read_text(), re.S)
            if found:
                return found
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise AssertionError(f"bin/up never said {pattern!r}:\n{self.output.read_text()}")

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(20)


@pytest.fixture(scope="module")
def first(clone: Path, ports: dict[str, str]) -> Iterator[Run]:
    run = Run(clone, ports)
    yield run
    if run.process.poll() is None:
        run.interrupt()


def processes_of(folder: Path) -> list[str]:
    """Command lines of the processes that work in this folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str((process / "cwd").readlink()).startswith(str(folder)):
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


@pytest.mark.servers
@pytest.mark.timeout(420)
def test_it_comes_up_signs_in_comes_up_again_and_leaves_nothing(clone: Path, ports: dict[str, str], first: Run) -> None:
    url = f"http://127.0.0.1:{ports['CONSOLE_PORT']}"
    first.wait_for(r"Glimpse Console is up: " + re.escape(url) + r".*Ctrl-C", 300)
    said = first.output.read_text()
    assert "✗" not in said, said
    passwords = dict(re.findall(r"^    (admin|ops|business|viewer) +(\S+)$", said, re.M))
    assert set(passwords) == {"admin", "ops", "business", "viewer"}

    page = sign_in(url, "business", passwords["business"])
    assert page.url.startswith(f"{url}/d/overview/")
    assert "<title>" in page.read().decode()
    until(lambda: has_alertmanager(ports["PROMETHEUS_PORT"]))
    assert weeks_old(ports["PROMETHEUS_PORT"])

    assert first.interrupt() == 0
    assert processes_of(clone) == []

    second = Run(clone, ports)
    try:
        second.wait_for(r"Glimpse Console is up", 120)
        assert not re.search(r"admin +\S{8}", second.output.read_text())
        assert "history" not in second.output.read_text()
    finally:
        assert second.interrupt() == 0
    assert processes_of(clone) == []


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s"
        time.sleep(0.2)


def has_alertmanager(port: str) -> bool:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/alertmanagers", timeout=10) as answer:
        return bool(json.load(answer)["data"]["activeAlertmanagers"])


def sign_in(url: str, user: str, password: str) -> object:
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    form = opener.open(f"{url}/accounts/login/", timeout=10).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
    assert token
    fields = {"csrfmiddlewaretoken": token[1], "login": user, "password": password}
    return opener.open(f"{url}/accounts/login/", urllib.parse.urlencode(fields).encode(), timeout=10)


def weeks_old(port: str) -> bool:
    """Whether this Prometheus knows the service's requests of six days ago."""
    query = urllib.parse.urlencode({"query": "sum(http_requests_total)", "time": time.time() - 6 * 86400})
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/query?{query}", timeout=10) as answer:
        return bool(json.load(answer)["data"]["result"])

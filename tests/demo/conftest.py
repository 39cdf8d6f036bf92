"""Real demo processes on free ports, and what a test asks them."""

from __future__ import annotations

import contextlib
import json
import re
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.servers import Server, answers_http, free_port

ROOT = Path(__file__).resolve().parents[2]


class Demo:
    """A running demo: its pages as numbers, its faults, its log lines."""

    def __init__(self, folder: Path, port: int, admin_port: int) -> None:
        self.folder = folder
        self.port = port
        self.admin_port = admin_port

    def api(self, method: str, path: str, body: Any = None) -> int:
        """The answer's status."""
        return ask(self.port, method, path, body)[0]

    def burst(self, count: int, method: str, path: str, body: Any = None) -> list[int]:
        with ThreadPoolExecutor(20) as pool:
            return list(pool.map(lambda _: self.api(method, path, body), range(count)))

    def metric(self, name: str, **labels: str) -> float:
        """The sum of a metric's series with these labels on the API's page."""
        return total(ask(self.port, "GET", "/metrics")[1], name, labels)

    def exporter(self, job: str, name: str, **labels: str) -> float:
        return total(ask(self.admin_port, "GET", f"/{job}/metrics")[1], name, labels)

    @contextlib.contextmanager
    def fault(self, name: str, strength: float = 1.0) -> Iterator[None]:
        status, text = ask(self.admin_port, "POST", "/faults", {"name": name, "for": "5m", "strength": strength})
        assert status == 201, text
        try:
            yield
        finally:
            assert ask(self.admin_port, "DELETE", f"/faults?name={name}")[0] == 200

    def lines(self, kind: str = "combined") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for path in sorted((self.folder / "log").glob(f"{kind}-*.log*")):
            # The last line may be half written.
            found += [json.loads(line) for line in path.read_text().split("\n")[:-1]]
        return found


def ask(port: int, method: str, path: str, body: Any = None) -> tuple[int, str]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "X-User-Id": "user_7"},
    )
    try:
        with urllib.request.urlopen(request, timeout=40) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


_SAMPLE = re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$", re.MULTILINE)
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def total(page: str, name: str, labels: dict[str, str]) -> float:
    """Read as Prometheus reads it; prometheus_client's own parser renames counters without `_total`."""
    return sum(
        float(value)
        for found, text, value in _SAMPLE.findall(page)
        if found == name and labels.items() <= dict(_LABEL.findall(text)).items()
    )


def until(true: Callable[[], bool], seconds: float = 20) -> bool:
    """Whether it becomes true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.05)
    return true()


@contextlib.contextmanager
def running(folder: Path, *words: str, faults: dict[str, float] | None = None) -> Iterator[Demo]:
    """A demo process; `faults` (name to strength) were started an hour ago."""
    state = folder / "state"
    state.mkdir(parents=True)
    started = [
        {"name": name, "started": time.time() - 3600, "until": None, "strength": strength}
        for name, strength in (faults or {}).items()
    ]
    (state / "faults.json").write_text(json.dumps(started))
    port, admin = free_port(), free_port()
    command = [sys.executable, "-m", "demo", "serve", f"--port={port}", f"--admin-port={admin}"]
    command += [f"--log-dir={folder / 'log'}", f"--state-dir={state}", *words]
    # Server starts its programs in `folder`; the module is found by the path. bin/up's environment names a folder for
    # the console's metrics, which the demo has to keep out of.
    environment = [f"PYTHONPATH={ROOT}", f"PROMETHEUS_MULTIPROC_DIR={folder / 'multiproc'}"]
    server = Server("demo", ["env", *environment, *command], admin, folder).start()
    try:
        server.wait(lambda: answers_http(f"http://127.0.0.1:{admin}/health"))
        yield Demo(folder, port, admin)
    finally:
        server.stop()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A healthy demo with its usual traffic."""
    with running(tmp_path_factory.mktemp("demo")) as found:
        yield found

"""Real servers for tests, each on a free port with its state in a folder of its own, stopped at the end.

With CI set a missing program is a failure; `bin/test` installs them all.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path


def free_port() -> int:
    """A TCP port on loopback that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """A running process: `url`, `port`, `stop()`, `pause()` and `resume()` (SIGSTOP and SIGCONT)."""

    name: str
    command: list[str]
    port: int
    folder: Path
    scheme: str = "http"
    environment: dict[str, str] | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def start(self) -> Server:
        if shutil.which(self.command[0]) is None:
            raise RuntimeError(f"{self.command[0]} is not installed: run bin/test, which installs what tests need")
        log = (self.folder / f"{self.name}.out").open("ab")
        self.process = subprocess.Popen(self.command, stdout=log, stderr=log, cwd=self.folder, env=self.environment)
        log.close()
        return self

    def wait(self, answers: Callable[[], bool], seconds: float = 30) -> Server:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process is not None and self.process.poll() is not None:
                break
            if answers():
                return self
            time.sleep(0.05)
        output = (self.folder / f"{self.name}.out").read_text(errors="replace")[-2000:]
        self.stop()
        raise RuntimeError(f"{self.name} did not come up on port {self.port}:\n{output}")

    def stop(self) -> None:
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(18)  # SIGCONT, or a paused process would never hear the next one
            self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
        self.process = None

    def pause(self) -> None:
        assert self.process is not None
        self.process.send_signal(19)  # SIGSTOP

    def resume(self) -> None:
        assert self.process is not None
        self.process.send_signal(18)  # SIGCONT


def answers_http(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def answers_tcp(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@contextlib.contextmanager
def prometheus(
    folder: Path, *, config: str | None = None, history: str | None = None, port: int | None = None
) -> Iterator[Server]:
    """A Prometheus with `config` (default: scrapes nothing) and `history` (OpenMetrics text, with times in seconds)."""
    folder.mkdir(parents=True, exist_ok=True)
    data = folder / "data"
    if history is not None:
        source = folder / "history.om"
        source.write_text(history if history.rstrip().endswith("# EOF") else history.rstrip() + "\n# EOF\n")
        subprocess.run(
            ["promtool", "tsdb", "create-blocks-from", "openmetrics", str(source), str(data)],
            check=True,
            stdout=subprocess.DEVNULL,
        )
    settings = folder / "prometheus.yml"
    settings.write_text(config or "global: {scrape_interval: 1s, evaluation_interval: 1s}\n")
    chosen = port or free_port()
    server = Server(
        "prometheus",
        [
            "prometheus",
            f"--config.file={settings}",
            f"--storage.tsdb.path={data}",
            "--storage.tsdb.retention.time=400d",
            f"--web.listen-address=127.0.0.1:{chosen}",
            "--web.enable-lifecycle",
            "--log.level=warn",
        ],
        chosen,
        folder,
    ).start()
    try:
        yield server.wait(lambda: answers_http(f"{server.url}/-/ready"))
    finally:
        server.stop()


@contextlib.contextmanager
def alertmanager(folder: Path, *, config: str | None = None, port: int | None = None) -> Iterator[Server]:
    """An Alertmanager with `config` (default: one receiver that tells nobody)."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = folder / "alertmanager.yml"
    settings.write_text(config or "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n")
    chosen = port or free_port()
    server = Server(
        "prometheus-alertmanager",
        [
            "prometheus-alertmanager",
            f"--config.file={settings}",
            f"--storage.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{chosen}",
            "--cluster.listen-address=",
            "--log.level=warn",
        ],
        chosen,
        folder,
    ).start()
    try:
        yield server.wait(lambda: answers_http(f"{server.url}/-/ready"))
    finally:
        server.stop()


@contextlib.contextmanager
def redis(folder: Path, *, port: int | None = None) -> Iterator[Server]:
    """A Redis that keeps nothing on disk."""
    folder.mkdir(parents=True, exist_ok=True)
    chosen = port or free_port()
    server = Server(
        "redis",
        [
            "redis-server",
            "--port",
            str(chosen),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
            str(folder),
        ],
        chosen,
        folder,
        scheme="redis",
    ).start()
    try:
        yield server.wait(lambda: answers_tcp(chosen))
    finally:
        server.stop()

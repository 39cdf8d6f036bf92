"""bin/keep: a server that ends by itself comes back; a signal ends both."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

KEEP = Path(__file__).resolve().parent.parent.parent / "bin" / "keep"


def until(true: Callable[[], bool], seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.02)
    return False


def keep(folder: Path, *command: str) -> subprocess.Popen[bytes]:
    (folder / "var" / "log").mkdir(parents=True)
    return subprocess.Popen([str(KEEP), "thing", *command], cwd=folder, stdout=subprocess.PIPE)


def test_a_server_that_ends_by_itself_is_started_again(tmp_path: Path) -> None:
    running = keep(tmp_path, "sh", "-c", "echo started")
    try:
        log = tmp_path / "var/log/thing.out"
        assert until(lambda: log.exists() and log.read_text().count("started") >= 2)
    finally:
        running.terminate()
        output, _ = running.communicate(timeout=10)
    assert b"thing ended with 0" in output


def test_a_signal_ends_the_server_and_its_keeper(tmp_path: Path) -> None:
    running = keep(tmp_path, "sh", "-c", "echo $$ > pid; exec sleep 300")
    pid_file = tmp_path / "pid"
    assert until(lambda: pid_file.exists() and bool(pid_file.read_text().strip()))
    pid = int(pid_file.read_text())
    running.send_signal(signal.SIGTERM)
    running.communicate(timeout=10)
    assert running.returncode == 0
    assert until(lambda: not _alive(pid))


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True

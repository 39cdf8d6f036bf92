"""Daily files: several processes write and rotate at once, and no line is lost or torn."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from apps.telemetry.files import LogFile, remove_old

SEOUL = ZoneInfo("Asia/Seoul")
ROOT = Path(__file__).resolve().parents[2]
DAY = datetime(2026, 11, 23, 12, tzinfo=SEOUL)

WRITER = """
import json, sys, threading
from pathlib import Path
from zoneinfo import ZoneInfo
from apps.telemetry.files import LogFile
folder, number, lines, start = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
file = LogFile(Path(folder), "combined", max_bytes=20_000, days=14, zone=ZoneInfo("Asia/Seoul"))
sys.stdin.readline()  # all begin together
def work(thread):
    for n in range(lines):
        # The second half falls on the next day: midnight comes to all of them in the middle.
        moment = start + (86_400 if n >= lines // 2 else 0)
        assert file.write(json.dumps([number, thread, n, "x" * (n % 300)]), moment)
threads = [threading.Thread(target=work, args=(t,)) for t in range(2)]
[t.start() for t in threads]
[t.join() for t in threads]
"""


def log_file(folder: Path, *, max_bytes: int = 1_000, days: int = 14, daily: bool = True) -> LogFile:
    return LogFile(folder, "combined", max_bytes=max_bytes, days=days, zone=SEOUL, daily=daily)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def test_four_processes_with_two_threads_each_lose_and_tear_no_line_while_rotating(tmp_path: Path) -> None:
    lines = 600
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), str(n), str(lines), str(DAY.timestamp())],
            stdin=subprocess.PIPE,
            cwd=ROOT,
        )
        for n in range(4)
    ]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write(b"go\n")
        writer.stdin.close()
    assert [writer.wait(60) for writer in writers] == [0, 0, 0, 0]
    found = sorted(
        tuple(json.loads(line)[:3]) for name in names(tmp_path) for line in (tmp_path / name).read_text().splitlines()
    )
    assert found == [(process, thread, n) for process in range(4) for thread in range(2) for n in range(lines)]
    first_day = [name for name in names(tmp_path) if "2026-11-23" in name]
    second_day = [name for name in names(tmp_path) if "2026-11-24" in name]
    assert len(first_day) > 5
    assert len(second_day) > 5
    # Writers that look at the same moment may each put one line over the line drawn, not more.
    assert max((tmp_path / name).stat().st_size for name in names(tmp_path)) <= 20_000 + 8 * 400


def test_a_full_file_is_followed_by_1_and_2_and_stays_as_it_is(tmp_path: Path) -> None:
    file = log_file(tmp_path, max_bytes=100)
    for letter in "abc":
        file.write(letter * 80, DAY.timestamp())
    assert names(tmp_path) == [
        "combined-2026-11-23.log",
        "combined-2026-11-23.log.1",
        "combined-2026-11-23.log.2",
    ]
    assert (tmp_path / "combined-2026-11-23.log").read_text() == "a" * 80 + "\n"


def test_a_line_larger_than_a_file_still_gets_a_file(tmp_path: Path) -> None:
    file = log_file(tmp_path, max_bytes=100)
    file.write("a" * 500, DAY.timestamp())
    file.write("b", DAY.timestamp())
    assert names(tmp_path) == ["combined-2026-11-23.log", "combined-2026-11-23.log.1"]


def test_a_new_process_goes_on_where_the_last_one_stopped(tmp_path: Path) -> None:
    first = log_file(tmp_path, max_bytes=100)
    first.write("a" * 80, DAY.timestamp())
    first.write("b" * 50, DAY.timestamp())
    first.close()
    log_file(tmp_path, max_bytes=100).write("c" * 20, DAY.timestamp())
    assert (tmp_path / "combined-2026-11-23.log.1").read_text() == "b" * 50 + "\n" + "c" * 20 + "\n"


def test_the_day_changes_at_midnight_in_seoul_not_in_utc(tmp_path: Path) -> None:
    file = log_file(tmp_path)
    midnight = datetime(2026, 11, 24, tzinfo=SEOUL).timestamp()
    file.write("before", midnight - 0.001)
    file.write("after", midnight)
    assert (tmp_path / "combined-2026-11-23.log").read_text() == "before\n"
    assert (tmp_path / "combined-2026-11-24.log").read_text() == "after\n"


def test_retention_removes_days_that_are_too_old_with_their_overflow_and_nothing_else(tmp_path: Path) -> None:
    old = [f"combined-2026-11-08.log{tail}" for tail in ("", ".1", ".12", ".gz")]
    kept = ["combined-2026-11-09.log", "error-2026-11-01.log", "combined-2026-11-08.log.bak", "combined-x.log"]
    for name in (*old, *kept):
        (tmp_path / name).touch()
    log_file(tmp_path, days=14).write("today", DAY.timestamp())
    assert names(tmp_path) == sorted([*kept, "combined-2026-11-23.log"])


def test_retention_of_an_undated_file_goes_by_the_last_change_of_its_overflow(tmp_path: Path) -> None:
    for name, age in (("combined.log", 90), ("combined.log.1", 90), ("combined.log.2", 1)):
        (tmp_path / name).touch()
        then = (DAY - timedelta(days=age)).timestamp()
        os.utime(tmp_path / name, (then, then))
    removed = remove_old(tmp_path, "combined", oldest=date(2026, 10, 24), zone=SEOUL)
    assert [path.name for path in removed] == ["combined.log.1"]


def test_a_file_that_somebody_moved_away_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.telemetry.files._LOOK_S", 0.0)
    file = log_file(tmp_path)
    file.write("a", DAY.timestamp())
    (tmp_path / "combined-2026-11-23.log").rename(tmp_path / "taken")
    file.write("b", DAY.timestamp())
    assert (tmp_path / "taken").read_text() == "a\n"
    assert (tmp_path / "combined-2026-11-23.log").read_text() == "b\n"


def test_a_full_disk_is_said_once_and_raises_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "combined-2026-11-23.log").symlink_to("/dev/full")
    file = log_file(tmp_path)
    assert not file.write("a", DAY.timestamp())
    assert not file.write("b", DAY.timestamp())
    said = capsys.readouterr().err
    assert said.count("No space left on device") == 1
    assert "combined-2026-11-23.log" in said


def test_a_child_forked_off_while_another_thread_writes_can_write(tmp_path: Path) -> None:
    script = """
import os, sys, threading
from pathlib import Path
from zoneinfo import ZoneInfo
from apps.telemetry.files import LogFile
file = LogFile(Path(sys.argv[1]), "combined", max_bytes=10**6, days=1, zone=ZoneInfo("UTC"))
held, release = threading.Event(), threading.Event()
def hold():
    with file._lock:
        held.set()
        release.wait(30)
threading.Thread(target=hold).start()
held.wait(30)
child = os.fork()
if child == 0:
    os._exit(0 if file.write("child") else 1)
status = os.waitpid(child, 0)[1]
release.set()
sys.exit(os.waitstatus_to_exitcode(status))
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", script, str(tmp_path)], cwd=ROOT, timeout=30)
    assert done.returncode == 0
    assert [path.read_text() for path in tmp_path.glob("combined-*.log")] == ["child\n"]

"""What nobody caught is in exceptions.log and in the error file, from wherever it came."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SETUP = """
import asyncio, gc, sys, threading
from apps.telemetry import context, logger
logger.configure(service="tests", directory=sys.argv[1], console_format=sys.argv[2])
def fail():
    raise ValueError("nobody caught this")
"""
MAIN = "fail()"
THREAD = 'thread = threading.Thread(target=fail, name="worker-7"); thread.start(); thread.join()'
TASK = """
async def go():
    async def lost():
        fail()
    task = asyncio.create_task(lost())
    while not task.done():
        await asyncio.sleep(0)
    del task
    gc.collect()
asyncio.run(go())
"""
CALLBACK = """
async def go():
    asyncio.get_running_loop().call_soon(fail)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
asyncio.run(go())
"""
UVLOOP = "import uvloop\n" + TASK.replace("asyncio.run(", "uvloop.run(")
DESTRUCTOR = """
class Thing:
    def __del__(self):
        fail()
thing = Thing()
del thing
"""


def run(folder: Path, body: str, form: str = "json") -> tuple[subprocess.CompletedProcess[str], list[dict[str, Any]]]:
    command = [sys.executable, "-c", SETUP + body, str(folder), form]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    file = folder / "exceptions.log"
    return done, [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


@pytest.mark.parametrize(
    ("body", "code"),
    [(MAIN, 1), (THREAD, 0), (TASK, 0), (CALLBACK, 0), (UVLOOP, 0), (DESTRUCTOR, 0)],
    ids=["main", "thread", "task", "callback", "uvloop", "destructor"],
)
def test_an_uncaught_exception_reaches_exceptions_log_and_the_error_file(tmp_path: Path, body: str, code: int) -> None:
    done, (line,) = run(tmp_path, body)
    assert done.returncode == code
    assert (line["level"], line["error"]) == ("error", "nobody caught this")
    assert "in fail" in line["stack"]
    (error_file,) = tmp_path.glob("error-*.log")
    assert json.loads(error_file.read_text())["error"] == "nobody caught this"
    assert [json.loads(said)["error"] for said in done.stderr.splitlines()] == ["nobody caught this"]


def test_a_person_at_a_terminal_reads_the_traceback_in_the_pretty_form(tmp_path: Path) -> None:
    done, _ = run(tmp_path, MAIN, "pretty")
    assert "[error] : Uncaught exception" in done.stderr
    assert '\n  File "<string>"' in done.stderr


def test_the_thread_is_named(tmp_path: Path) -> None:
    _, (line,) = run(tmp_path, THREAD)
    assert (line["origin"], line["thread"]) == ("thread", "worker-7")


@pytest.mark.parametrize("body", ["raise KeyboardInterrupt", "raise SystemExit(3)", "logger.log.error('x')"])
def test_an_end_on_purpose_and_a_caught_error_are_no_uncaught_exceptions(tmp_path: Path, body: str) -> None:
    _, lines = run(tmp_path, body)
    assert lines == []


def test_a_hook_that_was_there_before_is_called_as_well(tmp_path: Path) -> None:
    body = "logger.reset()\nsys.excepthook = lambda *told: print('reporter', told[1])\n"
    body += "logger.configure(service='t', directory=sys.argv[1])\nfail()"
    done, lines = run(tmp_path, body)
    assert done.stdout == "reporter nobody caught this\n"
    assert len(lines) == 1

"""Workers that come for the same check at the same moment: one gets it, with a database file as in production."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
# Tests' own database is in memory, where threads that write lock each other out at once instead of waiting their turn.
PROGRAM = """
import json, threading
import django
django.setup()
from django.core.management import call_command
from django.db import connection
from apps.checks.actions import check_run
from apps.checks.base import Check, Result
from apps.checks.models import CheckResult, CheckState

THREADS = 8
call_command("migrate", verbosity=0)
start, others_done = threading.Barrier(THREADS), threading.Event()
guard, ran, refused, errors = threading.Lock(), [], [], []

class Slow(Check):
    name = title = "slow"
    def run(self):
        ran.append(1)
        others_done.wait(15)  # all come while it still runs
        return Result("ok", "Well.")

def worker():
    try:
        start.wait(15)
        if check_run(Slow(), force=True) is None:
            with guard:
                refused.append(1)
                if len(refused) == THREADS - 1:
                    others_done.set()
    except Exception as error:
        errors.append(repr(error))
    finally:
        connection.close()

threads = [threading.Thread(target=worker) for _ in range(THREADS)]
for one in threads: one.start()
for one in threads: one.join()
claim = CheckState.objects.get().claimed_until
print(json.dumps([len(ran), len(refused), CheckResult.objects.count(), errors, claim is None]))
"""


@pytest.mark.timeout(90)
def test_of_eight_that_start_a_check_at_once_one_runs_it_and_seven_are_told_no(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PROMETHEUS_MULTIPROC_DIR"} | {
        "READ_DOT_ENV": "false",
        "VAR_DIR": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'console.sqlite3'}",
        "LOG_DIR": str(tmp_path / "log"),
        "PYTHONPATH": str(ROOT),
    }
    found = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout.splitlines()[-1]) == [1, 7, 1, [], True]

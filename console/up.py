"""What `bin/up` does once Python and its packages are there: prepare the state under var/, then run the Procfile."""

from __future__ import annotations

import argparse
import fcntl
import io
import os
import shutil
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import IO

import django
from django.core.management import call_command
from django.db import connections

from console import up_run, up_state
from console.catalogue import compile_catalogues
from console.up_state import VAR, Problem, Step

CONSOLE_ONLY = ("web", "worker", "beat")


def main(words: list[str]) -> int:
    """Prepare and run; answers the exit status. Each step that fails says what to do about it."""
    parser = argparse.ArgumentParser(prog="bin/up")
    parser.add_argument("--no-demo", action="store_true")
    parser.add_argument("--reset", action="store_true")
    parser.add_argument("--new-passwords", action="store_true")
    options = parser.parse_args(words)
    lock: IO[str] | None = None
    try:
        lock = take_lock()
        if options.reset:
            up_state.reset()
        passwords, names = prepare(demo=not options.no_demo, new_passwords=options.new_passwords)
    except Problem as problem:
        print(f"\n✗ {problem.what}", file=sys.stderr)
        for line in problem.advice:
            print(f"  {line}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.")
        return 130
    try:
        return up_run.run(names, passwords)
    finally:
        lock.close()


def take_lock() -> IO[str]:
    """Hold var/up.lock for as long as this process lives, or say who does."""
    VAR.mkdir(exist_ok=True)
    lock = (VAR / "up.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        owner = lock.read().strip()
        raise Problem(
            f"bin/up is running already, as process {owner or 'unknown'}.",
            "Its address was printed there. End it with Ctrl-C, or: kill " + owner,
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    # The servers must not inherit the lock: they may outlive a killed bin/up.
    os.set_inheritable(lock.fileno(), False)
    return lock


def prepare(*, demo: bool, new_passwords: bool) -> tuple[dict[str, str], list[str]]:
    """Bring state and settings in order; answers new users' passwords and the names of the processes to run."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
    up_state.write_env()
    environment = up_state.environment()
    names = list(up_state.procfile()) if demo else list(CONSOLE_ONLY)
    if not demo and not up_state.names_redis(environment):
        names.append("redis")
    up_state.check_ports(names, environment)
    up_state.make_folders()
    if demo:
        up_state.render_servers(environment)
    with ThreadPoolExecutor(3) as pool:
        jobs = [pool.submit(prepare_static)]
        if demo:
            jobs.append(pool.submit(prepare_history))
        passwords = prepare_database(new_passwords=new_passwords, demo_users=demo)
        for job in jobs:
            job.result()
    return passwords, names


def prepare_database(*, new_passwords: bool, demo_users: bool) -> dict[str, str]:
    """Migrate, make roles and users; in this process, because starting Django is what takes the time."""
    with Step("Compiling the Korean catalogue"):
        compile_catalogues()
    with Step("Preparing the database"), up_state.saying("The database could not be prepared."):
        django.setup()
        call_command("migrate", interactive=False, verbosity=0)
    with Step("Making roles and demo users" if demo_users else "Making roles"):
        words = [] if demo_users else ["--roles-only"]
        output = io.StringIO()
        with up_state.saying("The demo users could not be made."):
            call_command("demo_users", *words, *(["--reset"] if new_passwords else []), stdout=output)
        # The servers' processes are about to be forked from this one.
        connections.close_all()
        return up_state.read_passwords(output.getvalue())


def prepare_static() -> None:
    stamp, wanted = VAR / "static.stamp", up_state.static_stamp()
    if stamp.exists() and stamp.read_text() == wanted and (VAR / "static").is_dir():
        return
    with Step("Compressing scripts and styles"):
        up_state.manage("collectstatic", "--no-input", "--clear", "-v", "0")
        stamp.write_text(wanted)


def prepare_history() -> None:
    """Seven days of the demo service's past, before Prometheus starts for the first time."""
    target = VAR / "prometheus" / "data"
    if target.is_dir():
        return
    draft = VAR / "prometheus" / "data.new"
    shutil.rmtree(draft, ignore_errors=True)
    with Step("Making seven days of history"):
        words = [
            "history",
            "--prometheus-data",
            str(draft),
            "--log-dir",
            str(VAR / "log" / "demo"),
            "--days",
            "7",
        ]
        up_state.python("-m", "demo", *words)
        draft.rename(target)


def hang_up() -> None:
    """A closed terminal ends everything, as Ctrl-C does."""
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))


if __name__ == "__main__":
    hang_up()
    sys.exit(main(sys.argv[1:]))

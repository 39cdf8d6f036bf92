"""State that `bin/up` prepares: settings in .env, folders, servers' configurations, free ports."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from string import Template
from types import TracebackType
from typing import Self

import environ

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
NO_KEY = "not-set-up"
PORTS = {
    "CONSOLE_PORT": (8000, "web"),
    "DEMO_PORT": (13000, "demo"),
    "DEMO_ADMIN_PORT": (13001, "demo"),
    "PROMETHEUS_PORT": (19090, "prometheus"),
    "ALERTMANAGER_PORT": (19093, "alertmanager"),
    "NODE_EXPORTER_PORT": (19100, "node_exporter"),
    "REDIS_EXPORTER_PORT": (19121, "redis_exporter"),
    "REDIS_PORT": (16379, "redis"),
}


class Problem(Exception):
    """A step failed: what, and lines that say what to do."""

    def __init__(self, what: str, *advice: str) -> None:
        super().__init__(what)
        self.what, self.advice = what, advice


class Step:
    """A line for a step: its name at once, its time at the end; a word every few seconds in between."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.began = time.monotonic()
        self.ended = threading.Event()

    def __enter__(self) -> Self:
        threading.Thread(target=self._tell, daemon=True).start()
        return self

    def _tell(self) -> None:
        while not self.ended.wait(5):
            print(f"  {self.what} … {time.monotonic() - self.began:.0f} s", flush=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ended.set()
        outcome = "done" if kind is None else "failed"
        print(f"  {self.what:<52}{outcome} ({time.monotonic() - self.began:.0f} s)", flush=True)


def reset() -> None:
    """Forget everything: state and generated settings. Packages stay."""
    with Step("Removing var/ and .env"):
        for entry in VAR.iterdir():
            if entry.name == "up.lock":
                continue
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        (ROOT / ".env").unlink(missing_ok=True)
        (VAR / "log").mkdir()


def write_env() -> None:
    """Make .env with fresh secrets where there is none; what somebody wrote there stays."""
    path = ROOT / ".env"
    if path.exists():
        return
    lines = [
        "# Made by bin/up. Every setting is described in docs/configuration.md.",
        f"SECRET_KEY={secrets.token_urlsafe(50)}",
        f"WEBHOOK_TOKEN={secrets.token_urlsafe(32)}",
        f"METRICS_TOKEN={secrets.token_urlsafe(32)}",
    ]
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write("\n".join(lines) + "\n")


def environment() -> dict[str, str]:
    """The environment of every process: this one's, .env, and the ports' defaults."""
    environ.Env.read_env(ROOT / ".env")
    found = dict(os.environ)
    for name, (default, _owner) in PORTS.items():
        found.setdefault(name, str(default))
    found.setdefault("REDIS_URL", f"redis://127.0.0.1:{found['REDIS_PORT']}/0")
    found.setdefault("LOG_TO_FILES", "true")
    found["PROMETHEUS_MULTIPROC_DIR"] = str(VAR / "metrics")
    found["PYTHONUNBUFFERED"] = "1"
    found["PATH"] = f"{ROOT / '.venv' / 'bin'}{os.pathsep}{found.get('PATH', '')}"
    return found


def names_redis(environment: dict[str, str]) -> bool:
    """Whether a Redis of somebody's own is named, so that ours need not run."""
    return environment["REDIS_URL"] != f"redis://127.0.0.1:{environment['REDIS_PORT']}/0"


def procfile() -> dict[str, str]:
    """Name and command of each process, in the Procfile's order."""
    lines = (ROOT / "Procfile").read_text().splitlines()
    return dict(re.split(r":\s+", line, maxsplit=1) for line in lines if line.strip() and not line.startswith("#"))


def make_folders() -> None:
    for name in ("log/demo", "redis", "prometheus", "alertmanager/data", "secrets", "demo", "metrics"):
        (VAR / name).mkdir(parents=True, exist_ok=True)
    # Samples of web processes that are gone would be counted for ever.
    for left in (VAR / "metrics").glob("*.db"):
        left.unlink(missing_ok=True)


def render_servers(environment: dict[str, str]) -> None:
    """Fill the ports into the servers' configurations, and make the secrets' files that they name."""
    values = {name: environment[name] for name in PORTS}
    values |= {"DEPLOY_DIR": str(ROOT / "deploy"), "VAR_DIR": str(VAR)}
    for name, text in {
        "webhook_token": environment.get("WEBHOOK_TOKEN", ""),
        "metrics_token": environment.get("METRICS_TOKEN", ""),
        # Filled in by whoever has the keys; until then these receivers fail, and the console has every alert.
        "slack_url": "http://127.0.0.1:9/slack-is-not-set-up",
        "pagerduty_key": NO_KEY,
    }.items():
        path = VAR / "secrets" / name
        if name.endswith("_token") or not path.exists():
            path.write_text(text)
            path.chmod(0o600)
    has_key = (VAR / "secrets" / "pagerduty_key").read_text().strip() != NO_KEY
    values["PAGERDUTY_URL"] = "https://events.pagerduty.com/v2/enqueue" if has_key else "http://127.0.0.1:9/not-set-up"
    for name in ("prometheus", "alertmanager"):
        template = Template((ROOT / "deploy" / name / f"{name}.yml").read_text())
        (VAR / name / f"{name}.yml").write_text(template.substitute(values))


def check_ports(names: list[str], environment: dict[str, str]) -> None:
    """Raise Problem where a port that is needed is taken, naming the process that has it."""
    for setting, (_default, owner) in PORTS.items():
        if owner not in names:
            continue
        port = int(environment[setting])
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise Problem(
                    f"Port {port}, wanted by {owner}, is taken{_holder(port)}.",
                    f"End that program, or choose another port: add {setting}=… to .env and run bin/up again.",
                ) from None


def _holder(port: int) -> str:
    """ " by <program> (process n)", as far as /proc tells; empty where it does not."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and int(fields[1].rsplit(":", 1)[1], 16) == port:
                    inodes.add(f"socket:[{fields[9]}]")
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if any(str(file.readlink()) in inodes for file in (process / "fd").iterdir()):
                return f" by {(process / 'comm').read_text().strip()} (process {process.name})"
    return ""


def python(*words: str) -> str:
    """Run our Python with these words; answers what it printed, raises Problem with its last lines."""
    run = subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env=environment() | {"LOG_TO_FILES": "false"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    with (VAR / "log" / "up.log").open("a") as log:
        log.write(run.stdout + run.stderr)
    if run.returncode:
        raise Problem(
            f"{' '.join(words[:3])} failed.",
            *run.stderr.strip().splitlines()[-5:],
            "The whole output is in var/log/up.log. bin/up --reset starts over.",
        )
    return run.stdout


@contextlib.contextmanager
def saying(what: str) -> Iterator[None]:
    """Turns whatever goes wrong inside into a Problem with its own last words."""
    try:
        yield
    except Problem:
        raise
    except Exception as error:
        (VAR / "log" / "up.log").open("a").write(traceback.format_exc())
        raise Problem(
            what, *str(error).strip().splitlines()[-5:], "More is in var/log/up.log. bin/up --reset starts over."
        ) from error


def manage(*words: str) -> str:
    return python("manage.py", *words)


def read_passwords(output: str) -> dict[str, str]:
    """The JSON object that `manage.py demo_users` prints: user to password, of those newly made."""
    found = json.loads(output.strip().splitlines()[-1]) if output.strip() else {}
    return {str(user): str(password) for user, password in found.items()}


def static_stamp() -> str:
    """Changes whenever the static files or the packages that bring some do."""
    digest = hashlib.sha256((ROOT / "requirements.txt").read_bytes())
    digest.update((ROOT / "console" / "settings.py").read_bytes())
    for path in sorted((ROOT / "static").rglob("*")):
        if path.is_file():
            digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()

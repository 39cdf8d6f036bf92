"""Runs the Procfile under honcho, waits until the console answers, and says where it is."""

from __future__ import annotations

import json
import sys
import threading
import time
import urllib.error
import urllib.request
from typing import Any

from honcho.manager import Manager
from honcho.printer import Printer

from console import up_state
from console.up_state import ROOT, VAR


class QuietPrinter(Printer):  # type: ignore[misc]  # honcho has no types
    """Everything goes to var/log/processes.log; the terminal hears only of servers that ended by themselves."""

    def __init__(self) -> None:
        super().__init__((VAR / "log" / "processes.log").open("a", buffering=1), colour=False)

    def write(self, message: Any) -> None:
        super().write(message)
        text = message.data.decode(errors="replace") if isinstance(message.data, bytes) else message.data
        if "starting it again" in text:
            print(f"  {text.strip()}", flush=True)


def run(names: list[str], passwords: dict[str, str]) -> int:
    """Start these processes of the Procfile; returns when all have ended, with honcho's status."""
    environment = up_state.environment()
    manager = Manager(QuietPrinter())
    commands = up_state.procfile()
    for name in names:
        manager.add_process(name, commands[name], env=environment, cwd=str(ROOT))
    print(f"  Starting {', '.join(names)}", flush=True)
    url = f"http://127.0.0.1:{environment['CONSOLE_PORT']}"
    threading.Thread(target=_announce, args=(url, passwords, "demo" in names), daemon=True).start()
    manager.loop()
    print("Stopped.", flush=True)
    # Ctrl-C is the normal way out.
    return 0 if manager.returncode in (0, 130, 143) else int(manager.returncode or 0)


def _announce(url: str, passwords: dict[str, str], demo: bool, patience: float = 60) -> None:
    state: dict[str, Any] = {}
    began = time.monotonic()
    while time.monotonic() - began < patience:
        status, state = _ready(url)
        if status == 200:
            break
        time.sleep(0.25)
    else:
        waiting = [name for name, part in state.items() if not _fine(part)] or ["web"]
        print(f"\n✗ After {patience:.0f} s these do not answer: {', '.join(waiting)}.", file=sys.stderr)
        print(
            "  Their output is in var/log/<name>.out. The console shows what works meanwhile.",
            file=sys.stderr,
        )
    lines = ["", f"  Glimpse Console is up: {url}", ""]
    if passwords:
        lines += ["  Sign in as one of these (the passwords are shown this once):"]
        lines += [f"    {user:<10} {password}" for user, password in passwords.items()]
    elif demo:
        lines += ["  Passwords were shown at the first start; bin/up --new-passwords makes new ones."]
    else:
        lines += ["  The first user: .venv/bin/python manage.py createsuperuser"]
    lines += ["", "  Ctrl-C ends everything.", ""]
    print("\n".join(lines), flush=True)


def _ready(url: str) -> tuple[int, dict[str, Any]]:
    request = urllib.request.Request(url + "/readyz", headers={"Accept": "application/json"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=5) as answer:
            return answer.status, {}
    except urllib.error.HTTPError as error:
        try:
            found = json.load(error)
        except ValueError:
            return error.code, {}
        parts = found.get("dependencies") if isinstance(found, dict) else {}
        return error.code, parts if isinstance(parts, dict) else {}
    except OSError:
        return 0, {}


def _fine(part: Any) -> bool:
    return isinstance(part, dict) and part.get("ok") is True

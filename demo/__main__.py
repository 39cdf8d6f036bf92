"""`python -m demo serve | history | fault`: the simulated service, its past, its troubles."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import quote

from demo.faults import KINDS, BadFault, parse_duration

ROOT = Path(__file__).resolve().parent.parent


def main(words: list[str]) -> int:
    """The exit status."""
    # That folder holds the console's processes' metrics; the demo is a service of its own, in one process.
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
    # `fault server-errors` is short for `fault start server-errors`.
    if len(words) > 1 and words[0] == "fault" and words[1] in KINDS:
        words = ["fault", "start", *words[1:]]
    options = _parser().parse_args(words)
    run = {"serve": _serve, "history": _history, "fault": _fault}[options.command]
    return run(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    port, admin = _port("DEMO_PORT", 13000), _port("DEMO_ADMIN_PORT", 13001)

    serve = commands.add_parser("serve", help="run the service, its exporters and its users")
    serve.add_argument("--port", type=int, default=port, help="of the API and its /metrics (DEMO_PORT)")
    serve.add_argument("--admin-port", type=int, default=admin, help="of exporters and faults (DEMO_ADMIN_PORT)")
    serve.add_argument("--log-dir", type=Path, default=ROOT / "var" / "log" / "demo")
    serve.add_argument("--state-dir", type=Path, default=ROOT / "var" / "demo")
    serve.add_argument("--traffic", type=float, default=1.0, help="share of the usual traffic; 0: none")
    serve.add_argument("--seed", type=int, default=1)

    history = commands.add_parser("history", help="make days of the past: Prometheus blocks and log files")
    history.add_argument("--prometheus-data", type=Path, required=True)
    history.add_argument("--log-dir", type=Path, required=True)
    history.add_argument("--days", type=float, default=7)
    history.add_argument("--port", type=int, default=port)
    history.add_argument("--admin-port", type=int, default=admin)
    history.add_argument("--seed", type=int, default=1)

    fault = commands.add_parser("fault", help="make trouble, and end it")
    actions = fault.add_subparsers(dest="action", required=True)
    start = actions.add_parser("start", help="start a fault: " + ", ".join(KINDS))
    start.add_argument("name")
    start.add_argument("--for", dest="duration", help="such as 90s, 10m, 1h30m; without it, until it is stopped")
    start.add_argument("--strength", type=float, default=1.0, help="above 0, up to 3; 1 is what the name says")
    stop = actions.add_parser("stop", help="stop a fault, or all")
    stop.add_argument("name", nargs="?")
    stop.add_argument("--all", action="store_true")
    shown = actions.add_parser("list", help="which there are and which run")
    for each in (start, stop, shown):
        each.add_argument("--admin-port", type=int, default=admin)
    return parser


def _port(name: str, usual: int) -> int:
    text = os.environ.get(name, "")
    if text and not text.isdecimal():
        raise SystemExit(f"demo: {name} is {text!r}, which is no port")
    return int(text or usual)


def _serve(options: argparse.Namespace) -> int:
    from demo.service import Options, serve

    wanted = Options(
        options.port, options.admin_port, options.log_dir, options.state_dir, options.traffic, options.seed
    )
    try:
        asyncio.run(serve(wanted))
    except OSError as error:
        print(f"demo: {error.strerror or error}. Other ports: --port, --admin-port.", file=sys.stderr)
        return 1
    return 0


def _history(options: argparse.Namespace) -> int:
    from demo.history import HistoryError, Target, make

    if not 0.01 <= options.days <= 60:
        print(f"demo: --days {options.days} is not between 0.01 and 60", file=sys.stderr)
        return 2
    try:
        make(
            options.prometheus_data,
            options.log_dir,
            days=options.days,
            target=Target(options.port, options.admin_port),
            seed=options.seed,
            say=lambda text: print(text, flush=True),
        )
    except (HistoryError, OSError) as error:
        print(f"demo: no history was made: {error}", file=sys.stderr)
        return 1
    return 0


def _fault(options: argparse.Namespace) -> int:
    try:
        if options.action == "start":
            seconds = None if options.duration is None else parse_duration(options.duration)
            body = {"name": options.name, "for": seconds, "strength": options.strength}
            _print_fault(_ask(options.admin_port, "POST", "/faults", body))
        elif options.action == "stop":
            if not options.name and not options.all:
                raise BadFault("name the fault to stop, or say --all")
            query = "" if options.all else f"?name={quote(options.name)}"
            stopped = _ask(options.admin_port, "DELETE", f"/faults{query}")["stopped"]
            print(f"stopped: {', '.join(stopped)}" if stopped else "nothing of that was running")
        else:
            _list(_ask(options.admin_port, "GET", "/faults"))
    except BadFault as error:
        print(f"demo: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(
            f"demo: the demo service does not answer on port {options.admin_port} ({error}). "
            "Start it with bin/up or `python -m demo serve`.",
            file=sys.stderr,
        )
        return 1
    return 0


def _list(found: dict[str, Any]) -> None:
    running = {fault["name"]: fault for fault in found["running"]}
    for kind in found["kinds"]:
        mark = "*" if kind["name"] in running else " "
        print(f"{mark} {kind['name']:<26} {kind['summary']}")
    for fault in running.values():
        _print_fault(fault)


def _print_fault(fault: dict[str, Any]) -> None:
    left = "until it is stopped" if fault["left_s"] is None else f"for {fault['left_s']:.0f} s"
    print(f"running: {fault['name']} {left}, strength {fault['strength']:g}: {fault['summary']}")


def _ask(port: int, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """The admin port's answer; raises BadFault with its message for 400, OSError when it does not answer."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    # Not through a proxy of the environment.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=10) as answer:
            found: dict[str, Any] = json.load(answer)
            return found
    except urllib.error.HTTPError as error:
        with error:
            message = json.load(error).get("error", str(error))
        raise BadFault(message) from None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

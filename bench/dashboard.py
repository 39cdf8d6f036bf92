"""What the console adds to Prometheus: `python -m bench.dashboard`.

Against a real Prometheus with 2,000 series and seven days: the time to the last panel's data of the API dashboard, over
the time of the same queries sent straight to Prometheus in parallel, one request a query on connections kept open, as
Grafana does it. Both in turns in one run, so that the machine's mood hits both; every round asks for another range.
Then the weight of the page, and its first paint in Chromium.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests

from bench import history
from tests import servers

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 9
RANGES = {"6 h": 6 * 3600, "7 d": 7 * 86_400 - 3600}


def main() -> int:
    """Print the figures; answers the exit status."""
    folder = ROOT / "var" / "bench"
    print(f"2,000 series, 7 days: {len(history.counters())} counters; making history …", flush=True)
    data = history.build(folder / "history")
    work = folder / "run"
    work.mkdir(parents=True, exist_ok=True)
    (work / "data").unlink(missing_ok=True)
    (work / "data").symlink_to(data)
    with servers.redis(folder / "redis") as redis, servers.prometheus(work) as prometheus:
        environment = os.environ | {
            "READ_DOT_ENV": "false",
            "SECRET_KEY": "bench-only-not-a-secret-bench-only-not-a-secret-bench",
            "VAR_DIR": str(folder / "var"),
            "DATABASE_URL": f"sqlite:///{folder / 'console.sqlite3'}",
            "PROMETHEUS_URL": prometheus.url,
            "REDIS_URL": f"redis://127.0.0.1:{redis.port}/0",
            "CONSOLE_PORT": str(servers.free_port()),
            "PYTHONPATH": str(ROOT),
        }
        (folder / "var").mkdir(exist_ok=True)
        for words in (["migrate", "--no-input", "-v", "0"], ["collectstatic", "--no-input", "-v", "0"], ["demo_users"]):
            manage(environment, *words)
        token = manage(environment, "token", "create", "viewer").split()[-1]
        web = servers.Server(
            "web",
            [
                sys.executable,
                "-m",
                "gunicorn",
                "-c",
                str(ROOT / "console/gunicorn.py"),
                "--chdir",
                str(ROOT),
                "console.asgi",
            ],
            int(environment["CONSOLE_PORT"]),
            folder,
            environment=environment,
        )
        web.start().wait(lambda: servers.answers_http(f"{web.url}/healthz"))
        try:
            cold(web.url, prometheus.url, token)
            weight(web.url, environment)
        finally:
            web.stop()
    return 0


def manage(environment: dict[str, str], *words: str) -> str:
    command = [sys.executable, "manage.py", *words]
    return subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout


def cold(console: str, prometheus: str, token: str) -> None:
    """The ratio console ÷ direct, for each range."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {token}"
    direct_sessions = requests.Session()
    direct_sessions.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=64))
    end = int(time.time()) - 600
    with ThreadPoolExecutor(64) as pool:
        for name, seconds in RANGES.items():
            ratios, ours, theirs = [], [], []
            for number in range(-1, ROUNDS):
                # Another minute each time: Prometheus has no cache of answers, but nobody else may have one either.
                until = end - (number + 1) * 60
                began = time.perf_counter()
                queries = streamed(session, console, until - seconds, until)
                through_console = time.perf_counter() - began
                began = time.perf_counter()
                list(pool.map(lambda query: straight(direct_sessions, prometheus, query), queries))
                direct = time.perf_counter() - began
                if number >= 0:  # the first round opens connections
                    ratios.append(through_console / direct)
                    ours.append(through_console)
                    theirs.append(direct)
            print(
                f"API dashboard, {name}, {len(queries)} queries: console {statistics.median(ours) * 1000:.0f} ms,"
                f" direct {statistics.median(theirs) * 1000:.0f} ms,"
                f" ratio {statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})",
                flush=True,
            )


def streamed(session: requests.Session, console: str, start: int, end: int) -> list[tuple[str, dict[str, str]]]:
    """Read a dashboard's whole stream; answers the distinct queries that it asked."""
    url = f"{console}/api/v1/dashboards/api/data"
    with session.get(url, params={"from": start, "to": end}, stream=True, timeout=60) as answer:
        answer.raise_for_status()
        lines = [json.loads(line) for line in answer.iter_lines()]
    if not lines[-1].get("done"):
        raise RuntimeError(f"the stream broke off: {lines[-1]}")
    found = {}
    for line in lines:
        if line.get("state") == "error":
            raise RuntimeError(f"{line['panel']}: {line['error']}")
        for one in line.get("queries", []):
            found[one["expr"], one["step"]] = one
    return [_question(one) for one in found.values()]


def _question(one: dict[str, float | str]) -> tuple[str, dict[str, str]]:
    if one["step"]:
        names = {"query": "expr", "start": "start", "end": "end", "step": "step"}
        return "query_range", {name: str(one[key]) for name, key in names.items()}
    return "query", {"query": str(one["expr"]), "time": str(one["end"])}


def straight(session: requests.Session, prometheus: str, query: tuple[str, dict[str, str]]) -> None:
    path, form = query
    answer = session.post(f"{prometheus}/api/v1/{path}", data=form, timeout=60)
    answer.raise_for_status()
    # Whoever draws must parse as well.
    answer.json()


def weight(console: str, environment: dict[str, str]) -> None:
    """Bytes over the wire of the page and its scripts and styles, and the first paint."""
    from playwright.sync_api import Response, sync_playwright

    from tests.browser import chromium

    passwords = json.loads(manage(environment, "demo_users", "--reset"))
    sizes: dict[str, int] = {}

    def measure(answer: Response) -> None:
        kind = answer.request.resource_type
        if kind in ("document", "script", "stylesheet"):
            sizes[kind] = sizes.get(kind, 0) + answer.request.sizes()["responseBodySize"]

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium.executable(), args=chromium.FLAGS)
        page = browser.new_page()
        page.goto(f"{console}/accounts/login/")
        page.fill("input[name=login]", "viewer")
        page.fill("input[name=password]", passwords["viewer"])
        page.locator("form:has(input[name=password]) button[type=submit]").click()
        page.wait_for_url("**/d/overview/**")
        fresh = browser.new_context(storage_state=page.context.storage_state()).new_page()
        fresh.on("requestfinished", lambda request: measure(answer) if (answer := request.response()) else None)
        fresh.goto(f"{console}/d/api/", wait_until="networkidle")
        first = dict(sizes)
        paints = []
        for _ in range(7):
            fresh.goto(f"{console}/d/api/", wait_until="load")
            fresh.wait_for_function("() => performance.getEntriesByName('first-contentful-paint').length")
            paints.append(
                float(fresh.evaluate("() => performance.getEntriesByName('first-contentful-paint')[0].startTime"))
            )
        browser.close()
    text = ", ".join(f"{kind} {size / 1024:.0f} KiB" for kind, size in sorted(first.items()))
    print(f"first visit, compressed: {text}", flush=True)
    print(f"first contentful paint, warm: {statistics.median(paints):.0f} ms ({min(paints):.0f}–{max(paints):.0f})")


if __name__ == "__main__":
    sys.exit(main())

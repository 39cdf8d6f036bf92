"""Seven days of 2,000 series like the demo's, as Prometheus blocks; made once and kept under var/bench."""

from __future__ import annotations

import math
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROUTES = [f"/api/v1/{name}" for name in ("likes", "matches", "payments", "users", "chat", "profile", "groups", "login")]
METHODS = ("GET", "POST")
STATUSES = ("200", "201", "400", "404", "500")
STATEMENTS = ("SELECT users", "SELECT matches", "INSERT likes", "INSERT messages", "UPDATE users")
BUCKETS = ("0.1", "0.3", "0.5", "0.7", "1.0", "3.0", "5.0", "7.0", "10.0", "+Inf")
INSTANCES = ("api-1", "api-2")
STEP = 60
DAY = 86_400
# Six hours a block: promtool reads a file once for every two hours in it, so small files are quick.
BLOCK = 6 * 3600


def counters() -> list[tuple[str, str, str, float]]:
    """Family, sample's name, labels and rate a second of each series: about 2,000."""
    found = []
    for instance in INSTANCES:
        for r, route in enumerate(ROUTES):
            for m, method in enumerate(METHODS):
                for s, status in enumerate(STATUSES):
                    rate = (3 + r) / (1 + 2 * m) / (1 + 9 * s)
                    labels = (
                        f'job="glimpse-api",instance="{instance}",method="{method}",route="{route}",status="{status}"'
                    )
                    found.append(("http_requests", "http_requests_total", labels, rate))
                    for b, le in enumerate(BUCKETS):
                        share = 1.0 if le == "+Inf" else 1 - math.exp(-(b + 1) / 2)
                        name = "http_request_duration_seconds"
                        found.append((name, f"{name}_bucket", f'{labels},le="{le}"', rate * share))
                    found.append((name, f"{name}_count", labels, rate))
        for q, statement in enumerate(STATEMENTS):
            labels = f'job="glimpse-api",instance="{instance}",statement="{statement}",table="t{q}"'
            name = "db_query_duration_seconds"
            found += [
                (name, f"{name}_bucket", f'{labels},le="{le}"', (5 - q) * (b + 1) / 10) for b, le in enumerate(BUCKETS)
            ]
            found.append((name, f"{name}_sum", labels, (5 - q) / 50))
            found.append((name, f"{name}_count", labels, float(5 - q)))
    return found


def text(start: int, end: int, origin: int) -> str:
    """OpenMetrics of [start, end), grouped by family as the format wants it."""
    lines: list[str] = []
    rows = counters()
    times = range(start, end, STEP)
    kinds = {
        "http_requests": "counter",
        "http_request_duration_seconds": "histogram",
        "db_query_duration_seconds": "histogram",
    }
    for family, kind in kinds.items():
        lines.append(f"# TYPE {family} {kind}")
        for _family, name, labels, rate in (row for row in rows if row[0] == family):
            # A day's curve, integrated, so that the counter only grows.
            grown = ((t, t - origin + 9000 * (1 - math.cos((t - origin) / DAY * math.tau))) for t in times)
            lines += [f"{name}{{{labels}}} {rate * seconds:.3f} {t}" for t, seconds in grown]
    gauges = [f'active_users{{job="glimpse-api",instance="{i}"}}' for i in INSTANCES]
    gauges += [f'up{{job="glimpse-api",instance="{i}"}}' for i in INSTANCES]
    for family in ("active_users", "up"):
        lines.append(f"# TYPE {family} gauge")
        for name in (one for one in gauges if one.startswith(family + "{")):
            lines += [f"{name} {1 if family == 'up' else 300 + t % 97} {t}" for t in times]
    lines.append("# EOF\n")
    return "\n".join(lines)


def build(folder: Path, days: int = 7) -> Path:
    """A Prometheus data folder with `days` up to now; one that is less than an hour old is used again."""
    data = folder / "data"
    stamp = folder / "made"
    if stamp.exists() and time.time() - float(stamp.read_text()) < 3600:
        return data
    shutil.rmtree(folder, ignore_errors=True)
    data.mkdir(parents=True)
    now = int(time.time()) // STEP * STEP
    origin = now - days * DAY
    starts = range(origin, now, BLOCK)

    def block(start: int) -> None:
        source = folder / f"{start}.om"
        target = folder / f"block-{start}"
        source.write_text(text(start, min(start + BLOCK, now), origin))
        command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", str(source), str(target)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        for one in target.iterdir():
            one.rename(data / one.name)
        source.unlink()
        target.rmdir()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(block, starts))
    stamp.write_text(str(now))
    return data

"""Seven days of the past: samples as Prometheus would have scraped them, a file a block, and the log files beside."""

from __future__ import annotations

import itertools
import multiprocessing
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from demo.exporters import EXPORTERS
from demo.faults import Fault
from demo.history_business import Minutes, api_series
from demo.history_logs import DayOfLogs, write_day
from demo.model import DAY_S, SEOUL_OFFSET_S, Floats, Moment
from demo.series import selector

STEP_S = 60
# promtool makes blocks of at most this length, aligned to it: one file a block keeps it from reading any twice.
BLOCK_S = 18 * 3600
# (days ago, hour and minute in Seoul, minutes, fault, strength): what a week of a service looks like.
INCIDENTS = (
    (1, 22, 10, 24, "slow-database", 0.5),
    (2, 12, 15, 40, "payment-failures", 1.0),
    (3, 20, 40, 18, "server-errors", 0.4),
    (4, 23, 0, 90, "churn-wave", 0.3),
    (5, 4, 30, 7, "api-down", 1.0),
    (6, 21, 0, 35, "low-match-rate", 0.8),
)
Say = Callable[[str], None]


@dataclass(frozen=True)
class Target:
    """Where the live series will come from: the labels that the scrape adds."""

    port: int = 13000
    admin_port: int = 13001
    node_instance: str = "glimpse-api-1"

    def instance(self, job: str) -> str:
        if job == "glimpse-api":
            return f"127.0.0.1:{self.port}"
        return self.node_instance if job == "node" else f"127.0.0.1:{self.admin_port}"


@dataclass(frozen=True)
class Track:
    """One series over the whole time; NaN where the scrape found nothing."""

    selector: str
    values: NDArray[np.float64]


class HistoryError(Exception):
    """promtool is missing or refused; the message says what to do."""


def make(
    data: Path,
    logs: Path,
    *,
    days: float = 7,
    end: float | None = None,
    target: Target | None = None,
    seed: int = 1,
    say: Say = print,
) -> None:
    """Writes blocks into `data` and log files into `logs`; raises HistoryError."""
    if shutil.which("promtool") is None:
        raise HistoryError("promtool is not installed: apt-get install prometheus")
    began = time.monotonic()
    last = int((time.time() if end is None else end) // STEP_S * STEP_S)
    t = np.arange(last - int(days * DAY_S) // STEP_S * STEP_S, last + 1, STEP_S, dtype=np.float64)
    moment = past(t, seed)
    minutes = Minutes.draw(moment, np.random.default_rng(seed))
    tracks = list(all_tracks(moment, minutes, target or Target()))
    say(f"history: {len(tracks)} series over {days:g} days computed in {time.monotonic() - began:.1f} s")
    data.mkdir(parents=True, exist_ok=True)
    logs.mkdir(parents=True, exist_ok=True)
    # Started, not forked: whoever calls this may have threads.
    context = multiprocessing.get_context("spawn")
    with (
        tempfile.TemporaryDirectory(prefix="demo-history-", dir=data) as folder,
        ProcessPoolExecutor(2, mp_context=context) as pool,
    ):
        jobs: list[Future[str]] = [
            pool.submit(
                write_block, Path(folder) / f"{number}.om", data, t[piece], [_cut(track, piece) for track in tracks]
            )
            for number, piece in enumerate(_pieces(t, BLOCK_S, 0))
        ]
        jobs += [
            pool.submit(write_day, DayOfLogs(logs, t[piece], minutes.cut(piece), moment.cut(piece), seed))
            for piece in _pieces(t, DAY_S, SEOUL_OFFSET_S - STEP_S)  # a sample tells of the minute before
        ]
        for done, job in enumerate(as_completed(jobs), 1):
            say(f"history: {done} of {len(jobs)}: {job.result()} ({time.monotonic() - began:.1f} s)")


def past(t: Floats, seed: int = 1) -> Moment:
    """The model over a time, with the incidents of INCIDENTS in it and the churn that follows them."""
    levels: dict[str, Floats | float] = {}
    midnight = (t[-1] + SEOUL_OFFSET_S) // DAY_S * DAY_S - SEOUL_OFFSET_S
    for days_ago, hour, minute, length, name, strength in INCIDENTS:
        start = float(midnight - days_ago * DAY_S + hour * 3600 + minute * 60)
        fault = Fault(name, start, start + length * 60, strength)
        levels[name] = np.array([fault.level(at) for at in t.tolist()])
    levels["badness"] = badness(Moment(t, levels, seed).pain)
    return Moment(t, levels, seed)


def badness(pain: Floats, step_s: float = STEP_S) -> Floats:
    """What stays of bad minutes: full after about half an hour of pain, half forgotten in eight hours."""
    kept = 0.5 ** (step_s / (8 * 3600))
    felt, now = [], 0.0
    for each in pain.tolist():
        now = min(1.0, now * kept + each * step_s / 1800)
        felt.append(now)
    return np.array(felt)


def all_tracks(moment: Moment, minutes: Minutes, target: Target) -> Iterator[Track]:
    """Every series with its labels, counters summed up."""
    down = moment.fault("api-down") > 0
    for job in ("glimpse-api", *EXPORTERS):
        labels = {"instance": target.instance(job), "job": job}
        found = np.where(down, 0.0, 1.0) if job == "glimpse-api" else np.ones_like(moment.t)
        yield Track(selector("up", labels), found)
    labels = {"instance": target.instance("glimpse-api"), "job": "glimpse-api"}
    for name, own, values in api_series(moment, minutes):
        yield Track(selector(name, own | labels), np.where(down, np.nan, values))
    for job, series in EXPORTERS.items():
        labels = {"instance": target.instance(job), "job": job}
        for each in series:
            values = each.value(moment)
            if each.kind == "counter":
                values = np.cumsum(np.maximum(values, 0) * STEP_S)
            yield Track(selector(each.name, each.labels | labels), values)


def write_block(file: Path, data: Path, t: Floats, tracks: list[Track]) -> str:
    """Samples of a block's time as OpenMetrics, and promtool makes the block of it."""
    times = [f" {int(at)}\n" for at in t.tolist()]
    with file.open("w") as out:
        for track in tracks:
            out.write(_lines(track, times))
        out.write("# EOF\n")
    # Sparing with memory, for two run at once on small machines.
    done = subprocess.run(
        ["promtool", "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=24h", str(file), str(data)],
        capture_output=True,
        text=True,
    )
    file.unlink()
    if done.returncode:
        raise HistoryError(f"promtool could not make a block: {(done.stderr or done.stdout).strip()[-500:]}")
    return f"block of {len(t) * STEP_S / 3600:.0f} h"


def _lines(track: Track, times: list[str]) -> str:
    prefix = track.selector + " "
    whole = np.isfinite(track.values)
    if whole.all() and np.array_equal(track.values, np.rint(track.values)):
        pairs = [f"{value}{at}" for value, at in zip(track.values.astype(np.int64).tolist(), times, strict=True)]
    else:
        pairs = [f"{v:.9g}{at}" for v, at in zip(track.values.tolist(), times, strict=True) if v == v]
    return prefix + prefix.join(pairs) if pairs else ""


def _cut(track: Track, piece: slice) -> Track:
    return Track(track.selector, track.values[piece])


def _pieces(t: Floats, length_s: int, offset_s: int) -> Iterator[slice]:
    """The stretches of `t` between multiples of a length (shifted by an offset)."""
    number = ((t + offset_s) // length_s).astype(np.int64)
    edges = [0, *(np.flatnonzero(np.diff(number)) + 1).tolist(), len(t)]
    yield from (slice(a, b) for a, b in itertools.pairwise(edges))

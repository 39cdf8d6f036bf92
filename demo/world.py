"""The live service's state: the present moment, who was there today, its exporters, its process, its log."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from apps.telemetry import metrics
from apps.telemetry.files import MEGABYTE, LogFile
from demo import winston
from demo.endpoints import CHURN_REASONS
from demo.exporters import EXPORTERS, PROCESS
from demo.faults import Faults
from demo.history import badness
from demo.model import Moment
from demo.population import nth_user, seoul_day
from demo.series import Exporter
from demo.winston import Line

# The files of the guide: errors 20 MB a file and 30 days, everything 100 MB and 14 days.
MOMENT_S = 0.25
STORM_LINES_S = 60
# A storm that nobody ends must not fill the disk.
STORM_MAX_LINES = 200_000


class Journal:
    """The service's log files; silent while log-silence runs."""

    def __init__(self, directory: Path, silent: Callable[[], bool]) -> None:
        zone = ZoneInfo("Asia/Seoul")
        self.silent = silent
        self._errors = LogFile(directory, "error", max_bytes=20 * MEGABYTE, days=30, zone=zone)
        self._all = LogFile(directory, "combined", max_bytes=100 * MEGABYTE, days=14, zone=zone)

    def write(self, lines: Iterable[Line]) -> None:
        if self.silent():
            return
        for line in lines:
            self._all.write(line.text, line.at)
            if line.level == "error":
                self._errors.write(line.text, line.at)

    def close(self) -> None:
        self._errors.close()
        self._all.close()


class World:
    """Everything that the API, the traffic and the exporters share."""

    def __init__(
        self, faults: Faults, log_directory: Path, *, seed: int = 1, clock: Callable[[], float] = time.time
    ) -> None:
        self.faults = faults
        self.clock = clock
        self.seed = seed
        self.rng = random.Random(seed + int(clock()))
        self.noise = np.random.default_rng(self.rng.getrandbits(32))
        self.journal = Journal(log_directory, lambda: self.faults.levels().get("log-silence", 0) > 0)
        self._badness = 0.0
        self._badness_at = clock()
        self._moment = self._now()
        self._storm_lines = 0
        now = clock()
        self.exporters = {job: Exporter(series, now) for job, series in EXPORTERS.items()}
        self.process = SimulatedProcess(self)
        self.day = seoul_day(now)
        # The day's visitors before this start: the real service keeps them in Redis.
        self.come = int(self._moment.daily_users[0] * self._moment.seen_today[0])
        self.seen = {nth_user(self.day, index) for index in range(self.come)}
        self.free = float(self._moment.free_users[0])
        self.premium = float(self._moment.premium_users[0])

    def moment(self) -> Moment:
        """Now, at most a quarter of a second old; faults change it at once."""
        now = self.clock()
        if not 0 <= now - self._moment.t[0] < MOMENT_S:
            self._moment = self._now()
        return self._moment

    def fault_changed(self) -> None:
        """The next `moment` is computed anew."""
        self._moment = self._now()

    def _now(self) -> Moment:
        now = self.clock()
        return Moment.at(now, {**self.faults.levels(now), "badness": self._badness}, self.seed)

    def tick(self) -> None:
        """Once a second or so: gauges, exporters' counters, what users remember, a new day."""
        moment = self.moment()
        passed = float(np.clip(self.clock() - self._badness_at, 0, 60))
        self._badness_at = self.clock()
        before = self._badness * 0.5 ** (passed / (8 * 3600))
        self._badness = float(min(1.0, before + badness(moment.pain, passed)[0]))
        for exporter in self.exporters.values():
            exporter.advance(moment)
        self.process.exporter.advance(moment)
        metrics.active_users.set(float(moment.active_users[0]))
        metrics.websocket_connections.set(float(moment.websocket_connections[0]))
        metrics.users.labels("free").set(self.free)
        metrics.users.labels("premium").set(self.premium)
        if seoul_day(self.clock()) != self.day:
            self.day = seoul_day(self.clock())
            self.come = 0
            self.seen.clear()

    def storm(self, seconds: float) -> None:
        """Floods the log for a while, when it storms."""
        level = self.faults.levels().get("log-storm", 0.0)
        if not level:
            self._storm_lines = 0
            return
        now = self.clock()
        count = min(int(STORM_LINES_S * level * seconds), STORM_MAX_LINES - self._storm_lines)
        self._storm_lines += max(0, count)
        self.journal.write(winston.storm_line(self.rng, now) for _ in range(count))

    def arrived(self, user: str) -> None:
        """Somebody was active: counted once a day."""
        if user not in self.seen:
            self.seen.add(user)
            metrics.user_activity_total.inc()

    def left(self, reason: str) -> None:
        """Somebody closed the account or ended the subscription."""
        metrics.user_churn_total.labels(reason).inc()
        if reason == "subscription_ended":
            self.premium -= 1
            self.free += 1
        else:
            self.free -= 1


def zero_counters() -> None:
    """Series that a panel or rule divides by begin at 0, so that the first event is an increase."""
    for kind in ("normal", "super"):
        metrics.likes_total.labels(kind)
    for product in ("likes_pack", "premium_monthly", "premium_yearly"):
        metrics.revenue_total_krw.labels(product)
        for status in ("succeeded", "failed"):
            metrics.payments_total.labels(product, status)
    for reason in CHURN_REASONS:
        metrics.user_churn_total.labels(reason)


class SimulatedProcess:
    """The service's process instead of this one, which is a simulator and no Node.js with 1 GiB."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.exporter = Exporter(PROCESS, world.clock())
        self.started = world.clock()

    def install(self) -> None:
        """Takes the place of telemetry's own process metrics."""
        metrics.REGISTRY.unregister(metrics.process_collector)
        metrics.REGISTRY.register(self)

    def describe(self) -> list[Metric]:
        """None: registering must not compute."""
        return []

    def collect(self) -> Iterator[Metric]:
        families: dict[str, Metric] = {}
        for series, value in self.exporter.values(self.world.moment()):
            make = CounterMetricFamily if series.kind == "counter" else GaugeMetricFamily
            name = series.name.removesuffix("_total")
            family = families.setdefault(name, make(name, series.help, labels=list(series.labels)))
            family.add_metric(list(series.labels.values()), value)  # type: ignore[attr-defined]
        yield from families.values()
        yield GaugeMetricFamily("glimpse_process_start_time_seconds", "Start, Unix time", self.started)

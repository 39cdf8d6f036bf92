"""Faults on command: which there are, which run now and how strongly, kept over restarts."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Kind:
    """A fault that can be started: what it does, and the seconds until it has its full effect."""

    name: str
    summary: str
    ramp_s: float = 0.0


KINDS = {
    kind.name: kind
    for kind in (
        Kind("api-down", "the API closes its port, /metrics included"),
        Kind("server-errors", "a third of all requests ends in 500"),
        Kind("slow-database", "statements and requests take 13 times as long; queries wait", 20),
        Kind("memory-leak", "resident memory climbs to 93 % of its limit", 240),
        Kind("connection-pool-exhausted", "96 of 100 database connections are in use; requests end in 503", 60),
        Kind("disk-filling", "the disk of / fills to 94 %", 120),
        Kind("payment-failures", "more than half of the payments fail"),
        Kind("low-match-rate", "likes hardly become matches any more"),
        Kind("churn-wave", "150 times as many users leave"),
        Kind("traffic-drop", "85 % of the requests stay away", 10),
        Kind("traffic-surge", "three times the requests, and 100 a second more", 30),
        Kind("log-storm", "the log is flooded with retries"),
        Kind("log-silence", "nothing is logged at all"),
        Kind("exporter-down", "exporters of PostgreSQL, CloudWatch, backups and the host answer 503"),
        Kind("backup-missing", "the last successful backup is more than two days old"),
    )
}
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class BadFault(ValueError):
    """A fault, strength or duration that there is not; the message says what there is."""


@dataclass(frozen=True)
class Fault:
    """One that runs: Unix seconds of its start and end (None: until it is stopped), strength above 0 up to 3."""

    name: str
    started: float
    until: float | None = None
    strength: float = 1.0

    def level(self, now: float) -> float:
        """0 before and after, its strength after the ramp, a straight line between."""
        if now < self.started or (self.until is not None and now >= self.until):
            return 0.0
        ramp = KINDS[self.name].ramp_s
        return self.strength * (min(1.0, (now - self.started) / ramp) if ramp else 1.0)


def parse_duration(text: str) -> float:
    """Seconds of `90s`, `10m`, `1h30m`, `2d`; raises BadFault."""
    parts = re.findall(r"(\d+(?:\.\d+)?)([smhd])", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise BadFault(f"{text!r} is no duration: write 90s, 10m or 1h30m")
    seconds = sum(float(number) * _UNITS[unit] for number, unit in parts)
    if not 0 < seconds <= 366 * 86400:
        raise BadFault(f"{text!r} is no useful duration: more than nothing, a year at most")
    return seconds


class Faults:
    """Those that run, in memory and in a file, so that a restart of the demo keeps them."""

    def __init__(self, path: Path | None = None, clock: Callable[[], float] = time.time) -> None:
        self.path = path
        self.clock = clock
        self._running: dict[str, Fault] = {}
        self._load()

    def start(self, name: str, *, seconds: float | None = None, strength: float = 1.0) -> Fault:
        """Starts a fault, anew when it runs already. Raises BadFault."""
        if name not in KINDS:
            raise BadFault(f"there is no fault {name!r}; there are {', '.join(KINDS)}")
        if not 0 < strength <= 3:
            raise BadFault(f"strength {strength} is not between 0 and 3")
        if seconds is not None and seconds <= 0:
            raise BadFault(f"a fault cannot last {seconds} s")
        now = self.clock()
        fault = Fault(name, now, None if seconds is None else now + seconds, strength)
        self._running[name] = fault
        self._save()
        return fault

    def stop(self, name: str | None = None) -> list[str]:
        """Stops one or (None) all; answers the names of those that ran. Raises BadFault for an unknown name."""
        if name is not None and name not in KINDS:
            raise BadFault(f"there is no fault {name!r}; there are {', '.join(KINDS)}")
        stopped = [fault.name for fault in self.running() if name in (None, fault.name)]
        for each in stopped:
            del self._running[each]
        self._save()
        return stopped

    def running(self) -> list[Fault]:
        """Those that have not ended, oldest first."""
        now = self.clock()
        ended = [f.name for f in self._running.values() if f.until is not None and f.until <= now]
        for name in ended:
            del self._running[name]
        if ended:
            self._save()
        return sorted(self._running.values(), key=lambda fault: fault.started)

    def levels(self, now: float | None = None) -> dict[str, float]:
        """The level of each that runs; those that do not are left out."""
        at = self.clock() if now is None else now
        return {fault.name: fault.level(at) for fault in self.running()}

    def _load(self) -> None:
        if self.path is None or not self.path.exists():
            return
        try:
            found = [Fault(**fields) for fields in json.loads(self.path.read_text())]
        except (OSError, ValueError, TypeError):
            # A file that was edited or cut: a demo without faults is better than none.
            return
        self._running = {fault.name: fault for fault in found if fault.name in KINDS}

    def _save(self) -> None:
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(".new")
        draft.write_text(json.dumps([asdict(fault) for fault in self._running.values()], indent=1))
        draft.replace(self.path)

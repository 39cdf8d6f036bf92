"""Process metrics: memory, CPU, files, threads of this process, or of a whole family of processes together.

A family is the processes whose prometheus_client files lie in one PROMETHEUS_MULTIPROC_DIR. Whoever answers /metrics
reads the others from /proc, so an idle worker is counted as well as a busy one, and a killed one is noticed.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import platform
import re
import resource
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import mark_process_dead

from apps.telemetry.memory_limit import memory_limit

PROC = Path("/proc")
_FILE = re.compile(r"_(\d+)\.db$")
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """One process at one moment: bytes, seconds, Unix time."""

    pid: int
    start_ticks: int  # since boot; unlike the Unix time it never moves, so it tells a number's owners apart
    started: float
    cpu_user: float
    cpu_system: float
    rss: int
    virtual: int
    data: int
    anonymous: int
    mapped: int
    threads: int
    open_files: int
    max_files: int


def usage_of(pid: int) -> Usage | None:
    """What /proc tells about a process; None when it is gone, a zombie, or somebody else's."""
    folder = PROC / str(pid)
    try:
        # The program's name, in brackets, may hold blanks and brackets itself.
        stat = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
        if stat[0] in "ZX":
            return None
        status = dict(line.split(":", 1) for line in (folder / "status").read_text(errors="replace").splitlines())
        return Usage(
            pid=pid,
            start_ticks=int(stat[19]),
            started=_boot_time() + int(stat[19]) / _TICKS,
            cpu_user=int(stat[11]) / _TICKS,
            cpu_system=int(stat[12]) / _TICKS,
            rss=_kilobytes(status, "VmRSS"),
            virtual=_kilobytes(status, "VmSize"),
            data=_kilobytes(status, "VmData"),
            anonymous=_kilobytes(status, "RssAnon"),
            mapped=_kilobytes(status, "RssFile") + _kilobytes(status, "RssShmem"),
            threads=int(status["Threads"]),
            open_files=len(os.listdir(folder / "fd")),  # noqa: PTH208  names only, no Path objects
            max_files=_max_files(folder),
        )
    except (OSError, ValueError, KeyError, IndexError):
        return None


def own_usage() -> Usage:
    """This process; where there is no /proc (macOS), what getrusage knows."""
    usage = usage_of(os.getpid())
    if usage is not None:
        return usage
    rest = resource.getrusage(resource.RUSAGE_SELF)
    peak = rest.ru_maxrss * (1 if platform.system() == "Darwin" else 1024)
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return Usage(os.getpid(), 0, 0.0, rest.ru_utime, rest.ru_stime, peak, 0, 0, peak, 0, 1, 0, soft)


def _kilobytes(status: dict[str, str], name: str) -> int:
    return int(status[name].split()[0]) * 1024 if name in status else 0


def _max_files(folder: Path) -> int:
    for line in (folder / "limits").read_text().splitlines():
        if line.startswith("Max open files"):
            soft = line.split()[3]
            return 0 if soft == "unlimited" else int(soft)
    return 0


def _boot_time() -> float:
    for line in (PROC / "stat").read_text().splitlines():
        if line.startswith("btime "):
            return float(line.split()[1])
    return 0.0


class Family:
    """The processes that count together: those of a folder, or this one alone."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def usages(self) -> tuple[list[Usage], float, float]:
        """The live processes, and the CPU seconds (user, system) of all, the dead included, so that it never falls."""
        if self.folder is None:
            own = own_usage()
            return [own], own.cpu_user, own.cpu_system
        live = [usage for pid in self._pids() if (usage := self._member(pid))]
        if all(usage.pid != os.getpid() for usage in live):
            live.append(own_usage())
        user, system = self._remember(live)
        return live, user, system

    def _pids(self) -> set[int]:
        assert self.folder is not None  # noqa: S101  for the type checker
        return {int(found[1]) for name in os.listdir(self.folder) if (found := _FILE.search(name))}  # noqa: PTH208

    def _member(self, pid: int) -> Usage | None:
        """The process, when it still writes our files: its number may have gone to a stranger."""
        try:
            ours = f"_{pid}.db" in (PROC / str(pid) / "maps").read_text(errors="replace")
        except OSError:
            ours = False
        usage = usage_of(pid) if ours else None
        if usage is None and pid != os.getpid():
            with contextlib.suppress(OSError):
                mark_process_dead(pid, str(self.folder))  # type: ignore[no-untyped-call]
        return usage

    def _remember(self, live: list[Usage]) -> tuple[float, float]:
        """CPU seconds of all ever seen. What a process used after the last scrape before its death is lost."""
        assert self.folder is not None  # noqa: S101  for the type checker
        with (self.folder / "processes.json").open("a+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            try:
                known: dict[str, list[float]] = json.loads(file.read() or "{}")
            except ValueError:
                known = {}
            now = {f"{usage.pid}@{usage.start_ticks}": [usage.cpu_user, usage.cpu_system] for usage in live}
            gone = known.pop("gone", [0.0, 0.0])
            for name, (user, system) in known.items():
                if name not in now:
                    gone = [gone[0] + user, gone[1] + system]
            file.seek(0)
            file.truncate()
            json.dump(now | {"gone": gone}, file)
        return gone[0] + sum(u.cpu_user for u in live), gone[1] + sum(u.cpu_system for u in live)


class ProcessCollector:
    """Collects at each scrape: the guide's process metrics and prom-client's defaults, with the guide's prefix."""

    def __init__(self, family: Family) -> None:
        self.family = family

    def describe(self) -> list[Metric]:
        """Names without values, so that registering asks nobody."""
        return [
            GaugeMetricFamily("process_memory_usage_bytes", ""),
            GaugeMetricFamily("process_memory_limit_bytes", ""),
        ]

    def collect(self) -> Iterator[Metric]:
        live, user, system = self.family.usages()
        yield _memory(live)
        yield GaugeMetricFamily(
            "process_memory_limit_bytes",
            "Memory that the processes may use together: the cgroup's limit, else the machine's memory",
            memory_limit(),
        )
        yield CounterMetricFamily("glimpse_process_cpu_user_seconds", "User CPU time in seconds", user)
        yield CounterMetricFamily("glimpse_process_cpu_system_seconds", "System CPU time in seconds", system)
        yield CounterMetricFamily("glimpse_process_cpu_seconds", "User and system CPU time in seconds", user + system)
        for name, text, value in (
            ("start_time_seconds", "Start of the oldest process, Unix time", min(u.started for u in live)),
            ("resident_memory_bytes", "Resident memory in bytes", sum(u.rss for u in live)),
            ("virtual_memory_bytes", "Virtual memory in bytes", sum(u.virtual for u in live)),
            ("heap_bytes", "Private writable memory in bytes", sum(u.data for u in live)),
            ("open_fds", "Open file descriptors", sum(u.open_files for u in live)),
            ("max_fds", "Limit of open file descriptors of one process", max(u.max_files for u in live)),
            ("threads", "Threads", sum(u.threads for u in live)),
        ):
            yield GaugeMetricFamily(f"glimpse_process_{name}", text, value)
        yield GaugeMetricFamily("glimpse_processes", "Live processes", len(live))
        yield _info()


def _memory(live: list[Usage]) -> Metric:
    """Node's four types as Linux can tell them of any process, Python's too."""
    memory = GaugeMetricFamily(
        "process_memory_usage_bytes",
        "Process memory usage; heapTotal: private writable memory reserved, heapUsed: of it in use, "
        "external: files and shared memory mapped",
        labels=["type"],
    )
    memory.add_metric(["rss"], sum(u.rss for u in live))
    memory.add_metric(["heapTotal"], sum(u.data for u in live))
    memory.add_metric(["heapUsed"], sum(u.anonymous for u in live))
    memory.add_metric(["external"], sum(u.mapped for u in live))
    return memory


def _info() -> Metric:
    info = GaugeMetricFamily("glimpse_python_info", "Version of Python", labels=["version", "implementation"])
    info.add_metric([platform.python_version(), platform.python_implementation()], 1)
    return info

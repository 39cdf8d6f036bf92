"""Daily log files that several processes write at once: no line is lost, torn or mixed with another.

`combined-2026-11-23.log` is followed by `….log.1`, `….log.2` when it is full, as winston-daily-rotate-file names them.
A full file is never renamed, so nobody's open file turns into another one, and a shipper that tails it keeps its place.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from apps.telemetry.lines import day

MEGABYTE = 1024 * 1024
_MODE = 0o640
# How often to look whether somebody removed or moved the file from under us.
_LOOK_S = 1.0
_COMPLAIN_S = 60.0


class LogFile:
    """Lines into `<name>-<day>.log` (or `<name>.log` where `daily` is false), safe over threads and processes."""

    def __init__(
        self, directory: Path, name: str, *, max_bytes: int, days: int, zone: ZoneInfo, daily: bool = True
    ) -> None:
        self.directory = directory
        self.name = name
        self.max_bytes = max_bytes
        self.days = days
        self.zone = zone
        self.daily = daily
        self._lock = threading.Lock()
        self._descriptor: int | None = None
        self._path = directory / f"{name}.log"
        self._day: date | None = None
        self._looked = 0.0
        self._torn = False
        self._complained = float("-inf")
        _every.add(self)

    def write(self, line: str, moment: float | None = None) -> bool:
        """Appends a line (its end is added); False when the disk refused it, which is said on stderr once a minute."""
        data = line.encode("utf-8", "backslashreplace") + b"\n"
        with self._lock:
            try:
                self._write(data, time.time() if moment is None else moment)
            except OSError as error:
                self._complain(error)
                return False
        return True

    def close(self) -> None:
        with self._lock:
            self._close()

    def renew_lock(self) -> None:
        """In a child process: another thread may have held the lock at the fork, and is not here to let go."""
        self._lock = threading.Lock()

    def _write(self, data: bytes, moment: float) -> None:
        descriptor = self._ready(len(data), moment)
        if self._torn:
            # The disk was full in the middle of a line: begin on a line of our own.
            data = b"\n" + data
        self._torn = True
        written = os.write(descriptor, data)
        while written < len(data):
            written += os.write(descriptor, data[written:])
        self._torn = False

    def _ready(self, size: int, moment: float) -> int:
        """The descriptor of a file with room for `size` bytes."""
        today = day(moment, self.zone)
        if self._descriptor is None or self._day is None or today > self._day or self._moved():
            return self._open(size, today)
        filled = os.fstat(self._descriptor).st_size
        if filled and filled + size > self.max_bytes:
            return self._open(size, self._day)
        return self._descriptor

    def _moved(self) -> bool:
        now = time.monotonic()
        if now - self._looked < _LOOK_S or self._descriptor is None:
            return False
        self._looked = now
        try:
            there = self._path.stat()
        except FileNotFoundError:
            return True
        here = os.fstat(self._descriptor)
        return (there.st_ino, there.st_dev) != (here.st_ino, here.st_dev)

    def _open(self, size: int, today: date) -> int:
        """Opens the day's first file with room, one process at a time, and removes what is too old on a new day."""
        self.directory.mkdir(parents=True, exist_ok=True)
        with self._alone():
            path = next(path for path in self._candidates(today) if self._has_room(path, size))
            descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, _MODE)
            if today != self._day:
                remove_old(self.directory, self.name, oldest=today - timedelta(days=self.days), zone=self.zone)
        self._close()
        self._descriptor, self._path, self._day = descriptor, path, today
        self._looked = time.monotonic()
        return descriptor

    def _candidates(self, today: date) -> Iterator[Path]:
        base = f"{self.name}-{today:%Y-%m-%d}.log" if self.daily else f"{self.name}.log"
        # Never back to an earlier file: what a retention or a person removed would be filled out of order.
        last = max(numbers(self.directory, base), default=0)
        yield self.directory / (f"{base}.{last}" if last else base)
        while True:
            last += 1
            yield self.directory / f"{base}.{last}"

    def _has_room(self, path: Path, size: int) -> bool:
        try:
            filled = path.stat().st_size
        except FileNotFoundError:
            return True
        return filled == 0 or filled + size <= self.max_bytes

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        descriptor = os.open(self.directory / f".{self.name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _MODE)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _complain(self, error: OSError) -> None:
        now = time.monotonic()
        if now - self._complained >= _COMPLAIN_S:
            self._complained = now
            with contextlib.suppress(OSError, ValueError, AttributeError):
                sys.stderr.write(f"telemetry: cannot write {self._path}: {error.strerror}; lines are being lost\n")


def _renew_locks() -> None:
    for file in _every:
        file.renew_lock()


_every: weakref.WeakSet[LogFile] = weakref.WeakSet()
os.register_at_fork(after_in_child=_renew_locks)


def numbers(directory: Path, base: str) -> list[int]:
    """The numbers of the overflow files of `base` that are there; the first file counts as 0."""
    found = []
    for entry in os.scandir(directory):
        tail = entry.name.removeprefix(base)
        if entry.name == base:
            found.append(0)
        elif tail != entry.name and tail[:1] == "." and tail[1:].isdecimal():
            found.append(int(tail[1:]))
    return found


def remove_old(directory: Path, name: str, *, oldest: date, zone: ZoneInfo) -> list[Path]:
    """Removes files of days before `oldest` (by the day in their name, else by their last change) and tells which."""
    dated = re.compile(rf"{re.escape(name)}-(\d{{4}}-\d\d-\d\d)\.log(\.\d+)?(\.gz)?")
    undated = re.compile(rf"{re.escape(name)}\.log\.\d+(\.gz)?")
    removed = []
    for entry in os.scandir(directory):
        of: date | None = None
        if found := dated.fullmatch(entry.name):
            with contextlib.suppress(ValueError):
                of = date.fromisoformat(found[1])
        elif undated.fullmatch(entry.name):
            with contextlib.suppress(FileNotFoundError):
                of = day(entry.stat().st_mtime, zone)
        if of is not None and of < oldest:
            with contextlib.suppress(OSError):
                Path(entry.path).unlink()
                removed.append(Path(entry.path))
    return removed

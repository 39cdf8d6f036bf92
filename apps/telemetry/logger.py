"""The guide's logger on the standard library's `logging`: `configure` once, then `log.info("…", userId=…)`.

Needs no Django. Before `configure`, lines go where the program's own logging configuration sends them.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any, Literal
from zoneinfo import ZoneInfo

from apps.telemetry import uncaught
from apps.telemetry.files import MEGABYTE, LogFile
from apps.telemetry.lines import HTTP, LEVELS, Level, Lines
from apps.telemetry.requests import response_fields

_installed: list[logging.Handler] = []

logging.addLevelName(HTTP, "HTTP")
_logger = logging.getLogger("glimpse")


class ConsoleHandler(logging.Handler):
    """Lines on stderr; stdout belongs to what a command prints."""

    def __init__(self, lines: Lines, form: Literal["json", "pretty"], stream: IO[str] | None = None) -> None:
        super().__init__()
        self.lines = lines
        self.form = form
        self.stream = stream

    def emit(self, record: logging.LogRecord) -> None:
        # Looked up each time: test runners and daemons exchange it.
        stream = self.stream or sys.stderr
        try:
            if self.form == "json":
                line = self.lines.json(record)
            else:
                line = self.lines.pretty(record, colour=_coloured(stream))
            encoding = getattr(stream, "encoding", None) or "utf-8"
            stream.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")
            stream.flush()
        except Exception:  # noqa: S110  a closed terminal must not stop the service
            pass


class FileHandler(logging.Handler):
    """Lines of JSON into a LogFile."""

    def __init__(self, lines: Lines, file: LogFile) -> None:
        super().__init__()
        self.lines = lines
        self.file = file

    def emit(self, record: logging.LogRecord) -> None:
        self.file.write(self.lines.json(record), record.created)

    def close(self) -> None:
        self.file.close()
        super().close()


def configure(
    *,
    service: str,
    directory: Path | str | None = None,
    level: Level = "http",
    console_format: Literal["json", "pretty"] = "json",
    console_level: Level | None = None,
    zone: str = "Asia/Seoul",
    loggers: Iterable[str] = (),
) -> None:
    """Sends all logging of this process to the console and, with a directory, to the daily files there.

    `level` is for `log` and for `loggers`; of everybody else warnings and errors are kept. `console_level` can only be
    quieter than `level`. Without a directory nothing is written to disk. Calling it again replaces what it set before.
    Raises ValueError for an unknown level or format, ZoneInfoNotFoundError for an unknown zone, OSError when the
    directory cannot be made.
    """
    if console_format not in ("json", "pretty"):
        raise ValueError(f"unknown console format {console_format!r}; there are json, pretty")
    lowest = _number(level)
    shown = lowest if console_level is None else _number(console_level)
    lines = Lines(service, ZoneInfo(zone))
    handlers: list[logging.Handler] = []
    if directory is not None:
        handlers += _file_handlers(Path(directory), lines)
    console = ConsoleHandler(lines, console_format)
    console.setLevel(shown)
    handlers.append(console)
    reset()
    root = logging.getLogger()
    for handler in handlers:
        root.addHandler(handler)
    _installed.extend(handlers)
    root.setLevel(logging.WARNING)
    for name in ("glimpse", *loggers):
        logging.getLogger(name).setLevel(lowest)
    if directory is not None:
        # Without files Python's own traceback on the terminal is the best there is.
        uncaught.install()


def reset() -> None:
    """Takes off what `configure` put on, and closes its files."""
    root = logging.getLogger()
    while _installed:
        handler = _installed.pop()
        root.removeHandler(handler)
        handler.close()
    uncaught.uninstall()


def _file_handlers(directory: Path, lines: Lines) -> list[logging.Handler]:
    """The guide's three: errors 20 MB a file and 30 days, everything 100 MB and 14 days, what nobody caught."""
    directory.mkdir(parents=True, exist_ok=True)
    if not os.access(directory, os.W_OK | os.X_OK):
        raise PermissionError(f"the log directory {directory} may not be written by this user")
    zone = lines.zone
    errors = FileHandler(lines, LogFile(directory, "error", max_bytes=20 * MEGABYTE, days=30, zone=zone))
    errors.setLevel(logging.ERROR)
    everything = FileHandler(lines, LogFile(directory, "combined", max_bytes=100 * MEGABYTE, days=14, zone=zone))
    exceptions = FileHandler(
        lines, LogFile(directory, "exceptions", max_bytes=20 * MEGABYTE, days=30, zone=zone, daily=False)
    )
    exceptions.addFilter(uncaught.is_uncaught)
    return [errors, everything, exceptions]


def _number(level: str) -> int:
    try:
        return LEVELS[level]
    except KeyError:
        raise ValueError(f"unknown log level {level!r}; there are {', '.join(LEVELS)}") from None


def _coloured(stream: Any) -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or bool(getattr(stream, "isatty", lambda: False)())


class Log:
    """The guide's helpers. Fields are free; those bound by `context.bind` (requestId, userId) are added."""

    def error(self, message: str, error: BaseException | None = None, /, **meta: Any) -> None:
        """An error, with the exception's text as `error` and its traceback as `stack`."""
        _logger.error(message, exc_info=error, extra={"meta": meta})

    def warn(self, message: str, /, **meta: Any) -> None:
        """Something that will become an error unless somebody looks."""
        _logger.warning(message, extra={"meta": meta})

    def info(self, message: str, /, **meta: Any) -> None:
        """Something that happened."""
        _logger.info(message, extra={"meta": meta})

    def http(
        self, request: Any, response: Any, response_time_ms: float, /, *, quiet: bool = False, **meta: Any
    ) -> None:
        """The guide's 'HTTP Request' line. Takes Django's request and response, or anything with such attributes.

        A quiet one is a debug line: for what machines ask every few seconds.
        """
        level = logging.DEBUG if quiet else HTTP
        if _logger.isEnabledFor(level):
            _logger.log(
                level, "HTTP Request", extra={"meta": {**response_fields(request, response, response_time_ms), **meta}}
            )

    def debug(self, message: str, /, **meta: Any) -> None:
        """What only somebody looking for a fault wants to read."""
        _logger.debug(message, extra={"meta": meta})


log = Log()

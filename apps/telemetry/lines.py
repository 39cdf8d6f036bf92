"""A log record as a line: JSON for machines, coloured text for people."""

from __future__ import annotations

import json
import logging
import re
import traceback
from datetime import date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from apps.telemetry import context
from apps.telemetry.plain import MAX_TEXT, name, plain, text

Level = Literal["error", "warn", "info", "http", "debug"]
HTTP = 15
LEVELS = {"error": logging.ERROR, "warn": logging.WARNING, "info": logging.INFO, "http": HTTP, "debug": logging.DEBUG}
MAX_LINE = 262_144
# What a caller may not overwrite: with these a line could pretend to be another.
_RESERVED = frozenset({"level", "message", "service"})
# The attributes of a bare record; whatever else is there came with `extra`.
_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName", "meta", "uncaught"}
_COLOURS = {"error": "31", "warn": "33", "info": "32", "http": "35", "debug": "34"}
_ENDS = re.compile("[\x85\u2028\u2029]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def level_name(number: int) -> str:
    """The guide's name of a level of the standard library's."""
    for level, lowest in LEVELS.items():
        if number >= lowest:
            return level
    return "debug"


def stamp(moment: float, zone: ZoneInfo) -> str:
    """`YYYY-MM-DD HH:mm:ss:SSS` with real milliseconds (the guide's `ms` prints minute and second again)."""
    at = datetime.fromtimestamp(moment, zone)
    return f"{at:%Y-%m-%d %H:%M:%S}:{at.microsecond // 1000:03d}"


def day(moment: float, zone: ZoneInfo) -> date:
    """The day a moment belongs to, in the log's zone."""
    return datetime.fromtimestamp(moment, zone).date()


class Lines:
    """Makes lines; one for all handlers, so that each record is made into JSON once."""

    def __init__(self, service: str, zone: ZoneInfo) -> None:
        self.service = service
        self.zone = zone

    def fields(self, record: logging.LogRecord) -> dict[str, Any]:
        """The line's fields in their order: timestamp, level, message, service, context, then the caller's."""
        found: dict[str, Any] = {
            "timestamp": stamp(record.created, self.zone),
            "level": level_name(record.levelno),
            "message": _message(record),
            "service": self.service,
        }
        found.update((name(key), plain(value)) for key, value in context.current().items())
        found.update(_exception(record))
        for key, value in _given(record):
            key = name(key)
            if key in _RESERVED or (key == "timestamp" and not _is_iso(value)):
                key += "_"
            found[key] = plain(value)
        return found

    def json(self, record: logging.LogRecord) -> str:
        """One line of JSON without its end; never raises, never longer than MAX_LINE characters."""
        made: str | None = record.__dict__.get("_json_line")
        if made is None:
            made = self._json(record)
            record.__dict__["_json_line"] = made
        return made

    def _json(self, record: logging.LogRecord) -> str:
        try:
            fields = self.fields(record)
            line = json.dumps(fields, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
            if not line.isascii():
                # Some readers take these for the end of a line.
                line = _ENDS.sub(lambda found: f"\\u{ord(found[0]):04x}", line)
            if len(line) <= MAX_LINE:
                return line
            kept = ("timestamp", "level", "message", "service", "requestId", "userId", "error", "stack")
            short = {key: fields[key] for key in kept if key in fields}
            short["truncated"] = f"{len(line)} characters; the other fields are left out"
        except Exception as error:
            short = {
                "timestamp": stamp(record.created, self.zone),
                "level": level_name(record.levelno),
                "message": text(str(record.msg)) if isinstance(record.msg, str) else "<unprintable message>",
                "service": self.service,
                "logError": type(error).__name__,
            }
        return json.dumps(short, ensure_ascii=False, default=lambda value: f"<{type(value).__name__}>")

    def pretty(self, record: logging.LogRecord, *, colour: bool) -> str:
        """`timestamp [level] : message {fields}`, stack traces on lines of their own."""
        try:
            fields = self.fields(record)
        except Exception:
            return self.json(record)
        level, stack = fields.pop("level"), fields.pop("stack", None)
        shown = f"\x1b[{_COLOURS[level]}m{level}\x1b[39m" if colour else level
        # Control characters of a message must not move a terminal's cursor or forge a second line.
        line = f"{fields.pop('timestamp')} [{shown}] : {_visible(str(fields.pop('message')))}"
        del fields["service"]
        if fields:
            line += " " + _visible(json.dumps(fields, ensure_ascii=False))
        if stack:
            line += "\n" + "\n".join(_visible(part) for part in str(stack).rstrip().splitlines())
        return line


def _message(record: logging.LogRecord) -> str:
    try:
        return text(record.getMessage())
    except Exception:
        return text(f"{plain(record.msg)} {plain(record.args)}")


def _given(record: logging.LogRecord) -> list[tuple[Any, Any]]:
    meta = record.__dict__.get("meta")
    extra = [(key, value) for key, value in record.__dict__.items() if key not in _STANDARD and key[0] != "_"]
    # Django's own records carry the request object: its fields are in the context already.
    extra = [(key, value) for key, value in extra if key not in {"request", "server_time"}]
    if not isinstance(meta, dict):
        return extra if meta is None else [*extra, ("meta", meta)]
    return [*extra, *meta.items()]


def _exception(record: logging.LogRecord) -> dict[str, str]:
    if not record.exc_info or record.exc_info[1] is None:
        return {}
    error = record.exc_info[1]
    return {"error": _error_text(error), "stack": _stack(error)}


def _error_text(error: BaseException) -> str:
    said = plain(error)
    return str(said).removeprefix(f"{type(error).__name__}: ") or type(error).__name__


def _stack(error: BaseException) -> str:
    try:
        whole = "".join(traceback.format_exception(error))
        if len(whole) > MAX_TEXT:
            # Both ends tell most: how it came there, and what it was.
            whole = f"{whole[: MAX_TEXT // 2]}\n…\n{whole[-MAX_TEXT // 3 :]}"
        return text(whole)
    except Exception:
        return text("".join(traceback.format_tb(error.__traceback__)) + type(error).__name__)


def _is_iso(value: Any) -> bool:
    """Whether a caller's timestamp may stand for ours, as in the guide's service example (ISO 8601)."""
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _visible(value: str) -> str:
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}" if ord(found[0]) > 13 else repr(found[0])[1:-1], value)

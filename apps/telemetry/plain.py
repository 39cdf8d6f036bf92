"""Turns whatever somebody logs into values that JSON can hold, in bounded size and without ever raising."""

from __future__ import annotations

import math
from collections.abc import Mapping, Set
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any
from uuid import UUID

MAX_TEXT = 32_768
MAX_ITEMS = 1_000
MAX_DEPTH = 8
# Elasticsearch's long and JavaScript's readers end before; larger numbers go as text.
_MAX_INTEGER = 2**63 - 1


def plain(value: Any, _depth: int = 0, _above: tuple[int, ...] = ()) -> Any:
    """str, int, float, bool, None, list and dict only; what does not fit becomes text that says so."""
    try:
        return _plain(value, _depth, _above)
    except Exception as error:
        return f"<unprintable {type(value).__name__}: {type(error).__name__}>"


def _plain(value: Any, depth: int, above: tuple[int, ...]) -> Any:
    if value is None or value is True or value is False:
        return value
    if isinstance(value, Enum):
        return plain(value.value, depth + 1, above)
    if isinstance(value, str):
        return text(value)
    if isinstance(value, int):
        return int(value) if -_MAX_INTEGER <= value <= _MAX_INTEGER else _large(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(float(value))
    if isinstance(value, bytes | bytearray | memoryview):
        return text(bytes(value[:MAX_TEXT]).decode("utf-8", "backslashreplace"))
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal | UUID | PurePath):
        return text(str(value))
    if isinstance(value, BaseException):
        return text(f"{type(value).__name__}: {value}")
    return _container(value, depth, above)


def _container(value: Any, depth: int, above: tuple[int, ...]) -> Any:
    many = isinstance(value, Mapping | list | tuple | Set)
    if not many:
        return text(str(value))
    if id(value) in above:
        return "<circular>"
    if depth >= MAX_DEPTH:
        return f"<{type(value).__name__}, nested too deep>"
    above = (*above, id(value))
    if isinstance(value, Mapping):
        # A copy, for another thread may be at it.
        pairs = list(value.items())
        found: Any = {name(key): plain(item, depth + 1, above) for key, item in pairs[:MAX_ITEMS]}
        if len(pairs) > MAX_ITEMS:
            found["…"] = f"{len(pairs) - MAX_ITEMS} more"
        return found
    items = list(value)
    found = [plain(item, depth + 1, above) for item in items[:MAX_ITEMS]]
    if len(items) > MAX_ITEMS:
        found.append(f"… {len(items) - MAX_ITEMS} more")
    return found


def name(key: Any) -> str:
    """A field's name."""
    return text(key if isinstance(key, str) else str(plain(key)))[:256]


def text(value: str) -> str:
    """Text that UTF-8 can hold (lone surrogates escaped), cut where it is too long."""
    value = str(value)
    cut = value[:MAX_TEXT] + f"… ({len(value) - MAX_TEXT} more characters)" if len(value) > MAX_TEXT else value
    return cut if cut.isascii() else cut.encode("utf-8", "backslashreplace").decode("utf-8")


def _large(value: int) -> str:
    # Python refuses to print integers of more than 4,300 digits.
    return str(value) if value.bit_length() < 10_000 else f"<integer of {value.bit_length()} bits>"

"""Numbers with their units as people read them; three significant digits unless `decimals` asks otherwise."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo

from babel.numbers import format_compact_currency, format_compact_decimal
from django.utils import timezone

NOTHING = "–"
_SIGNIFICANT = 3
# No language has short words for more than this.
_BEYOND = 1e15
_IEC = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
_SECONDS = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
Formatter = Callable[[float, str, int | None], str]


def format_value(
    value: float | None,
    unit: str,
    *,
    locale: str = "ko",
    decimals: int | None = None,
    zone: tzinfo | None = None,
) -> str:
    """`value` in `unit`, as text; an en dash for None and NaN. A unit nobody knows is written after the number.

    Units: none, short, count, percent (0-100), percentunit (0-1), s, ms, reqps, ops, bytes (IEC), bytes_per_s, krw,
    krw_short, dateTime (epoch seconds, in `zone` or the reader's).
    """
    if value is None or math.isnan(value):
        return NOTHING
    value = float(value)
    if math.isinf(value):
        return _plain(value, None)
    if unit == "dateTime":
        return _moment(value, zone)
    formatter = _FORMATTERS.get(unit)
    if formatter is None:
        return f"{_plain(value, decimals)} {unit}".rstrip()
    return formatter(value, locale, decimals)


def _plain(value: float, decimals: int | None) -> str:
    """Grouped by thousands, as Korean and English both do; without `decimals` no digit that says nothing."""
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if abs(value) >= _BEYOND:
        return f"{value:.2e}"
    if decimals is None:
        value = _significant(value)
        text = f"{value:,.{_digits(value)}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    else:
        text = f"{value:,.{max(0, decimals)}f}"
    # "-0" would be a number that only computers know.
    return text[1:] if text.startswith("-") and not text.strip("-0.,") else text


def _digits(value: float) -> int:
    """Decimals that show the significant digits of a number below 1,000; above, whole numbers."""
    size = abs(value)
    if size == 0 or size >= 10 ** (_SIGNIFICANT - 1):
        return 0
    return min(12, _SIGNIFICANT - 1 - math.floor(math.log10(size)))


def _significant(value: float) -> float:
    return round(value, _digits(value))


def _compact(value: float, locale: str, decimals: int | None) -> str:
    """1.23K, 12.3만: Korean starts at 만, since nobody there reads 1.2천 for 1,234."""
    start = 10_000 if locale.startswith("ko") else 1000
    if abs(_significant(value)) < start:
        return _plain(value, decimals)
    if abs(value) >= _BEYOND:
        return f"{value:.2e}"
    rounded, digits = _for_compact(value, locale, 2)
    return format_compact_decimal(rounded, locale=locale, fraction_digits=digits if decimals is None else decimals)


def _for_compact(value: float, locale: str, most: int) -> tuple[float, int]:
    """The value rounded to what will be shown, and its decimals; so that 99,999,999 is 1억 and never 10000만."""
    base = 10_000 if locale.startswith("ko") else 1000
    for _attempt in range(2):
        power = 0
        while abs(value) >= base ** (power + 1):
            power += 1
        scale = float(base**power)
        mantissa = abs(value) / scale
        digits = most if mantissa < 10 else max(0, most - 1) if mantissa < 100 else 0
        value = round(value / scale, digits) * scale
    return value, digits


def _krw(value: float, locale: str, decimals: int | None) -> str:
    text = _plain(abs(value), decimals or 0)
    return f"-₩{text}" if value < 0 and text.strip("0.,") else f"₩{text}"


def _krw_short(value: float, locale: str, decimals: int | None) -> str:
    start = 10_000 if locale.startswith("ko") else 1000
    if abs(round(value)) < start:
        return _krw(value, locale, decimals)
    if abs(value) >= _BEYOND:
        return f"₩{value:.2e}"
    rounded, digits = _for_compact(value, locale, 1)
    return format_compact_currency(
        rounded, "KRW", locale=locale, fraction_digits=digits if decimals is None else decimals
    )


def _percent(value: float, locale: str, decimals: int | None) -> str:
    if decimals is None and 99 < value < 100 - 1e-9:
        # 99.9999 rounded would claim a perfect hundred: cut, never round up to it.
        cut = math.floor(value * 1000 + 1e-6) / 1000
        return f"{f'{cut:.3f}'.rstrip('0').rstrip('.') if value >= 99.995 else _trimmed(value)} %"
    return f"{_plain(value, decimals)} %"


def _trimmed(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _seconds(value: float, locale: str, decimals: int | None) -> str:
    if value == 0:
        return "0 s"
    for size, name in _SECONDS:
        if abs(_significant(value / size)) >= 1 or name == "ns":
            return f"{_plain(value / size, decimals)} {name}"
    raise AssertionError("the last unit takes every value")


def _bytes(value: float, locale: str, decimals: int | None) -> str:
    power = 0
    while power < len(_IEC) - 1 and abs(_significant(value / 1024**power)) >= 1024:
        power += 1
    return f"{_plain(value / 1024**power, decimals)} {_IEC[power]}"


def _moment(value: float, zone: tzinfo | None) -> str:
    try:
        moment = datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return NOTHING
    return moment.astimezone(zone or timezone.get_current_timezone()).strftime("%Y-%m-%d %H:%M:%S")


_FORMATTERS: dict[str, Formatter] = {
    "none": lambda value, locale, decimals: _plain(value, decimals),
    "short": _compact,
    "count": lambda value, locale, decimals: _plain(value, decimals or 0),
    "percent": _percent,
    "percentunit": lambda value, locale, decimals: _percent(value * 100, locale, decimals),
    "s": _seconds,
    "ms": lambda value, locale, decimals: _seconds(value / 1000, locale, decimals),
    "reqps": lambda value, locale, decimals: f"{_compact(value, locale, decimals)} req/s",
    "ops": lambda value, locale, decimals: f"{_compact(value, locale, decimals)} ops/s",
    "bytes": _bytes,
    "bytes_per_s": lambda value, locale, decimals: f"{_bytes(value, locale, decimals)}/s",
    "krw": _krw,
    "krw_short": _krw_short,
}
UNITS = frozenset(_FORMATTERS) | {"dateTime"}

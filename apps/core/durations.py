"""Durations as Prometheus writes them: 5m, 1h30m, 500ms."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

_UNITS = {"y": 365 * 86400.0, "w": 7 * 86400.0, "d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_GRAMMAR = re.compile("".join(rf"(?:(?P<{unit}>[0-9]{{1,12}}){unit})?" for unit in _UNITS))


def parse_duration(text: str) -> float:
    """Seconds of a Prometheus duration; raises ValueError with a message for people."""
    word = text.strip()
    match = _GRAMMAR.fullmatch(word)
    if word == "0":
        return 0.0
    if not word or match is None:
        raise ValueError(_("“%(word)s” is not a duration. Examples: 30s, 5m, 1h30m.") % {"word": text[:40]})
    milliseconds = sum(int(n) * round(_UNITS[unit] * 1000) for unit, n in match.groupdict().items() if n)
    return milliseconds / 1000


def format_duration(seconds: float) -> str:
    """The shortest Prometheus duration of that many seconds, to the millisecond; raises ValueError below zero."""
    rest = round(seconds * 1000)
    if rest < 0:
        raise ValueError(f"a duration is not negative: {seconds}")
    if rest == 0:
        return "0s"
    parts: list[str] = []
    for unit, size in _UNITS.items():
        length = round(size * 1000)
        # A year and a week only where they fit exactly: 10d reads better than 1w3d.
        if rest >= length and (unit not in "yw" or rest % length == 0):
            parts.append(f"{rest // length}{unit}")
            rest %= length
    return "".join(parts)

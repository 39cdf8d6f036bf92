"""Metrics that are functions of a moment: written once, sampled for the past, counted up for the present."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

from demo.model import Floats, Moment


@dataclass(frozen=True)
class Series:
    """One time series. `value` gives a gauge's value, or a counter's increase a second."""

    name: str
    kind: Literal["gauge", "counter"]
    value: Callable[[Moment], Floats]
    labels: dict[str, str] = field(default_factory=dict)
    help: str = ""


def gauge(name: str, value: Callable[[Moment], Floats], text: str = "", /, **labels: str) -> Series:
    return Series(name, "gauge", value, labels, text)


def counter(name: str, per_second: Callable[[Moment], Floats], text: str = "", /, **labels: str) -> Series:
    return Series(name, "counter", per_second, labels, text)


def constant(value: float) -> Callable[[Moment], Floats]:
    """The same at every moment."""
    return lambda moment: 0 * moment.t + value


def selector(name: str, labels: dict[str, str]) -> str:
    """`name{label="value"}`, quoted as Prometheus wants it."""
    if not labels:
        return name
    quoted = ",".join(
        '{}="{}"'.format(key, value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n"))
        for key, value in labels.items()
    )
    return f"{name}{{{quoted}}}"


def number(value: float) -> str:
    """Shortest text that gives the same number."""
    return str(int(value)) if value == int(value) and abs(value) < 2**53 else repr(float(value))


class Exporter:
    """Series on a /metrics page: gauges as they are now, counters since the start."""

    def __init__(self, series: Iterable[Series], started: float) -> None:
        self.series = list(series)
        self._sums = dict.fromkeys(range(len(self.series)), 0.0)
        self._last = started

    def advance(self, moment: Moment) -> None:
        """Counts up from the last call to this moment (an array of one)."""
        now = float(moment.t[0])
        passed = max(0.0, now - self._last)
        self._last = max(now, self._last)
        for index, each in enumerate(self.series):
            if each.kind == "counter":
                self._sums[index] += passed * max(0.0, float(each.value(moment)[0]))

    def values(self, moment: Moment) -> list[tuple[Series, float]]:
        """Each series with its value now."""
        self.advance(moment)
        return [
            (each, self._sums[index] if each.kind == "counter" else float(each.value(moment)[0]))
            for index, each in enumerate(self.series)
        ]

    def render(self, moment: Moment) -> str:
        """Prometheus's text format."""
        lines, declared = [], ""
        for each, value in self.values(moment):
            if each.name != declared:
                declared = each.name
                lines += [f"# HELP {each.name} {each.help or each.name}", f"# TYPE {each.name} {each.kind}"]
            lines.append(f"{selector(each.name, each.labels)} {number(value)}")
        return "\n".join(lines) + "\n"

"""Frames on a grid, and arrays as Plotly reads them."""

from __future__ import annotations

import base64
from collections.abc import Mapping

import numpy as np

from apps.dashboards.registry import BuildContext, TargetAnswer
from apps.sources.frames import Floats, Frame


def grid(context: BuildContext) -> Floats:
    """The times of a range query's points, in Unix seconds."""
    count = round((context.end - context.start) / context.step) + 1
    return context.start + np.arange(count, dtype=np.float64) * context.step


def on_grid(frame: Frame, context: BuildContext) -> Floats:
    """The frame's values at the grid's times; NaN where it has none (a gap is never 0) or an infinite one."""
    count = round((context.end - context.start) / context.step) + 1
    values = np.full(count, np.nan)
    places = np.rint((frame.times - context.start) / context.step).astype(np.int64)
    inside = (places >= 0) & (places < count)
    values[places[inside]] = frame.values[inside]
    values[np.isinf(values)] = np.nan
    return values


def typed(values: Floats) -> dict[str, str]:
    """A typed array as plotly.js decodes it: little-endian float64, base64."""
    return {"dtype": "f8", "bdata": base64.b64encode(np.ascontiguousarray(values, dtype="<f8").tobytes()).decode()}


def page_times(times: Floats, context: BuildContext) -> Floats:
    """Milliseconds as Plotly should print them: in the reader's zone."""
    return (times + context.offset) * 1000


def name_of(answer: TargetAnswer, labels: Mapping[str, str], locale: str) -> str:
    """A series' name: its target's legend with `{{label}}` filled in, else its labels."""
    legend = answer.target.legend.in_(locale)
    if legend:
        for label, value in labels.items():
            legend = legend.replace("{{" + label + "}}", value).replace("{{ " + label + " }}", value)
        return legend
    inner = ", ".join(f"{name}={value}" for name, value in sorted(labels.items()) if name != "__name__")
    return inner or labels.get("__name__") or answer.target.ref


def newest(frames: list[Frame]) -> float | None:
    """The time of the newest sample that is a number, in Unix seconds."""
    times = [frame.times[~np.isnan(frame.values)] for frame in frames]
    return max((float(one[-1]) for one in times if len(one)), default=None)


def last(frame: Frame) -> float | None:
    """The newest value that is a finite number."""
    found = frame.values[np.isfinite(frame.values)]
    return float(found[-1]) if len(found) else None

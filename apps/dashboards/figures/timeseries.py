"""Lines, areas, stacks and bars over time, with thresholds and a legend of figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from apps.core.formatting import format_value
from apps.dashboards.definitions import Panel
from apps.dashboards.figures import palette
from apps.dashboards.figures.arrays import grid, name_of, on_grid, page_times, typed
from apps.dashboards.registry import BuildContext, TargetAnswer
from apps.sources.frames import Floats

MAX_SERIES = 100


class Options(BaseModel):
    """`draw` says how; `min` and `max` bound the axis where given."""

    model_config = ConfigDict(extra="forbid")

    draw: Literal["lines", "area", "stacked", "bars"] = "lines"
    min: float | None = 0
    max: float | None = None


class TimeSeries:
    """Panel type `timeseries`."""

    name = "timeseries"
    view: Literal["chart"] = "chart"
    options = Options

    def build(self, panel: Panel, answers: Sequence[TargetAnswer], context: BuildContext) -> dict[str, Any]:
        """`figure` (Plotly JSON), `legend`, `thresholds` and `unit`."""
        options = Options.model_validate(panel.options)
        rows = _rows(answers, context)
        if not rows:
            return {}
        times = typed(page_times(grid(context), context))
        traces, legend = [], []
        for position, (name, labels, values) in enumerate(rows[:MAX_SERIES]):
            colour = palette.series_colour(position, labels)
            traces.append(_trace(name, colour, times, values, options, panel))
            legend.append(_legend_row(position, name, colour, values, panel, context.locale))
        return {
            "figure": {"data": traces, "layout": _layout(panel, options, context)},
            "legend": legend,
            "left_out": max(len(rows) - MAX_SERIES, 0),
            "unit": panel.unit,
            "thresholds": [
                {
                    "value": threshold.value,
                    "color": palette.STATE[threshold.state],
                    "label": threshold.label.in_(context.locale)
                    if threshold.label
                    else format_value(threshold.value, panel.unit, locale=context.locale),
                }
                for threshold in panel.thresholds
            ],
        }


def _rows(answers: Sequence[TargetAnswer], context: BuildContext) -> list[tuple[str, dict[str, str], Floats]]:
    rows = []
    for answer in answers:
        for frame in answer.frames:
            values = on_grid(frame, context)
            if not np.isnan(values).all():
                rows.append((name_of(answer, frame.labels, context.locale), dict(frame.labels), values))
    return rows


def _trace(
    name: str, colour: str, times: dict[str, str], values: Floats, options: Options, panel: Panel
) -> dict[str, Any]:
    trace: dict[str, Any] = {"name": name, "x": times, "y": typed(values), "meta": {"unit": panel.unit}}
    if options.draw == "bars":
        return trace | {"type": "bar", "marker": {"color": colour}}
    trace |= {"type": "scatter", "mode": "lines", "connectgaps": False, "line": {"color": colour, "width": 1.6}}
    if options.draw == "stacked":
        return trace | {"stackgroup": "all", "fillcolor": colour + "55", "line": {"color": colour, "width": 1}}
    if options.draw == "area":
        return trace | {"fill": "tozeroy", "fillcolor": colour + "22"}
    return trace


def _legend_row(position: int, name: str, colour: str, values: Floats, panel: Panel, locale: str) -> dict[str, Any]:
    finite = values[~np.isnan(values)]
    figures = {"last": finite[-1], "min": finite.min(), "max": finite.max(), "mean": finite.mean()}
    texts = {
        key: format_value(float(value), panel.unit, locale=locale, decimals=panel.decimals)
        for key, value in figures.items()
    }
    return {"trace": position, "name": name, "color": colour, **texts}


def _layout(panel: Panel, options: Options, context: BuildContext) -> dict[str, Any]:
    span = page_times(np.array([context.start, context.end]), context)
    axis: dict[str, Any] = {"rangemode": "tozero" if options.min == 0 else "normal"}
    if options.min is not None and options.max is not None:
        axis["range"] = [options.min, options.max]
    return {
        "xaxis": {"type": "date", "range": [float(span[0]), float(span[1])]},
        "yaxis": axis,
        "barmode": "stack",
        "shapes": [
            {
                "type": "line",
                "xref": "paper",
                "x0": 0,
                "x1": 1,
                "y0": threshold.value,
                "y1": threshold.value,
                "line": {"color": palette.STATE[threshold.state], "width": 1, "dash": "dash"},
            }
            for threshold in panel.thresholds
        ],
    }

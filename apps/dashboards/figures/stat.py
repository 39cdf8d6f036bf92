"""One figure, or a few, with what it was at the range's start and a sparkline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from apps.core.formatting import format_value
from apps.dashboards.definitions import Panel
from apps.dashboards.figures import palette
from apps.dashboards.figures.arrays import grid, last, name_of, on_grid, page_times, typed
from apps.dashboards.registry import BuildContext, TargetAnswer
from apps.sources.frames import Floats


class Options(BaseModel):
    """`delta`: compare with the range's start; `better`: which direction is good news."""

    model_config = ConfigDict(extra="forbid")

    sparkline: bool = True
    delta: bool = True
    better: Literal["up", "down", "neither"] = "neither"


class Stat:
    """Panel type `stat`."""

    name = "stat"
    view: Literal["stat"] = "stat"
    options = Options

    def build(self, panel: Panel, answers: Sequence[TargetAnswer], context: BuildContext) -> dict[str, Any]:
        """`stat.items`, and `figure` (a sparkline of the first) where the target is a range."""
        options = Options.model_validate(panel.options)
        items: list[dict[str, Any]] = []
        spark: Floats | None = None
        for answer in answers:
            for frame in answer.frames:
                value = last(frame)
                if value is None:
                    continue
                values = on_grid(frame, context) if answer.query.step else None
                spark = values if spark is None else spark
                items.append(
                    {
                        "label": name_of(answer, frame.labels, context.locale) if _needs_label(answers) else "",
                        "text": format_value(value, panel.unit, locale=context.locale, decimals=panel.decimals),
                        "value": value,
                        "state": state_of(value, panel),
                        "delta": _delta(values, value, options) if options.delta and values is not None else None,
                    }
                )
        if not items:
            return {}
        line: dict[str, Any] = {"stat": {"items": items}, "unit": panel.unit}
        if options.sparkline and spark is not None and np.count_nonzero(~np.isnan(spark)) > 1:
            line["figure"] = _sparkline(spark, palette.STATE[items[0]["state"]], context)
        return line


def _needs_label(answers: Sequence[TargetAnswer]) -> bool:
    return sum(len(answer.frames) for answer in answers) > 1


def state_of(value: float, panel: Panel) -> str:
    """The state of the highest threshold that the value has reached; `none` below the first, or without any."""
    state = "ok" if panel.thresholds else "none"
    for threshold in sorted(panel.thresholds, key=lambda one: one.value):
        if value >= threshold.value:
            state = threshold.state
    return state


def _delta(values: Floats, value: float, options: Options) -> dict[str, Any] | None:
    finite = values[~np.isnan(values)]
    if len(finite) < 2 or finite[0] == 0:
        return None
    change = (value - float(finite[0])) / abs(float(finite[0])) * 100
    direction = "flat" if abs(change) < 0.05 else ("up" if change > 0 else "down")
    good = None if options.better == "neither" or direction == "flat" else direction == options.better
    return {"text": f"{change:+,.1f}%", "direction": direction, "good": good}


def _sparkline(values: Floats, colour: str, context: BuildContext) -> dict[str, Any]:
    return {
        "data": [
            {
                "type": "scatter",
                "mode": "lines",
                "x": typed(page_times(grid(context), context)),
                "y": typed(values),
                "line": {"color": colour, "width": 1.4},
                "fill": "tozeroy",
                "fillcolor": colour + "1f",
                "hoverinfo": "skip",
            }
        ],
        "layout": {"xaxis": {"visible": False, "type": "date"}, "yaxis": {"visible": False, "rangemode": "tozero"}},
    }

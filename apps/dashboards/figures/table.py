"""Instant queries side by side, joined by a label: a row a value of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from apps.core.formatting import format_value
from apps.dashboards.definitions import Panel, Text, Threshold
from apps.dashboards.figures.arrays import last
from apps.dashboards.registry import BuildContext, TargetAnswer

# The labels' values that a row stands for.
Key = tuple[str, ...]


class Column(BaseModel):
    """A column of figures: the target's `ref`, its unit, thresholds for the cell's state, a bar of its share."""

    model_config = ConfigDict(extra="forbid")

    ref: str
    title: Text
    unit: str = "short"
    decimals: int | None = None
    bar: bool = False
    thresholds: list[Threshold] = []


class Label(BaseModel):
    """A column of a label's values."""

    model_config = ConfigDict(extra="forbid")

    label: str
    title: Text


class Options(BaseModel):
    """Rows are joined by `by`; `sort` names a column's ref, the largest first."""

    model_config = ConfigDict(extra="forbid")

    by: list[Label] = Field(min_length=1)
    columns: list[Column] = Field(min_length=1)
    sort: str | None = None


class Table:
    """Panel type `table`."""

    name = "table"
    view: Literal["table"] = "table"
    options = Options

    def build(self, panel: Panel, answers: Sequence[TargetAnswer], context: BuildContext) -> dict[str, Any]:
        """`table` with columns, rows of cells and the sorting to begin with."""
        options = Options.model_validate(panel.options)
        by_ref = {answer.target.ref: _values(answer, options) for answer in answers}
        keys = _in_order({key for values in by_ref.values() for key in values}, by_ref.get(options.sort or "", {}))
        if not keys:
            return {}
        rows = [
            {
                "cells": [{"text": part or "–", "value": part} for part in key]
                + [_cell(by_ref.get(column.ref, {}), key, column, context.locale) for column in options.columns]
            }
            for key in keys
        ]
        columns = [{"id": one.label, "title": one.title.in_(context.locale), "align": "left"} for one in options.by]
        columns += [
            {"id": one.ref, "title": one.title.in_(context.locale), "align": "right"} for one in options.columns
        ]
        return {"table": {"columns": columns, "rows": rows, "sort": {"column": options.sort, "descending": True}}}


def _in_order(keys: set[Key], figures: dict[Key, float]) -> list[Key]:
    """By the sorting figure, the largest first and those without one last; then by name."""
    return sorted(sorted(keys), key=lambda key: figures.get(key, -math.inf), reverse=True)


def _values(answer: TargetAnswer, options: Options) -> dict[tuple[str, ...], float]:
    found = {}
    for frame in answer.frames:
        value = last(frame)
        if value is not None:
            found[tuple(frame.labels.get(one.label, "") for one in options.by)] = value
    return found


def _cell(values: dict[tuple[str, ...], float], key: tuple[str, ...], column: Column, locale: str) -> dict[str, Any]:
    value = values.get(key)
    cell: dict[str, Any] = {
        "text": format_value(value, column.unit, locale=locale, decimals=column.decimals),
        "value": value,
    }
    if value is None:
        return cell
    for threshold in sorted(column.thresholds, key=lambda one: one.value):
        if value >= threshold.value:
            cell["state"] = threshold.state
    if column.bar:
        largest = max(values.values())
        cell["bar"] = max(value / largest, 0.0) if largest > 0 else 0.0
    return cell

"""Colours that hold on light and on dark ground, and those that mean something."""

from __future__ import annotations

SERIES = (
    "#3b82c4",
    "#e0853d",
    "#4ba36a",
    "#a66bc4",
    "#c9a227",
    "#3aa6a6",
    "#d46a8c",
    "#7d8a3a",
    "#8076d6",
    "#a9714b",
)
STATE = {"ok": "#3f9d5f", "warning": "#d9a021", "critical": "#d64545", "none": "#3b82c4"}
_STATUS = {"2": "#3f9d5f", "3": "#7a8ca3", "4": "#d9a021", "5": "#d64545"}


def series_colour(position: int, labels: dict[str, str] | None = None) -> str:
    """The colour of the n-th series; an HTTP status class has its own."""
    status = (labels or {}).get("status", "")
    if len(status) == 3 and status[0] in _STATUS:
        return _STATUS[status[0]]
    return SERIES[position % len(SERIES)]

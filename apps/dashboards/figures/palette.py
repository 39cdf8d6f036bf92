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
# Shades of a status class: 200 and 201 are both good, and still two lines.
_STATUS = {
    "2": ("#3f9d5f", "#6fb985", "#2f7d63", "#8aa84a", "#55b3a2"),
    "3": ("#7a8ca3", "#94a3b8", "#64748b", "#8b93b8", "#6f8fa0"),
    "4": ("#d9a021", "#c98a3a", "#e0b95a", "#b8892c", "#cfa85f"),
    "5": ("#d64545", "#c2607a", "#e07060", "#b03a52", "#d9586b"),
}


def series_colour(position: int, labels: dict[str, str] | None = None) -> str:
    """The colour of the n-th series; an HTTP status class has its own."""
    status = (labels or {}).get("status", "")
    if len(status) == 3 and status[0] in _STATUS:
        shades = _STATUS[status[0]]
        return shades[int(status[1:]) % len(shades)] if status[1:].isdecimal() else shades[0]
    return SERIES[position % len(SERIES)]

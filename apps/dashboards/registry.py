"""Panel types. Higher rooms register theirs here when they start, so that this room need not know them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from apps.core.timerange import TimeRange
from apps.dashboards.definitions import Panel, Target
from apps.sources.frames import Frame

View = Literal["chart", "stat", "table", "cards"]


@dataclass(frozen=True, slots=True)
class Query:
    """A question to Prometheus: `start` and `end` in Unix seconds, `step` in seconds (0: instant, at `end`)."""

    expr: str
    start: float
    end: float
    step: float


@dataclass(frozen=True, slots=True)
class TargetAnswer:
    """A target, the query it became, and what came back."""

    target: Target
    query: Query
    frames: list[Frame]
    seconds: float
    warnings: list[str]


@dataclass(frozen=True, slots=True)
class BuildContext:
    """What a builder knows of its reader and the page: `step` in seconds, `locale` ko or en."""

    timerange: TimeRange
    start: float
    end: float
    step: float
    now: datetime
    zone: ZoneInfo
    locale: str
    offset: float
    """The zone's offset from UTC at the range's end, in seconds."""


class PanelType(Protocol):
    """Builds the part of a panel's line that its view shows."""

    @property
    def name(self) -> str: ...

    @property
    def view(self) -> View: ...

    @property
    def options(self) -> type[BaseModel]: ...

    def build(self, panel: Panel, answers: Sequence[TargetAnswer], context: BuildContext) -> dict[str, Any]:
        """The view's fields; an empty dict says "no data". Raises SourceError where it asked and failed."""
        ...


_types: dict[str, PanelType] = {}


def register_panel(panel_type: PanelType) -> None:
    """Add a panel type; raises ValueError for a name that is taken."""
    if panel_type.name in _types:
        raise ValueError(f"panel type {panel_type.name!r} is registered already")
    _types[panel_type.name] = panel_type


def panel_type(name: str) -> PanelType:
    """The type of that name; raises KeyError."""
    return _types[name]


def panel_types() -> dict[str, PanelType]:
    return dict(_types)

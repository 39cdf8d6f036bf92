"""A dashboard as its YAML file says it, checked when it is loaded: a mistake names file, line and field."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from apps.core.durations import parse_duration
from apps.core.timerange import TimeRange, TimeRangeError
from apps.dashboards import promql

SHIPPED = Path(__file__).parent / "definitions"
Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=60)]
# Stand-ins for a check of the syntax, before the real ones are known.
_SAMPLE_DURATIONS = {"__interval": 60.0, "__rate_interval": 120.0, "__range": 3600.0}


class DefinitionError(ValueError):
    """What is wrong in a definition: `file`, `line` (from 1) and `field` (dotted path)."""

    def __init__(self, file: Path, line: int, field: str, message: str) -> None:
        super().__init__(f"{file}:{line}: {field}: {message}" if field else f"{file}:{line}: {message}")
        self.file, self.line, self.field, self.message = file, line, field, message


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(_Part):
    """Words for people in both languages; a plain string stands for both."""

    ko: str
    en: str

    @model_validator(mode="before")
    @classmethod
    def _both(cls, value: Any) -> Any:
        return {"ko": value, "en": value} if isinstance(value, str) else value

    def in_(self, locale: str) -> str:
        return self.en if locale == "en" else self.ko


class Threshold(_Part):
    """From `value` on, the panel is in `state`."""

    value: float
    state: Literal["ok", "warning", "critical"]
    label: Text | None = None


class Target(_Part):
    """A query: `legend` may name labels as `{{label}}`; an `instant` one is asked at the range's end only."""

    ref: str = "A"
    expr: str
    legend: Text = Text(ko="", en="")
    instant: bool = False

    @field_validator("expr")
    @classmethod
    def _parses(cls, value: str) -> str:
        text = " ".join(value.split())
        promql.parse(promql.durations_filled(text, _SAMPLE_DURATIONS))
        promql.check_variables(promql.durations_filled(text, _SAMPLE_DURATIONS))
        return text


class Variable(_Part):
    """A choice at the top of the page: the values of a label of a metric."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    metric: str
    title: Text
    multi: bool = True


class Panel(_Part):
    """A panel: `width` in twelfths of the page, `height` in rows, `unit` as apps.core.formatting has it."""

    id: Slug
    type: str
    title: Text
    description: Text = Text(ko="", en="")
    width: int = Field(6, ge=1, le=12)
    height: int = Field(4, ge=1, le=20)
    unit: str = "short"
    decimals: int | None = Field(None, ge=0, le=6)
    targets: list[Target] = []
    thresholds: list[Threshold] = []
    options: dict[str, Any] = {}

    @model_validator(mode="after")
    def _refs_differ(self) -> Self:
        refs = [target.ref for target in self.targets]
        if len(set(refs)) != len(refs):
            raise ValueError("two targets have the same ref")
        return self


class Row(_Part):
    """Panels under a heading."""

    title: Text | None = None
    panels: list[Panel]


class Dashboard(_Part):
    """A page of panels. `rate_floor` is the least window of `$__rate_interval`: several scrapes must fall into it."""

    slug: Slug
    title: Text
    description: Text = Text(ko="", en="")
    icon: str = "gauge"
    order: int = 100
    permission: Literal["dashboards.view", "business.view"] = "dashboards.view"
    from_: str = Field("now-6h", alias="from")
    to: str = "now"
    refresh: int = Field(30, ge=0, le=3600)
    rate_floor: float = 120.0
    variables: list[Variable] = []
    rows: list[Row]

    @field_validator("rate_floor", mode="before")
    @classmethod
    def _duration(cls, value: Any) -> Any:
        return parse_duration(value) if isinstance(value, str) else value

    @property
    def panels(self) -> list[Panel]:
        return [panel for row in self.rows for panel in row.panels]


def load(path: Path) -> Dashboard:
    """The dashboard in this file; raises DefinitionError."""
    tree, found = _read(path)
    if not isinstance(found, dict):
        raise DefinitionError(path, 1, "", "a dashboard is a mapping with slug, title and rows")
    try:
        _check_keys(tree, [])
        dashboard = Dashboard.model_validate(found)
        _check_range(dashboard)
        _check_panels(dashboard)
    except ValidationError as error:
        first = error.errors()[0]
        place = [part for part in first["loc"] if isinstance(part, int) or re.match(r"^[a-z_]+$", str(part))]
        raise DefinitionError(path, _line(tree, place), ".".join(map(str, place)), _words(first)) from error
    except _Wrong as error:
        line = error.line or _line(tree, error.place)
        raise DefinitionError(path, line, ".".join(map(str, error.place)), str(error)) from error
    return dashboard


def _read(path: Path) -> tuple[Any, Any]:
    """The file as a tree that knows its lines, and as plain data."""
    try:
        text = path.read_text(encoding="utf-8")
        return yaml.compose(text, Loader=yaml.SafeLoader), yaml.safe_load(text)
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise DefinitionError(path, line, "", "is not UTF-8") from error
    except OSError as error:
        raise DefinitionError(path, 1, "", f"cannot be read: {error.strerror}") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise DefinitionError(path, line, "", f"is not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise DefinitionError(path, 1, "", f"is not YAML: {error}") from error


class _Wrong(ValueError):
    """`place` is the path in the tree; `line` only where the path does not tell it."""

    def __init__(self, place: list[str | int], message: str, line: int = 0) -> None:
        super().__init__(message)
        self.place, self.line = place, line


def _check_keys(node: Any, place: list[str | int]) -> None:
    """YAML would take the last of two equal keys, and say nothing."""
    if isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            _check_keys(item, [*place, number])
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                raise _Wrong([*place, name], "is there twice", key.start_mark.line + 1)
            seen.add(name)
            _check_keys(value, [*place, name])


def _check_range(dashboard: Dashboard) -> None:
    try:
        TimeRange.parse(dashboard.from_, dashboard.to, now=datetime.now(UTC), zone=ZoneInfo("UTC"))
    except TimeRangeError as error:
        raise _Wrong([error.field], error.message) from error


def _check_panels(dashboard: Dashboard) -> None:
    known = {variable.name for variable in dashboard.variables}
    ids: set[str] = set()
    for row_number, row in enumerate(dashboard.rows):
        for number, panel in enumerate(row.panels):
            place: list[str | int] = ["rows", row_number, "panels", number]
            if panel.id in ids:
                raise _Wrong([*place, "id"], f"another panel has the id {panel.id!r}")
            ids.add(panel.id)
            for target_number, target in enumerate(panel.targets):
                unknown = sorted(promql.variables_of(target.expr) - known)
                if unknown:
                    there = [*place, "targets", target_number, "expr"]
                    raise _Wrong(there, f"uses ${unknown[0]}, which no variable defines")
            _check_type(panel, place)


def _check_type(panel: Panel, place: list[str | int]) -> None:
    from apps.dashboards.registry import panel_types

    known = panel_types()
    if panel.type not in known:
        raise _Wrong([*place, "type"], f"unknown panel type {panel.type!r}; there are {', '.join(sorted(known))}")
    try:
        options = known[panel.type].options.model_validate(panel.options)
    except ValidationError as error:
        first = error.errors()[0]
        raise _Wrong([*place, "options", *first["loc"]], _words(first)) from error
    refs = {target.ref for target in panel.targets}
    for number, column in enumerate(getattr(options, "columns", [])):
        if column.ref not in refs:
            there = [*place, "options", "columns", number, "ref"]
            raise _Wrong(there, f"no target has the ref {column.ref!r}")


def _words(error: Any) -> str:
    message = str(error["msg"]).removeprefix("Value error, ")
    given = error.get("input")
    if error["type"] in ("missing", "extra_forbidden"):
        return "is missing" if error["type"] == "missing" else "is not known here"
    return f"{message} (found {given!r})" if isinstance(given, str | int | float) else message


def _line(node: Any, place: list[Any]) -> int:
    """The line (from 1) of this path in the YAML tree, or of the nearest part that is there."""
    line: int = node.start_mark.line + 1
    for part in place:
        if isinstance(node, yaml.MappingNode):
            pair = next((pair for pair in node.value if pair[0].value == str(part)), None)
            if pair is None:
                return line
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            return line
    return line


def load_all(folders: list[Path]) -> dict[str, Dashboard]:
    """Every dashboard of these folders by slug, in order; a later folder's replaces an earlier one's."""
    found: dict[str, Dashboard] = {}
    for folder in folders:
        if not folder.is_dir():
            raise DefinitionError(folder, 1, "", "is not a folder (DASHBOARD_DIRS)")
        for path in sorted(folder.glob("*.yml")) + sorted(folder.glob("*.yaml")):
            dashboard = load(path)
            found[dashboard.slug] = dashboard
    return dict(sorted(found.items(), key=lambda item: (item[1].order, item[0])))


@cache
def dashboards() -> dict[str, Dashboard]:
    """The dashboards of this installation; read once a process."""
    from django.conf import settings

    return load_all([SHIPPED, *settings.DASHBOARD_DIRS])

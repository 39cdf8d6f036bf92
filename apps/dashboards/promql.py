"""Expressions as trees: variables filled in so that a value can never change a query's structure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import promql_parser

_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))")
_QUOTED_VARIABLE = re.compile(f'"{_VARIABLE.pattern}"')
ALL = "$__all"


@dataclass(frozen=True, slots=True)
class Selector:
    """A metric's name (None where only labels select) and its matchers, as text (`{job="x"}`) and as rows."""

    name: str | None
    matchers: tuple[tuple[str, str, str], ...]

    @property
    def text(self) -> str:
        inner = ",".join(f"{name}{op}{quote(value)}" for name, op, value in self.matchers)
        return f"{self.name or ''}{{{inner}}}" if inner else (self.name or "")


def parse(expr: str) -> Any:
    """The tree of an expression; raises ValueError with the parser's own words."""
    return promql_parser.parse(expr)


def selectors(expr: str) -> list[Selector]:
    """Every vector selector of an expression, in the order of the text, each once."""
    found: dict[Selector, None] = {}

    def visit(node: Any) -> bool:
        if isinstance(node, promql_parser.MatrixSelector):
            node = node.vector_selector
        if isinstance(node, promql_parser.VectorSelector):
            found[_selector(node)] = None
        return True

    promql_parser.walk(parse(expr), visit)
    return list(found)


def _selector(node: Any) -> Selector:
    rows, name = [], node.name
    for matcher in node.matchers.matchers:
        if matcher.name == "__name__" and str(matcher.op) == "MatchOp.Equal":
            name = matcher.value
            continue
        rows.append((matcher.name, _OPERATORS[str(matcher.op)], matcher.value))
    return Selector(name, tuple(rows))


_OPERATORS = {"MatchOp.Equal": "=", "MatchOp.NotEqual": "!=", "MatchOp.Re": "=~", "MatchOp.NotRe": "!~"}


def quote(value: str) -> str:
    """A PromQL string, by Go's rules of escaping."""
    escaped = (
        value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r").replace("\0", "\\x00")
    )
    return f'"{escaped}"'


def any_of(values: Sequence[str]) -> str:
    """A regular expression (RE2) that matches one of these values, literally."""
    return "|".join(re.escape(value) for value in values)


def durations_filled(expr: str, durations: Mapping[str, float]) -> str:
    """The expression with `$__interval` and its like (seconds by name) written as durations."""

    def write(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        return f"{max(int(durations[name]), 1)}s" if name in durations else found[0]

    return _VARIABLE.sub(write, expr)


def variables_of(expr: str) -> set[str]:
    """Names of the variables that an expression uses, those beginning with `__` left out."""
    return {name for name in _names(expr) if not name.startswith("__")}


def _names(expr: str) -> Iterator[str]:
    return (found[1] or found[2] for found in _VARIABLE.finditer(expr))


def check_variables(expr: str) -> None:
    """Raises ValueError unless each variable stands as the whole value of a `=~` or `!~` matcher."""
    wanted = [name for name in _names(expr) if not name.startswith("__")]
    if not wanted:
        return
    places = [
        value
        for selector in selectors(expr)
        for _label, operator, value in selector.matchers
        if _VARIABLE.fullmatch(value) and operator in ("=~", "!~")
    ]
    loose = {name for name in wanted if f"${name}" not in places and f"${{{name}}}" not in places}
    if loose:
        raise ValueError(
            f'${sorted(loose)[0]} must be the whole value of a =~ matcher, as in route=~"${sorted(loose)[0]}"'
        )
    try:
        filled(expr, dict.fromkeys(wanted, ("a",)))
    except ValueError as error:
        raise ValueError(f"${wanted[0]} must stand in double quotes") from error


def filled(expr: str, values: Mapping[str, Sequence[str]]) -> str:
    """The expression with each variable's values in its matchers; no values, or `ALL`, match everything.

    Raises ValueError where a variable is unknown or the result does not have the template's structure.
    """
    used = variables_of(expr)
    unknown = used - set(values)
    if unknown:
        raise ValueError(f"unknown variable ${sorted(unknown)[0]}")
    if not used:
        return expr
    chosen = {name: any_of(values[name]) if values[name] and ALL not in values[name] else ".*" for name in used}
    return _filled_in(expr, tuple(sorted(chosen.items())))


# A refresh asks the same again, and walking two trees is most of a plan's time.
@lru_cache(maxsize=2048)
def _filled_in(expr: str, chosen: tuple[tuple[str, str], ...]) -> str:
    patterns = dict(chosen)
    result = _QUOTED_VARIABLE.sub(lambda found: quote(patterns[found[1] or found[2]]), expr)
    # The tree has the last word: same nodes, same matchers, only the variables' values differ.
    if _shape(expr, patterns) != _shape(result, {}):
        raise ValueError("a variable's value would change the query")
    return result


def _shape(expr: str, patterns: Mapping[str, str]) -> list[tuple[str, str]]:
    nodes: list[tuple[str, str]] = []

    def visit(node: Any) -> bool:
        inner = node.vector_selector if isinstance(node, promql_parser.MatrixSelector) else node
        text = ""
        if isinstance(inner, promql_parser.VectorSelector):
            rows = [(label, operator, _filled(value, patterns)) for label, operator, value in _selector(inner).matchers]
            text = f"{inner.name} {rows}"
        nodes.append((type(node).__name__, text))
        return True

    promql_parser.walk(parse(expr), visit)
    return nodes


def _filled(value: str, patterns: Mapping[str, str]) -> str:
    found = _VARIABLE.fullmatch(value)
    return patterns.get(found[1] or found[2], value) if found else value

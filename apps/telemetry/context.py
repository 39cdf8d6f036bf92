"""What every line of a request says about it (requestId, userId), without each caller passing it on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, Token
from typing import Any

_EMPTY: Mapping[str, Any] = {}
_fields: ContextVar[Mapping[str, Any]] = ContextVar("telemetry_fields", default=_EMPTY)


def bind(**fields: Any) -> Token[Mapping[str, Any]]:
    """Adds fields to every line from here on, in this thread or task and those it starts.

    A callable is asked anew for each line (a user who signs in on the way). Give the token to `restore` at the end.
    """
    return _fields.set({**_fields.get(), **fields})


def restore(token: Token[Mapping[str, Any]]) -> None:
    """Takes back what `bind` added."""
    _fields.reset(token)


@contextmanager
def bound(**fields: Any) -> Iterator[None]:
    """`with bound(requestId=…):` adds the fields to every line inside."""
    token = bind(**fields)
    try:
        yield
    finally:
        restore(token)


def current() -> dict[str, Any]:
    """The fields as they are now, without those that are None."""
    found = {}
    for name, value in _fields.get().items():
        if callable(value):
            try:
                value = value()
            except Exception:  # noqa: S112  a line is worth more than one of its fields
                continue
        if value is not None:
            found[name] = value
    return found

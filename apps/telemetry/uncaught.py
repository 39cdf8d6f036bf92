"""What nobody caught, in the main thread, in threads, in asyncio, in destructors, goes to exceptions.log as well."""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
from types import TracebackType
from typing import Any

_logger = logging.getLogger("glimpse.uncaught")
_previous: dict[str, Any] = {}


def install() -> None:
    """Sets the hooks, once; hooks that were there before (a debugger's, a reporter's) are called after ours."""
    if _previous:
        return
    _previous.update(main=sys.excepthook, thread=threading.excepthook, unraisable=sys.unraisablehook)
    sys.excepthook = _main
    threading.excepthook = _thread
    sys.unraisablehook = _unraisable


def uninstall() -> None:
    """Puts back the hooks as `install` found them."""
    if _previous:
        sys.excepthook = _previous["main"]
        threading.excepthook = _previous["thread"]
        sys.unraisablehook = _previous["unraisable"]
        _previous.clear()


def is_uncaught(record: logging.LogRecord) -> bool:
    """Whether the record tells of an exception nobody caught; asyncio tells of its own through the logger "asyncio"."""
    return bool(record.__dict__.get("uncaught")) or (record.name == "asyncio" and record.levelno >= logging.ERROR)


def _report(message: str, error: BaseException | None, **meta: Any) -> None:
    # The hook of last resort must not raise.
    with contextlib.suppress(Exception):
        _logger.error(message, exc_info=error, extra={"uncaught": True, "meta": meta})


def _main(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    previous = _previous.get("main", sys.__excepthook__)
    if not issubclass(kind, Exception):
        # Ctrl-C and the like: no fault of the program.
        previous(kind, error, trace)
        return
    _report("Uncaught exception", error, origin="main")
    if previous is not sys.__excepthook__:
        previous(kind, error, trace)


def _thread(told: threading.ExceptHookArgs) -> None:
    if told.exc_value is not None and isinstance(told.exc_value, Exception):
        _report("Uncaught exception", told.exc_value, origin="thread", thread=told.thread.name if told.thread else "")
    if _previous.get("thread", threading.__excepthook__) is not threading.__excepthook__:
        _previous["thread"](told)


def _unraisable(told: Any) -> None:
    _report("Uncaught exception", told.exc_value, origin="unraisable", where=repr(told.object))
    if _previous.get("unraisable", sys.__unraisablehook__) is not sys.__unraisablehook__:
        _previous["unraisable"](told)

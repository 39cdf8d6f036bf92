"""What a request and its response tell about themselves, for log lines and labels."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

# A method is a label, and anybody can invent one.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})
UNMATCHED = "unmatched"
_SECRET = re.compile(r"(?i)pass|secret|token|api[-_]?key|authorization|signature|session")
_SECRET_IN_URL = re.compile(
    r"(?i)([?&;][^=&;#]*(?:pass|secret|token|api[-_]?key|authorization|signature|session)[^=&;#]*=)[^&;#]*"
)
_HIDDEN = "[hidden]"


def response_fields(request: Any, response: Any, milliseconds: float) -> dict[str, Any]:
    """The fields of the guide's 'HTTP Request' line; those that are unknown are left out."""
    found = {
        "method": getattr(request, "method", None),
        "url": _url(request),
        "status": getattr(response, "status_code", None) or getattr(response, "status", None),
        "responseTime": round(milliseconds, 1),
        "userAgent": _header(request, "user-agent"),
        "ip": _ip(request),
        "userId": user_id(request),
    }
    return {name: value for name, value in found.items() if value is not None}


def request_fields(request: Any) -> dict[str, Any]:
    """The fields of the guide's 'Incoming request' line."""
    try:
        query = {key: _HIDDEN if _SECRET.search(key) else _one(values) for key, values in request.GET.lists()}
    except Exception as error:
        # Django refuses some (too many fields); the refusal is for the view to answer, not for the log.
        query = {"refused": type(error).__name__}
    return {"method": request.method, "path": request.path, "query": query}


def method_label(method: str | None) -> str:
    """The method, or OTHER for one that no standard knows."""
    return method if method in METHODS else "OTHER"


def route_label(request: Any, static_url: str | None, status: int) -> str:
    """The URL pattern that answered, as `/api/v1/users/<int:id>`; never the path, of which there is no end.

    What no pattern matched shares `unmatched`, static files that a middleware served share `static`.
    """
    match = getattr(request, "resolver_match", None)
    if match is not None:
        return "/" + str(match.route).lstrip("/")
    if static_url and status < 400 and request.path.startswith(static_url):
        return "static"
    return UNMATCHED


def user_id(request: Any) -> str | None:
    """The signed-in user's id, if somebody has asked for the user already: a log line must not query the database."""
    for name in ("_cached_user", "_acached_user", "user"):
        user = getattr(request, "__dict__", {}).get(name)
        if user is None or _is_unasked(user):
            continue
        found = getattr(user, "pk", None) or getattr(user, "id", None)
        if found is not None:
            return str(found)
    return None


def _is_unasked(user: Any) -> bool:
    """Whether it is Django's lazy user that nobody has looked at yet: it holds a bare object() until then."""
    return type(getattr(user, "__dict__", {}).get("_wrapped", user)) is object


def _url(request: Any) -> str | None:
    full: Callable[[], str] | None = getattr(request, "get_full_path", None)
    url = full() if full is not None else getattr(request, "url", None)
    return None if url is None else _SECRET_IN_URL.sub(rf"\1{_HIDDEN}", str(url))


def _header(request: Any, name: str) -> str | None:
    headers = getattr(request, "headers", None) or {}
    found = headers.get(name) or headers.get(name.title())
    return None if found is None else str(found)


def _ip(request: Any) -> str | None:
    meta = getattr(request, "META", None)
    found = meta.get("REMOTE_ADDR") if meta is not None else getattr(request, "ip", None)
    return found or None


def _one(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values

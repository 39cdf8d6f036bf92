"""Who is asking right now, for what is written deep below a view: the audit trail of model changes."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

_request: ContextVar[HttpRequest | None] = ContextVar("console_request", default=None)


def enter(request: HttpRequest | None) -> None:
    """Remembers the request that is being answered; None at its end."""
    _request.set(request)


def request_user() -> Any | None:
    """The signed-in user of the request that is being answered, or None (nobody, or no request: a command, a task)."""
    request = _request.get()
    user = getattr(request, "user", None)
    return user if user is not None and user.is_authenticated else None


def request_ip() -> str | None:
    """The address of who is asking, by the same rule that limits sign-in attempts; None outside a request."""
    request = _request.get()
    if request is None:
        return None
    try:
        ip: str | None = get_adapter().get_client_ip(request)
    except PermissionDenied:  # no address: a socket in the file system
        return None
    return ip

"""Who asks the API: `auth = [token_auth, session_auth]` for django-ninja; sessions must bring their CSRF token."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer
from ninja.security import SessionAuth as NinjaSessionAuth


class SessionAuth(NinjaSessionAuth):
    """A signed-in browser."""

    def authenticate(self, request: HttpRequest, key: str | None) -> Any | None:
        """The user, or None when nobody is signed in."""
        return request.user if request.user.is_authenticated else None


class TokenAuth(HttpBearer):
    """`Authorization: Bearer <token>`; TokenMiddleware has already looked it up and refused a wrong one."""

    def authenticate(self, request: HttpRequest, token: str) -> Any | None:
        """The token's user, or None when the header held no token of ours."""
        return request.user if getattr(request, "token", None) is not None else None


session_auth = SessionAuth()
token_auth = TokenAuth()
auth = [token_auth, session_auth]

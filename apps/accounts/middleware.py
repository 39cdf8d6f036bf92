"""Token sign-in for the API; the reader's language and time zone; who is asking, for the audit trail."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext as _

from apps.accounts import current
from apps.accounts.actions import token_use
from apps.accounts.models import ApiToken
from apps.accounts.queries import preferences_for
from apps.core.problems import problem

# These must answer while the database is away, and read nothing of the reader.
_MACHINES = ("/healthz", "/readyz", "/metrics", settings.STATIC_URL)
_SAFE = ("GET", "HEAD", "OPTIONS")


class TokenMiddleware(MiddlewareMixin):
    """`Authorization: Bearer <token>` under /api/ signs the request in as the token's user, without a session."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        """Sets `request.user`; a token that opens nothing is told so at once."""
        scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not request.path.startswith("/api/"):
            return None
        secret = secret.strip()
        if not secret.startswith("glc_"):
            return None  # another room's token, such as the webhook's, which that room checks
        token = token_use(secret)
        if token is None:
            response = problem(401, _("Not signed in"), _("This token is unknown or was revoked."))
            response["WWW-Authenticate"] = 'Bearer realm="glimpse-console", error="invalid_token"'
            return response
        if token.scope != ApiToken.Scope.WRITE and request.method not in _SAFE:
            return problem(403, _("Forbidden"), _("This token may only read. Make one with the scope “write”."))
        _sign_in(request, token)
        return None


def _sign_in(request: HttpRequest, token: ApiToken) -> None:
    user = token.user

    async def auser() -> Any:
        return user

    request.user = user
    request.auser = auser
    request.token = token  # type: ignore[attr-defined]
    # A browser never sends this header by itself, so there is nothing to forge.
    request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]


class PreferencesMiddleware(MiddlewareMixin):
    """Activates the reader's language and time zone, and remembers the request for the audit trail."""

    def process_request(self, request: HttpRequest) -> None:
        """After authentication; a request without a session asks the database nothing."""
        if request.path.startswith(_MACHINES):
            return
        current.enter(request)
        reader = preferences_for(request)
        if reader.pk:
            translation.activate(reader.language)
            request.LANGUAGE_CODE = reader.language
        timezone.activate(reader.zone)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Forgets the request and its zone; what is streamed later is still written in the reader's."""
        current.enter(None)
        if not response.streaming:
            timezone.deactivate()
        return response

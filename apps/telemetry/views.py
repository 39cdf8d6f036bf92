"""GET /metrics: for Prometheus on this machine, or whoever knows the token."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.telemetry import metrics


@never_cache
@require_safe
def metrics_view(request: HttpRequest) -> HttpResponse:
    """All metrics as text; 401 for strangers."""
    if not _may_read(request):
        refusal = "Metrics are for this machine itself, or with: Authorization: Bearer <METRICS_TOKEN>\n"
        return HttpResponse(
            refusal, status=401, content_type="text/plain; charset=utf-8", headers={"WWW-Authenticate": "Bearer"}
        )
    return HttpResponse(metrics.render(), content_type=metrics.CONTENT_TYPE)


# Telemetry lies below the room that holds `@public`; the view guards itself.
metrics_view.access = "public"  # type: ignore[attr-defined]


def _may_read(request: HttpRequest) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    expected = getattr(settings, "METRICS_TOKEN", "")
    if expected and scheme.lower() == "bearer":
        return constant_time_compare(token.strip(), expected)
    # Behind a proxy on this machine every stranger comes from loopback; the proxy's header tells them apart.
    proxied = any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP"))
    return not proxied and _is_loopback(request.META.get("REMOTE_ADDR", ""))


def _is_loopback(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return (mapped or parsed).is_loopback

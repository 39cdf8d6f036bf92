"""Health pages and error pages."""

from __future__ import annotations

from dataclasses import asdict

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template import loader
from django.templatetags.static import static
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.core import readiness
from apps.core.access import public, requires
from apps.core.problems import problem, wants_problem


@public
@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers; touches nothing else."""
    return HttpResponse("ok\n", content_type="text/plain")


@public
@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when every dependency answers, otherwise 503; either way a line of JSON for each."""
    found = readiness.probe_all()
    ready = all(probed.ok for probed in found.values())
    body = {"ready": ready, "dependencies": {name: asdict(probed) for name, probed in sorted(found.items())}}
    return JsonResponse(body, status=200 if ready else 503)


@public
@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """To the icon among the static files."""
    return HttpResponsePermanentRedirect(static("favicon.svg"))


@requires("admin")
@require_safe
def patterns(request: HttpRequest) -> HttpResponse:
    """Every element of the interface on one page, for who changes the styles."""
    return render(request, "patterns.html")


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    """400 in the reader's language."""
    if wants_problem(request):
        return problem(400, _("Bad request"), _("The request could not be understood."))
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    """403 in the reader's language."""
    if wants_problem(request):
        return problem(403, _("Forbidden"), _("Your role does not include this."))
    return render(request, "403.html", status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """403 for a form that was sent without its token: an old page, or somebody else's."""
    if wants_problem(request):
        return problem(403, _("Forbidden"), _("The CSRF token is missing or wrong."), reason=reason)
    return render(request, "403.html", {"csrf": True}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    """404 in the reader's language; what a view said with Http404 is shown."""
    said = str(exception.args[0]) if exception and exception.args and isinstance(exception.args[0], str) else ""
    if wants_problem(request):
        return problem(404, _("Not found"), said or _("There is nothing at this address."))
    return render(request, "404.html", {"said": said}, status=404)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """500 in the reader's language, without the database: it may be what failed."""
    if wants_problem(request):
        return problem(500, _("Something went wrong"), _("The console failed. Its log has the details."))
    text = loader.get_template("500.html").render(
        {"language": get_language(), "request_id": getattr(request, "request_id", ""), "stylesheets": _stylesheets()}
    )
    return HttpResponse(text, status=500)


def _stylesheets() -> list[str]:
    try:
        return [static(f"css/{name}.css") for name in ("tokens", "base", "components", "shell")]
    except ValueError:  # the manifest of static files is missing or does not know them
        return []

"""The API's root: every room's router, one error envelope, a description (OpenAPI) and a page of it."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import ValidationError

from apps.core.access import requires
from apps.core.problems import problem
from apps.dashboards.api import router as dashboards

api = NinjaAPI(
    title="Glimpse Console",
    version="1",
    description="What a page shows, a program can ask for. Errors are RFC 9457 problems.",
    docs_url=None,
    openapi_url=None,
    urls_namespace="api-1",
)
api.add_router("", dashboards)


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem(404, _("Not found"), str(error) or _("There is nothing at this address."))


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return problem(400, _("Bad request"), _("A parameter is missing or wrong."), errors=error.errors)


@requires("dashboards.view")
def openapi(request: HttpRequest) -> HttpResponse:
    """The description itself, for generators of clients."""
    return api.create_response(request, api.get_openapi_schema(), status=200)


@requires("dashboards.view")
def docs(request: HttpRequest) -> HttpResponse:
    """The description as a page; ours, because the usual viewers need inline scripts."""
    schema = api.get_openapi_schema()
    operations = [
        {"method": method.upper(), "path": path, **operation}
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]
    return render(request, "core/api_docs.html", {"operations": operations})

"""Errors of the API as RFC 9457 problems, one envelope for all of them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse


def problem(status: int, title: str, detail: str, **extra: Any) -> JsonResponse:
    """An `application/problem+json` answer; `extra` members stand beside the standard ones."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **extra}
    response = JsonResponse(body, status=status, content_type="application/problem+json")
    response["Cache-Control"] = "no-store"
    return response


def wants_problem(request: HttpRequest) -> bool:
    """Whether the asker is a program: what lives under /api/ answers with problems, never with pages."""
    return request.path.startswith("/api/")

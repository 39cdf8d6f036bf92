"""Django's admin under the console's own rules: its role, its sign-in page, its limit of attempts."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core.access import can, refuse


class ConsoleAdminSite(AdminSite):
    """/admin/ for the role admin."""

    site_header = site_title = "Glimpse Console"
    index_title = _("Administration")
    site_url = "/"

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether the reader has the role admin (Django would ask for its staff flag)."""
        return can(request.user, "admin")

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """To the console's own sign-in page: Django's here would let anybody guess without limit."""
        request.path = request.path_info = reverse("admin:index")
        request.META["QUERY_STRING"] = ""
        return refuse(request, request.user)


class RoleBackend(BaseBackend):
    """Gives the role admin every permission of Django's, so that groups alone decide."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Whether the user has the role admin."""
        return can(user_obj, "admin")

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Whether the user has the role admin."""
        return can(user_obj, "admin")

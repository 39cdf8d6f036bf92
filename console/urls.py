"""Every address of the console; each app brings its own."""

from django.contrib import admin
from django.urls import include, path

from console.api import api, docs, openapi

urlpatterns = [
    path("api/v1/docs", docs, name="api-docs"),
    path("api/v1/openapi.json", openapi, name="openapi"),
    path("api/v1/", api.urls),
    path("", include("apps.core.urls")),
    path("", include("apps.telemetry.urls")),
    path("", include("apps.accounts.urls")),
    path("", include("apps.dashboards.urls")),
    path("", include("apps.checks.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "apps.core.views.bad_request"
handler403 = "apps.core.views.forbidden"
handler404 = "apps.core.views.not_found"
handler500 = "apps.core.views.server_error"

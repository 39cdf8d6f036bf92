"""/healthz, /readyz, and the icon that browsers ask for by its old name."""

from django.urls import path

from apps.core import views

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("patterns/", views.patterns, name="patterns"),
    path("favicon.ico", views.favicon, name="favicon"),
]

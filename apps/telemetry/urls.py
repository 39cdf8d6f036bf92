from django.urls import path

from apps.telemetry import views

urlpatterns = [path("metrics", views.metrics_view, name="metrics")]

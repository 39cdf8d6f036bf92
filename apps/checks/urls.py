from django.urls import path

from apps.checks import views

urlpatterns = [
    path("checks/", views.check_list, name="check-list"),
    path("checks/<slug:name>/run/", views.check_run_now, name="check-run"),
]

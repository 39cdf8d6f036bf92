from django.urls import path

from apps.dashboards import views

urlpatterns = [
    path("", views.home, name="home"),
    path("d/<slug:slug>/", views.dashboard_page, name="dashboard"),
]

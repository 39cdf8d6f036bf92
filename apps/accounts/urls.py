"""Sign-in, preferences, audit. Of allauth only what is used here: signing up, e-mail and resets stay closed."""

from allauth.account import views as allauth_views
from django.urls import path

from apps.accounts import views
from apps.core.access import public, signed_in

urlpatterns = [
    path("accounts/login/", public(allauth_views.login), name="account_login"),
    path("accounts/logout/", public(allauth_views.logout), name="account_logout"),
    path("accounts/password/", signed_in(allauth_views.password_change), name="account_change_password"),
    path("accounts/switch/", views.switch, name="preferences_switch"),
    path("accounts/preferences/", views.preferences, name="preferences"),
    path("accounts/tokens/", views.token_create, name="token_create"),
    path("accounts/tokens/<int:pk>/revoke/", views.token_revoke, name="token_revoke"),
    path("accounts/audit/", views.audit, name="audit"),
    path("accounts/audit.csv", views.audit_csv, name="audit_csv"),
]

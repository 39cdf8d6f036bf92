"""Sign-in, roles, preferences, audit trail, API tokens."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "apps.accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        """Connects the audit trail to sign-ins and model changes."""
        from apps.accounts import audit

        audit.connect()

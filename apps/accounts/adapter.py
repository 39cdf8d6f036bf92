"""How allauth behaves here: people sign in, and nobody signs up; accounts are made by an admin."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedSignupAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Signing up is closed."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: a monitoring console is not a place that strangers join."""
        return False

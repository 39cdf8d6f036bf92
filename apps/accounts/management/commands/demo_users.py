"""`manage.py demo_users [--reset | --roles-only]`: the four roles, and a user for each."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.accounts.actions import demo_users_ensure, roles_ensure


class Command(BaseCommand):
    """Prints {user: password} of the users that got a password, as one line of JSON."""

    help = "Makes the roles and the users admin, ops, business and viewer; prints the new passwords as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reset", action="store_true", help="give all four a new password")
        parser.add_argument("--roles-only", action="store_true", help="make the roles, no users")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["roles_only"]:
            roles_ensure()
            return
        self.stdout.write(json.dumps(demo_users_ensure(reset=options["reset"])))

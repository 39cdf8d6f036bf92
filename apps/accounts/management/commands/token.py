"""`manage.py token create|list|revoke`: keys for programs."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.actions import token_create, token_revoke
from apps.accounts.models import ApiToken


class Command(BaseCommand):
    """Makes, lists and revokes API tokens."""

    help = "Makes, lists and revokes tokens of /api/v1. A new token is printed once and kept nowhere."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create", help="print a new token")
        create.add_argument("user")
        create.add_argument("--name", default="", help="what it is for")
        create.add_argument("--scope", choices=ApiToken.Scope.values, default=ApiToken.Scope.READ.value)
        listing = verbs.add_parser("list", help="tokens, newest first")
        listing.add_argument("user", nargs="?")
        revoke = verbs.add_parser("revoke", help="close a token for good")
        revoke.add_argument("prefix", help="the part between the underscores, as `list` shows it")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        getattr(self, f"_{verb}")(**options)

    def _create(self, user: str, name: str, scope: str, **_options: Any) -> None:
        made = token_create(_user(user), name=name, scope=scope)
        self.stdout.write(made.secret)

    def _list(self, user: str | None, **_options: Any) -> None:
        tokens = ApiToken.objects.select_related("user")
        for token in tokens.filter(user=_user(user)) if user else tokens:
            state = "revoked" if token.revoked_at else "valid"
            used = f"{token.last_used_at:%Y-%m-%d %H:%M}Z" if token.last_used_at else "never used"
            cells = [token.prefix, token.user.get_username(), token.scope, state, used, token.name]
            self.stdout.write("\t".join(cells).rstrip())

    def _revoke(self, prefix: str, **_options: Any) -> None:
        token = ApiToken.objects.filter(prefix=prefix).first()
        if token is None:
            raise CommandError(f"there is no token {prefix!r}; `manage.py token list` shows all")
        if not token_revoke(token):
            raise CommandError(f"the token {prefix!r} was revoked before")
        self.stdout.write(f"revoked {prefix}")


def _user(name: str) -> User:
    user = User.objects.filter(username=name).first()
    if user is None:
        raise CommandError(f"there is no user {name!r}; make one under /admin/ or with `manage.py demo_users`")
    return user

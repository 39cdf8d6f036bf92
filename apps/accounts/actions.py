"""Writes: the audit trail, preferences, tokens, demo users."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.accounts.current import request_ip
from apps.accounts.models import ApiToken, AuditEvent, Preferences
from apps.core.access import ROLES

TOKEN_MARK = "glc"  # noqa: S105 - the beginning of every token, so that secret scanners know one
DEMO_USERS = {"admin": "admin", "ops": "ops", "business": "business", "viewer": "viewer"}
# A busy program would otherwise write its token's row with each request.
USE_NOTED_EVERY = timedelta(minutes=1)


def record(actor: Any, action: str, target: str = "", **detail: Any) -> AuditEvent:
    """Adds to the audit trail. `actor` is a user, a name, or None for the console itself; `action` is `thing.verb`."""
    user = actor if isinstance(actor, User) and actor.pk else None
    name = user.get_username() if user else actor if isinstance(actor, str) else ""
    return AuditEvent.objects.create(
        actor=user, actor_name=name[:150], action=action[:64], target=target[:200], detail=detail, ip=request_ip()
    )


def preferences_set(user: User, **changed: str) -> Preferences:
    """Changes some preferences of a user; raises ValidationError for a value that is none of the choices."""
    with transaction.atomic():
        saved, _created = Preferences.objects.get_or_create(user=user)
        for field, value in changed.items():
            setattr(saved, field, value)
        saved.full_clean()
        saved.save(update_fields=list(changed))
    user._console_preferences = saved  # type: ignore[attr-defined]
    return saved


@dataclass(frozen=True)
class NewToken:
    """A token just made; `secret` is shown once and kept nowhere."""

    token: ApiToken
    secret: str


def token_create(user: User, *, name: str = "", scope: str = ApiToken.Scope.READ) -> NewToken:
    """Makes a token; raises ValidationError for a scope that does not exist."""
    prefix = secrets.token_hex(4)
    secret = f"{TOKEN_MARK}_{prefix}_{secrets.token_urlsafe(32)}"
    token = ApiToken(user=user, name=name, prefix=prefix, digest=_digest(secret), scope=scope)
    token.full_clean(validate_unique=False)
    token.save()
    return NewToken(token, secret)


def token_revoke(token: ApiToken) -> bool:
    """Closes a token for good; False when it was closed before."""
    with transaction.atomic():
        current = ApiToken.objects.select_for_update().filter(pk=token.pk, revoked_at=None).first()
        if current is None:
            return False
        current.revoked_at = timezone.now()
        current.save(update_fields=["revoked_at"])
    return True


def token_use(secret: str) -> ApiToken | None:
    """The token that this secret is, its use noted; None when it opens nothing (unknown, revoked, user inactive)."""
    parts = secret.split("_", 2)
    if len(parts) != 3 or parts[0] != TOKEN_MARK or len(secret) > 200:
        return None
    token = ApiToken.objects.select_related("user").filter(prefix=parts[1], revoked_at=None).first()
    if token is None or not hmac.compare_digest(token.digest, _digest(secret)) or not token.user.is_active:
        return None
    now = timezone.now()
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - USE_NOTED_EVERY)
    ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
    return token


def _digest(secret: str) -> str:
    # The secret has 256 random bits: nothing a slow hash would protect from guessing.
    return hashlib.sha256(secret.encode()).hexdigest()


def roles_ensure() -> None:
    """Makes the groups of the four roles where they are missing."""
    for role in ROLES:
        Group.objects.get_or_create(name=role)


@transaction.atomic
def demo_users_ensure(*, reset: bool = False) -> dict[str, str]:
    """Makes the four demo users where they are missing; `reset` gives all of them new passwords.

    Returns the passwords that were set, by user name; they are kept nowhere else.
    """
    roles_ensure()
    passwords: dict[str, str] = {}
    for name, role in DEMO_USERS.items():
        user = User.objects.filter(username=name).first()
        if user is not None and not reset:
            continue
        user = user or User(username=name)
        passwords[name] = secrets.token_urlsafe(12)
        user.set_password(passwords[name])
        user.is_active = True
        user.is_staff = user.is_superuser = False  # the groups alone decide
        user.save()
        user.groups.set([Group.objects.get(name=role)])
    return passwords

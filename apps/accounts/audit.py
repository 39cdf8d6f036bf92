"""What enters the audit trail by itself: sign-ins, sign-outs, and changes of users, roles, preferences and tokens.

auditlog compares models field by field; each of its entries becomes an AuditEvent, so that there is one trail to read.
"""

from __future__ import annotations

from typing import Any

from allauth.account.signals import password_changed
from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.contrib.auth.models import Group, User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models.signals import post_save, pre_save

from apps.accounts.actions import record
from apps.accounts.current import request_user
from apps.accounts.models import ApiToken, Preferences

_NAMES = {"user": "user", "group": "role", "preferences": "preferences", "apitoken": "token"}
# Rows that point at a user are no fields of the user.
_REVERSE = ["api_tokens", "preferences"]
_VERBS = {LogEntry.Action.CREATE: "created", LogEntry.Action.UPDATE: "changed", LogEntry.Action.DELETE: "deleted"}


def connect() -> None:
    """Registers models and receivers; called once, when the app starts."""
    auditlog.register(
        User,
        exclude_fields=["id", "last_login", "date_joined", *_REVERSE],
        mask_fields=["password"],
        mask_callable="apps.accounts.audit.hidden",
        m2m_fields={"groups"},
    )
    auditlog.register(Group, exclude_fields=["id"], m2m_fields={"permissions"})
    auditlog.register(Preferences, exclude_fields=["id"])
    auditlog.register(ApiToken, exclude_fields=["id", "last_used_at", "digest"])
    pre_save.connect(_set_actor, sender=LogEntry, dispatch_uid="console-actor")
    post_save.connect(_mirror, sender=LogEntry, dispatch_uid="console-mirror")
    user_logged_in.connect(_signed_in, dispatch_uid="console-signed-in")
    user_logged_out.connect(_signed_out, dispatch_uid="console-signed-out")
    user_login_failed.connect(_sign_in_failed, dispatch_uid="console-sign-in-failed")
    password_changed.connect(_password_changed, dispatch_uid="console-password-changed")


def hidden(value: str) -> str:
    """Instead of auditlog's mask, which shows the second half: half a hash is too much."""
    return "***"


def _set_actor(instance: LogEntry, **kwargs: Any) -> None:
    if instance.actor_id is None:
        instance.actor = request_user()


def _mirror(instance: LogEntry, created: bool, **kwargs: Any) -> None:
    verb = _VERBS.get(instance.action)
    if not created or verb is None:
        return
    model = instance.content_type.model
    action = f"{_NAMES.get(model, model)}.{verb}"
    record(instance.actor, action, instance.object_repr, changes=instance.changes_dict)


def _signed_in(user: Any, **kwargs: Any) -> None:
    record(user, "session.signed_in")


def _signed_out(user: Any, **kwargs: Any) -> None:
    if user is not None:
        record(user, "session.signed_out")


def _sign_in_failed(credentials: dict[str, Any], **kwargs: Any) -> None:
    # What was typed may be a password in the wrong field: the name is kept only where such a user exists.
    name = str(credentials.get("username") or credentials.get("login") or "")
    known = User.objects.filter(username=name).exists() if name else False
    record(name if known else "", "session.sign_in_failed", "" if known else "unknown user")


def _password_changed(user: Any, **kwargs: Any) -> None:
    record(user, "user.password_changed", user.get_username())

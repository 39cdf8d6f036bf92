"""Environment variables that refuse nonsense by name, where django-environ would guess or raise without one."""

from __future__ import annotations

from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

_FALSE = ("", "false", "off", "no", "n", "0")
_KINDS = {int: "a whole number", float: "a number", bool: "true or false", dict: "pairs: name=value,name=value"}


class Environment(environ.Env):  # type: ignore[misc]
    """`environ.Env` whose errors name the variable, its value, and what was wanted."""

    def get_value(self, var: str, cast: Any = None, default: Any = environ.Env.NOTSET, **options: Any) -> Any:
        """As django-environ, but raises ImproperlyConfigured for a value that is not of its kind."""
        raw = self.ENVIRON.get(var)
        if cast is bool and raw is not None and raw.strip().lower() not in (*self.BOOLEAN_TRUE_STRINGS, *_FALSE):
            raise _wrong(var, raw, bool)
        try:
            return super().get_value(var, cast, default, **options)
        except (ValueError, TypeError) as error:
            kind = cast if isinstance(cast, type) else type(default)
            raise _wrong(var, raw, kind) from error

    def database(self, var: str, url: str) -> dict[str, Any]:
        """Django's settings for a database address; raises ImproperlyConfigured for what is none."""
        try:
            found: dict[str, Any] = self.db_url_config(url)
            if not found.get("ENGINE", "").startswith("django."):
                raise ValueError(url)
        except (ValueError, KeyError, ImproperlyConfigured) as error:
            raise ImproperlyConfigured(
                f"{var}: not a database address. Examples: sqlite:////srv/console/console.sqlite3 or "
                "postgres://user:password@127.0.0.1:15432/console"
            ) from error
        return found


def _wrong(var: str, raw: str | None, kind: type) -> ImproperlyConfigured:
    return ImproperlyConfigured(
        f"{var}={raw!r}: {_KINDS.get(kind, kind.__name__)} is wanted. Correct it in .env or in the environment; "
        "docs/configuration.md has every setting."
    )

"""System checks of the settings: a wrong one stops the start with its name, its value, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.core.exceptions import ImproperlyConfigured

_LEVELS = ("error", "warn", "info", "http", "debug")
_FORMATS = ("json", "pretty")
_SECRETS = ("SECRET_KEY", "WEBHOOK_TOKEN", "METRICS_TOKEN")


def connect() -> None:
    """Registers the check with Django; called once, when the app starts."""
    register(check_settings)


def check_settings(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Everything that is wrong with the environment, at once."""
    found: list[CheckMessage] = []
    for look in (_secret_key, _addresses, _numbers, _ports, _words, _folders):
        found.extend(look())
    return found


def _wrong(number: int, name: str, value: object, reason: str, way_out: str) -> Error:
    shown = "***" if name in _SECRETS else repr(value)
    return Error(f"{name}={shown}: {reason}", hint=way_out, id=f"console.E{number:03}")


def _secret_key() -> Iterator[CheckMessage]:
    try:
        key = settings.SECRET_KEY
    except ImproperlyConfigured:  # Django's own words for an empty one
        key = ""
    make = "Put SECRET_KEY=<random text> into .env; `bin/up` does it, or: openssl rand -base64 48"
    if len(key) < 32:
        yield _wrong(1, "SECRET_KEY", key, "shorter than 32 characters" if key else "not set", make)
    for name in ("WEBHOOK_TOKEN", "METRICS_TOKEN"):
        token = getattr(settings, name)
        if token and len(token) < 16:
            yield Warning(
                f"{name}=***: shorter than 16 characters, and so easy to guess",
                hint=f"Set {name} to random text, or leave it empty.",
                id="console.W001",
            )


def _addresses() -> Iterator[CheckMessage]:
    for name, schemes in (
        ("PROMETHEUS_URL", ("http", "https")),
        ("ALERTMANAGER_URL", ("http", "https")),
        ("REDIS_URL", ("redis", "rediss", "unix")),
    ):
        value = getattr(settings, name)
        reason = _address_fault(value, schemes)
        if reason:
            # An address may hold a password: only what is wrong with it is shown.
            yield _wrong(2, name, _without_password(value), reason, f"Example: {name}={schemes[0]}://127.0.0.1:9090")
    for origin in settings.CSRF_TRUSTED_ORIGINS:
        if "://" not in origin:
            yield _wrong(3, "CSRF_TRUSTED_ORIGINS", origin, "no scheme", "Example: https://console.example.com")


def _address_fault(value: str, schemes: tuple[str, ...]) -> str:
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError as error:
        return str(error)
    if parts.scheme not in schemes:
        return f"an address that begins with {' or '.join(f'{scheme}://' for scheme in schemes)} is needed"
    if parts.scheme == "unix":
        return "" if parts.path else "the path of the socket is missing"
    if not parts.hostname:
        return "the host is missing"
    return "the port must be 1 to 65535" if port == 0 else ""


def _without_password(value: str) -> str:
    head, at, tail = value.rpartition("@")
    return f"{head.split('://')[0]}://***@{tail}" if at else value


def _numbers() -> Iterator[CheckMessage]:
    wanted: list[tuple[str, Callable[[float], bool], str]] = [
        ("PROMETHEUS_TIMEOUT", lambda n: 0 < n <= 300, "seconds, above 0 and at most 300"),
        ("QUERY_TIMEOUT", lambda n: 0 < n <= 300, "seconds, above 0 and at most 300"),
        ("SLOW_REQUEST_MS", lambda n: n > 0, "milliseconds, above 0"),
        ("TRUSTED_PROXY_COUNT", lambda n: 0 <= n <= 10, "how many proxies stand before the console, 0 to 10"),
    ]
    for name, fits, meaning in wanted:
        value = getattr(settings, name)
        if not fits(value):
            yield _wrong(4, name, value, "out of range", f"{name} is {meaning}.")


def _ports() -> Iterator[CheckMessage]:
    names = {name for name in dir(settings) if name.endswith("_PORT") and not name.startswith("EMAIL")}
    owners: dict[int, str] = {}
    for name in sorted(names):
        port = getattr(settings, name)
        if not isinstance(port, int) or isinstance(port, bool):
            continue
        if not 1 <= port <= 65535:
            yield _wrong(5, name, port, "not a port", "A port is 1 to 65535.")
        elif port in owners:
            yield _wrong(5, name, port, f"{owners[port]} has the same", "Give each server a port of its own.")
        owners.setdefault(port, name)


def _words() -> Iterator[CheckMessage]:
    for name, words in (("LOG_LEVEL", _LEVELS), ("LOG_CONSOLE_LEVEL", _LEVELS), ("LOG_FORMAT", _FORMATS)):
        value = getattr(settings, name)
        if value not in words:
            yield _wrong(6, name, value, "unknown", f"One of {', '.join(words)}.")
    if settings.TIME_ZONE not in available_timezones():
        yield _wrong(7, "TIME_ZONE", settings.TIME_ZONE, "not a time zone", "Example: Asia/Seoul")
    if not settings.ALLOWED_HOSTS and not settings.DEBUG:
        yield _wrong(
            8, "ALLOWED_HOSTS", settings.ALLOWED_HOSTS, "no host is allowed", "Example: localhost,console.example.com"
        )


def _folders() -> Iterator[CheckMessage]:
    for folder in settings.DASHBOARD_DIRS:
        if not folder.is_dir():
            yield _wrong(9, "DASHBOARD_DIRS", str(folder), "no such folder", "Folders of YAML files, comma-separated.")
    if settings.LOG_DIR.exists() and not settings.LOG_DIR.is_dir():
        yield _wrong(10, "LOG_DIR", str(settings.LOG_DIR), "not a folder", "A folder that the console may write.")

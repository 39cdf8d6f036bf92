"""A wrong setting stops the start with its name, its value and what to do; every setting is documented."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from apps.core.checks import check_settings

ROOT = Path(django_settings.BASE_DIR)


def found(settings, **changed):
    for name, value in changed.items():
        setattr(settings, name, value)
    return check_settings()


def test_the_defaults_are_right(settings):
    assert check_settings() == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "short"),
        ("PROMETHEUS_URL", "127.0.0.1:9090"),
        ("PROMETHEUS_URL", "http://"),
        ("PROMETHEUS_URL", "http://host:99999"),
        ("ALERTMANAGER_URL", "ftp://host"),
        ("REDIS_URL", "http://127.0.0.1"),
        ("PROMETHEUS_TIMEOUT", 0.0),
        ("PROMETHEUS_TIMEOUT", 1e9),
        ("QUERY_TIMEOUT", -1.0),
        ("SLOW_REQUEST_MS", -1),
        ("LOG_LEVEL", "loud"),
        ("LOG_FORMAT", "xml"),
        ("CONSOLE_PORT", 70000),
        ("TRUSTED_PROXY_COUNT", -1),
        ("CSRF_TRUSTED_ORIGINS", ["console.example.com"]),
        ("ALLOWED_HOSTS", []),
        ("DASHBOARD_DIRS", [Path("/nowhere/at/all")]),
        ("LOG_DIR", Path("/etc/passwd")),
    ],
)
def test_a_wrong_setting_is_named_with_its_value_and_a_way_out(settings, name, value):
    (message,) = found(settings, **{name: value})
    assert message.msg.startswith(f"{name}=")
    assert message.hint
    if name != "SECRET_KEY":
        shown = value[0] if isinstance(value, list) and value else value
        assert str(shown) in message.msg


def test_two_servers_on_one_port_are_told_apart(settings):
    (message,) = found(settings, DEMO_PORT=settings.CONSOLE_PORT)
    assert "CONSOLE_PORT" in message.msg
    assert "DEMO_PORT" in message.msg


def test_secrets_and_passwords_are_not_printed(settings):
    messages = found(settings, SECRET_KEY="hunter2", REDIS_URL="http://user:hunter2@127.0.0.1")
    assert len(messages) == 2
    assert "hunter2" not in "".join(message.msg for message in messages)


def check(**changed: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "READ_DOT_ENV": "false", **changed}
    return subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SECRET_KEY", "", "SECRET_KEY=***: not set"),
        ("CONSOLE_PORT", "eight", "CONSOLE_PORT='eight': a whole number is wanted"),
        ("DEBUG", "maybe", "DEBUG='maybe': true or false is wanted"),
        ("PROMETHEUS_TIMEOUT", "long", "PROMETHEUS_TIMEOUT='long': a number is wanted"),
        ("DATABASE_URL", "mongodb+nothing://x", "DATABASE_URL"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL='loud'"),
    ],
)
def test_a_wrong_variable_stops_manage_py_with_its_name(name, value, said):
    done = check(**{name: value})
    assert done.returncode != 0
    assert said in done.stderr


def documented() -> set[str]:
    text = (ROOT / "docs/configuration.md").read_text()
    return set(re.findall(r"^\| `([A-Z_]+)` \|", text, re.MULTILINE))


def test_every_setting_has_its_row_and_every_row_its_setting():
    source = (ROOT / "console/settings.py").read_text()
    read = set(re.findall(r'\benv\.\w+\(\s*"([A-Z_]+)"', source))
    elsewhere = set(re.findall(r'environ\.get\(["\']([A-Z_]+)["\']', (ROOT / "console/gunicorn.py").read_text()))
    assert len(read) > 20
    assert read | elsewhere == documented()

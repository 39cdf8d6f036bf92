"""`manage.py check` and every start read all definitions: a broken one is told with file, line and field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error

from apps.dashboards.definitions import DefinitionError, dashboards


def check_definitions(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """One error for the first definition that cannot be used."""
    try:
        dashboards()
    except DefinitionError as error:
        hint = "Mend the file, or take its folder out of DASHBOARD_DIRS."
        return [Error(str(error), hint=hint, id="dashboards.E001")]
    return []

from typing import cast

from django.apps import AppConfig
from django.conf import settings

from apps.telemetry.lines import LEVELS, Level


class TelemetryConfig(AppConfig):
    name = "apps.telemetry"

    def ready(self) -> None:
        """Sends this process's logging to the daily files (LOG_TO_FILES), or to the console only."""
        from apps.telemetry import logger

        to_files: bool = getattr(settings, "LOG_TO_FILES", False)
        shown = _level("LOG_CONSOLE_LEVEL", "warn")
        logger.configure(
            service=getattr(settings, "LOG_SERVICE", "glimpse"),
            directory=settings.LOG_DIR if to_files else None,
            level=_level("LOG_LEVEL", "http") if to_files else shown,
            console_format="pretty" if getattr(settings, "LOG_FORMAT", "json") == "pretty" else "json",
            console_level=shown,
            loggers=getattr(settings, "LOG_LOGGERS", ()),
        )


def _level(name: str, default: Level) -> Level:
    """The setting; the default for one that does not exist, so that a project's system checks can name it."""
    found = getattr(settings, name, default)
    return cast(Level, found) if found in LEVELS else default

from pathlib import Path
from typing import cast

from django.apps import AppConfig
from django.conf import settings

from apps.telemetry.lines import LEVELS, Level


class TelemetryConfig(AppConfig):
    name = "apps.telemetry"

    def ready(self) -> None:
        """Sends this process's logging to the daily files (LOG_TO_FILES), or to the console only."""
        from apps.telemetry import log

        if not getattr(settings, "LOG_TO_FILES", False):
            _configure(None, _level("LOG_CONSOLE_LEVEL", "warn"))
            return
        try:
            _configure(settings.LOG_DIR, _level("LOG_LEVEL", "http"))
        except OSError as error:
            # A service without its log files is worth more than none, and system checks can name the setting.
            _configure(None, _level("LOG_CONSOLE_LEVEL", "warn"))
            log.error("Cannot write log files, see LOG_DIR", error, directory=settings.LOG_DIR)


def _configure(directory: Path | None, level: Level) -> None:
    from apps.telemetry import logger

    logger.configure(
        service=getattr(settings, "LOG_SERVICE", "glimpse"),
        directory=directory,
        level=level,
        console_format="pretty" if getattr(settings, "LOG_FORMAT", "json") == "pretty" else "json",
        console_level=_level("LOG_CONSOLE_LEVEL", "warn"),
        loggers=getattr(settings, "LOG_LOGGERS", ()),
    )


def _level(name: str, default: Level) -> Level:
    """The setting; the default for one that does not exist, so that a project's system checks can name it."""
    found = getattr(settings, name, default)
    return cast(Level, found) if found in LEVELS else default

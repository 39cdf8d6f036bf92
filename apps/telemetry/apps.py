from django.apps import AppConfig
from django.conf import settings


class TelemetryConfig(AppConfig):
    name = "apps.telemetry"

    def ready(self) -> None:
        """Sends this process's logging to the daily files (LOG_TO_FILES), or to the console only."""
        from apps.telemetry import logger

        to_files: bool = getattr(settings, "LOG_TO_FILES", False)
        shown = getattr(settings, "LOG_CONSOLE_LEVEL", "warn")
        logger.configure(
            service=getattr(settings, "LOG_SERVICE", "glimpse"),
            directory=settings.LOG_DIR if to_files else None,
            level=settings.LOG_LEVEL if to_files else shown,
            console_format=getattr(settings, "LOG_FORMAT", "json"),
            console_level=shown,
        )

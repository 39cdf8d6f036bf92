"""What every room uses: time ranges, formatting, access, health pages, the page shell."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "apps.core"

    def ready(self) -> None:
        """Registers the system checks and core's own readiness probes."""
        from apps.core import checks, probes, readiness

        checks.connect()
        readiness.register("database", probes.database)
        readiness.register("broker", probes.broker)

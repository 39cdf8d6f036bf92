"""The only room with windows: what the console asks of the outside."""

from django.apps import AppConfig


class SourcesConfig(AppConfig):
    name = "apps.sources"

    def ready(self) -> None:
        """Tells /readyz how to ask Prometheus."""
        from apps.core import readiness
        from apps.sources.prometheus import default

        readiness.register("prometheus", lambda: default().ready())

from django.apps import AppConfig


class ChecksConfig(AppConfig):
    name = "apps.checks"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from apps.checks.panels import ServiceStatus
        from apps.core.navigation import NavItem, register
        from apps.dashboards.registry import register_panel

        register_panel(ServiceStatus())
        register(NavItem("checks", _("Checks"), "/checks/", "list-checks", "checks.view", 60))

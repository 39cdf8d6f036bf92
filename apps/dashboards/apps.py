from django.apps import AppConfig
from django.core import checks


class DashboardsConfig(AppConfig):
    name = "apps.dashboards"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from apps.core.navigation import NavItem, register
        from apps.dashboards.checks import check_definitions
        from apps.dashboards.figures.alerts import Alerts
        from apps.dashboards.figures.stat import Stat
        from apps.dashboards.figures.table import Table
        from apps.dashboards.figures.timeseries import TimeSeries
        from apps.dashboards.registry import register_panel

        for panel_type in (TimeSeries(), Stat(), Table(), Alerts()):
            register_panel(panel_type)
        register(NavItem("overview", _("Overview"), "/d/overview/", "layout-dashboard", "dashboards.view", 10))
        register(NavItem("api", _("API performance"), "/d/api/", "activity", "dashboards.view", 20))
        checks.register(check_definitions)

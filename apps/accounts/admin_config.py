"""Django's admin app, with the console's site; apart from the site, since apps are read before models."""

from django.contrib.admin.apps import AdminConfig


class ConsoleAdminConfig(AdminConfig):
    """Puts our site in the place of Django's."""

    default_site = "apps.accounts.site.ConsoleAdminSite"

"""The page of checks."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.actions import record
from apps.checks.actions import check_run
from apps.checks.builtin import CHECKS
from apps.checks.panels import ago
from apps.checks.queries import latest
from apps.core.access import can, requires


@require_GET
@requires("checks.view")
def check_list(request: HttpRequest) -> HttpResponse:
    """`/checks/`: the newest result of each, its age, a strip of the last ones."""
    rows = [{"check": one, "ago": ago(one.age.total_seconds()) if one.age is not None else ""} for one in latest()]
    return render(request, "checks/check_list.html", {"rows": rows, "may_run": can(request.user, "checks.run")})


@require_POST
@requires("checks.run")
def check_run_now(request: HttpRequest, name: str) -> HttpResponse:
    """Run one check now and come back to the list."""
    from django.contrib import messages
    from django.http import Http404

    check = next((one for one in CHECKS if one.name == name), None)
    if check is None:
        raise Http404(_("There is no check “%(name)s”.") % {"name": name[:60]})
    if check_run(check, force=True) is None:
        messages.info(request, _("This check is running already."))
    else:
        record(request.user, "check.run", check.name)
    return redirect("check-list")

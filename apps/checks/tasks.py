"""Ways in for Celery; the timetable is in console/celery.py."""

from celery import shared_task

from apps.checks.actions import check_run, old_results_delete
from apps.checks.builtin import CHECKS


@shared_task(name="checks.run_due", expires=25)
def run_due() -> int:
    """Run every check that is due; answers how many ran."""
    return sum(check_run(check) is not None for check in CHECKS)


@shared_task(name="checks.delete_old", expires=3600)
def delete_old() -> int:
    """Delete results that are older than a week."""
    return old_results_delete()

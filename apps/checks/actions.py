"""Running checks: claimed first, so that two workers never run the same one, and bounded in time."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_noop

from apps.checks.base import Check, Result
from apps.checks.models import CheckResult, CheckState
from apps.sources.errors import SourceError
from apps.telemetry import log

KEEP_DAYS = 7
# The scheduler's ticks come a little early or late; a check due within this is run now.
SLACK = timedelta(seconds=5)


def check_run(check: Check, *, now: datetime | None = None, force: bool = False) -> CheckResult | None:
    """Run a check that is due (or now, with `force`) and keep its result; None where it is not due or runs already."""
    now = now or timezone.now()
    claim = _claim(check, now, force=force)
    if claim is None:
        return None
    began = time.monotonic()
    try:
        result = _bounded(check)
        return CheckResult.objects.create(
            name=check.name,
            status=result.status,
            summary=result.summary,
            evidence=result.evidence,
            checked_at=timezone.now(),
            seconds=round(time.monotonic() - began, 4),
        )
    finally:
        # Only its own: where this run outlived its claim, another worker's has taken its place.
        CheckState.objects.filter(name=check.name, claimed_until=claim).update(claimed_until=None)


def _claim(check: Check, now: datetime, *, force: bool) -> datetime | None:
    """Until when the check is this worker's; None where it is another's or not due."""
    CheckState.objects.get_or_create(name=check.name)
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    due = Q() if force else Q(last_started=None) | Q(last_started__lte=now - timedelta(seconds=check.interval) + SLACK)
    # A worker that died keeps its claim only until the check would have timed out.
    until = now + timedelta(seconds=check.timeout + 10)
    rows = CheckState.objects.filter(free, due, name=check.name).update(claimed_until=until, last_started=now)
    return until if rows else None


def _bounded(check: Check) -> Result:
    pool = ThreadPoolExecutor(1, thread_name_prefix=f"check-{check.name}")
    try:
        return pool.submit(check.run).result(timeout=check.timeout)
    except Late:
        return Result("unknown", gettext_noop("No answer within %(timeout)d s."), {"timeout": check.timeout})
    except SourceError as error:
        return Result(
            "unknown", gettext_noop("Could not look: %(error)s"), {"error": error.message[:300], "reason": error.reason}
        )
    except Exception as error:
        log.error("Check failed with an error of its own", error, check=check.name)
        return Result(
            "unknown", gettext_noop("Could not look: %(error)s"), {"error": repr(error)[:300], "reason": "internal"}
        )
    finally:
        # A check that hangs must not hold the worker: its thread ends by its own time-outs.
        pool.shutdown(wait=False, cancel_futures=True)


def old_results_delete(*, now: datetime | None = None) -> int:
    """Delete results older than a week; answers how many."""
    limit = (now or timezone.now()) - timedelta(days=KEEP_DAYS)
    return CheckResult.objects.filter(checked_at__lt=limit).delete()[0]

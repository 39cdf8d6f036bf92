"""A check runs when it is due, never twice at once, no longer than its time-out, and its result is kept for a week."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from apps.checks.actions import check_run, old_results_delete
from apps.checks.base import Check, Result
from apps.checks.models import CheckResult, CheckState

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


class Fine(Check):
    name = "fine"
    title = "Fine"
    interval = 30

    def run(self) -> Result:
        return Result("ok", "%(n)d of them are well.", {"n": 3})


class Broken(Fine):
    name = "broken"

    def run(self) -> Result:
        raise RuntimeError("a mistake of 100 %")


class Hanging(Fine):
    """Hangs until let go; its time is up at once."""

    name = "hanging"
    timeout = 0

    def __init__(self) -> None:
        self.let_go = threading.Event()

    def run(self) -> Result:
        self.let_go.wait(30)
        return Result("ok", "Late.")


def kept(name: str, at: datetime, status: str = "ok") -> CheckResult:
    return CheckResult.objects.create(name=name, status=status, summary="Well.", checked_at=at, seconds=0.1)


def test_a_result_is_kept_with_its_evidence_time_and_sentence():
    result = check_run(Fine())
    assert result is not None
    stored = CheckResult.objects.get()
    assert (stored.name, stored.status, stored.evidence) == ("fine", "ok", {"n": 3})
    assert stored.sentence == "3 of them are well."
    assert 0 <= stored.seconds < 30
    assert abs(datetime.now(UTC) - stored.checked_at) < timedelta(minutes=1)


def test_it_does_not_run_before_it_is_due():
    assert check_run(Fine(), now=NOW)
    assert check_run(Fine(), now=NOW + timedelta(seconds=10)) is None
    assert check_run(Fine(), now=NOW + timedelta(seconds=30))
    assert CheckResult.objects.count() == 2


def test_a_tick_that_comes_a_little_early_is_not_lost():
    check_run(Fine(), now=NOW)
    assert check_run(Fine(), now=NOW + timedelta(seconds=29))


def test_by_hand_it_runs_at_once():
    check_run(Fine(), now=NOW)
    assert check_run(Fine(), now=NOW + timedelta(seconds=1), force=True)


def test_while_it_runs_elsewhere_it_is_not_run_again_not_even_by_hand():
    CheckState.objects.create(name="fine", claimed_until=NOW + timedelta(seconds=5))
    assert check_run(Fine(), now=NOW) is None
    assert check_run(Fine(), now=NOW, force=True) is None
    assert not CheckResult.objects.exists()


def test_the_claim_of_a_worker_that_died_ends():
    CheckState.objects.create(name="fine", claimed_until=NOW - timedelta(seconds=1))
    assert check_run(Fine(), now=NOW)


def test_a_run_that_outlived_its_claim_leaves_the_next_ones_alone():
    other = NOW + timedelta(hours=1)

    class Taken(Fine):
        """While it runs, another worker takes its place."""

        @property
        def timeout(self) -> int:  # type: ignore[override]
            CheckState.objects.filter(claimed_until__isnull=False).update(claimed_until=other)
            return 20

    check_run(Taken(), now=NOW)
    assert CheckState.objects.get().claimed_until == other


def test_a_check_with_an_error_of_its_own_is_unknown_and_can_run_again():
    result = check_run(Broken(), now=NOW)
    assert result is not None
    assert (result.status, result.evidence["reason"]) == ("unknown", "internal")
    assert "a mistake of 100 %" in result.sentence
    assert check_run(Broken(), now=NOW + timedelta(minutes=1))


def test_a_check_that_hangs_is_unknown_and_does_not_hold_the_worker():
    check = Hanging()
    try:
        result = check_run(check)
        assert result is not None
        assert (result.status, result.sentence) == ("unknown", "No answer within 0 s.")
        assert CheckState.objects.get().claimed_until is None
    finally:
        check.let_go.set()


def test_results_older_than_a_week_go():
    kept("fine", NOW - timedelta(days=7, seconds=1))
    young = kept("fine", NOW - timedelta(days=7) + timedelta(seconds=1))
    assert old_results_delete(now=NOW) == 1
    assert list(CheckResult.objects.all()) == [young]


def test_a_sentence_whose_places_have_no_evidence_is_shown_as_it_is():
    result = CheckResult(name="fine", status="ok", summary="%(n)d of them are well.", evidence={})
    assert result.sentence == "%(n)d of them are well."

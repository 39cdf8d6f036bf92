"""The page of checks: newest result with its age for those who may see it, a run now for those who may run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import translation

from apps.accounts.models import AuditEvent
from apps.checks.models import CheckResult, CheckState
from apps.checks.queries import latest
from tests import servers
from tests.checks.conftest import SignedIn, Use

pytestmark = pytest.mark.django_db


def kept(status: str = "ok", *, age: float = 12, **evidence: object) -> CheckResult:
    return CheckResult.objects.create(
        name="prometheus-targets",
        status=status,
        summary="%(up)d of %(total)d targets are up.",
        evidence={"up": 9, "total": 9, "down": []} | evidence,
        checked_at=datetime.now(UTC) - timedelta(seconds=age),
        seconds=0.25,
    )


def page(client: Client) -> str:
    answer = client.get("/checks/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_shows_the_newest_result_with_its_age(signed_in: SignedIn) -> None:
    kept("failing", age=3600)
    kept(age=125)
    text = page(signed_in("viewer"))
    assert "9 of 9 targets are up." in text
    assert "2 minutes ago" in text
    assert text.count('<span class="badge critical">') == 0


def test_what_is_down_is_named_and_its_error_is_text_not_markup(signed_in: SignedIn) -> None:
    kept("failing", up=8, down=[{"job": "api", "instance": "a:1", "error": "<b>refused</b>"}])
    text = page(signed_in("viewer"))
    assert "a:1" in text
    assert "&lt;b&gt;refused&lt;/b&gt;" in text
    assert "<b>refused</b>" not in text


def test_a_check_that_never_ran_says_so(signed_in: SignedIn) -> None:
    assert page(signed_in("viewer")).count("Not checked yet") == 2


def test_a_result_older_than_two_minutes_counts_as_unknown(signed_in: SignedIn) -> None:
    kept(age=121)
    assert latest()[0].status == "unknown"
    assert "The next run is overdue" in page(signed_in("viewer"))


def test_a_result_younger_than_two_minutes_counts() -> None:
    now = datetime.now(UTC)
    kept("warning", age=100)
    assert latest(now=now)[0].status == "warning"
    assert not latest(now=now)[0].late


def test_the_history_is_of_the_last_sixty_oldest_first() -> None:
    for age in range(70):
        kept(age=age)
    history = latest()[0].history
    assert len(history) == 60
    assert history == sorted(history, key=lambda one: one.checked_at)
    assert history[-1] == latest()[0].result


@pytest.mark.parametrize(("role", "status"), [("viewer", 200), ("ops", 200), ("admin", 200), ("business", 403)])
def test_who_may_see_it(signed_in: SignedIn, role: str, status: int) -> None:
    assert signed_in(role).get("/checks/").status_code == status


def test_signed_out_it_leads_to_the_sign_in(client: Client) -> None:
    answer = client.get("/checks/")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/checks/")


def test_a_viewer_may_not_run_a_check(signed_in: SignedIn) -> None:
    viewer = signed_in("viewer")
    assert "Run now" not in page(viewer)
    assert viewer.post("/checks/prometheus-targets/run/").status_code == 403
    assert not CheckResult.objects.exists()


@pytest.mark.servers
def test_ops_runs_a_check_and_it_is_in_the_audit_trail(
    signed_in: SignedIn, use: Use, prometheus_server: servers.Server
) -> None:
    use(prometheus_server.url)
    ops = signed_in("ops")
    assert "Run now" in page(ops)
    answer = ops.post("/checks/prometheus-rules/run/")
    assert (answer.status_code, answer["Location"]) == (302, "/checks/")
    assert CheckResult.objects.get().name == "prometheus-rules"
    event = AuditEvent.objects.get(action="check.run")
    assert event.target == "prometheus-rules"


def test_a_check_that_runs_already_is_not_run_again_and_the_page_says_so(signed_in: SignedIn) -> None:
    CheckState.objects.create(name="prometheus-rules", claimed_until=datetime.now(UTC) + timedelta(minutes=1))
    answer = signed_in("ops").post("/checks/prometheus-rules/run/", follow=True)
    assert "This check is running already." in answer.content.decode()
    assert not CheckResult.objects.exists()


def test_a_check_that_does_not_exist_is_404(signed_in: SignedIn) -> None:
    assert signed_in("ops").post("/checks/nothing/run/").status_code == 404


def test_looking_does_not_run_a_check(signed_in: SignedIn) -> None:
    assert signed_in("ops").get("/checks/prometheus-rules/run/").status_code == 405


def test_a_stored_sentence_is_shown_in_the_readers_language() -> None:
    result = kept()
    with translation.override("ko"):
        assert result.sentence != "9 of 9 targets are up."
        assert "9" in result.sentence

"""The overview's status panel: a card a target, and what the periodic checks found, with its age."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from apps.checks.models import CheckResult
from apps.checks.panels import ago, note
from apps.checks.queries import latest
from apps.dashboards.definitions import dashboards
from tests import servers
from tests.checks.conftest import SignedIn, Use

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def targets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Prometheus that knows of three targets, the last one down; a little into the future, so that none grows old."""
    now = int(time.time())
    series = {'job="glimpse-api",instance="a:1"': 1, 'job="node",instance="b:1"': 1, 'job="redis",instance="c:1"': 0}
    history = "# TYPE up gauge\n" + "".join(
        f"up{{{labels}}} {value} {at}\n" for labels, value in series.items() for at in range(now - 3600, now + 600, 15)
    )
    with servers.prometheus(tmp_path_factory.mktemp("targets"), history=history) as server:
        yield server.url


def line(client: Client) -> dict[str, Any]:
    """The status panel's line of the overview's stream."""
    panel = next(one.id for one in dashboards()["overview"].panels if one.type == "service_status")
    answer = client.get(f"/api/v1/dashboards/overview/data?from=now-15m&panels={panel}")
    assert answer.status_code == 200
    found = [json.loads(part) for part in b"".join(answer).splitlines()]  # type: ignore[call-overload]
    return next(one for one in found if one.get("panel") == panel)


def result_kept(at: datetime, status: str = "ok") -> None:
    CheckResult.objects.create(
        name="prometheus-targets",
        status=status,
        summary="%(up)d of %(total)d targets are up.",
        evidence={"up": 9, "total": 9},
        checked_at=at,
        seconds=0.2,
    )


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)  # the panel is built in a thread with a connection of its own
def test_a_card_a_target_those_that_are_down_first(signed_in: SignedIn, use: Use, targets: str) -> None:
    use(targets)
    found = line(signed_in("viewer"))
    assert (found["state"], found["view"]) == ("value", "cards")
    assert [(one["title"], one["sub"], one["text"], one["state"]) for one in found["cards"]] == [
        ("redis", "c:1", "Down", "critical"),
        ("glimpse-api", "a:1", "Up", "ok"),
        ("node", "b:1", "Up", "ok"),
    ]


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)  # the panel is built in a thread with a connection of its own
def test_the_note_tells_every_check_and_its_age(signed_in: SignedIn, use: Use, targets: str) -> None:
    use(targets)
    result_kept(datetime.now(UTC) - timedelta(seconds=90))
    found = line(signed_in("viewer"))
    assert found["note"] == (
        "Prometheus targets: 9 of 9 targets are up. (1 minute ago) · Prometheus rules: not checked yet"
    )
    assert [one["state"] for one in found["notes"]] == ["ok", "unknown"]


@pytest.mark.django_db
def test_the_note_says_what_was_found_and_how_long_ago() -> None:
    result_kept(NOW - timedelta(seconds=12), "failing")
    assert note(latest(now=NOW)[0]) == {
        "text": "Prometheus targets: 9 of 9 targets are up. (12 seconds ago)",
        "state": "critical",
    }


@pytest.mark.django_db
def test_a_result_older_than_two_minutes_is_unknown_whatever_it_said() -> None:
    result_kept(NOW - timedelta(seconds=121))
    assert note(latest(now=NOW)[0])["state"] == "unknown"


@pytest.mark.django_db
def test_before_the_first_run_the_note_says_so() -> None:
    assert note(latest(now=NOW)[0]) == {"text": "Prometheus targets: not checked yet", "state": "unknown"}


@pytest.mark.django_db
def test_a_clock_that_goes_behind_the_workers_makes_no_negative_age() -> None:
    result_kept(NOW + timedelta(seconds=3))
    assert "(0 seconds ago)" in note(latest(now=NOW)[0])["text"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds ago"),
        (1, "1 second ago"),
        (59.9, "59 seconds ago"),
        (60, "1 minute ago"),
        (3599, "59 minutes ago"),
        (7200, "2 hours ago"),
        (86400, "1 day ago"),
        (864000, "10 days ago"),
    ],
)
def test_an_age_in_words(seconds: float, words: str) -> None:
    assert ago(seconds) == words

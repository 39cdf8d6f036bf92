"""Each request is counted by its pattern and logged twice, with one id throughout, sync and async alike."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import AsyncClient, Client, RequestFactory

from apps.telemetry import logger, metrics
from apps.telemetry.middleware import MetricsMiddleware
from apps.telemetry.requests import response_fields, user_id


@pytest.fixture(autouse=True)
def project(settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.telemetry.service"
    settings.MIDDLEWARE = [
        "apps.telemetry.middleware.MetricsMiddleware",
        "apps.telemetry.middleware.RequestLogMiddleware",
    ]
    settings.TEMPLATES = []  # the console's own error pages are not this project's
    settings.METRICS_TOKEN = "a-token-for-tests"
    settings.TELEMETRY_QUIET_PATHS = ["/metrics"]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    before = {name: logging.getLogger(name).level for name in ("", "glimpse")}
    logger.configure(service="tests", directory=tmp_path, level="http", console_level="error")
    yield tmp_path
    logger.reset()
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


def count(route: str, status: int = 200, method: str = "GET") -> float:
    labels = {"method": method, "route": route, "status": str(status)}
    return metrics.REGISTRY.get_sample_value("http_requests_total", labels) or 0.0


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for file in folder.glob("combined-*.log") for line in file.read_text().splitlines()]


def test_a_request_is_counted_and_timed_by_its_pattern(client: Client) -> None:
    route = "/api/v1/users/<int:number>/"
    before = count(route)
    for number in range(3):
        client.get(f"/api/v1/users/{number}/")
    assert count(route) - before == 3
    labels = {"method": "GET", "route": route, "status": "200"}
    assert metrics.REGISTRY.get_sample_value("http_request_duration_seconds_count", labels) == count(route)


def test_a_thousand_unknown_paths_and_invented_methods_make_one_series_each(client: Client) -> None:
    def series() -> int:
        return sum(len(list(family.samples)) for family in metrics.http_requests_total.collect())

    before, counted = series(), count("unmatched", 404)
    for number in range(500):
        client.get(f"/wp-admin/{number}.php")
        client.generic(f"METHOD{number}", f"/{number}")
    assert series() - before <= 2
    assert count("unmatched", 404) - counted == 500
    assert count("unmatched", 404, "OTHER") >= 500


def test_a_view_that_fails_is_a_500_of_its_route(client: Client, folder: Path) -> None:
    before = count("/fail", 500)
    answer = client.get("/fail")
    assert (answer.status_code, count("/fail", 500) - before) == (500, 1)
    (error,) = [line for line in lines(folder) if line["level"] == "error"]
    assert error["error"] == "the view failed"
    assert error["requestId"] == answer["X-Request-ID"]


def test_a_stream_is_counted_when_it_begins_not_when_it_ends(client: Client) -> None:
    before = count("/stream")
    answer = client.get("/stream")
    assert count("/stream") - before == 1
    assert b"".join(answer.streaming_content) == b"ab"  # type: ignore[attr-defined]
    assert count("/stream") - before == 1


def test_the_two_lines_have_the_guides_fields_and_one_request_id(client: Client, folder: Path) -> None:
    answer = client.get("/api/v1/users/7/?tab=photos&access_token=s3cret", headers={"user-agent": "tests/1"})
    incoming, inside, done = lines(folder)
    assert (incoming["message"], incoming["level"]) == ("Incoming request", "info")
    assert (incoming["method"], incoming["path"]) == ("GET", "/api/v1/users/7/")
    assert incoming["query"] == {"tab": "photos", "access_token": "[hidden]"}
    assert inside["message"] == "Reading profile"
    assert (done["message"], done["level"]) == ("HTTP Request", "http")
    assert done["url"] == "/api/v1/users/7/?tab=photos&access_token=[hidden]"
    assert (done["status"], done["userAgent"], done["ip"]) == (200, "tests/1", "127.0.0.1")
    assert isinstance(done["responseTime"], float)
    assert {line["requestId"] for line in lines(folder)} == {answer["X-Request-ID"]}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("0af7651916cd43dd8448eb211c80319c", True),
        ("req_2026-11-23.7", True),
        ("short", False),
        ("x" * 129, False),
        ("bad id with blanks", False),
        ('"}\\n{"level":"error', False),
    ],
)
def test_an_id_from_outside_is_kept_only_when_it_is_sane(client: Client, given: str, kept: bool) -> None:
    answer = client.get("/pid", headers={"x-request-id": given})
    assert (answer["X-Request-ID"] == given) is kept
    assert len(answer["X-Request-ID"]) >= 8


def test_two_requests_have_two_ids(client: Client) -> None:
    assert client.get("/pid")["X-Request-ID"] != client.get("/pid")["X-Request-ID"]


def test_what_machines_ask_every_few_seconds_is_not_logged_but_counted(client: Client, folder: Path) -> None:
    before = count("/metrics")
    client.get("/metrics")
    assert lines(folder) == []
    assert count("/metrics") - before == 1


async def _ask(path: str) -> Any:
    answer = await AsyncClient(raise_request_exception=False).get(path)
    if answer.streaming:
        return answer, b"".join([part async for part in answer.streaming_content])  # type: ignore[attr-defined]
    return answer, answer.content


@pytest.mark.parametrize(
    ("path", "body", "said"), [("/ahello", b"hello", "in the view"), ("/astream", b"a", "in the stream")]
)
def test_async_views_are_counted_and_their_lines_carry_the_id(folder: Path, path: str, body: bytes, said: str) -> None:
    before = count(path)
    answer, content = asyncio.run(_ask(path))
    assert content == body
    assert count(path) - before == 1
    (line,) = [line for line in lines(folder) if line["message"] == said]
    assert line["requestId"] == answer["X-Request-ID"]


def test_requests_at_the_same_time_keep_their_ids_apart(folder: Path) -> None:
    async def many() -> list[Any]:
        return await asyncio.gather(*(_ask("/ahello") for _ in range(20)))

    ids = {answer["X-Request-ID"] for answer, _ in asyncio.run(many())}
    said = [line["requestId"] for line in lines(folder) if line["message"] == "in the view"]
    assert sorted(said) == sorted(ids)
    assert len(ids) == 20


def test_a_client_that_leaves_is_a_499() -> None:
    async def slow(request: Any) -> Any:
        await asyncio.Event().wait()

    async def leave() -> None:
        task = asyncio.ensure_future(MetricsMiddleware(slow)(RequestFactory().get("/gone")))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    before = count("unmatched", 499)
    asyncio.run(leave())
    assert count("unmatched", 499) - before == 1


def test_the_users_id_is_known_only_when_somebody_asked_for_the_user() -> None:
    from django.utils.functional import SimpleLazyObject

    def load() -> Any:
        return SimpleNamespace(pk=42)

    request = RequestFactory().get("/")
    assert user_id(request) is None
    request.user = SimpleLazyObject(load)  # type: ignore[assignment]
    assert user_id(request) is None
    assert request.user.pk == 42
    assert user_id(request) == "42"


def test_log_http_takes_any_object_with_such_attributes() -> None:
    request = SimpleNamespace(method="POST", url="/api/v1/likes?token=abc", headers={"User-Agent": "app"}, ip="1.2.3.4")
    found = response_fields(request, SimpleNamespace(status=201), 12.345)
    assert found == {
        "method": "POST",
        "url": "/api/v1/likes?token=[hidden]",
        "status": 201,
        "responseTime": 12.3,
        "userAgent": "app",
        "ip": "1.2.3.4",
    }


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("::ffff:127.0.0.1", {}, 200),
        ("10.0.0.5", {}, 401),
        ("", {}, 401),
        ("127.0.0.1", {"x-forwarded-for": "127.0.0.1"}, 401),
        ("127.0.0.1", {"forwarded": "for=1.2.3.4"}, 401),
        ("10.0.0.5", {"authorization": "Bearer a-token-for-tests"}, 200),
        ("10.0.0.5", {"authorization": "Bearer wrong"}, 401),
        ("127.0.0.1", {"authorization": "Bearer wrong"}, 401),
    ],
)
def test_metrics_are_for_this_machine_or_with_the_token(
    client: Client, address: str, headers: dict[str, str], status: int
) -> None:
    answer = client.get("/metrics", headers=headers, REMOTE_ADDR=address)
    assert answer.status_code == status
    assert (b"http_requests_total" in answer.content) is (status == 200)
    if status == 200:
        assert answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"


def test_without_a_token_in_the_settings_an_empty_one_opens_nothing(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    answer = client.get("/metrics", headers={"authorization": "Bearer "}, REMOTE_ADDR="10.0.0.5")
    assert answer.status_code == 401


def test_metrics_are_read_only(client: Client) -> None:
    assert client.post("/metrics").status_code == 405


def test_the_hook_does_nothing_without_a_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    from apps.telemetry.gunicorn import child_exit

    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    child_exit(None, SimpleNamespace(pid=os.getpid()))

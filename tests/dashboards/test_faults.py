"""Prometheus away, hanging, failing or replaced by something else; addresses that make no sense: said, never a 500."""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import Group, User
from django.test import AsyncClient, Client

from apps.accounts.actions import roles_ensure
from apps.dashboards.definitions import dashboards
from apps.sources import prometheus
from apps.sources.prometheus import Prometheus
from tests import servers

# Panels are built in threads, which keep their own connections to the database.
pytestmark = [pytest.mark.servers, pytest.mark.django_db(transaction=True)]
Ask = Callable[[str], tuple[int, list[dict[str, Any]]]]


@pytest.fixture
def viewer(db: None) -> User:
    roles_ensure()
    user = User.objects.create_user("viewer")
    user.groups.set(Group.objects.filter(name="viewer"))
    return user


@pytest.fixture
def ask(viewer: User) -> Ask:
    """The status of an address of the API, and its lines."""
    browser = AsyncClient()
    browser.force_login(viewer)

    async def fetch(path: str) -> tuple[int, list[dict[str, Any]]]:
        answer = await browser.get(path)
        if not answer.streaming:
            return answer.status_code, [answer.json()]
        text = b"".join([part async for part in answer.streaming_content])
        return answer.status_code, [json.loads(line, parse_constant=_refuse) for line in text.splitlines()]

    return async_to_sync(fetch)


def _refuse(token: str) -> None:
    raise AssertionError(f"{token} is not JSON")


@contextmanager
def impostor(status: int, kind: str, body: bytes) -> Iterator[str]:
    """A web server that is not Prometheus, or one that is unwell."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815  the library calls it so

        def log_message(self, *args: object) -> None:
            """Nothing: the test's output is for its own words."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Points the console at this address."""
    opened: list[Prometheus] = []

    def point(url: str, timeout: float = 5) -> None:
        opened.append(Prometheus(url, timeout=timeout))
        monkeypatch.setattr(prometheus, "default", lambda: opened[-1])

    yield point
    for one in opened:
        one.close()


def panels(lines: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {line["panel"]: line for line in lines if "panel" in line}


def reasons(lines: list[dict[str, Any]]) -> set[str]:
    """Why the panels that ask Prometheus failed; all of them must have."""
    asking = {panel.id for panel in dashboards()["api"].panels if panel.targets}
    found = panels(lines)
    assert asking == set(found)
    assert {line["state"] for line in found.values()} == {"error"}
    assert all(line["error"]["message"] and line["error"]["advice"] for line in found.values())
    return {line["error"]["reason"] for line in found.values()}


def test_a_prometheus_that_is_not_there_is_unreachable_in_every_panel(ask, use):
    use(f"http://127.0.0.1:{servers.free_port()}")
    status, lines = ask("/api/v1/dashboards/api/data")
    assert (status, reasons(lines)) == (200, {"unreachable"})
    assert lines[-1]["done"] is True


def test_answers_of_500_and_of_html_are_told_apart(ask, use):
    with impostor(500, "text/plain", b"out of order") as url:
        use(url)
        assert reasons(ask("/api/v1/dashboards/api/data")[1]) == {"unavailable"}
    with impostor(200, "text/html", b"<h1>Welcome to the router</h1>") as url:
        use(url)
        assert reasons(ask("/api/v1/dashboards/api/data")[1]) == {"garbage"}


@pytest.mark.servers
def test_a_prometheus_that_hangs_times_out_and_recovers_by_itself(ask, use, settings, tmp_path):
    settings.QUERY_TIMEOUT = 1
    with servers.prometheus(tmp_path) as server:
        use(server.url, timeout=60)
        server.pause()
        began = time.monotonic()
        found = panels(ask("/api/v1/dashboards/overview/data")[1])
        took = time.monotonic() - began
        server.resume()
        assert {line["error"]["reason"] for line in found.values() if line["state"] == "error"} == {"timed_out"}
        assert found["live-alerts"]["state"] == "error"
        assert took < 5
        after = panels(ask("/api/v1/dashboards/overview/data")[1])
        assert "error" not in {line["state"] for line in after.values()}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=yesterday-ish", "from"),
        ("to=later", "to"),
        ("from=now&to=now-1h", "from"),
        ("from=now-10y", "from"),
        ("step=0", "step"),
        ("step=-5", "step"),
        ("step=nan", "step"),
        ("step=a-bit", "step"),
        ("from=now-7d&step=1", "step"),
        ("step=99999999999999999999", "step"),
        ("panels=nothing", "panels"),
    ],
)
def test_an_address_that_makes_no_sense_is_400_and_names_the_parameter(ask, use, query, field):
    use(f"http://127.0.0.1:{servers.free_port()}")
    status, (body,) = ask(f"/api/v1/dashboards/api/data?{query}")
    assert (status, body["status"], body["field"]) == (400, 400, field)
    assert body["detail"]


def test_a_dashboard_that_is_not_there_is_404_for_people_and_programs(ask, viewer):
    status, (body,) = ask("/api/v1/dashboards/nowhere/data")
    assert (status, body["status"]) == (404, 404)
    assert "nowhere" in body["detail"]
    browser = Client()
    browser.force_login(viewer)
    assert browser.get("/d/nowhere/").status_code == 404


@pytest.mark.parametrize("value", ['x"} or up', "a|b", "(", "\\", "{id}", "$route", "%0A", "%00", "한글"])
def test_no_value_of_a_variable_is_an_error(ask, use, prometheus_server, value):
    use(prometheus_server.url)
    status, lines = ask(f"/api/v1/dashboards/api/data?var-route={value}")
    assert status == 200
    assert "error" not in {line["state"] for line in panels(lines).values()}


def test_a_page_without_asgi_gets_the_same_lines(viewer, use, prometheus_server):
    use(prometheus_server.url)
    browser = Client()
    browser.force_login(viewer)
    answer = browser.get("/api/v1/dashboards/api/data?from=now-15m")
    lines = [json.loads(line) for line in b"".join(answer).splitlines()]
    assert lines[-1]["done"] is True


@pytest.mark.servers
def test_the_query_api_answers_as_prometheus_does(ask, use, prometheus_server):
    use(prometheus_server.url)
    status, (body,) = ask("/api/v1/query?query=vector(1)/0")
    assert (status, body["data"]["result"][0]["values"][0][1]) == (200, "+Inf")
    status, (body,) = ask("/api/v1/query?query=vector(2)")
    assert body["data"]["result"][0]["values"][0][1] == "2"
    status, (body,) = ask("/api/v1/query?query=vector(0)/0")
    assert body["data"]["result"][0]["values"][0][1] == "NaN"
    status, (body,) = ask("/api/v1/query_range?query=vector(1)&from=now-15m&step=60")
    assert (status, len(body["data"]["result"])) == (200, 1)
    for path in ("query?query=sum(", "query", "query_range?query=up&step=0", "query?query=up&time=someday"):
        status, (body,) = ask(f"/api/v1/{path}")
        assert (status, body["status"]) == (400, 400), path

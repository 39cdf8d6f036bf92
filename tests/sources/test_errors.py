"""What answers at Prometheus's address and is not well, or is not Prometheus: a server of ours that misbehaves."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from apps.sources.errors import (
    BadQuery,
    Garbage,
    Refused,
    SourceError,
    TimedOut,
    TooManyPoints,
    Unavailable,
    Unreachable,
)
from apps.sources.prometheus import Prometheus

GOOD = b'{"status":"success","data":{"resultType":"vector","result":[]},"warnings":["half of it"]}'


class Misbehaving(ThreadingHTTPServer):
    """Answers with `status`, `body` and `kind`; `fail_first` answers are 503; counts what it was asked."""

    daemon_threads = True
    status, body, kind = 200, GOOD, "application/json"
    fail_first = 0
    breaks = False
    asked = 0
    headers_seen: dict[str, str]


class Handler(BaseHTTPRequestHandler):
    server: Misbehaving

    def do_POST(self) -> None:
        self.server.asked += 1
        self.server.headers_seen = dict(self.headers)
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.server.breaks:
            self.connection.close()
            return
        failing = self.server.asked <= self.server.fail_first
        self.send_response(503 if failing else self.server.status)
        if 300 <= self.server.status < 400:
            self.send_header("Location", "http://192.0.2.1/elsewhere")
        self.send_header("Content-Type", self.server.kind)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *args: object) -> None:
        """Tests have nothing to say on the terminal."""


@pytest.fixture
def server() -> Iterator[Misbehaving]:
    with Misbehaving(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def prometheus(server: Misbehaving) -> Iterator[Prometheus]:
    client = Prometheus(f"http://127.0.0.1:{server.server_port}", headers={"X-Scope-OrgID": "tenant"}, timeout=5)
    yield client
    client.close()


def told(kind: str, text: str) -> bytes:
    return f'{{"status":"error","errorType":"{kind}","error":"{text}"}}'.encode()


@pytest.mark.parametrize(
    ("status", "kind", "body", "error"),
    [
        (200, "text/html", b"<html>Welcome to nginx</html>", Garbage),
        (200, "application/json", b"[1, 2]", Garbage),
        (200, "application/json", b'{"status":"success","data":{"resultType":"poem","result":[]}}', Garbage),
        (
            200,
            "application/json",
            b'{"status":"success","data":{"resultType":"vector","result":[{"value":[1,"x"]}]}}',
            Garbage,
        ),
        (500, "text/plain", b"boom", Unavailable),
        (504, "text/html", b"<html>Gateway Timeout</html>", Unavailable),
        (401, "text/plain", b"who are you", Refused),
        (403, "application/json", told("forbidden", "no"), Refused),
        (404, "text/html", b"nothing here", Refused),
        (302, "text/html", b"", Refused),
        (400, "application/json", told("bad_data", "1:5: parse error: unexpected"), BadQuery),
        (
            422,
            "application/json",
            told("execution", "query processing would load too many samples into memory"),
            TooManyPoints,
        ),
        (503, "application/json", told("timeout", "query timed out in expression evaluation"), TimedOut),
        (500, "application/json", told("internal", "disk gone"), Unavailable),
    ],
)
def test_each_answer_has_its_error(
    server: Misbehaving, prometheus: Prometheus, status: int, kind: str, body: bytes, error: type[SourceError]
) -> None:
    server.status, server.kind, server.body = status, kind, body
    with pytest.raises(SourceError) as caught:
        prometheus.instant("up")
    assert type(caught.value) is error
    assert caught.value.message
    assert str(caught.value.advice)


def test_not_now_is_asked_again_and_then_answers(server: Misbehaving, prometheus: Prometheus) -> None:
    server.fail_first = 2
    assert prometheus.instant("up").warnings == ["half of it"]
    assert server.asked == 3


def test_not_now_is_not_asked_for_ever(server: Misbehaving, prometheus: Prometheus) -> None:
    server.fail_first, server.kind, server.body = 99, "text/plain", b"starting"
    with pytest.raises(Unavailable):
        prometheus.instant("up")
    assert server.asked == 3


def test_a_bad_query_is_asked_once(server: Misbehaving, prometheus: Prometheus) -> None:
    server.status, server.body = 400, told("bad_data", "no")
    with pytest.raises(BadQuery):
        prometheus.instant("up")
    assert server.asked == 1


def test_a_connection_that_breaks_is_unreachable(server: Misbehaving, prometheus: Prometheus) -> None:
    server.breaks = True
    with pytest.raises(Unreachable):
        prometheus.instant("up")


def test_the_headers_of_the_settings_are_sent(server: Misbehaving, prometheus: Prometheus) -> None:
    prometheus.instant("up")
    assert server.headers_seen["X-Scope-OrgID"] == "tenant"


def test_a_proxy_of_the_environment_is_not_used(
    server: Misbehaving, prometheus: Prometheus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert prometheus.instant("up").frames == []

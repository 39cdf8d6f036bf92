"""What a real Alertmanager with the shipped configuration does with alerts while Slack and PagerDuty are not set up."""

from __future__ import annotations

import json
import queue
import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests import servers
from tests.deploy.conftest import Rendered

pytestmark = pytest.mark.servers


@dataclass
class Inbox:
    """Stands where the console will: keeps each call's path, its Authorization and its body."""

    calls: queue.Queue[tuple[str, str, dict[str, Any]]] = field(default_factory=queue.Queue)

    def names(self, wanted: set[str]) -> set[str]:
        """The alerts that came, as soon as all that are wanted are there; raises queue.Empty after 30 s of silence."""
        found: set[str] = set()
        while not wanted <= found:
            found |= {alert["labels"]["alertname"] for alert in self.calls.get(timeout=30)[2]["alerts"]}
        return found


@pytest.fixture
def inbox(rendered: Rendered) -> Iterator[Inbox]:
    inbox = Inbox()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            inbox.calls.put((self.path, self.headers.get("Authorization", ""), body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Nothing: the test's output is for its own words."""

    server = ThreadingHTTPServer(("127.0.0.1", int(rendered.ports["CONSOLE_PORT"])), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield inbox
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def alertmanager(rendered: Rendered, inbox: Inbox) -> Iterator[servers.Server]:
    with servers.alertmanager(rendered.folder / "am", config=rendered.alertmanager.read_text()) as server:
        yield server


def send(server: servers.Server, *alerts: dict[str, str]) -> None:
    """As Prometheus would."""
    body = [{"labels": labels, "annotations": {"summary": labels["alertname"]}} for labels in alerts]
    request = urllib.request.Request(
        f"{server.url}/api/v2/alerts", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 200


def test_the_console_is_told_with_its_token(alertmanager: servers.Server, inbox: Inbox) -> None:
    send(alertmanager, {"alertname": "DatabaseDown", "severity": "critical", "team": "database"})
    path, authorization, body = inbox.calls.get(timeout=30)
    assert (path, authorization) == ("/api/v1/alerts/webhook", "Bearer webhook")
    assert (body["version"], body["receiver"], body["status"]) == ("4", "console", "firing")
    assert body["alerts"][0]["labels"]["team"] == "database"


def test_the_console_is_told_of_every_kind_of_alert(alertmanager: servers.Server, inbox: Inbox) -> None:
    alerts = [
        {"alertname": "HighErrorRate", "severity": "critical", "team": "backend"},
        {"alertname": "DatabaseConnectionPoolExhausted", "severity": "warning", "team": "database"},
        {"alertname": "LowMatchRate", "severity": "warning", "team": "business"},
        {"alertname": "DiskSpaceRunningLow", "severity": "warning", "team": "ops"},
        {"alertname": "Watchdog", "severity": "none", "team": "ops"},
    ]
    send(alertmanager, *alerts)
    wanted = {one["alertname"] for one in alerts}
    assert inbox.names(wanted) == wanted


def test_a_service_that_is_down_silences_its_error_rate_and_nothing_else(alertmanager: servers.Server) -> None:
    send(
        alertmanager,
        {"alertname": "ServiceDown", "severity": "critical", "team": "backend"},
        {"alertname": "HighErrorRate", "severity": "critical", "team": "backend"},
        {"alertname": "HighMemoryUsage", "severity": "warning", "team": "backend"},
    )

    def inhibited() -> set[str]:
        with urllib.request.urlopen(f"{alertmanager.url}/api/v2/alerts", timeout=10) as answer:
            return {one["labels"]["alertname"] for one in json.load(answer) if one["status"]["inhibitedBy"]}

    alertmanager.wait(lambda: bool(inhibited()))
    assert inhibited() == {"HighErrorRate"}


def test_pagerduty_is_given_the_key_that_the_file_holds(rendered: Rendered, inbox: Inbox) -> None:
    # Ours alone: with the guide's service_key Alertmanager ignores "url" and calls PagerDuty itself.
    address = f"http://127.0.0.1:{rendered.ports['CONSOLE_PORT']}/pagerduty"
    (rendered.folder / "secrets" / "pagerduty_key").write_text("a-key")
    config = rendered.alertmanager.read_text()
    assert config.count("http://127.0.0.1:9/not-set-up") == 1
    with servers.alertmanager(
        rendered.folder / "am", config=config.replace("http://127.0.0.1:9/not-set-up", address)
    ) as server:
        send(server, {"alertname": "X", "severity": "critical", "team": "backend"})
        path, body = "", {}
        while path != "/pagerduty":
            path, _authorization, body = inbox.calls.get(timeout=30)
    assert body["routing_key"] == "a-key"

"""/healthz says that the process lives, /readyz what it depends on; both whatever else is down."""

from __future__ import annotations

import socket
import threading
import time

import pytest
from django.db import DatabaseError, connections
from django.test import Client

from apps.core import readiness
from apps.core.readiness import probe_all
from apps.sources.prometheus import default
from tests import servers


@pytest.fixture
def probes(monkeypatch):
    found: dict = {}
    monkeypatch.setattr(readiness, "_probes", found)
    return found


def test_healthz_answers_without_touching_the_database(client, monkeypatch):
    def refuse(*args, **kwargs):
        raise DatabaseError("gone")

    monkeypatch.setattr(connections["default"], "cursor", refuse)
    client.cookies["sessionid"] = "somebody"
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert "no-cache" in answer["Cache-Control"]


def test_readyz_names_what_is_down_and_what_is_not(client, probes):
    probes["up"] = lambda: True
    probes["down"] = lambda: 1 / 0
    probes["unwell"] = lambda: False
    answer = client.get("/readyz")
    assert answer.status_code == 503
    found = answer.json()["dependencies"]
    assert {name: probed["ok"] for name, probed in found.items()} == {"up": True, "down": False, "unwell": False}
    assert "ZeroDivisionError" in found["down"]["error"]


def test_readyz_is_200_when_all_answer(client, probes):
    probes["up"] = lambda: None
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["ready"]) == (200, True)


def test_probes_run_side_by_side(probes):
    meeting = threading.Barrier(3, timeout=5)
    for name in ("one", "two", "three"):
        probes[name] = meeting.wait  # each waits for the others: one after the other none would end
    assert all(probed.ok for probed in probe_all(timeout=5).values())


def test_a_probe_that_hangs_is_given_up(probes):
    release = threading.Event()
    probes["hanging"] = release.wait
    probes["up"] = lambda: None
    begun = time.monotonic()
    found = probe_all(timeout=0.2)
    release.set()
    assert time.monotonic() - begun < 2
    assert found["up"].ok
    assert not found["hanging"].ok
    assert "0.2 s" in found["hanging"].error


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_the_broker_and_the_database_are_asked_for_real(settings, redis_server, tmp_path):
    client = Client()
    settings.REDIS_URL = f"redis://127.0.0.1:{redis_server.port}/0"
    found = client.get("/readyz").json()["dependencies"]
    assert found["broker"]["ok"]
    settings.REDIS_URL = f"redis://127.0.0.1:{servers.free_port()}/0"
    found = client.get("/readyz").json()["dependencies"]
    assert not found["broker"]["ok"]


@pytest.mark.servers
def test_a_broker_that_accepts_and_never_answers_is_down_within_two_seconds(settings, client):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.REDIS_URL = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        begun = time.monotonic()
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert time.monotonic() - begun < 4
    assert not answer.json()["dependencies"]["broker"]["ok"]


def test_an_icon_is_where_browsers_look_for_it(client):
    answer = client.get("/favicon.ico")
    assert (answer.status_code, answer["Location"]) == (301, "/static/favicon.svg")


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_readyz_follows_prometheus_as_it_goes_and_comes_back(settings, client, redis_server, tmp_path):
    settings.REDIS_URL = f"redis://127.0.0.1:{redis_server.port}/0"
    with servers.prometheus(tmp_path) as server:
        settings.PROMETHEUS_URL = server.url
        default.cache_clear()
        try:
            assert client.get("/readyz").json()["ready"] is True
            server.pause()
            begun = time.monotonic()
            found = client.get("/readyz")
            assert time.monotonic() - begun < 4
            assert found.status_code == 503
            states = {name: probed["ok"] for name, probed in found.json()["dependencies"].items()}
            assert states == {"broker": True, "database": True, "prometheus": False}
            server.resume()
            assert client.get("/readyz").status_code == 200
        finally:
            default().close()  # a socket left open would fail whichever test comes when it is collected
            default.cache_clear()

"""The page's frame: at once, from the console alone; what is wrong with an address stands beside its field."""

from __future__ import annotations

import time

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils.html import escape

from apps.accounts.actions import roles_ensure
from apps.sources import prometheus
from apps.sources.prometheus import Prometheus
from tests import servers


@pytest.fixture
def browser(db: None) -> Client:
    roles_ensure()
    user = User.objects.create_user("viewer")
    user.groups.set(Group.objects.filter(name="viewer"))
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(user)
    return client


def test_the_root_is_the_overview(browser):
    assert browser.get("/")["Location"] == "/d/overview/"


def test_strangers_sign_in_first_and_come_back(client):
    answer = client.get("/d/api/?from=now-1h")
    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/login/?next=/d/api/%3Ffrom%3Dnow-1h"
    assert client.get("/api/v1/dashboards").status_code == 401


def test_a_page_asks_prometheus_nothing(browser, monkeypatch):
    def refuse() -> Prometheus:
        raise AssertionError("the page asked")

    monkeypatch.setattr(prometheus, "default", refuse)
    for slug in ("overview", "api"):
        assert browser.get(f"/d/{slug}/").status_code == 200


@pytest.mark.servers
def test_a_page_comes_within_a_second_while_prometheus_hangs(browser, monkeypatch, tmp_path):
    browser.get("/d/overview/")  # templates are read once a process
    with servers.prometheus(tmp_path) as server:
        source = Prometheus(server.url)
        monkeypatch.setattr(prometheus, "default", lambda: source)
        server.pause()
        began = time.monotonic()
        assert browser.get("/d/overview/").status_code == 200
        assert time.monotonic() - began < 1
        source.close()


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=yesterday-ish", "from"),
        ("to=later", "to"),
        ("from=now&to=now-1h", "from"),
        ("from=now-10y", "from"),
        ("refresh=often", "refresh"),
    ],
)
def test_a_range_that_is_none_is_400_with_the_page_and_the_message_beside_the_field(browser, query, field):
    answer = browser.get(f"/d/overview/?{query}")
    assert answer.status_code == 400
    assert list(answer.context["errors"]) == [field]
    message = answer.context["errors"][field]
    assert message
    assert 'id="dashboard-data"' in answer.content.decode()
    assert str(escape(message)) in answer.content.decode()


def test_the_page_tells_its_script_where_the_data_are(browser):
    page = browser.get("/d/api/?from=now-1h&refresh=0&var-route=/a&var-route=/b").context["page_json"]
    assert page["data_url"] == "/api/v1/dashboards/api/data"
    assert (page["from"], page["to"], page["refresh"]) == ("now-1h", "now", 0)
    (variable,) = page["variables"]
    assert (variable["name"], variable["value"]) == ("route", ["/a", "/b"])
    assert all({"id", "title", "view", "width", "height"} <= set(panel) for panel in page["panels"])


def test_hostile_words_in_the_address_are_text(browser):
    page = browser.get(
        '/d/api/?from="><script>alert(1)</script>&var-route="><script>alert(2)</script>'
    ).content.decode()
    assert "<script>alert(" not in page


def test_the_api_lists_the_dashboards_and_describes_itself(browser):
    body = browser.get("/api/v1/dashboards").json()
    assert [one["slug"] for one in body["items"]][:2] == ["overview", "api"]
    assert (body["total"], body["next"]) == (len(body["items"]), None)
    schema = browser.get("/api/v1/openapi.json").json()
    assert "/api/v1/dashboards/{slug}/data" in schema["paths"]
    docs = browser.get("/api/v1/docs")
    assert docs.status_code == 200
    assert "/api/v1/query_range" in docs.content.decode()

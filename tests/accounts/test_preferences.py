"""Language, theme and time zone: saved for who is signed in, cookies for who is not."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.utils import timezone, translation

from apps.accounts.models import AuditEvent, Preferences
from apps.accounts.queries import preferences_of

PAGE = "/accounts/preferences/"
SWITCH = "/accounts/switch/"


def test_saved_preferences_change_the_next_page(signed_in):
    client = signed_in("viewer")
    answer = client.post(PAGE, {"language": "en", "theme": "dark", "time_zone": "Europe/Berlin"})
    assert answer.status_code == 302
    page = client.get(PAGE)
    assert page["Content-Language"] == "en"
    assert page.context["preferences"].theme == "dark"
    assert str(page.context["zone"]) == "Europe/Berlin"


@pytest.mark.parametrize(
    "wrong", [{"language": "xx"}, {"theme": "pink"}, {"time_zone": "Mars/Olympus"}, {"time_zone": "../etc/passwd"}]
)
def test_a_wrong_choice_is_refused_and_nothing_saved(signed_in, wrong):
    client = signed_in("viewer")
    answer = client.post(PAGE, {"language": "en", "theme": "dark", "time_zone": "UTC"} | wrong)
    assert answer.status_code == 400
    assert not Preferences.objects.exists()


def test_looking_at_the_page_saves_nothing(signed_in):
    signed_in("viewer").get(PAGE)
    assert not Preferences.objects.exists()


def test_a_switch_saves_one_choice_and_keeps_the_others(signed_in):
    client = signed_in("viewer")
    client.post(PAGE, {"language": "en", "theme": "light", "time_zone": "UTC"})
    answer = client.post(SWITCH, {"theme": "dark", "next": "/d/api/?from=now-1h"})
    assert answer["Location"] == "/d/api/?from=now-1h"
    saved = Preferences.objects.get()
    assert (saved.language, saved.theme, saved.time_zone) == ("en", "dark", "UTC")


def test_a_first_switch_of_the_theme_keeps_the_language_that_is_seen(signed_in):
    client = signed_in("viewer")
    client.cookies["django_language"] = "en"
    client.post(SWITCH, {"theme": "dark"})
    assert Preferences.objects.get().language == "en"


def test_a_switch_works_signed_out_by_cookies_alone(db, client):
    client.post(SWITCH, {"language": "en", "theme": "dark"})
    page = client.get("/accounts/login/")
    assert page["Content-Language"] == "en"
    assert page.context["preferences"].theme == "dark"
    assert not Preferences.objects.exists()


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_a_switch_leads_back_to_the_console_only(db, client, wanted):
    assert client.post(SWITCH, {"theme": "dark", "next": wanted})["Location"] == "/"


def test_a_switch_refuses_what_is_no_choice(db, client):
    assert client.post(SWITCH, {"theme": "pink"}).status_code == 400
    assert client.get(SWITCH).status_code == 405


def test_cookies_with_nonsense_are_ignored(db, client):
    client.cookies["glimpse_theme"] = "<script>"
    client.cookies["glimpse_zone"] = "../../etc/passwd"
    page = client.get("/accounts/login/")
    assert page.context["preferences"].theme == "system"
    assert str(page.context["zone"]) == "Asia/Seoul"


def test_a_zone_that_this_machine_forgot_falls_back_to_the_consoles(person):
    user = person("viewer")
    Preferences.objects.create(user=user, time_zone="Atlantis/Capital")
    assert str(preferences_of(user).zone) == "Asia/Seoul"


def test_a_request_leaves_no_zone_behind_for_the_next(signed_in):
    client = signed_in("viewer")
    client.post(PAGE, {"language": "en", "theme": "dark", "time_zone": "America/New_York"})
    client.get(PAGE)
    assert str(timezone.get_current_timezone()) == "Asia/Seoul"
    translation.activate("ko")


def test_a_change_of_preferences_is_audited_with_before_and_after(signed_in):
    client = signed_in("viewer")
    client.post(PAGE, {"language": "ko", "theme": "system", "time_zone": "Asia/Seoul"})
    client.post(PAGE, {"language": "en", "theme": "system", "time_zone": "Asia/Seoul"})
    event = AuditEvent.objects.filter(action="preferences.changed").get()
    assert event.actor_name == "viewer"
    assert event.detail["changes"] == {"language": ["ko", "en"]}


def test_preferences_are_asked_for_once_a_request(signed_in, django_assert_max_num_queries):
    client = signed_in("viewer")
    client.post(PAGE, {"language": "en", "theme": "dark", "time_zone": "UTC"})
    # session, user, preferences, roles of the menu, tokens, groups
    with django_assert_max_num_queries(6):
        client.get(PAGE)


def test_nobody_at_all_has_unsaved_defaults():
    assert preferences_of(AnonymousUser()).pk is None
    assert preferences_of(User()).theme == "system"

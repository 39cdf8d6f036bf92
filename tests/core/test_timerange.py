"""The grammar of time: Grafana's relative words, ISO 8601, plain dates and epochs, in the reader's zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.timerange import TimeRange, TimeRangeError, format_duration, parse_duration

SEOUL = ZoneInfo("Asia/Seoul")
BERLIN = ZoneInfo("Europe/Berlin")
# Monday, 11:12:51.720 in Seoul
NOW = datetime(2026, 11, 23, 2, 12, 51, 720_000, tzinfo=UTC)


def parse(start: str | None, end: str | None, *, now: datetime = NOW, zone: ZoneInfo = SEOUL) -> TimeRange:
    return TimeRange.parse(start, end, now=now, zone=zone)


def seoul(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=SEOUL)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("word", "moment"),
    [
        ("now-6h", NOW - timedelta(hours=6)),
        ("now-90s", NOW - timedelta(seconds=90)),
        ("now-h", NOW - timedelta(hours=1)),
        ("now-7d", NOW - timedelta(days=7)),
        ("now-2w", NOW - timedelta(days=14)),
        ("now-1M", datetime(2026, 10, 23, 2, 12, 51, 720_000, tzinfo=UTC)),
        ("now-1y", datetime(2025, 11, 23, 2, 12, 51, 720_000, tzinfo=UTC)),
        ("now/d", seoul(2026, 11, 23)),
        ("now-1d/d", seoul(2026, 11, 22)),
        ("now-7d/d", seoul(2026, 11, 16)),
        ("now/w", seoul(2026, 11, 23)),
        ("now-1w/w", seoul(2026, 11, 16)),
        ("now/M", seoul(2026, 11, 1)),
        ("now/y", seoul(2026, 1, 1)),
        ("now/h", seoul(2026, 11, 23, 11)),
        ("now-1d/d+8h", seoul(2026, 11, 22, 8)),
        ("2026-11-20 10:00", seoul(2026, 11, 20, 10)),
        ("2026-11-20", seoul(2026, 11, 20)),
        ("2026-11-20T10:00:00Z", datetime(2026, 11, 20, 10, tzinfo=UTC)),
        ("2026-11-20T10:00:00+02:00", datetime(2026, 11, 20, 8, tzinfo=UTC)),
        ("1763600000", datetime.fromtimestamp(1763600000, UTC)),
        ("1763600000500", datetime.fromtimestamp(1763600000.5, UTC)),
    ],
)
def test_a_start_is_the_moment_that_its_words_mean(word, moment):
    assert parse(word, "now").start == moment


@pytest.mark.parametrize(
    ("word", "next_start"),
    [
        ("now/d", seoul(2026, 11, 24)),
        ("now-1d/d", seoul(2026, 11, 23)),
        ("now/M", seoul(2026, 12, 1)),
        ("now/w", seoul(2026, 11, 30)),
        ("2026-11-20", seoul(2026, 11, 21)),
    ],
)
def test_a_rounded_end_is_the_last_millisecond_of_its_unit(word, next_start):
    assert parse("2026-11-01", word).end == next_start - timedelta(milliseconds=1)


def test_missing_words_take_the_default():
    found = parse(None, "  ")
    assert (found.raw_from, found.raw_to, found.seconds) == ("now-6h", "now", 6 * 3600)


def test_a_link_keeps_the_words_it_came_with():
    assert parse("now-1d/d", "now/d").as_query() == {"from": "now-1d/d", "to": "now/d"}


@pytest.mark.parametrize(
    ("end", "live"), [("now", True), ("now/d", True), ("now-1h", False), ("2026-11-23 10:00", False)]
)
def test_only_an_end_that_moves_is_live(end, live):
    assert parse("now-2d", end).is_live is live


@pytest.mark.parametrize(
    "word",
    [
        "yesterday-ish",
        "now-",
        "now-6",
        "now-6x",
        "now6h",
        "now/q",
        "now-6h ",
        "nowhere",
        "2026-13-01",
        "2026-11-23 25:00",
        "٣",
        "nan",
        "1e9",
        "now-999999y",
        "99999999999999999999",
        "-5000000000",
        "0001-01-01",
        "9999-12-31",
        "\x00",
    ],
)
@pytest.mark.parametrize("field", ["from", "to"])
def test_nonsense_is_refused_beside_its_own_field(word, field):
    if word == "now-6h ":
        assert parse(word, "now").raw_from == "now-6h"
        return
    with pytest.raises(TimeRangeError) as caught:
        parse(**{"start": "now-1h", "end": "now", "start" if field == "from" else "end": word})
    assert caught.value.field == field


def test_a_start_after_the_end_is_refused():
    with pytest.raises(TimeRangeError, match=r".+") as caught:
        parse("now", "now-1h")
    assert caught.value.field == "from"


def test_ten_years_are_refused_and_two_are_not():
    assert parse("now-2y", "now").seconds > 2 * 364 * 86400
    with pytest.raises(TimeRangeError):
        parse("now-10y", "now")


def test_a_day_is_a_day_of_the_wall_clock_where_clocks_change():
    # Berlin went from summer to winter time on 25 October 2026: that day had 25 hours.
    now = datetime(2026, 10, 26, 12, tzinfo=UTC)
    assert parse("now-1d/d", "now-1d/d", now=now, zone=BERLIN).seconds == pytest.approx(25 * 3600, abs=0.01)


def test_an_hour_is_an_hour_where_clocks_change():
    now = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert parse("now-2h", "now", now=now, zone=BERLIN).seconds == 7200


def test_a_month_before_the_31st_is_the_last_day_of_a_shorter_month():
    now = datetime(2026, 3, 31, 3, tzinfo=UTC)
    assert parse("now-1M", "now", now=now).start.astimezone(SEOUL).date().isoformat() == "2026-02-28"


def test_every_preset_can_be_parsed():
    for start, end, label in TimeRange.PRESETS:
        assert parse(start, end).seconds > 0
        assert str(label)


units = st.sampled_from("smhdwMy")
steps = st.one_of(
    st.tuples(st.sampled_from("+-"), st.integers(0, 50).map(str), units).map("".join),
    units.map(lambda unit: f"/{unit}"),
)
words = st.lists(steps, max_size=4).map(lambda parts: "now" + "".join(parts))
moments = st.integers(946_684_800, 4_102_444_800).map(lambda second: datetime.fromtimestamp(second, UTC))
zones = st.sampled_from([SEOUL, BERLIN, ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("UTC")])


@given(words, words, moments, zones)
def test_any_words_give_a_range_in_order_or_a_message(start, end, now, zone):
    try:
        found = parse(start, end, now=now, zone=zone)
    except TimeRangeError as error:
        assert error.message
        return
    assert found.start < found.end
    assert found.start.tzinfo is UTC
    assert found.end.tzinfo is UTC


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_text_gives_a_range_or_a_message_and_never_another_error(start, end):
    try:
        parse(start, end)
    except TimeRangeError as error:
        assert error.field in ("from", "to")


@given(units, moments, zones)
def test_rounding_down_and_up_enclose_the_moment(unit, now, zone):
    now = now.replace(microsecond=0)
    found = parse(f"now/{unit}", f"now/{unit}", now=now, zone=zone)
    assert found.start <= now <= found.end


@given(st.integers(1, 10**12))
def test_a_duration_survives_being_written_and_read(milliseconds):
    assert parse_duration(format_duration(milliseconds / 1000)) == pytest.approx(milliseconds / 1000, abs=0.0006)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5m", 300), ("1h30m", 5400), ("500ms", 0.5), ("2m30ms", 120.03), ("1d", 86400), ("1w", 604800), ("0", 0)],
)
def test_a_duration_is_read_as_prometheus_reads_it(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "m", "-5m", "30m1h", "5 m", "1.5h", "5min", "٥m", "1e3s"])
def test_what_prometheus_would_refuse_is_no_duration(text):
    with pytest.raises(ValueError, match=r".+"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"), [(300, "5m"), (5400, "1h30m"), (0.5, "500ms"), (864000, "10d"), (604800, "1w"), (0, "0s")]
)
def test_a_duration_is_written_in_its_shortest_form(seconds, text):
    assert format_duration(seconds) == text

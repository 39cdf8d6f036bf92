"""Numbers for people: units, three significant digits, Korean and English."""

from __future__ import annotations

import math
import re
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.formatting import NOTHING, UNITS, format_value


@pytest.mark.parametrize(
    ("value", "unit", "locale", "text"),
    [
        (1234567, "krw", "ko", "₩1,234,567"),
        (-1234567, "krw", "en", "-₩1,234,567"),
        (1234567, "krw_short", "ko", "₩123만"),
        (1234567, "krw_short", "en", "₩1.2M"),
        (123456789, "krw_short", "ko", "₩1.2억"),
        (99999999, "krw_short", "ko", "₩1억"),
        (999999, "krw_short", "en", "₩1M"),
        (9999, "krw_short", "ko", "₩9,999"),
        (-50000, "krw_short", "ko", "-₩5만"),
        (1.2, "s", "ko", "1.2 s"),
        (0.0123, "s", "ko", "12.3 ms"),
        (0.99996, "s", "ko", "1 s"),
        (90, "s", "ko", "1.5 min"),
        (250, "ms", "ko", "250 ms"),
        (0, "s", "ko", "0 s"),
        (99.95, "percent", "ko", "99.95 %"),
        (0.9995, "percentunit", "ko", "99.95 %"),
        (99.9999, "percent", "ko", "99.999 %"),
        (100, "percent", "ko", "100 %"),
        (5, "percent", "ko", "5 %"),
        (12.3, "reqps", "ko", "12.3 req/s"),
        (12345, "reqps", "ko", "1.23만 req/s"),
        (12345, "ops", "en", "12.3K ops/s"),
        (1536, "bytes", "ko", "1.5 KiB"),
        (1048575, "bytes", "ko", "1 MiB"),
        (2 * 1024**3, "bytes_per_s", "ko", "2 GiB/s"),
        (1234.4, "count", "ko", "1,234"),
        (1234, "short", "ko", "1,234"),
        (1234, "short", "en", "1.23K"),
        (3.14159, "none", "ko", "3.14"),
        (-0.0001, "count", "ko", "0"),
        (1.5, "MiB", "ko", "1.5 MiB"),
    ],
)
def test_a_value_reads_as_people_write_it(value, unit, locale, text):
    assert format_value(value, unit, locale=locale) == text


@pytest.mark.parametrize("unit", sorted(UNITS))
def test_nothing_is_a_dash_in_every_unit(unit):
    assert format_value(None, unit) == NOTHING
    assert format_value(math.nan, unit) == NOTHING


def test_infinity_is_shown_as_such():
    assert (format_value(math.inf, "s"), format_value(-math.inf, "bytes")) == ("∞", "-∞")


def test_decimals_are_kept_when_asked_for():
    assert format_value(5, "percent", decimals=2) == "5.00 %"
    assert format_value(1.23456, "s", decimals=1) == "1.2 s"
    assert format_value(1234.567, "count", decimals=1) == "1,234.6"


def test_a_moment_is_written_in_the_zone_that_is_named():
    assert format_value(1.7e9, "dateTime", zone=ZoneInfo("Asia/Seoul")) == "2023-11-15 07:13:20"
    assert format_value(1.7e9, "dateTime", zone=ZoneInfo("UTC")) == "2023-11-14 22:13:20"


def test_a_moment_beyond_the_calendar_is_a_dash():
    assert format_value(1e30, "dateTime") == NOTHING


anything = st.floats(allow_nan=True, allow_infinity=True)
locales = st.sampled_from(["ko", "en"])


@given(anything, st.sampled_from(sorted(UNITS)), locales, st.one_of(st.none(), st.integers(0, 6)))
def test_every_number_has_a_short_text_in_every_unit(value, unit, locale, decimals):
    text = format_value(value, unit, locale=locale, decimals=decimals)
    assert 0 < len(text) <= 40
    assert not re.match(r"-[^1-9∞₩]*$", text), "a minus before nothing but zeros"


@given(st.floats(0.001, 1e14), locales)
def test_a_short_amount_is_within_ten_percent_of_the_amount(value, locale):
    value = max(value, 10)
    text = format_value(value, "krw_short", locale=locale).removeprefix("₩").replace(",", "")
    number, suffix = re.fullmatch(r"([\d.]+)(.*)", text).groups()
    scale = {"": 1, "만": 1e4, "억": 1e8, "조": 1e12, "K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}[suffix]
    assert float(number) * scale == pytest.approx(value, rel=0.1)
    assert float(number) < 10_000 or not suffix


@given(st.floats(1e-9, 1e9))
def test_a_duration_is_within_one_percent_of_the_seconds(value):
    number, unit = format_value(value, "s").replace(",", "").split(" ")
    scale = {"ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1, "min": 60, "h": 3600, "d": 86400}[unit]
    assert float(number) * scale == pytest.approx(value, rel=0.01)


@given(st.floats(0, 100, exclude_max=True))
def test_a_share_below_a_hundred_percent_never_claims_all(value):
    if value < 99.9999999:
        assert format_value(value, "percent") != "100 %"

"""Whatever somebody logs becomes JSON of bounded size, and nothing raises."""

from __future__ import annotations

import enum
import json
from decimal import Decimal
from typing import Any

import pytest

from apps.telemetry.plain import MAX_ITEMS, MAX_TEXT, plain


class Hostile:
    def __str__(self) -> str:
        raise RuntimeError("not today")


class HostileMapping(dict[str, Any]):
    def items(self) -> Any:
        raise KeyError("moved")


class Colour(enum.Enum):
    RED = "red"


def circular() -> dict[str, Any]:
    found: dict[str, Any] = {"list": []}
    found["list"].append(found)
    return found


def deep() -> list[Any]:
    found: list[Any] = []
    for _ in range(10_000):
        found = [found]
    return found


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (circular(), {"list": ["<circular>"]}),
        (b"\xff\x00a", "\\xff\x00a"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (10**30, str(10**30)),
        (Hostile(), "<unprintable Hostile: RuntimeError>"),
        (HostileMapping(a=1), "<unprintable HostileMapping: KeyError>"),
        ({1: "a", None: "b", (2, 3): "c"}, {"1": "a", "None": "b", "[2, 3]": "c"}),
        ("\ud800 alone", "\\ud800 alone"),
        (Decimal("1.50"), "1.50"),
        (Colour.RED, "red"),
        (ValueError("bad"), "ValueError: bad"),
        (True, True),
        (2**63, str(2**63)),
        (2**63 - 1, 2**63 - 1),
    ],
)
def test_a_hostile_value_becomes_something_json_can_hold(value: Any, expected: Any) -> None:
    found = plain(value)
    assert found == expected
    assert json.loads(json.dumps(found, allow_nan=False)) == expected


def test_a_value_nested_too_deep_ends_with_a_note() -> None:
    assert "nested too deep" in json.dumps(plain(deep()))


def test_the_same_value_twice_side_by_side_is_not_circular() -> None:
    shared = {"a": 1}
    assert plain([shared, shared]) == [{"a": 1}, {"a": 1}]


def test_a_huge_text_is_cut_and_says_by_how_much() -> None:
    found = plain("x" * (MAX_TEXT + 5))
    assert found.endswith("… (5 more characters)")
    assert len(found) < MAX_TEXT + 50


def test_an_integer_that_python_refuses_to_print_is_described() -> None:
    assert plain(1 << 20_000) == "<integer of 20001 bits>"


def test_a_long_list_and_a_large_mapping_are_cut() -> None:
    assert plain(list(range(MAX_ITEMS + 3)))[-1] == "… 3 more"
    assert plain({str(n): n for n in range(MAX_ITEMS + 3)})["…"] == "3 more"

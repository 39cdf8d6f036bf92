"""The model is the same function for the past and the present, and has the shape of a Korean day."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from demo.endpoints import ENDPOINTS, PRODUCTS
from demo.exporters import EXPORTERS, PROCESS
from demo.faults import KINDS, BadFault, Faults, parse_duration
from demo.model import Moment
from demo.population import REGISTERED, nth_user, seoul_day

SEOUL = ZoneInfo("Asia/Seoul")


def at(hour: int, minute: int = 0, day: int = 18) -> float:
    return datetime(2026, 11, day, hour, minute, tzinfo=SEOUL).timestamp()


def test_one_moment_equals_the_same_time_in_a_week() -> None:
    week = Moment(np.arange(at(0), at(0) + 86400, 60.0))
    now = Moment.at(at(12, 34))
    index = int((at(12, 34) - at(0)) // 60)
    for each in [*PROCESS, *[series for many in EXPORTERS.values() for series in many]]:
        assert each.value(week)[index] == pytest.approx(each.value(now)[0]), each.name


@pytest.mark.parametrize(("busy", "quiet"), [((22, 30), (4, 30)), ((8, 20), (6, 0)), ((12, 25), (10, 15))])
def test_commuting_lunch_and_late_evening_are_busier(busy: tuple[int, int], quiet: tuple[int, int]) -> None:
    assert Moment.at(at(*busy)).curve[0] > 1.25 * Moment.at(at(*quiet)).curve[0]


def test_saturday_afternoon_is_busier_than_wednesdays() -> None:
    assert Moment.at(at(15, 30, day=21)).curve[0] > 2 * Moment.at(at(15, 30)).curve[0]


def test_the_whole_day_is_light_on_the_machine() -> None:
    assert Moment(np.arange(at(0), at(0) + 7 * 86400, 60.0)).rate.max() < 30


def test_nobody_is_counted_twice_a_day_and_the_days_users_all_come() -> None:
    day = seoul_day(at(0))
    assert len({nth_user(day, index) for index in range(REGISTERED)}) == REGISTERED
    assert Moment.at(at(23, 59)).seen_today[0] == pytest.approx(1, abs=0.01)
    assert Moment.at(at(0, 0)).seen_today[0] == pytest.approx(0, abs=0.01)


def test_churn_follows_bad_days() -> None:
    leave = ENDPOINTS[-1]
    assert Moment.at(at(12), {"badness": 1.0}).request_share(leave)[0] > 3 * Moment.at(at(12)).request_share(leave)[0]


def test_shares_of_products_add_up() -> None:
    assert sum(product.share for product in PRODUCTS) == pytest.approx(1)


def test_a_fault_climbs_its_ramp_and_ends_by_itself() -> None:
    now = [1000.0]
    faults = Faults(clock=lambda: now[0])
    faults.start("slow-database", seconds=60, strength=2)
    now[0] += KINDS["slow-database"].ramp_s / 2
    assert faults.levels() == {"slow-database": 1.0}
    now[0] += 30
    assert faults.levels() == {"slow-database": 2.0}
    now[0] += 30
    assert faults.running() == []


def test_a_restart_keeps_the_faults_that_still_run(tmp_path: Path) -> None:
    now = [1000.0]
    faults = Faults(tmp_path / "faults.json", clock=lambda: now[0])
    faults.start("api-down", seconds=10)
    faults.start("log-storm")
    now[0] += 11
    again = Faults(tmp_path / "faults.json", clock=lambda: now[0])
    assert [fault.name for fault in again.running()] == ["log-storm"]


def test_a_broken_file_of_faults_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "faults.json").write_text('[{"name": ')
    assert Faults(tmp_path / "faults.json").running() == []


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("10m", 600), ("1h30m", 5400), ("0.5h", 1800)])
def test_durations_are_read(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "10", "m", "soon", "10m!", "0s", "-5m", "9999d"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(BadFault, match="duration"):
        parse_duration(text)

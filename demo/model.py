"""The service as a function of time: how many come, how long they wait, what goes wrong. History and live both ask it.

Everything is computed on arrays of Unix seconds, so that seven days are one call; a live moment is an array of one.
The same time, seed and fault levels give the same answer, which is why the past joins the present without a step.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from demo.endpoints import ENDPOINTS, LEAVE, PAYMENTS, Endpoint, Statement

Floats = NDArray[np.float64]
SEOUL_OFFSET_S = 9 * 3600
DAY_S = 86400
# Growth is counted from here, so that figures do not depend on when the demo was first started.
OPENED = 1_767_193_200.0  # 2026-01-01 00:00 in Seoul
PEAK_RATE = 8.0
DAILY_USERS = 9_000
_TOTAL_SHARE = sum(endpoint.share for endpoint in ENDPOINTS)
# (hour, width in hours, height): commuting, lunch, way home, late evening; at weekends the day begins later.
_WEEKDAY = ((8.3, 0.9, 0.45), (12.4, 0.8, 0.45), (14.5, 3.0, 0.22), (18.7, 1.3, 0.55), (22.6, 1.6, 1.0))
_WEEKEND = ((11.0, 1.8, 0.40), (15.5, 2.5, 0.60), (20.0, 2.2, 0.55), (23.2, 1.7, 1.0))


def _bumps(hour: Floats, bumps: tuple[tuple[float, float, float], ...]) -> Floats:
    total = np.full_like(hour, 0.10)
    for centre, width, height in bumps:
        away = np.abs(hour - centre)
        away = np.minimum(away, 24 - away)
        total += height * np.exp(-0.5 * (away / width) ** 2)
    return total


class Moment:
    """The service at some times under some fault levels (scalars or arrays as long as `t`)."""

    def __init__(self, t: Floats, levels: Mapping[str, Floats | float] | None = None, seed: int = 1) -> None:
        self.t = t
        self.levels = levels or {}
        self.seed = seed

    @classmethod
    def at(cls, now: float, levels: Mapping[str, Floats | float] | None = None, seed: int = 1) -> Moment:
        """One moment."""
        return cls(np.array([now]), levels, seed)

    def fault(self, name: str) -> Floats:
        """The level of a fault: 0 none, 1 full."""
        return np.zeros_like(self.t) + self.levels.get(name, 0.0)

    def noise(self, name: str, scale: float = 1.0, minutes: float = 11.0) -> Floats:
        """A smooth wobble between about -scale and scale, different for each name and seed."""
        phase = zlib.crc32(f"{self.seed} {name}".encode()) / 2**32 * 2 * math.pi
        base = 2 * math.pi * self.t / (minutes * 60)
        waves: Floats = (
            np.sin(base + phase) + 0.7 * np.sin(base / 3.7 + 2 * phase) + 0.5 * np.sin(base * 2.9 + 3 * phase)
        )
        return scale * waves / 2.2

    @cached_property
    def curve(self) -> Floats:
        """The day's shape without noise: about 0.1 before dawn, 1 and a little more late in the evening."""
        local = self.t + SEOUL_OFFSET_S
        hour = (local % DAY_S) / 3600
        weekday = (local / DAY_S + 3) % 7  # 1 January 1970 was a Thursday; Monday is 0
        weekend = np.interp(weekday, [0, 0.2, 4.8, 5.2, 6.9, 7], [0.6, 0, 0, 1, 0.8, 0.6])
        shape: Floats = (1 - weekend) * _bumps(hour, _WEEKDAY) + weekend * 1.12 * _bumps(hour, _WEEKEND)
        return shape

    @cached_property
    def usual_rate(self) -> Floats:
        """Requests a second that would come if nothing were wrong."""
        growth = 1 + 0.0006 * (self.t - OPENED) / DAY_S
        rate: Floats = PEAK_RATE * self.curve * growth * (1 + self.noise("rate", 0.07))
        return rate

    @cached_property
    def rate(self) -> Floats:
        """Requests a second that are sent."""
        surge = self.fault("traffic-surge")
        rate = self.usual_rate * (1 + 2 * surge) + 100 * surge
        kept: Floats = rate * np.maximum(0.02, 1 - 0.85 * self.fault("traffic-drop"))
        return kept

    @cached_property
    def served_rate(self) -> Floats:
        """Requests a second that are answered: none while the API is down."""
        served: Floats = np.where(self.fault("api-down") > 0, 0.0, self.rate)
        return served

    @cached_property
    def load(self) -> Floats:
        """Work on the machine, 0 to about 1 on a usual day."""
        load: Floats = np.minimum(self.served_rate / (1.2 * PEAK_RATE), 6)
        return load

    @cached_property
    def memory_level(self) -> Floats:
        return np.minimum(self.fault("memory-leak"), 1.1)

    @cached_property
    def database_factor(self) -> Floats:
        """How many times its usual time a statement takes."""
        usual = 1 + 0.20 * np.minimum(self.load, 2) ** 2 + self.noise("database", 0.10, 17)
        factor: Floats = usual * (1 + 14 * self.fault("slow-database")) * (1 + self.fault("connection-pool-exhausted"))
        return factor

    @cached_property
    def latency_factor(self) -> Floats:
        """How many times its usual time a request takes."""
        usual = 1 + 0.25 * np.minimum(self.load, 2) ** 2 + self.noise("latency", 0.06)
        factor: Floats = (
            usual * (1 + 12 * self.fault("slow-database")) * (1 + 3 * self.fault("connection-pool-exhausted"))
        )
        return factor * (1 + 1.5 * self.memory_level**3)

    def median(self, endpoint: Endpoint) -> Floats:
        """Seconds that half of an endpoint's requests stay under."""
        return endpoint.median_s * self.latency_factor * (1 + self.noise(endpoint.key, 0.08, 29))

    def statement_median(self, statement: Statement) -> Floats:
        """Seconds that half of a statement's runs stay under."""
        return statement.median_s * self.database_factor

    @cached_property
    def unavailable_share(self) -> Floats:
        """Share of requests that find no database connection: 503."""
        return np.minimum(0.9, 0.12 * self.fault("connection-pool-exhausted"))

    def server_error_share(self, endpoint: Endpoint) -> Floats:
        """Share of an endpoint's requests that end in its 5xx."""
        usual = 0.0022 * (1 + self.noise("errors", 0.5, 37)) + 0.002 * np.minimum(self.load, 2)
        faults = 0.34 * self.fault("server-errors") + 0.04 * self.fault("slow-database") + 0.05 * self.memory_level**4
        if endpoint is PAYMENTS:
            faults = faults + 0.20 * self.fault("payment-failures")
        # Those that hardly ever fail by themselves fail when everything does.
        share: Floats = np.minimum(0.95, (usual if endpoint.server_error else 0) + faults)
        return share

    def client_error_share(self, endpoint: Endpoint) -> Floats:
        """Share of an endpoint's requests that end in its 4xx."""
        share = np.full_like(self.t, endpoint.client_error_share)
        if endpoint is PAYMENTS:
            share = np.minimum(0.95, share + 0.40 * self.fault("payment-failures"))
        return share

    def request_share(self, endpoint: Endpoint) -> Floats:
        """An endpoint's share of all requests: more leave after bad hours, and who could not pay tries again."""
        share = np.full_like(self.t, endpoint.share / _TOTAL_SHARE)
        if endpoint is PAYMENTS:
            return share * (1 + 1.5 * np.minimum(1.0, self.fault("payment-failures")))
        return share * self.churn_factor if endpoint is LEAVE else share

    @cached_property
    def churn_factor(self) -> Floats:
        """How many times the usual number leave; `badness` (0 to 1, of the last day) is a level beside the faults."""
        factor: Floats = (1 + 149 * self.fault("churn-wave")) * (1 + 3 * self.fault("badness"))
        return factor

    @cached_property
    def pain(self) -> Floats:
        """How bad this moment is for users, 0 to 1: errors, waiting, not being there at all."""
        errors = self.server_error_share(ENDPOINTS[0]) + self.unavailable_share
        pain: Floats = np.where(
            self.fault("api-down") > 0, 1.0, np.minimum(1, 3 * errors + 0.08 * np.maximum(0, self.latency_factor - 2))
        )
        return pain

    @cached_property
    def match_share(self) -> Floats:
        """Likes that become a match."""
        share: Floats = (
            0.115 * (1 + self.noise("match", 0.10, 53)) * np.maximum(0.03, 1 - 0.9 * self.fault("low-match-rate"))
        )
        return share

    @cached_property
    def active_users(self) -> Floats:
        """People with the app open: a request every 45 s each."""
        reached = np.where(self.fault("api-down") > 0, 0.25, 1.0)
        active: Floats = np.round(
            45 * np.minimum(self.rate, 4 * PEAK_RATE) * reached * (1 + self.noise("active", 0.03))
        )
        return active

    @cached_property
    def websocket_connections(self) -> Floats:
        held: Floats = np.where(self.fault("api-down") > 0, 0, np.round(0.82 * self.active_users))
        return held

    @cached_property
    def free_users(self) -> Floats:
        free: Floats = np.round(43_000 + 21.0 * (self.t - OPENED) / DAY_S)
        return free

    @cached_property
    def premium_users(self) -> Floats:
        premium: Floats = np.round(4_700 + 4.2 * (self.t - OPENED) / DAY_S)
        return premium

    @cached_property
    def seen_today(self) -> Floats:
        """Share of the day's users who have been there since midnight in Seoul: quick at first, then ever slower."""
        local = self.t + SEOUL_OFFSET_S
        hour = (local % DAY_S) / 3600
        # The share of a day's requests made by each hour, from the curve of a usual weekday.
        grid = np.linspace(0, 24, 97)
        made = np.concatenate([[0], np.cumsum(_bumps(grid[:-1] + 0.125, _WEEKDAY))])
        done = np.interp(hour, grid, made / made[-1])
        share: Floats = (1 - np.exp(-2.6 * done)) / (1 - math.exp(-2.6))
        return share

    @cached_property
    def daily_users(self) -> Floats:
        """Different people in the day of this moment."""
        local_day = np.floor((self.t + SEOUL_OFFSET_S) / DAY_S)
        weekday = (local_day + 3) % 7
        factor = np.where(weekday >= 5, 1.12, 1.0) * (1 + 0.03 * np.sin(local_day * 2.4))
        daily: Floats = np.round(DAILY_USERS * factor * (1 + 0.0006 * (self.t - OPENED) / DAY_S))
        return daily

    def cut(self, piece: slice) -> Moment:
        """The same over some of the times."""
        return Moment(
            self.t[piece],
            {name: level[piece] if isinstance(level, np.ndarray) else level for name, level in self.levels.items()},
            self.seed,
        )

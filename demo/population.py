"""The day's users: who comes when is a permutation of the day, so that a restart goes on where it stopped."""

from __future__ import annotations

import random

from demo.model import DAY_S, SEOUL_OFFSET_S

REGISTERED = 48_000


def seoul_day(at: float) -> int:
    """Number of the day in Seoul."""
    return int((at + SEOUL_OFFSET_S) // DAY_S)


def nth_user(day: int, index: int) -> str:
    """The user who is the index-th to come on a day; different indices below REGISTERED give different users."""
    # 48,000 = 2^7 · 3 · 5^3: a factor that none of these divides makes a permutation.
    factor = (7 + 30 * (day % 997)) % REGISTERED
    return f"user_{(index * factor + 9_176 * day) % REGISTERED}"


def returning_user(rng: random.Random, day: int, seen: int) -> str:
    """Somebody who was there today, rather lately than early."""
    if seen <= 0:
        return nth_user(day, 0)
    back = min(seen - 1, int(rng.expovariate(1 / 600)))
    return nth_user(day, seen - 1 - back)

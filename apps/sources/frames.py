"""What a query answers: series as float64 arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One series: its labels (with `__name__` where it has one), times in Unix seconds, values; of equal length.

    A sample that is not there is not there: nothing is filled in. A value may be NaN or ±Inf, as the series had it.
    """

    labels: Mapping[str, str]
    times: Floats
    values: Floats

    def __len__(self) -> int:
        return len(self.times)


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """The frames of one query, the warnings that came with them, and how long it took, in seconds."""

    frames: list[Frame]
    warnings: list[str] = field(default_factory=list)
    seconds: float = 0.0
    result_type: str = "matrix"


def frame_from(labels: Mapping[str, str], samples: Sequence[Sequence[Any]]) -> Frame:
    """A frame from the API's `[[time, "value"], …]`; "NaN", "+Inf" and "-Inf" become floats.

    Raises ValueError where a sample is neither.
    """
    if not samples:
        return Frame(labels, np.empty(0), np.empty(0))
    # One pass each: numpy parses a list of short strings no faster than float() does.
    times = np.fromiter((sample[0] for sample in samples), np.float64, len(samples))
    values = np.fromiter((float(sample[1]) for sample in samples), np.float64, len(samples))
    return Frame(labels, times, values)

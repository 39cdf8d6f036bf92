"""What a check is: a small class that looks at one thing and says how it is, with the evidence."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from django.utils.functional import Promise

Status = Literal["ok", "warning", "failing", "unknown"]
Text = str | Promise


@dataclass(frozen=True, slots=True)
class Result:
    """`evidence` is JSON: the numbers and rows that the verdict rests on. `unknown` means: could not look.

    `summary` is a sentence in English with named places, filled from `evidence` when it is shown, so that it can be
    shown in the reader's language.
    """

    status: Status
    summary: str
    evidence: dict[str, Any] = field(default_factory=dict)


class Check(ABC):
    """A periodic check: `interval` in seconds between runs, `timeout` in seconds for one."""

    name: ClassVar[str]
    title: ClassVar[Text]
    interval: ClassVar[int] = 30
    timeout: ClassVar[int] = 20

    @abstractmethod
    def run(self) -> Result:
        """Look. May raise `SourceError`, which counts as unknown."""

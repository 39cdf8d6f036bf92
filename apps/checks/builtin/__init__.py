"""The checks that come with the console."""

from apps.checks.base import Check
from apps.checks.builtin.prometheus import RulesEvaluate, TargetsUp

CHECKS: tuple[Check, ...] = (TargetsUp(), RulesEvaluate())

__all__ = ["CHECKS"]

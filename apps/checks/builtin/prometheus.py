"""Prometheus itself: do its targets answer, do its rules evaluate?"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from apps.checks.base import Check, Result, Status
from apps.sources import prometheus

SHOWN = 20


class TargetsUp(Check):
    """Failing when any target is down, warning when there are none or some were never scraped."""

    name = "prometheus-targets"
    title = _("Prometheus targets")

    def run(self) -> Result:
        """Asks for the active targets; evidence: total, up, and the first down with their errors."""
        targets = prometheus.default().targets()
        down = [one for one in targets if one.health == "down"]
        up = sum(one.health == "up" for one in targets)
        evidence = {
            "total": len(targets),
            "up": up,
            "down": [
                {"job": one.job, "instance": one.instance, "error": one.last_error[:300]}
                for one in sorted(down, key=lambda one: (one.job, one.instance))[:SHOWN]
            ],
        }
        if not targets:
            return Result("warning", gettext_noop("Prometheus has no targets."), evidence)
        status: Status = "failing" if down else "ok" if up == len(targets) else "warning"
        return Result(status, gettext_noop("%(up)d of %(total)d targets are up."), evidence)


class RulesEvaluate(Check):
    """Failing when a rule's last evaluation had an error, warning when there are no rules."""

    name = "prometheus-rules"
    title = _("Prometheus rules")

    def run(self) -> Result:
        """Asks for the rules; evidence: total, how many evaluate with errors, and the first of these."""
        rules = [rule for group in prometheus.default().rules() for rule in group.rules]
        broken = [rule for rule in rules if rule.health == "err" or rule.last_error]
        evidence = {
            "total": len(rules),
            "errors": len(broken),
            "broken": [{"rule": rule.name, "error": rule.last_error[:300]} for rule in broken[:SHOWN]],
        }
        if not rules:
            return Result("warning", gettext_noop("Prometheus has no rules."), evidence)
        if broken:
            return Result("failing", gettext_noop("%(errors)d of %(total)d rules fail to evaluate."), evidence)
        return Result("ok", gettext_noop("All %(total)d rules evaluate."), evidence)

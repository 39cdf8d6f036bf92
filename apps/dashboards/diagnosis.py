"""Why a panel shows nothing, asked of Prometheus only for panels that do.

In this order: older than what is kept; the target down; a metric that nobody exports (with its nearest names); no
series with these labels; no traffic.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from django.utils.translation import gettext as _

from apps.core.durations import parse_duration
from apps.dashboards import promql
from apps.dashboards.registry import BuildContext, TargetAnswer
from apps.sources import prometheus
from apps.sources.errors import SourceError

Reason = Literal["unknown_metric", "target_down", "no_traffic", "out_of_retention", "no_series"]

# How long before the range a series may have ended and still tell where it came from, in seconds.
_REMEMBER = 7 * 86400.0


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Why there is nothing: a word for programs, a sentence, and what to do or to know."""

    reason: Reason
    message: str
    hint: str = ""


def diagnose(answers: Sequence[TargetAnswer], context: BuildContext) -> Diagnosis:
    """Why these answers are empty; never raises: where Prometheus cannot say, it is `no_series`."""
    chosen = {selector for answer in answers for selector in promql.selectors(answer.query.expr)}
    try:
        return (
            _out_of_retention(context)
            or _target_down(chosen, context)
            or next(
                filter(None, map(partial(_missing, context=context), sorted(chosen, key=lambda one: one.text))), None
            )
            or _not_now(answers)
            or Diagnosis(
                "no_traffic",
                _("Nothing happened in this range."),
                _("The series are there, but they count no events, so there is nothing to divide or to rank."),
            )
        )
    except SourceError:
        return Diagnosis("no_series", _("No data in this range."))


def _out_of_retention(context: BuildContext) -> Diagnosis | None:
    try:
        kept = prometheus.default().flags().get("storage.tsdb.retention.time", "0s")
        seconds = parse_duration(kept)
    except (SourceError, ValueError):  # what only speaks Prometheus's language need not have its flags
        return None
    if not seconds or context.end >= context.now.timestamp() - seconds:
        return None
    return Diagnosis(
        "out_of_retention",
        _("This range is older than what Prometheus keeps (%(kept)s).") % {"kept": kept},
        _("Choose a newer range."),
    )


def _missing(selector: promql.Selector, *, context: BuildContext) -> Diagnosis | None:
    """What is wrong with one selector, or None where it has series in the range."""
    source = prometheus.default()
    # Five minutes more: a sample counts that long after it was taken.
    span = {"start": context.start - 300, "end": context.end}
    optional = any(operator == "=~" and label == "status" for label, operator, _value in selector.matchers)
    if source.series([selector.text], **span) or optional:
        return None
    if selector.name is None:
        return Diagnosis("no_series", _("No series has these labels in this range."))
    if source.series([selector.name], **span):
        return Diagnosis(
            "no_series",
            _("“%(metric)s” has no series with these labels in this range.") % {"metric": selector.name},
            _labels_hint(selector, span),
        )
    names = source.label_values("__name__")
    if selector.name in names:
        return Diagnosis(
            "no_series",
            _("“%(metric)s” has no samples in this range.") % {"metric": selector.name},
            _("It has been there at other times: choose another range."),
        )
    near = difflib.get_close_matches(selector.name, names, n=3, cutoff=0.6)
    return Diagnosis(
        "unknown_metric",
        _("Prometheus has never scraped “%(metric)s”.") % {"metric": selector.name},
        _("Nearest names: %(names)s.") % {"names": ", ".join(near)} if near else _("Is its exporter configured?"),
    )


def _not_now(answers: Sequence[TargetAnswer]) -> Diagnosis | None:
    """Where an instant query falls into a time without scrapes, though its series are known."""
    for answer in answers:
        if answer.query.step:
            continue
        for selector in promql.selectors(answer.query.expr):
            if not prometheus.default().instant(f"count({selector.text})", answer.query.end).frames:
                return Diagnosis(
                    "no_series",
                    _("“%(metric)s” has no sample at this moment.") % {"metric": selector.text},
                    _("Prometheus has not scraped it for five minutes; its next scrape brings it back."),
                )
    return None


def _labels_hint(selector: promql.Selector, span: dict[str, float]) -> str:
    source = prometheus.default()
    for label, operator, value in selector.matchers:
        if operator != "=":
            continue
        known = source.label_values(label, [selector.name or ""], span["start"], span["end"])
        if value not in known:
            return _("“%(label)s” is never “%(value)s”; it has been: %(known)s.") % {
                "label": label,
                "value": value,
                "known": ", ".join(known[:5]) or "–",
            }
    return ""


def _target_down(chosen: set[promql.Selector], context: BuildContext) -> Diagnosis | None:
    """Where a selector's series come only from targets that are down at the range's end."""
    source = prometheus.default()
    states = {
        (frame.labels.get("job", ""), frame.labels.get("instance", "")): float(frame.values[-1])
        for frame in source.instant("up", min(context.end, context.now.timestamp())).frames
        if len(frame)
    }
    if 0.0 not in states.values():
        return None
    for selector in chosen:
        # A target that has been down for the whole range left its series before it.
        series = source.series([selector.text], context.start - _REMEMBER, context.end)
        wanted = {(one.get("job", ""), one.get("instance", "")) for one in series} or _named(selector, states)
        found = {target: states[target] for target in wanted if target in states}
        if found and not any(found.values()):
            names = ", ".join(f"{job} ({instance})" for job, instance in sorted(found))
            return Diagnosis(
                "target_down",
                _("The target is down: %(targets)s.") % {"targets": names},
                _("Prometheus cannot scrape it; it comes back by itself when it answers again."),
            )
    return None


def _named(selector: promql.Selector, targets: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """The targets of the job that a selector names: those of a target that was never up left no series."""
    jobs = {value for label, operator, value in selector.matchers if label == "job" and operator == "="}
    return {target for target in targets if target[0] in jobs}

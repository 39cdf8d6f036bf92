"""The overview's status panel: `up` by job and instance, and what the periodic checks found, with its age."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from pydantic import BaseModel, ConfigDict

from apps.checks.queries import Latest, latest
from apps.dashboards.definitions import Panel
from apps.dashboards.figures.arrays import last
from apps.dashboards.registry import BuildContext, TargetAnswer


class Options(BaseModel):
    """None yet."""

    model_config = ConfigDict(extra="forbid")


class ServiceStatus:
    """Panel type `service_status`; its target is `up`, as an instant query."""

    name = "service_status"
    view: Literal["cards"] = "cards"
    options = Options

    def build(self, panel: Panel, answers: Sequence[TargetAnswer], context: BuildContext) -> dict[str, Any]:
        """A card a target, those that are down first; `note` and `notes` tell the periodic checks' results."""
        rows = [
            (frame.labels.get("job", ""), frame.labels.get("instance", ""), last(frame))
            for answer in answers
            for frame in answer.frames
        ]
        if not rows:
            return {}
        rows.sort(key=lambda row: (row[2] == 1, row[0], row[1]))
        cards = [
            {
                "title": job,
                "text": _("Up") if value == 1 else _("Down"),
                "state": "ok" if value == 1 else "critical",
                "sub": instance,
            }
            for job, instance, value in rows
        ]
        notes = [note(one) for one in latest(now=context.now, history=1)]
        return {"cards": cards, "note": " · ".join(one["text"] for one in notes), "notes": notes}


_STATES = {"ok": "ok", "warning": "warning", "failing": "critical", "unknown": "unknown"}


def note(one: Latest) -> dict[str, str]:
    """A check's newest result in a sentence with its age, and its state."""
    if one.result is None or one.age is None:
        return {"text": _("%(check)s: not checked yet") % {"check": one.title}, "state": "unknown"}
    words = {"check": one.title, "summary": one.result.sentence, "age": ago(one.age.total_seconds())}
    return {"text": _("%(check)s: %(summary)s (%(age)s)") % words, "state": _STATES[one.status]}


def ago(seconds: float) -> str:
    """An age in words, from seconds to days."""
    if seconds < 60:
        return ngettext("%(n)d second ago", "%(n)d seconds ago", int(seconds)) % {"n": int(seconds)}
    if seconds < 3600:
        return ngettext("%(n)d minute ago", "%(n)d minutes ago", int(seconds // 60)) % {"n": seconds // 60}
    if seconds < 86400:
        return ngettext("%(n)d hour ago", "%(n)d hours ago", int(seconds // 3600)) % {"n": seconds // 3600}
    return ngettext("%(n)d day ago", "%(n)d days ago", int(seconds // 86400)) % {"n": seconds // 86400}

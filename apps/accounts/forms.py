"""Forms of the preferences and audit pages."""

from __future__ import annotations

import zoneinfo
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import ApiToken, Preferences
from apps.accounts.queries import AuditFilter, audit_actions


class PreferencesForm(forms.ModelForm):  # type: ignore[type-arg]
    """Language, theme and time zone of the reader."""

    time_zone = forms.ChoiceField(label=_("Time zone"))

    class Meta:
        model = Preferences
        fields = ["language", "theme", "time_zone"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(name for name in zoneinfo.available_timezones() if "/" in name or name == "UTC")
        current = self.instance.time_zone
        names = zones if current in zones else [current, *zones]
        self.fields["time_zone"].choices = [(name, name.replace("_", " ")) for name in names]  # type: ignore[attr-defined]


class SwitchForm(forms.Form):
    """A choice that takes effect at once, on any page, also before signing in."""

    language = forms.ChoiceField(choices=settings.LANGUAGES, required=False)
    theme = forms.ChoiceField(choices=Preferences.Theme.choices, required=False)


class TokenForm(forms.Form):
    """A new API token."""

    name = forms.CharField(label=_("Name"), max_length=80, required=False)
    scope = forms.ChoiceField(label=_("Scope"), choices=ApiToken.Scope.choices)


class AuditForm(forms.Form):
    """The audit page's filter; everything is optional."""

    actor = forms.CharField(label=_("Who"), max_length=150, required=False)
    action = forms.ChoiceField(label=_("Action"), required=False)
    first = forms.DateField(
        label=_("First day"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    last = forms.DateField(
        label=_("Last day"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        actions = [(name, name) for name in audit_actions()]
        self.fields["action"].choices = [("", _("All")), *actions]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuses a first day after the last."""
        data = super().clean() or {}
        first, last = data.get("first"), data.get("last")
        if first and last and first > last:
            self.add_error("first", _("The first day is after the last."))
        return data

    def wanted(self, zone: ZoneInfo) -> AuditFilter:
        """The valid form as a question."""
        data = self.cleaned_data
        return AuditFilter(zone, data["actor"], data["action"], data["first"], data["last"])

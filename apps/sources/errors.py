"""What can go wrong between the console and an outside system; page, log line and label share the word for it.

SourceError
├── Unreachable    could not ask: no connection, name not found, TLS
├── TimedOut       asked, and no answer within the time allowed
├── Unavailable    answered that it cannot now (5xx)
├── Refused        answered that we may not (401, 403), or that it has no such thing (404)
├── Garbage        answered something that is not its API
└── BadQuery       understood us, and the question is wrong
    └── TooManyPoints   the question is too large
"""

from __future__ import annotations

from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


class SourceError(Exception):
    """`reason` is a short closed list of words, `message` what the other side or the system said (in its language),
    `advice` what the reader can do (translated), `retryable` whether the same question may succeed later."""

    reason: ClassVar[str] = "error"
    advice: ClassVar[Text] = ""
    retryable: ClassVar[bool] = False

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Unreachable(SourceError):
    reason = "unreachable"
    advice = _("Check that it is running and that the address in the settings is right.")
    retryable = True


class TimedOut(SourceError):
    reason = "timed_out"
    advice = _("Choose a shorter range, or try again: it may be busy.")
    retryable = True


class Unavailable(SourceError):
    reason = "unavailable"
    advice = _("It is running but cannot answer now; its own log says why.")
    retryable = True


class Refused(SourceError):
    reason = "refused"
    advice = _("Check the address and the credentials in the settings.")


class Garbage(SourceError):
    reason = "garbage"
    advice = _("Something else answers at that address: check it in the settings, and the proxies on the way.")


class BadQuery(SourceError):
    """`position` is the offset in the query, in characters from 0, where it was told; else None."""

    reason = "bad_query"
    advice = _("Mend the query.")

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.position = position


class TooManyPoints(BadQuery):
    reason = "too_many_points"
    advice = _("Choose a shorter range or a larger step.")

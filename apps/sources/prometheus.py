"""The one door to Prometheus, and to whatever speaks its HTTP API (Thanos, Mimir, VictoriaMetrics).

Format of questions and answers: https://prometheus.io/docs/prometheus/latest/querying/api/
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import orjson
import requests
from prometheus_api_client import PrometheusConnect
from requests.adapters import HTTPAdapter
from urllib3.exceptions import NameResolutionError, NewConnectionError, ReadTimeoutError

from apps.sources.errors import (
    BadQuery,
    Garbage,
    Refused,
    SourceError,
    TimedOut,
    TooManyPoints,
    Unavailable,
    Unreachable,
)
from apps.sources.frames import Answer, Frame, frame_from
from apps.sources.status import PrometheusAlert, RuleGroup, Target, alert_from, rule_group_from, target_from

MAX_POINTS = 11_000
CONNECT_SECONDS = 1.0
POOL_SIZE = 64
ATTEMPTS = 3
# Answers that say "not now": the same read may be asked again.
RETRY_STATUS = frozenset({502, 503})
_POSITION = re.compile(r"(\d+):(\d+): parse error")
_TOO_LARGE = ("exceeded maximum resolution", "too many samples", "query result too large")


class Prometheus:
    """A client, safe to share between threads. Every method raises `SourceError` and nothing else.

    `timeout` is in seconds and bounds a whole call, retries included.
    """

    def __init__(self, url: str, *, headers: Mapping[str, str] | None = None, timeout: float = 30.0) -> None:
        self.url = url.rstrip("/")
        self.timeout = timeout
        self._session = requests.Session()
        # Nothing leaves by a proxy that happens to be in the environment.
        self._session.trust_env = False
        self._client = PrometheusConnect(self.url, headers=dict(headers or {}), session=self._session, method="POST")
        # The library mounts an adapter that retries on its own and knows no deadline; ours replaces it.
        self._session.mount(self.url, HTTPAdapter(pool_connections=1, pool_maxsize=POOL_SIZE, max_retries=0))

    # -- Queries

    def range(self, expr: str, start: float, end: float, step: float, *, timeout: float | None = None) -> Answer:
        """Range query; start, end (Unix seconds) and step (seconds) may have milliseconds."""
        if step <= 0:
            raise BadQuery(f"the step must be more than 0, not {step:g} s")
        if end < start:
            raise BadQuery("the range ends before it starts")
        if (end - start) / step >= MAX_POINTS:
            points = int((end - start) / step) + 1
            raise TooManyPoints(f"{points:,} points a series were asked for, more than {MAX_POINTS:,}")
        form = {"query": expr, "start": _time(start), "end": _time(end), "step": f"{step:.3f}"}
        return self._query("query_range", form, timeout)

    def instant(self, expr: str, at: float | None = None, *, timeout: float | None = None) -> Answer:
        """Instant query, now or at a time; each frame has one point (a range selector's frames have theirs)."""
        form = {"query": expr}
        if at is not None:
            form["time"] = _time(at)
        return self._query("query", form, timeout)

    def _query(self, path: str, form: dict[str, str], timeout: float | None) -> Answer:
        allowed = timeout or self.timeout
        began = time.monotonic()
        # Prometheus ends the evaluation itself when nobody waits for it any more; its durations take no fractions.
        body = self._ask(path, form | {"timeout": f"{allowed * 1000:.0f}ms"}, method="POST", timeout=allowed)
        data = body["data"]
        try:
            frames = list(_frames(data["resultType"], data["result"]))
            kind = str(data["resultType"])
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise Garbage(f"the answer is not a query's: {error!r}") from error
        warnings = [str(text) for text in body.get("warnings") or []]
        return Answer(frames, warnings, time.monotonic() - began, kind)

    # -- What there is

    def series(
        self, matchers: Iterable[str], start: float | None = None, end: float | None = None
    ) -> list[dict[str, str]]:
        """Label sets of the series that match any of the selectors."""
        return list(self._list("series", _selection(matchers, start, end)))

    def labels(self, matchers: Iterable[str] = (), start: float | None = None, end: float | None = None) -> list[str]:
        return list(self._list("labels", _selection(matchers, start, end)))

    def label_values(
        self, name: str, matchers: Iterable[str] = (), start: float | None = None, end: float | None = None
    ) -> list[str]:
        """Values of a label; raises BadQuery for a name that cannot be one."""
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            raise BadQuery(f"{name!r} is not a label's name")
        return list(self._list(f"label/{name}/values", _selection(matchers, start, end)))

    def metadata(self, metric: str | None = None) -> dict[str, list[dict[str, str]]]:
        """Type, help and unit by metric name."""
        found = self._ask("metadata", {"metric": metric} if metric else {})["data"]
        return found if isinstance(found, dict) else {}

    # -- How it is

    def targets(self, state: str = "active") -> list[Target]:
        data = self._ask("targets", {"state": state})["data"]
        return [target_from(one) for one in data.get("activeTargets") or []]

    def rules(self) -> list[RuleGroup]:
        return [rule_group_from(one) for one in self._ask("rules", {})["data"].get("groups") or []]

    def alerts(self, *, timeout: float | None = None) -> list[PrometheusAlert]:
        """Alerts that Prometheus itself holds pending or firing."""
        return [alert_from(one) for one in self._ask("alerts", {}, timeout=timeout)["data"].get("alerts") or []]

    def build_info(self) -> dict[str, str]:
        return dict(self._ask("status/buildinfo", {})["data"])

    def flags(self) -> dict[str, str]:
        """Command-line flags, `storage.tsdb.retention.time` among them."""
        return dict(self._ask("status/flags", {})["data"])

    def ready(self, timeout: float = 2.0) -> bool:
        """Whether it answers queries; False where it does not, whatever the reason."""
        try:
            answer = self._session.get(f"{self.url}/-/ready", timeout=(CONNECT_SECONDS, timeout))
        except requests.RequestException:
            return False
        return answer.status_code == 200

    def close(self) -> None:
        self._client.close()

    # -- Asking

    def _list(self, path: str, params: dict[str, Any]) -> list[Any]:
        data = self._ask(path, params)["data"]
        if not isinstance(data, list):
            raise Garbage("the answer is not a list")
        return data

    def _ask(
        self, path: str, params: Mapping[str, Any], *, method: str = "GET", timeout: float | None = None
    ) -> dict[str, Any]:
        """One question, asked again while it may help and the time allows; answers the whole envelope.

        Not through the library's query methods: they drop warnings and result types, round times to seconds, and
        turn every error into one kind. Its address, headers and session are used as they are.
        """
        deadline = time.monotonic() + (timeout or self.timeout)
        for attempt in range(1, ATTEMPTS + 1):
            last = attempt == ATTEMPTS
            try:
                answer = self._send(path, params, method, deadline)
            except Unreachable:
                if last or not _rest(0.1 * attempt, deadline):
                    raise
                continue
            if answer.status_code in RETRY_STATUS and not last and _rest(0.1 * attempt, deadline):
                continue
            return _envelope(answer)
        raise AssertionError("unreachable")

    def _send(self, path: str, params: Mapping[str, Any], method: str, deadline: float) -> requests.Response:
        left = max(deadline - time.monotonic(), 0.001)
        try:
            return self._session.request(
                method,
                f"{self.url}/api/v1/{path}",
                params=params if method == "GET" else None,
                data=params if method == "POST" else None,
                headers=self._client.headers,
                timeout=(min(CONNECT_SECONDS, left), left),
                allow_redirects=False,
            )
        except requests.ConnectTimeout as error:
            raise Unreachable(f"no connection to {self.url} within {CONNECT_SECONDS:g} s") from error
        except requests.Timeout as error:
            raise TimedOut(f"{self.url} did not answer within {left:.3g} s") from error
        except requests.ConnectionError as error:
            if isinstance(getattr(error.args[0] if error.args else None, "reason", None), ReadTimeoutError):
                raise TimedOut(f"{self.url} did not answer within {left:.3g} s") from error
            raise Unreachable(_sentence(self.url, error)) from error
        except requests.RequestException as error:
            raise Unreachable(f"{self.url}: {error}") from error


def _rest(seconds: float, deadline: float) -> bool:
    """Wait before the next attempt; False where the deadline comes first."""
    if time.monotonic() + seconds >= deadline:
        return False
    time.sleep(seconds)
    return True


def _sentence(url: str, error: requests.ConnectionError) -> str:
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    if isinstance(reason, NameResolutionError):
        return f"the name in {url} could not be resolved"
    if isinstance(error, requests.exceptions.SSLError):
        return f"TLS handshake with {url} failed"
    if isinstance(reason, NewConnectionError):
        return f"nothing accepts connections at {url}"
    return f"the connection to {url} broke"


def _envelope(answer: requests.Response) -> dict[str, Any]:
    """The parsed body of a success; otherwise the error that its status and its own words tell."""
    try:
        body = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        body = None
    if isinstance(body, dict) and body.get("status") == "success" and "data" in body:
        return body
    if isinstance(body, dict) and body.get("status") == "error":
        raise _told(answer.status_code, str(body.get("errorType", "")), str(body.get("error", "")))
    if answer.status_code in (401, 403, 404) or 300 <= answer.status_code < 400:
        raise Refused(f"answered {answer.status_code} {answer.reason}")
    if answer.status_code >= 500:
        raise Unavailable(f"answered {answer.status_code} {answer.reason}")
    kind = answer.headers.get("Content-Type", "nothing known").split(";")[0]
    raise Garbage(f"answered {answer.status_code} with {kind} instead of a Prometheus answer")


def _told(status: int, kind: str, text: str) -> SourceError:
    if any(words in text for words in _TOO_LARGE):
        return TooManyPoints(text)
    if kind in ("timeout", "canceled"):
        return TimedOut(text)
    if status in (401, 403):
        return Refused(text)
    if kind in ("unavailable", "internal") or status >= 500:
        return Unavailable(text)
    position = _POSITION.search(text)
    # Prometheus counts lines and columns from 1; its queries here are one line unless somebody wrote more.
    offset = int(position[2]) - 1 if position and position[1] == "1" else None
    return BadQuery(text, offset)


def _time(moment: float) -> str:
    return f"{moment:.3f}"


def _selection(matchers: Iterable[str], start: float | None, end: float | None) -> dict[str, Any]:
    chosen: dict[str, Any] = {"match[]": list(matchers)}
    if start is not None:
        chosen["start"] = _time(start)
    if end is not None:
        chosen["end"] = _time(end)
    return chosen


def _frames(kind: str, result: Any) -> Iterable[Frame]:
    if kind == "matrix":
        return (frame_from(series["metric"], series.get("values", ())) for series in result)
    if kind == "vector":
        return (frame_from(series["metric"], [series["value"]] if "value" in series else []) for series in result)
    if kind == "scalar":
        return (frame_from({}, [result]),)
    raise ValueError(f"result type {kind}")


@cache
def default() -> Prometheus:
    """The Prometheus that the settings name, one client a process."""
    from django.conf import settings

    return Prometheus(settings.PROMETHEUS_URL, headers=settings.PROMETHEUS_HEADERS, timeout=settings.PROMETHEUS_TIMEOUT)

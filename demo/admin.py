"""The demo's second port, open whatever happens to the API: other exporters' pages, and the faults."""

from __future__ import annotations

import time
from typing import Any

from demo.faults import KINDS, BadFault, Fault, parse_duration
from demo.web import BadRequest, Request, Response
from demo.world import World

_PAGE = "text/plain; version=0.0.4; charset=utf-8"


class Admin:
    """`/<exporter>/metrics` for postgres, cloudwatch, backup and node; GET, POST and DELETE `/faults`."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def handle(self, request: Request) -> Response:
        # A web page must not reach us under a name that it made point to loopback.
        host = request.headers.get("host", "").rsplit(":", 1)[0]
        if host not in ("127.0.0.1", "localhost", "[::1]"):
            return Response.of(403, {"error": "only by the name of loopback"})
        if request.path == "/health":
            return Response.of(200, {"status": "ok"})
        if request.path.rstrip("/") == "/faults":
            return self._faults(request)
        job, _, rest = request.path.strip("/").partition("/")
        if rest != "metrics" or job not in self.world.exporters:
            return Response.of(404, {"error": f"there are /faults and {', '.join(self.world.exporters)}/metrics"})
        if self.world.faults.levels().get("exporter-down", 0) > 0:
            return Response.of(503, {"error": "exporter-down"})
        return Response(200, self.world.exporters[job].render(self.world.moment()).encode(), _PAGE)

    def _faults(self, request: Request) -> Response:
        try:
            return self._change(request)
        except BadFault as error:
            return Response.of(400, {"error": str(error)})

    def _change(self, request: Request) -> Response:
        faults = self.world.faults
        if request.method == "GET":
            kinds = [{"name": k.name, "summary": k.summary, "ramp_s": k.ramp_s} for k in KINDS.values()]
            return Response.of(200, {"running": [described(f) for f in faults.running()], "kinds": kinds})
        if request.method == "POST":
            # No form of a web page can send this type without asking first.
            if request.headers.get("content-type", "").split(";")[0] != "application/json":
                raise BadRequest("send application/json")
            fault = faults.start(**_wanted(request.json()))
            self.world.fault_changed()
            return Response.of(201, described(fault))
        if request.method == "DELETE":
            stopped = faults.stop(request.query.get("name"))
            self.world.fault_changed()
            return Response.of(200, {"stopped": stopped})
        return Response.of(405, {"error": "GET, POST or DELETE"})


def described(fault: Fault) -> dict[str, Any]:
    """A fault that runs, for JSON."""
    now = time.time()
    return {
        "name": fault.name,
        "summary": KINDS[fault.name].summary,
        "started": fault.started,
        "until": fault.until,
        "left_s": None if fault.until is None else max(0.0, fault.until - now),
        "strength": fault.strength,
        "level": fault.level(now),
    }


def _wanted(body: Any) -> dict[str, Any]:
    """Arguments of Faults.start; raises BadFault."""
    if not isinstance(body, dict) or not isinstance(body.get("name"), str):
        raise BadFault('send {"name": …, "for": "10m", "strength": 1.0}')
    seconds, strength = body.get("for"), body.get("strength", 1.0)
    if isinstance(seconds, str):
        seconds = parse_duration(seconds)
    for name, value in (("for", seconds), ("strength", strength)):
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise BadFault(f"{name} is no number: {value!r}")
    return {"name": body["name"], "seconds": seconds, "strength": 1.0 if strength is None else float(strength)}

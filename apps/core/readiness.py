"""What the console depends on: each room registers its probe, /readyz asks all of them at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass

# A balancer asks every few seconds: an answer that comes late is no answer.
TIMEOUT = 2.0
_probes: dict[str, Callable[[], object]] = {}


@dataclass(frozen=True)
class Probed:
    """One dependency: `ok`, how long it took in seconds, and what it said when it failed."""

    ok: bool
    seconds: float
    error: str = ""


def register(name: str, probe: Callable[[], object]) -> None:
    """Adds a dependency: `probe` raises, or returns False, when it does not answer."""
    _probes[name] = probe


def probe_all(timeout: float = TIMEOUT) -> dict[str, Probed]:
    """Asks all in parallel and waits `timeout` seconds at most; who has not answered by then has failed."""
    probes = dict(_probes)
    pool = ThreadPoolExecutor(max_workers=max(1, len(probes)), thread_name_prefix="readyz")
    running = {name: pool.submit(_timed, probe) for name, probe in probes.items()}
    wait(running.values(), timeout=timeout)
    # A probe that hangs ends by its own time-out; nobody waits for it here.
    pool.shutdown(wait=False, cancel_futures=True)
    late = Probed(False, timeout, f"no answer within {timeout:g} s")
    return {name: future.result() if future.done() else late for name, future in running.items()}


def _timed(probe: Callable[[], object]) -> Probed:
    begun = time.perf_counter()
    try:
        answer = probe()
    except Exception as error:  # whatever a probe raises is its answer
        return Probed(False, round(time.perf_counter() - begun, 3), f"{type(error).__name__}: {error}"[:300])
    return Probed(
        answer is not False, round(time.perf_counter() - begun, 3), "" if answer is not False else "not ready"
    )

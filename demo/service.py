"""Everything that runs: the API, the admin port, the traffic, the clockwork."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from dataclasses import dataclass
from pathlib import Path

from demo import winston
from demo.admin import Admin
from demo.api import Api
from demo.faults import Faults
from demo.traffic import Traffic
from demo.web import Client, Server
from demo.world import World, zero_counters

_LOOK_S = 0.2


@dataclass(frozen=True)
class Options:
    """Ports, folders, and how much of the usual traffic there is (0: none)."""

    port: int = 13000
    admin_port: int = 13001
    log_directory: Path = Path("var/log/demo")
    state_directory: Path = Path("var/demo")
    traffic: float = 1.0
    seed: int = 1


async def serve(options: Options) -> None:
    """Runs until SIGINT or SIGTERM. Raises OSError when a port is taken."""
    world = World(Faults(options.state_directory / "faults.json"), options.log_directory, seed=options.seed)
    zero_counters()
    world.process.install()
    world.tick()
    api = Server(Api(world).handle, options.port)
    admin = Server(Admin(world).handle, options.admin_port)
    await admin.start()
    await _open(world, api)
    print(f"demo: API on http://127.0.0.1:{options.port}, faults on http://127.0.0.1:{options.admin_port}", flush=True)
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    tasks = [asyncio.create_task(_clockwork(world, api), name="clockwork")]
    if options.traffic > 0:
        traffic = Traffic(world, Client(options.port), options.traffic)
        tasks.append(asyncio.create_task(traffic.run(), name="traffic"))
    waiter = asyncio.create_task(ended.wait())
    done, _ = await asyncio.wait([waiter, *tasks], return_when=asyncio.FIRST_COMPLETED)
    for task in (waiter, *tasks):
        task.cancel()
    await asyncio.gather(waiter, *tasks, return_exceptions=True)
    await api.stop()
    await admin.stop()
    world.journal.close()
    for task in done - {waiter}:
        task.result()


async def _clockwork(world: World, api: Server) -> None:
    """Ticks once a second, and five times a second looks whether the API has to open, close or storm."""
    turn = 0
    while True:
        await asyncio.sleep(_LOOK_S)
        down = world.faults.levels().get("api-down", 0) > 0
        if down and api.listening:
            failure = winston.MEMORY
            world.journal.write(
                [winston.line(world.clock(), "error", "uncaughtException", error=failure.message, stack=failure.stack)]
            )
            await api.stop()
        elif not down and not api.listening:
            # Somebody may have taken the port meanwhile: look again until it is free.
            with contextlib.suppress(OSError):
                await _open(world, api)
        world.storm(_LOOK_S)
        turn += 1
        if turn % 5 == 0:
            world.tick()


async def _open(world: World, api: Server) -> None:
    """Opens the API's port unless it is to be down. Raises OSError when the port is taken."""
    if world.faults.levels().get("api-down", 0) > 0:
        return
    await api.start()
    world.journal.write([winston.line(world.clock(), "info", "Server listening", port=api.port)])

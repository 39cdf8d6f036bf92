"""The users: real HTTP requests at the model's rate, from people who come, stay a while and come back."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time

from demo import winston
from demo.endpoints import CHURN_REASONS, ENDPOINTS, LEAVE, LIKES, PAYMENTS, PRODUCTS, SUPER_LIKES, Endpoint
from demo.population import nth_user, returning_user
from demo.web import Client
from demo.world import World

TICK_S = 0.1
# Above this many at once somebody's phone would have given up.
MAX_FLIGHTS = 500


class Traffic:
    """Sends requests until it is cancelled."""

    def __init__(self, world: World, client: Client, scale: float = 1.0) -> None:
        self.world = world
        self.client = client
        self.scale = scale
        self._flights: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        last = time.monotonic()
        try:
            while True:
                await asyncio.sleep(TICK_S)
                now = time.monotonic()
                # After a pause (a laptop's lid) nobody sends hours of requests at once.
                self._send(min(now - last, 1.0))
                last = now
        finally:
            for flight in self._flights:
                flight.cancel()
            self.client.close()

    def _send(self, seconds: float) -> None:
        moment = self.world.moment()
        count = int(self.world.noise.poisson(float(moment.rate[0]) * self.scale * seconds))
        weights = [float(moment.request_share(endpoint)[0]) for endpoint in ENDPOINTS]
        for endpoint in self.world.rng.choices(ENDPOINTS, weights, k=count):
            if len(self._flights) >= MAX_FLIGHTS:
                return
            flight = asyncio.create_task(self._one(endpoint, self.world.rng.random() * TICK_S))
            self._flights.add(flight)
            flight.add_done_callback(self._flights.discard)

    async def _one(self, endpoint: Endpoint, delay: float) -> None:
        await asyncio.sleep(delay)
        rng = self.world.rng
        path, query = winston.sent(rng, endpoint)
        body: dict[str, str] = {}
        if endpoint is LIKES:
            body = {"to": f"user_{rng.randrange(48_000)}", "type": "super" if rng.random() < SUPER_LIKES else "normal"}
        elif endpoint is PAYMENTS:
            body = {"type": rng.choices(PRODUCTS, [each.share for each in PRODUCTS])[0].type}
        elif endpoint is LEAVE:
            query = {"reason": rng.choices(list(CHURN_REASONS), list(CHURN_REASONS.values()))[0]}
        url = path + ("?" + "&".join(f"{key}={value}" for key, value in query.items()) if query else "")
        headers = {
            "User-Agent": rng.choice(winston.AGENTS),
            "X-User-Id": self._user(),
            "X-Forwarded-For": winston.address(rng),
        }
        # While the API is down there is nobody to tell; the users try again in their own time.
        with contextlib.suppress(OSError):
            await self.client.send(endpoint.method, url, headers, json.dumps(body).encode() if body else b"")

    def _user(self) -> str:
        world, moment = self.world, self.world.moment()
        if world.come < float(moment.daily_users[0] * moment.seen_today[0]):
            world.come += 1
            return nth_user(world.day, world.come - 1)
        return returning_user(world.rng, world.day, world.come)

"""The cache goes on without Redis: pages miss, and sign-in attempts are still counted."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from tests import servers

pytestmark = pytest.mark.servers


def use(settings, port: int) -> None:
    address = f"redis://127.0.0.1:{port}/0"
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": address}}


def test_with_redis_values_are_kept_there(settings, redis_server):
    use(settings, redis_server.port)
    cache.clear()
    assert cache.add("allauth:rl", 1) is True
    assert cache.add("allauth:rl", 2) is False
    assert cache.get("allauth:rl") == 1
    use(settings, redis_server.port)  # another process, with nothing of its own
    assert cache.get("allauth:rl") == 1
    assert cache.delete("allauth:rl") is True
    assert cache.get("allauth:rl", "gone") == "gone"


def test_without_redis_pages_miss_and_attempts_are_counted_here(settings, tmp_path):
    with servers.redis(tmp_path) as server:
        use(settings, server.port)
        cache.set("page", "kept")
        cache.set("allauth:rl", [1])
        assert cache.get("page") == "kept"
    assert cache.get("page", "miss") == "miss"
    cache.set("page", "lost")
    assert cache.get("page") is None
    assert cache.add("allauth:rl", [1]) is True
    assert cache.add("allauth:rl", [2]) is False
    cache.set("allauth:rl", [1, 2])
    assert cache.get("allauth:rl") == [1, 2]
    assert cache.delete("allauth:rl") is True
    assert cache.get("allauth:rl") is None

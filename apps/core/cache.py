"""The shared cache, in Redis, that goes on without it."""

from __future__ import annotations

from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django_redis.cache import CONNECTION_INTERRUPTED, RedisCache

# allauth counts sign-in attempts under this prefix, and takes a lock to do so: without a cache nobody could sign in
# just when Redis is down and people want to look. Counting goes on in each process then.
_COUNTED_LOCALLY = "allauth:"


class ForgivingRedisCache(RedisCache):  # type: ignore[misc]
    """Redis; while it is away, misses for pages and a cache in this process for sign-in attempts."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._local = LocMemCache("forgiving", {"MAX_ENTRIES": 10_000})

    def add(self, key: str, *args: Any, **kwargs: Any) -> Any:
        """True when the key was free."""
        done = super().add(key, *args, **kwargs)
        return self._local.add(key, *args, **kwargs) if done is None and _local(key) else done

    def get(self, key: str, default: Any = None, version: int | None = None, client: Any = None) -> Any:
        """The value, or the default when there is none or Redis is away."""
        value = self._get(key, default, version, client)
        if value is not CONNECTION_INTERRUPTED:
            return value
        return self._local.get(key, default, version) if _local(key) else default

    def set(self, key: str, *args: Any, **kwargs: Any) -> Any:
        """True when the value is kept."""
        done = super().set(key, *args, **kwargs)
        if done is None and _local(key):
            self._local.set(key, *args, **kwargs)
        return done

    def delete(self, key: str, *args: Any, **kwargs: Any) -> Any:
        """Whether there was something to delete."""
        done = super().delete(key, *args, **kwargs)
        return self._local.delete(key, *args, **kwargs) if done is None and _local(key) else done


def _local(key: str) -> bool:
    return key.startswith(_COUNTED_LOCALLY)

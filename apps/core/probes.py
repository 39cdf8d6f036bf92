"""What core itself depends on: the database and the broker."""

from __future__ import annotations

from django.conf import settings
from django.db import connections
from redis import Redis


def database() -> None:
    """Raises when the database does not answer a query."""
    connection = connections["default"]
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        # The probe's thread ends here, and so must its connection.
        connection.close()


def broker() -> None:
    """Raises when Redis does not answer a ping within a second."""
    with Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1) as client:
        client.ping()

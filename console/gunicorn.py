"""The web server's settings: few processes, each serving many streams at once."""

import os
from pathlib import Path

from apps.telemetry.gunicorn import child_exit

__all__ = ["child_exit"]

bind = f"{os.environ.get('CONSOLE_BIND', '127.0.0.1')}:{os.environ.get('CONSOLE_PORT', '8000')}"
workers = int(os.environ.get("WEB_WORKERS", "2"))
worker_class = "uvicorn_worker.UvicornWorker"
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  a heartbeat file, never read
# Streams end with their page; a restart must not wait for them.
graceful_timeout = 5
keepalive = 30
preload_app = False

"""The guide's metrics.ts, monitoring.ts and logger.ts as a Python library; half of it needs no Django."""

from apps.telemetry.logger import log

__all__ = ["log"]

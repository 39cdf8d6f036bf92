"""A simulated Glimpse service: metrics, logs, other exporters' series, faults on command. Knows apps.telemetry only."""

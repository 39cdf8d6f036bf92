"""What a real installation gets from other exporters: PostgreSQL, CloudWatch, backups, the API's host and process."""

from __future__ import annotations

import numpy as np

from demo.endpoints import ENDPOINTS
from demo.model import DAY_S, OPENED, SEOUL_OFFSET_S, Floats, Moment
from demo.series import Series, constant, counter, gauge

GIB = 1024.0**3
MIB = 1024.0**2
MEMORY_LIMIT = 1 * GIB
MAX_CONNECTIONS = 100
BACKUP_AT_S = 3 * 3600 + 30 * 60  # 03:30 in Seoul
DISK_SIZE = 80 * GIB


# -- The API's own process
def resident_memory(m: Moment) -> Floats:
    """Bytes; a leak leads to 93 % of the limit."""
    usual = 300 * MIB + 60 * MIB * np.minimum(m.load, 2) + m.noise("rss", 14 * MIB, 23)
    leaked: Floats = usual + np.minimum(m.memory_level, 1.06) * (0.93 * MEMORY_LIMIT - usual)
    return leaked


def process_cpu(m: Moment) -> Floats:
    """Cores in use."""
    return 0.04 + 0.42 * np.minimum(m.load, 2) + 0.25 * m.memory_level**2


PROCESS = [
    gauge("process_memory_usage_bytes", resident_memory, "Process memory usage", type="rss"),
    gauge("process_memory_usage_bytes", lambda m: 0.78 * resident_memory(m), "", type="heapTotal"),
    gauge("process_memory_usage_bytes", lambda m: 0.66 * resident_memory(m), "", type="heapUsed"),
    gauge("process_memory_usage_bytes", lambda m: 18 * MIB + m.noise("external", MIB), "", type="external"),
    gauge("process_memory_limit_bytes", constant(MEMORY_LIMIT), "Memory that the process may use"),
    counter("glimpse_process_cpu_user_seconds_total", lambda m: 0.82 * process_cpu(m), "User CPU time in seconds"),
    counter("glimpse_process_cpu_system_seconds_total", lambda m: 0.18 * process_cpu(m), "System CPU time in seconds"),
    counter("glimpse_process_cpu_seconds_total", process_cpu, "User and system CPU time in seconds"),
    gauge("glimpse_process_resident_memory_bytes", resident_memory, "Resident memory in bytes"),
    gauge("glimpse_process_open_fds", lambda m: 48 + m.websocket_connections, "Open file descriptors"),
    gauge("glimpse_process_max_fds", constant(65_536), "Limit of open file descriptors"),
]


# -- PostgreSQL
def backends(m: Moment) -> Floats:
    """Connections to the service's database."""
    usual = 18 + 24 * np.minimum(m.load, 2) + m.noise("backends", 2.5)
    slow = usual + np.minimum(1, m.fault("slow-database")) * 22
    pool = np.minimum(1.0, m.fault("connection-pool-exhausted"))
    connections: Floats = np.round(np.clip(slow + pool * (93 - slow), 3, 96))
    return connections


def active_queries(m: Moment) -> Floats:
    """Connections at work right now."""
    slow, pool = np.minimum(1.0, m.fault("slow-database")), np.minimum(1.0, m.fault("connection-pool-exhausted"))
    share = 0.10 + 0.55 * slow + 0.5 * pool
    active: Floats = np.rint(np.clip(backends(m) * np.minimum(0.9, share), 1.0, None))
    return active


def waiting_queries(m: Moment) -> Floats:
    """Of those at work, the ones that wait for a lock or the disk."""
    share = (
        0.05 + 0.6 * np.minimum(1, m.fault("slow-database")) + 0.3 * np.minimum(1, m.fault("connection-pool-exhausted"))
    )
    waiting: Floats = np.round(active_queries(m) * np.minimum(0.9, share))
    return waiting


def _transactions(m: Moment) -> Floats:
    return 1.6 * m.served_rate + 0.4


_GLIMPSE = {"datname": "glimpse"}
POSTGRES = [
    gauge("pg_up", constant(1), "Whether the last scrape could connect to the server"),
    gauge("pg_settings_max_connections", constant(MAX_CONNECTIONS), "Server parameter max_connections"),
    gauge("pg_stat_database_numbackends", backends, "Backends connected to this database", **_GLIMPSE),
    gauge("pg_stat_database_numbackends", constant(1), "", datname="postgres"),
    counter("pg_stat_database_xact_commit", _transactions, "Transactions committed", **_GLIMPSE),
    counter("pg_stat_database_xact_commit", constant(0.2), "", datname="postgres"),
    counter(
        "pg_stat_database_xact_rollback",
        lambda m: _transactions(m) * (0.002 + 0.3 * m.fault("server-errors")),
        "Transactions rolled back",
        **_GLIMPSE,
    ),
    counter("pg_stat_database_xact_rollback", constant(0.001), "", datname="postgres"),
    counter("pg_stat_database_blks_hit", lambda m: 190 * _transactions(m), "Blocks found in the cache", **_GLIMPSE),
    counter(
        "pg_stat_database_blks_read",
        lambda m: 1.3 * _transactions(m) * (1 + 30 * m.fault("slow-database") + m.noise("read", 0.3)),
        "Blocks read from disk",
        **_GLIMPSE,
    ),
    counter("pg_stat_database_tup_fetched", lambda m: 60 * _transactions(m), "Rows fetched", **_GLIMPSE),
    counter("pg_stat_database_tup_inserted", lambda m: 0.5 * m.served_rate, "Rows inserted", **_GLIMPSE),
    counter("pg_stat_database_deadlocks", lambda m: 0.02 * m.fault("slow-database"), "Deadlocks", **_GLIMPSE),
    gauge("pg_stat_activity_count", active_queries, "Connections by state", **_GLIMPSE, state="active"),
    gauge(
        "pg_stat_activity_count",
        lambda m: np.maximum(0, backends(m) - active_queries(m) - 1),
        "",
        **_GLIMPSE,
        state="idle",
    ),
    gauge("pg_stat_activity_count", constant(1), "", **_GLIMPSE, state="idle in transaction"),
    gauge("pg_stat_activity_waiting", waiting_queries, "Queries with a wait event", **_GLIMPSE),
    gauge(
        "pg_stat_activity_max_tx_duration",
        lambda m: 0.6 + 45 * m.fault("slow-database") + np.abs(m.noise("tx", 0.4)),
        "Longest running transaction in seconds",
        **_GLIMPSE,
        state="active",
    ),
    gauge("pg_database_size_bytes", lambda m: 21 * GIB + 34 * MIB * (m.t - OPENED) / DAY_S, "Size on disk", **_GLIMPSE),
]


# -- AWS, as the CloudWatch exporter names it
def host_cpu(m: Moment) -> Floats:
    """Share of the API host's processor that is busy."""
    return np.minimum(0.97, 0.06 + 0.34 * np.minimum(m.load, 2.4) + 0.05 * m.fault("log-storm") + m.noise("cpu", 0.02))


def _rds_cpu(m: Moment) -> Floats:
    return np.minimum(98, 7 + 30 * np.minimum(m.load, 2) + 55 * m.fault("slow-database") + m.noise("rds", 2))


def _server_errors(m: Moment) -> Floats:
    return 60 * m.served_rate * m.server_error_share(ENDPOINTS[0])


_RDS = {"dbinstance_identifier": "glimpse-db"}
_CACHE = {"cache_cluster_id": "glimpse-cache-001"}
_ALB = {"load_balancer": "app/glimpse-api/6d0ecf831eec9f09"}
_EC2 = {"instance_id": "i-0a1b2c3d4e5f67890"}
CLOUDWATCH = [
    gauge("aws_rds_cpuutilization_average", _rds_cpu, "Percent", **_RDS),
    gauge("aws_rds_database_connections_average", lambda m: backends(m) + 1, "Connections", **_RDS),
    gauge("aws_rds_freeable_memory_average", lambda m: 5.2 * GIB - 1.1 * GIB * np.minimum(m.load, 2), "Bytes", **_RDS),
    gauge(
        "aws_rds_free_storage_space_average",
        lambda m: 76 * GIB - 34 * MIB * (m.t - OPENED) / DAY_S,
        "Bytes",
        **_RDS,
    ),
    gauge("aws_rds_read_latency_average", lambda m: 0.0006 * m.database_factor, "Seconds of an operation", **_RDS),
    gauge("aws_rds_write_latency_average", lambda m: 0.0011 * m.database_factor, "Seconds of an operation", **_RDS),
    gauge("aws_elasticache_cpuutilization_average", lambda m: 3 + 9 * np.minimum(m.load, 2), "Percent", **_CACHE),
    gauge(
        "aws_elasticache_curr_connections_average",
        lambda m: np.round(14 + 22 * np.minimum(m.load, 2)),
        "Connections",
        **_CACHE,
    ),
    gauge("aws_elasticache_cache_hits_sum", lambda m: np.round(60 * 5.2 * m.served_rate), "In a minute", **_CACHE),
    gauge("aws_elasticache_cache_misses_sum", lambda m: np.round(60 * 0.31 * m.served_rate), "In a minute", **_CACHE),
    gauge("aws_elasticache_evictions_sum", constant(0), "In a minute", **_CACHE),
    gauge(
        "aws_elasticache_database_memory_usage_percentage_average",
        lambda m: 41 + 6 * np.minimum(m.load, 2) + m.noise("cache", 1, 90),
        "Percent",
        **_CACHE,
    ),
    gauge("aws_applicationelb_request_count_sum", lambda m: np.round(60 * m.rate), "In a minute", **_ALB),
    gauge("aws_applicationelb_target_response_time_average", lambda m: 0.125 * m.latency_factor, "Seconds", **_ALB),
    gauge(
        "aws_applicationelb_httpcode_target_5_xx_count_sum",
        lambda m: np.round(_server_errors(m)),
        "In a minute",
        **_ALB,
    ),
    gauge(
        "aws_applicationelb_httpcode_elb_5_xx_count_sum",
        lambda m: np.round(60 * (m.rate - m.served_rate)),
        "In a minute",
        **_ALB,
    ),
    gauge(
        "aws_applicationelb_healthy_host_count_average",
        lambda m: np.where(m.fault("api-down") > 0, 0.0, 1.0),
        "Hosts",
        **_ALB,
    ),
    gauge("aws_applicationelb_active_connection_count_sum", lambda m: m.active_users, "Connections", **_ALB),
    gauge("aws_ec2_cpuutilization_average", lambda m: 100 * host_cpu(m), "Percent", **_EC2),
    gauge("aws_ec2_network_in_average", lambda m: 60 * (9_000 + 2_400 * m.rate), "Bytes in a minute", **_EC2),
    gauge("aws_ec2_network_out_average", lambda m: 60 * (12_000 + 21_000 * m.served_rate), "Bytes in a minute", **_EC2),
    gauge("aws_ec2_status_check_failed_sum", constant(0), "Failed checks", **_EC2),
]


# -- Backups: every night at 03:30
def last_backup(m: Moment) -> Floats:
    """Unix seconds of the last success, seven minutes after its start."""
    started = np.floor((m.t - 420 + SEOUL_OFFSET_S - BACKUP_AT_S) / DAY_S) * DAY_S + BACKUP_AT_S - SEOUL_OFFSET_S
    missed = np.where(m.fault("backup-missing") > 0, 2 * DAY_S, 0)
    done: Floats = started + 420 - missed
    return done


BACKUP = [
    gauge("backup_last_success_timestamp_seconds", last_backup, "Unix time of the last success", database="glimpse"),
    gauge(
        "backup_size_bytes",
        lambda m: np.round(6.4 * GIB + 9 * MIB * (last_backup(m) - OPENED) / DAY_S),
        "Size of the last backup",
        database="glimpse",
    ),
    gauge("backup_duration_seconds", constant(420), "Time that the last backup took", database="glimpse"),
    gauge(
        "backup_last_status",
        lambda m: np.where(m.fault("backup-missing") > 0, 0.0, 1.0),
        "1: the last attempt succeeded, 0: it failed",
        database="glimpse",
    ),
]


# -- The API's host, as node exporter tells it
def disk_available(m: Moment) -> Floats:
    """Bytes that are free on /."""
    share = 0.47 - 0.03 * ((m.t - OPENED) / DAY_S % 14) / 14
    left: Floats = DISK_SIZE * np.maximum(0.01, share - (share - 0.06) * np.minimum(1.1, m.fault("disk-filling")))
    return left


def _cpu_modes() -> list[Series]:
    waits = {"user": 0.72, "system": 0.22, "iowait": 0.06}
    found = []
    for cpu in ("0", "1"):
        for mode, share in waits.items():
            found.append(
                counter(
                    "node_cpu_seconds_total",
                    lambda m, share=share: share * host_cpu(m),  # type: ignore[misc]
                    "Seconds the CPUs spent in each mode",
                    cpu=cpu,
                    mode=mode,
                )
            )
        found.append(counter("node_cpu_seconds_total", lambda m: 1 - host_cpu(m), "", cpu=cpu, mode="idle"))
    return found


_ROOT = {"device": "/dev/nvme0n1p1", "fstype": "ext4", "mountpoint": "/"}
NODE = [
    *_cpu_modes(),
    gauge("node_memory_MemTotal_bytes", constant(4 * GIB), "Memory"),
    gauge(
        "node_memory_MemAvailable_bytes",
        lambda m: 3.35 * GIB - resident_memory(m) - m.noise("available", 40 * MIB, 41),
        "Memory that programs can get",
    ),
    gauge("node_load1", lambda m: 2.1 * host_cpu(m) + np.abs(m.noise("load1", 0.15, 3)), "1m load average"),
    gauge("node_load5", lambda m: 2.1 * host_cpu(m) + np.abs(m.noise("load5", 0.08, 7)), "5m load average"),
    gauge("node_load15", lambda m: 2.1 * host_cpu(m), "15m load average"),
    gauge("node_filesystem_size_bytes", constant(DISK_SIZE), "Size", **_ROOT),
    gauge("node_filesystem_avail_bytes", disk_available, "Space for users", **_ROOT),
    gauge("node_filesystem_free_bytes", lambda m: disk_available(m) + 0.04 * DISK_SIZE, "Space", **_ROOT),
    counter("node_disk_read_bytes_total", lambda m: 9_000 * (1 + m.served_rate), "Bytes read", device="nvme0n1"),
    counter(
        "node_disk_written_bytes_total",
        lambda m: 26_000 * (1 + m.served_rate) + 4e6 * m.fault("log-storm") + 5e7 * m.fault("disk-filling"),
        "Bytes written",
        device="nvme0n1",
    ),
    counter("node_network_receive_bytes_total", lambda m: 9_000 + 2_400 * m.rate, "Bytes received", device="eth0"),
    counter(
        "node_network_transmit_bytes_total", lambda m: 12_000 + 21_000 * m.served_rate, "Bytes sent", device="eth0"
    ),
    gauge("node_boot_time_seconds", constant(OPENED + 18 * DAY_S), "Unix time of the boot"),
]

EXPORTERS: dict[str, list[Series]] = {
    "postgres": POSTGRES,
    "cloudwatch": CLOUDWATCH,
    "backup": BACKUP,
    "node": NODE,
}

"""Each correction of the guide: its literal text fails, ours passes, before the real promtool and amtool."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.deploy.conftest import DEPLOY, Rendered, tool

GUIDE_MEMORY = 'process_memory_usage_bytes{type="rss"} / process_memory_limit_bytes > 0.8'
GUIDE_POOL = "pg_stat_database_numbackends / pg_settings_max_connections > 0.8"
GUIDE_ERRORS = 'sum(rate(http_requests_total{status=~"5.."}[5m])) / sum(rate(http_requests_total[5m])) * 100'
OUR_ERRORS = (
    '(sum(rate(http_requests_total{job="glimpse-api",status=~"5.."}[5m])) or vector(0))'
    ' / sum(rate(http_requests_total{job="glimpse-api"}[5m])) * 100'
)
GUIDE_MATCHES = "sum(rate(matches_total[1h])) / sum(rate(likes_total[1h])) * 100"
GUIDE_P95 = "histogram_quantile(0.95, rate(http_request_duration_seconds_bucket[5m]))"
OUR_P95 = 'histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{job="glimpse-api"}[5m])))'

MEMORY = {
    'process_memory_usage_bytes{job="glimpse-api",instance="a",type="rss"}': "90x30",
    'process_memory_limit_bytes{job="glimpse-api",instance="a"}': "100x30",
}
POOL = {
    'pg_stat_database_numbackends{job="postgres",instance="a",datname="glimpse"}': "90x30",
    'pg_settings_max_connections{job="postgres",instance="a"}': "100x30",
}
REQUESTS = {'http_requests_total{job="glimpse-api",route="/a",status="200"}': "0+60x30"}
BUCKETS = {
    f'http_request_duration_seconds_bucket{{job="glimpse-api",route="{route}",le="{le}"}}': "0+60x30"
    for route in ("/a", "/b")
    for le in ("1.0", "+Inf")
}

GUIDE_ALERTMANAGER = """
global:
  resolve_timeout: 5m
  slack_api_url: '${SLACK_WEBHOOK_URL}'
route:
  group_by: ['alertname', 'cluster', 'service']
  receiver: 'default'
  routes:
    - match:
        severity: critical
      receiver: 'critical'
      group_wait: 0s
    - match:
        team: database
      receiver: 'database-team'
    - match_re:
        alertname: '^(LowMatchRate|PaymentFailure|HighChurn)$'
      receiver: 'business-team'
receivers:
  - name: 'default'
    slack_configs:
      - channel: '#alerts'
  - name: 'critical'
    pagerduty_configs:
      - service_key: '${PAGERDUTY_SERVICE_KEY}'
  - name: 'database-team'
    email_configs:
      - to: 'database-team@glimpse.kr'
"""


def rule(name: str) -> str:
    """The shipped rule's expression."""
    groups = yaml.safe_load((DEPLOY / "prometheus/rules/alerts.yml").read_text())["groups"]
    return str(next(one["expr"] for group in groups for one in group["rules"] if one.get("alert") == name))


def answers(folder: Path, expr: str, series: dict[str, str], count: int) -> bool:
    """Whether the expression gives `count` series after twenty minutes of these samples, by promtool."""
    case = {
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": name, "values": values} for name, values in series.items()],
                "promql_expr_test": [
                    {
                        "expr": f"count({expr}) or vector(0)",
                        "eval_time": "20m",
                        "exp_samples": [{"labels": "{}", "value": count}],
                    }
                ],
            }
        ],
    }
    path = folder / "case.yml"
    path.write_text(yaml.safe_dump(case))
    return tool("promtool", "test", "rules", str(path)).returncode == 0


@pytest.mark.parametrize(
    ("series", "guide", "ours"),
    [
        pytest.param(MEMORY, GUIDE_MEMORY, "HighMemoryUsage", id="the sides differ in type"),
        pytest.param(POOL, GUIDE_POOL, "DatabaseConnectionPoolExhausted", id="one side has datname"),
    ],
)
def test_vectors_that_never_match(tmp_path: Path, series: dict[str, str], guide: str, ours: str) -> None:
    assert answers(tmp_path, guide, series, 0)
    assert answers(tmp_path, rule(ours), series, 1)


def test_an_error_rate_without_errors_is_zero_not_nothing(tmp_path: Path) -> None:
    assert answers(tmp_path, GUIDE_ERRORS, REQUESTS, 0)
    assert answers(tmp_path, OUR_ERRORS + " == 0", REQUESTS, 1)
    assert "or vector(0)" in rule("HighErrorRate")


def test_a_match_rate_without_matches_is_zero_not_nothing(tmp_path: Path) -> None:
    likes = {'likes_total{job="glimpse-api",type="normal"}': "0+5x30"}
    assert answers(tmp_path, GUIDE_MATCHES, likes, 0)
    assert answers(tmp_path, rule("LowMatchRate"), likes, 1)


def test_the_95th_percentile_is_the_services_not_each_routes(tmp_path: Path) -> None:
    assert answers(tmp_path, GUIDE_P95, BUCKETS, 2)
    assert answers(tmp_path, OUR_P95, BUCKETS, 1)


@pytest.mark.parametrize("name", ["HighRequestRate", "LowMatchRate", "PaymentFailure", "HighChurn"])
def test_alerts_that_the_guide_names_without_a_rule_are_defined(name: str) -> None:
    assert rule(name)


def test_the_guides_alertmanager_configuration_is_refused_and_ours_taken(tmp_path: Path, rendered: Rendered) -> None:
    path = tmp_path / "guide.yml"
    path.write_text(GUIDE_ALERTMANAGER)
    assert tool("amtool", "check-config", str(path)).returncode != 0
    assert tool("amtool", "check-config", str(rendered.alertmanager)).returncode == 0


def test_a_critical_database_alert_reaches_the_database_team_too(tmp_path: Path, rendered: Rendered) -> None:
    path = tmp_path / "guide.yml"
    # Mended just enough to be loaded: the receiver that is missing, and an address where a variable stands.
    text = GUIDE_ALERTMANAGER.replace("${SLACK_WEBHOOK_URL}", "http://127.0.0.1:9/x")
    text = text.replace("slack_api_url", "smtp_smarthost: localhost:25\n  smtp_from: a@b\n  slack_api_url")
    path.write_text(text + "  - name: 'business-team'\n")
    words = ["severity=critical", "team=database"]
    found = tool("amtool", "config", "routes", "test", f"--config.file={path}", *words)
    assert found.stdout.strip() == "critical"
    found = tool("amtool", "config", "routes", "test", f"--config.file={rendered.alertmanager}", *words)
    assert found.stdout.strip() == "console,critical,database-team"


def test_no_deprecated_matchers_no_variables_and_no_secret_in_the_file() -> None:
    text = (DEPLOY / "alertmanager/alertmanager.yml").read_text()
    assert "match:" not in text
    assert "match_re:" not in text
    assert "${SLACK" not in text
    assert "slack_api_url_file:" in text
    assert "routing_key_file:" in text


def test_without_keys_nothing_leaves_the_machine(rendered: Rendered) -> None:
    config = yaml.safe_load(rendered.alertmanager.read_text())["global"]
    assert config["pagerduty_url"].startswith("http://127.0.0.1:9/")
    assert (rendered.folder / "secrets/slack_url").read_text().startswith("http://127.0.0.1:9/")
    assert config["smtp_smarthost"].startswith("127.0.0.1:")

"""What is shipped is valid, starts, and every rule and every route has been tried."""

from __future__ import annotations

import json
import re
import urllib.request

import pytest
import yaml

from tests import servers
from tests.deploy.conftest import DEPLOY, Rendered, tool

RULES = sorted((DEPLOY / "prometheus/rules").glob("*.yml"))
CASES = sorted((DEPLOY / "prometheus/tests").glob("*.yml"))
# A watchdog that were silent would be the alarm itself.
NEVER_SILENT = {"Watchdog"}


def shipped_alerts() -> set[str]:
    groups = [group for path in RULES for group in yaml.safe_load(path.read_text())["groups"]]
    return {rule["alert"] for group in groups for rule in group["rules"] if "alert" in rule}


def test_promtool_accepts_configuration_and_rules(rendered: Rendered) -> None:
    found = tool("promtool", "check", "config", str(rendered.prometheus))
    assert found.returncode == 0, found.stdout + found.stderr
    assert f"{len(shipped_alerts())} rules found" in found.stdout


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name)
def test_every_rule_behaves_as_its_cases_say(path: object) -> None:
    found = tool("promtool", "test", "rules", str(path))
    assert found.returncode == 0, found.stdout + found.stderr


def test_no_rule_is_without_a_case_in_which_it_fires_and_one_in_which_it_is_silent() -> None:
    fires, silent = set(), set()
    for path in CASES:
        for group in yaml.safe_load(path.read_text())["tests"]:
            for case in group.get("alert_rule_test", []):
                (fires if case["exp_alerts"] else silent).add(case["alertname"])
    assert fires == shipped_alerts()
    assert silent == shipped_alerts() - NEVER_SILENT


def test_every_rule_is_described_in_the_docs() -> None:
    text = (DEPLOY.parent / "docs/alert-rules.md").read_text()
    assert {name for name in shipped_alerts() if f"| `{name}`" not in text} == set()


def test_every_alert_has_severity_team_summary_and_description() -> None:
    for path in RULES:
        for group in yaml.safe_load(path.read_text())["groups"]:
            for rule in group["rules"]:
                assert rule["labels"]["severity"] in ("critical", "warning", "none"), rule["alert"]
                assert rule["labels"]["team"] in ("backend", "database", "ops", "business"), rule["alert"]
                assert set(rule["annotations"]) >= {"summary", "description"}, rule["alert"]


def test_amtool_accepts_the_configuration(rendered: Rendered) -> None:
    found = tool("amtool", "check-config", str(rendered.alertmanager))
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize(
    ("labels", "receivers"),
    [
        ("alertname=ServiceDown severity=critical team=backend", "console,critical"),
        ("alertname=HighResponseTime severity=warning team=backend", "console,default"),
        ("alertname=DiskSpaceRunningLow severity=warning team=ops", "console,default"),
        ("alertname=DatabaseConnectionPoolExhausted severity=warning team=database", "console,database-team"),
        # The guide had no "continue": a critical database alert never reached the database's people.
        ("alertname=X severity=critical team=database", "console,critical,database-team"),
        ("alertname=LowMatchRate severity=warning team=business", "console,business-team"),
        ("alertname=HighChurn severity=warning team=business", "console,business-team"),
        ("alertname=PaymentFailure severity=critical team=business", "console,critical,business-team"),
        ("alertname=Watchdog severity=none team=ops", "console,nobody"),
    ],
)
def test_an_alert_reaches_its_receivers(rendered: Rendered, labels: str, receivers: str) -> None:
    found = tool("amtool", "config", "routes", "test", f"--config.file={rendered.alertmanager}", *labels.split())
    assert found.stdout.strip() == receivers


def test_every_receiver_is_reached_by_some_route(rendered: Rendered) -> None:
    config = yaml.safe_load(rendered.alertmanager.read_text())
    routed = set(re.findall(r"receiver: ([\w-]+)", rendered.alertmanager.read_text()))
    assert {one["name"] for one in config["receivers"]} == routed


@pytest.mark.servers
def test_prometheus_and_alertmanager_start_with_it_and_find_each_other(rendered: Rendered) -> None:
    ports = rendered.ports
    with (
        servers.alertmanager(
            rendered.folder / "am", config=rendered.alertmanager.read_text(), port=int(ports["ALERTMANAGER_PORT"])
        ) as alertmanager,
        servers.prometheus(
            rendered.folder / "pm", config=rendered.prometheus.read_text(), port=int(ports["PROMETHEUS_PORT"])
        ) as prometheus,
    ):

        def known() -> bool:
            with urllib.request.urlopen(f"{prometheus.url}/api/v1/alertmanagers", timeout=5) as answer:
                return bool(json.load(answer)["data"]["activeAlertmanagers"])

        prometheus.wait(known)
        with urllib.request.urlopen(f"{prometheus.url}/api/v1/rules", timeout=5) as answer:
            groups = json.load(answer)["data"]["groups"]
        assert {rule["name"] for group in groups for rule in group["rules"]} == shipped_alerts()
        with urllib.request.urlopen(f"{alertmanager.url}/api/v2/receivers", timeout=5) as answer:
            assert "console" in {one["name"] for one in json.load(answer)}

"""What the checks say of a real Prometheus: all well, a target down, a rule that errs, nothing there at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.checks.actions import check_run
from apps.checks.builtin.prometheus import RulesEvaluate, TargetsUp
from apps.sources.prometheus import Prometheus
from tests import servers
from tests.checks.conftest import Use

pytestmark = [pytest.mark.servers, pytest.mark.django_db]

RULES = """
groups:
  - name: g
    rules:
      - {record: fine, expr: vector(1)}
      # Two targets, one label set: only the evaluation shows that it cannot be.
      - {record: broken, expr: 'label_replace(up, "instance", "same", "", "")'}
"""


@pytest.fixture(scope="module")
def unwell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A Prometheus with a target that is not there and a rule that cannot be evaluated; its address, the target's."""
    folder: Path = tmp_path_factory.mktemp("unwell")
    port, nobody = servers.free_port(), f"127.0.0.1:{servers.free_port()}"
    (folder / "rules.yml").write_text(RULES)
    config = (
        "global: {scrape_interval: 1s, evaluation_interval: 1s}\n"
        f"rule_files: ['{folder / 'rules.yml'}']\n"
        f"scrape_configs: [{{job_name: api, static_configs: [{{targets: ['127.0.0.1:{port}', '{nobody}']}}]}}]\n"
    )
    with servers.prometheus(folder, config=config, port=port) as server:
        source = Prometheus(server.url, timeout=5)
        server.wait(lambda: {one.health for one in source.targets()} == {"up", "down"})
        server.wait(lambda: any(rule.health == "err" for group in source.rules() for rule in group.rules))
        source.close()
        yield server.url, nobody


def test_targets_that_all_answer_are_ok(prometheus_server: servers.Server, use: Use) -> None:
    source = use(prometheus_server.url)
    prometheus_server.wait(lambda: {one.health for one in source.targets()} == {"up"})
    result = check_run(TargetsUp())
    assert result is not None
    assert (result.status, result.sentence) == ("ok", "1 of 1 targets are up.")


def test_a_target_that_is_down_is_failing_and_named_with_its_error(unwell: tuple[str, str], use: Use) -> None:
    url, nobody = unwell
    use(url)
    result = check_run(TargetsUp())
    assert result is not None
    assert (result.status, result.sentence) == ("failing", "1 of 2 targets are up.")
    (down,) = result.evidence["down"]
    assert (down["job"], down["instance"]) == ("api", nobody)
    assert "connection refused" in down["error"]


def test_a_rule_that_errs_is_failing_and_named_with_its_error(unwell: tuple[str, str], use: Use) -> None:
    use(unwell[0])
    result = check_run(RulesEvaluate())
    assert result is not None
    assert (result.status, result.sentence) == ("failing", "1 of 2 rules fail to evaluate.")
    (broken,) = result.evidence["broken"]
    assert broken["rule"] == "broken"
    assert "same labelset" in broken["error"]


def test_a_prometheus_without_targets_and_rules_is_a_warning(use: Use, tmp_path: Path) -> None:
    with servers.prometheus(tmp_path) as server:
        use(server.url)
        results = [check_run(TargetsUp()), check_run(RulesEvaluate())]
    assert [(one.status, one.sentence) for one in results if one] == [
        ("warning", "Prometheus has no targets."),
        ("warning", "Prometheus has no rules."),
    ]


def test_a_prometheus_that_is_not_there_leaves_it_unknown(use: Use) -> None:
    use(f"http://127.0.0.1:{servers.free_port()}")
    for check in (TargetsUp(), RulesEvaluate()):
        result = check_run(check)
        assert result is not None
        assert (result.status, result.evidence["reason"]) == ("unknown", "unreachable")
        assert "Could not look" in result.sentence

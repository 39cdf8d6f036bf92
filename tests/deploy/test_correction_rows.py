"""One correction at a time: what else is wrong in the guide's text is mended, so that only this one can fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from apps.dashboards.definitions import dashboards
from tests.deploy.conftest import Rendered, tool
from tests.deploy.test_corrections import (
    BUCKETS,
    GUIDE_ALERTMANAGER,
    GUIDE_ERRORS,
    GUIDE_P95,
    REQUESTS,
    answers,
)

SLACK = "${SLACK_WEBHOOK_URL}"
RECEIVER = "  - name: 'business-team'\n"


def mended(*, receiver: bool = True, address: bool = True) -> str:
    """The guide's text with a mail server, and with what the case is not about."""
    text = GUIDE_ALERTMANAGER.replace(
        "  resolve_timeout", "  smtp_smarthost: localhost:25\n  smtp_from: a@b\n  resolve_timeout"
    )
    return (text.replace(SLACK, "http://127.0.0.1:9/x") if address else text) + (RECEIVER if receiver else "")


def amtool_says(folder: Path, text: str) -> tuple[bool, str]:
    path = folder / "guide.yml"
    path.write_text(text)
    found = tool("amtool", "check-config", str(path))
    return found.returncode == 0, found.stdout


def test_with_each_other_fault_mended_the_guides_text_is_taken(tmp_path: Path) -> None:
    assert amtool_says(tmp_path, mended())[0]


def test_a_receiver_that_is_not_defined_is_refused(tmp_path: Path, rendered: Rendered) -> None:
    taken, words = amtool_says(tmp_path, mended(receiver=False))
    assert not taken
    assert 'undefined receiver "business-team"' in words
    assert amtool_says(tmp_path, rendered.alertmanager.read_text())[0]


def test_a_variable_is_not_expanded_even_where_it_is_set(
    tmp_path: Path, rendered: Rendered, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_WEBHOOK_URL", "http://127.0.0.1:9/x")
    taken, words = amtool_says(tmp_path, mended(address=False))
    assert not taken
    assert "unsupported scheme" in words
    ours = "\n".join(line.split("#")[0] for line in rendered.alertmanager.read_text().splitlines())
    assert "${" not in ours
    assert amtool_says(tmp_path, rendered.alertmanager.read_text())[0]


def keys(tree: Any) -> set[str]:
    """Every key of a configuration, at any depth."""
    if isinstance(tree, dict):
        return set(tree) | {key for value in tree.values() for key in keys(value)}
    return {key for value in tree for key in keys(value)} if isinstance(tree, list) else set()


def test_routes_use_matchers_where_the_guide_used_match_and_match_re(rendered: Rendered) -> None:
    deprecated = {"match", "match_re", "source_match", "target_match", "source_match_re", "target_match_re"}
    assert keys(yaml.safe_load(GUIDE_ALERTMANAGER)) & deprecated == {"match", "match_re"}
    assert not keys(yaml.safe_load(rendered.alertmanager.read_text())) & deprecated


def shipped(part: str) -> list[str]:
    """The overview's queries with these words, asked over five minutes."""
    panels = dashboards()["overview"].panels
    found = [target.expr for panel in panels for target in panel.targets if part in target.expr]
    assert found
    return [expr.replace("$__rate_interval", "5m") for expr in found]


def test_the_overviews_own_95th_percentile_is_one_series(tmp_path: Path) -> None:
    assert answers(tmp_path, GUIDE_P95, BUCKETS, 2)
    for expr in shipped("histogram_quantile(0.95"):
        assert answers(tmp_path, expr, BUCKETS, 1), expr


def test_the_overviews_own_error_rate_is_zero_while_nothing_failed(tmp_path: Path) -> None:
    assert answers(tmp_path, GUIDE_ERRORS, REQUESTS, 0)
    for expr in shipped('status=~"5.."'):
        assert answers(tmp_path, f"({expr}) == 0", REQUESTS, 1), expr

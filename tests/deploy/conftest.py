"""The shipped configuration, filled in as bin/up does."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from console import up_state
from tests import servers

DEPLOY = Path(__file__).resolve().parent.parent.parent / "deploy"


@dataclass(frozen=True)
class Rendered:
    """Where bin/up would have written the configurations, and the ports in them."""

    folder: Path
    ports: dict[str, str]

    @property
    def prometheus(self) -> Path:
        return self.folder / "prometheus" / "prometheus.yml"

    @property
    def alertmanager(self) -> Path:
        return self.folder / "alertmanager" / "alertmanager.yml"


@pytest.fixture
def rendered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rendered:
    monkeypatch.setattr(up_state, "VAR", tmp_path)
    ports = {name: str(servers.free_port()) for name in up_state.PORTS}
    up_state.make_folders()
    up_state.render_servers(ports | {"WEBHOOK_TOKEN": "webhook", "METRICS_TOKEN": "metrics"})
    return Rendered(tmp_path, ports)


def tool(*words: str) -> subprocess.CompletedProcess[str]:
    """Run promtool or amtool; its status and words are the test's to judge."""
    return subprocess.run(words, capture_output=True, text=True, check=False)

"""`python -m demo fault …` starts, lists and stops faults of a running demo, and says what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from demo.__main__ import main
from tests.demo.conftest import Demo, running, until
from tests.servers import free_port


def test_a_fault_is_started_listed_and_stopped(demo: Demo, capsys: pytest.CaptureFixture[str]) -> None:
    port = f"--admin-port={demo.admin_port}"
    assert main(["fault", "start", "low-match-rate", "--for", "10m", "--strength", "0.5", port]) == 0
    assert "low-match-rate for 600 s, strength 0.5" in capsys.readouterr().out
    assert main(["fault", "list", port]) == 0
    assert "* low-match-rate" in capsys.readouterr().out
    assert main(["fault", "stop", "--all", port]) == 0
    assert "stopped: low-match-rate" in capsys.readouterr().out


def test_the_name_alone_starts_a_fault(demo: Demo, capsys: pytest.CaptureFixture[str]) -> None:
    port = f"--admin-port={demo.admin_port}"
    assert main(["fault", "churn-wave", port]) == 0
    assert "churn-wave until it is stopped" in capsys.readouterr().out
    assert main(["fault", "stop", "churn-wave", port]) == 0


def test_an_unknown_fault_names_those_that_there_are(demo: Demo, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fault", "start", "earthquake", f"--admin-port={demo.admin_port}"]) == 2
    assert "slow-database" in capsys.readouterr().err


def test_without_a_demo_it_says_how_to_start_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fault", "list", f"--admin-port={free_port()}"]) == 1
    assert "bin/up" in capsys.readouterr().err


def test_a_taken_port_is_told(demo: Demo, capsys: pytest.CaptureFixture[str], tmp_path: object) -> None:
    words = [f"--port={free_port()}", f"--admin-port={demo.admin_port}"]
    assert main(["serve", *words, f"--log-dir={tmp_path}/log", f"--state-dir={tmp_path}/state"]) == 1
    assert "--admin-port" in capsys.readouterr().err


def test_nonsense_days_are_refused(capsys: pytest.CaptureFixture[str], tmp_path: object) -> None:
    assert main(["history", f"--prometheus-data={tmp_path}/d", f"--log-dir={tmp_path}/l", "--days=0"]) == 2
    assert "--days" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    words = [f"--prometheus-data={tmp_path}/file/data", f"--log-dir={tmp_path}/log", "--days=0.02"]
    assert main(["history", *words]) == 1
    assert "no history was made" in capsys.readouterr().err


def test_it_ends_without_a_word_in_the_middle_of_requests(tmp_path: Path) -> None:
    with running(tmp_path, faults={"traffic-surge": 1.0}) as busy:
        assert until(lambda: busy.metric("http_requests_total") > 50)
    said = (tmp_path / "demo.out").read_text().splitlines()
    assert [line.split(" on ")[0] for line in said] == ["demo: API"]

"""bin/up's preparations: secrets once, ports told apart, configurations filled in."""

import socket
from pathlib import Path

import pytest

from console import up_state
from console.catalogue import compile_catalogues


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that bin/up takes for the clone."""
    monkeypatch.setattr(up_state, "ROOT", tmp_path)
    monkeypatch.setattr(up_state, "VAR", tmp_path / "var")
    (tmp_path / "var").mkdir()
    return tmp_path


def test_env_is_made_once_and_readable_by_its_owner_only(clone: Path) -> None:
    up_state.write_env()
    first = (clone / ".env").read_text()
    up_state.write_env()
    assert (clone / ".env").read_text() == first
    assert (clone / ".env").stat().st_mode & 0o077 == 0
    assert "SECRET_KEY=" in first


def test_a_taken_port_names_the_setting_and_the_program_that_has_it() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        environment = {name: str(default) for name, (default, _owner) in up_state.PORTS.items()}
        environment["CONSOLE_PORT"] = str(port)
        with pytest.raises(up_state.Problem) as caught:
            up_state.check_ports(["web"], environment)
    assert f"Port {port}" in caught.value.what
    assert "process" in caught.value.what
    assert "CONSOLE_PORT" in caught.value.advice[0]


def test_a_port_of_a_process_that_is_not_started_may_be_taken() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        environment = {name: str(default) for name, (default, _owner) in up_state.PORTS.items()}
        environment["DEMO_PORT"] = str(other.getsockname()[1])
        up_state.check_ports([], environment)


def test_reset_forgets_state_and_settings(clone: Path) -> None:
    (clone / ".env").write_text("SECRET_KEY=x\n")
    (clone / "var" / "redis").mkdir()
    (clone / "var" / "console.sqlite3").write_text("")
    up_state.reset()
    assert not (clone / ".env").exists()
    assert [entry.name for entry in (clone / "var").iterdir()] == ["log"]


def test_every_process_of_the_procfile_is_known_by_name() -> None:
    names = set(up_state.procfile())
    assert {owner for _default, owner in up_state.PORTS.values()} <= names
    assert {"web", "worker", "beat"} <= names


def test_passwords_are_read_from_the_last_line_only() -> None:
    assert up_state.read_passwords('a warning\n{"ops": "x"}\n') == {"ops": "x"}
    assert up_state.read_passwords("") == {}


def test_catalogues_are_compiled_when_older_than_their_text(tmp_path: Path) -> None:
    folder = tmp_path / "ko" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Alerts"\nmsgstr "알림"\n'
    )
    assert compile_catalogues(tmp_path) == [folder / "django.mo"]
    assert compile_catalogues(tmp_path) == []
    assert "알림".encode() in (folder / "django.mo").read_bytes()

"""Each record is one line of JSON by the guide's fields, with real milliseconds in Seoul's time."""

from __future__ import annotations

import io
import json
import logging
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps

from apps.telemetry import context, log, logger
from apps.telemetry.lines import MAX_LINE, Lines, stamp

SEOUL = ZoneInfo("Asia/Seoul")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    before = {name: logging.getLogger(name).level for name in ("", "glimpse")}
    logger.configure(service="tests", directory=tmp_path, level="debug", console_level="error")
    yield tmp_path
    logger.reset()
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


def lines(folder: Path, name: str = "combined") -> list[dict[str, Any]]:
    return [json.loads(line) for file in sorted(folder.glob(f"{name}*.log")) for line in file.read_text().splitlines()]


def test_the_timestamp_has_real_milliseconds_where_the_guides_format_repeats_minute_and_second() -> None:
    moment = datetime(2026, 11, 23, 2, 12, 51, 720_000, tzinfo=UTC).timestamp()
    assert stamp(moment, SEOUL) == "2026-11-23 11:12:51:720"
    # What real Winston prints for `YYYY-MM-DD HH:mm:ss:ms` at this moment (corrections.md).
    assert stamp(moment, SEOUL) != "2026-11-23 11:12:51:1251"


def test_the_five_levels_carry_the_guides_names(folder: Path) -> None:
    log.error("e")
    log.warn("w")
    log.info("i")
    log.http(object(), object(), 1.25)
    log.debug("d")
    assert [line["level"] for line in lines(folder)] == ["error", "warn", "info", "http", "debug"]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d:\d{3}", line["timestamp"]) for line in lines(folder))


def test_errors_are_in_the_error_file_with_text_and_stack(folder: Path) -> None:
    log.info("not here")
    try:
        raise ValueError("no such match")
    except ValueError as error:
        log.error("Failed to create match", error, fromUserId="user_1")
    (line,) = lines(folder, "error")
    assert (line["message"], line["error"], line["fromUserId"]) == ("Failed to create match", "no such match", "user_1")
    assert "Traceback" in line["stack"]
    assert "ValueError: no such match" in line["stack"]


def test_a_level_below_the_configured_one_is_not_written(tmp_path: Path) -> None:
    logger.configure(service="tests", directory=tmp_path, level="info", console_level="error")
    try:
        log.debug("too fine")
        log.http(object(), object(), 1.0)
        log.info("kept")
    finally:
        logger.reset()
    assert [line["message"] for line in lines(tmp_path)] == ["kept"]


def test_an_unknown_level_or_format_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'loud'; there are error, warn, info, http, debug"):
        logger.configure(service="tests", level="loud")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="'xml'"):
        logger.configure(service="tests", console_format="xml")  # type: ignore[arg-type]


def test_fields_that_would_forge_a_line_are_renamed(folder: Path) -> None:
    log.info("true", level="error", message="false", service="other", timestamp="yesterday")
    (line,) = lines(folder)
    assert (line["level"], line["message"], line["service"]) == ("info", "true", "tests")
    assert (line["level_"], line["message_"], line["service_"]) == ("error", "false", "other")
    assert (line["timestamp_"], line["timestamp"][:2]) == ("yesterday", "20")


def test_an_iso_timestamp_of_the_callers_stands_as_in_the_guides_service_example(folder: Path) -> None:
    log.info("Creating match", timestamp="2026-11-23T02:12:51.720Z")
    assert lines(folder)[0]["timestamp"] == "2026-11-23T02:12:51.720Z"


def test_bound_fields_are_on_every_line_inside_and_on_none_outside(folder: Path) -> None:
    with context.bound(requestId="r-1", userId=lambda: "u-1"):
        log.info("inside")
        logging.getLogger("somebody.else").warning("also %s", "inside")
    log.info("outside")
    first, second, third = lines(folder)
    assert (first["requestId"], first["userId"]) == ("r-1", "u-1")
    assert (second["requestId"], second["message"]) == ("r-1", "also inside")
    assert "requestId" not in third


def test_two_threads_do_not_see_each_others_request(folder: Path) -> None:
    ready = threading.Barrier(2)

    def work(name: str) -> None:
        with context.bound(requestId=name):
            ready.wait(10)
            log.info(name)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(line["requestId"] == line["message"] for line in lines(folder))
    assert len(lines(folder)) == 2


def test_hostile_metadata_neither_raises_nor_breaks_the_line(folder: Path) -> None:
    circular: dict[str, Any] = {}
    circular["self"] = circular
    log.info("ok", circular=circular, nan=float("nan"), raw=b"\xff", huge=10**5000, text="a\nb\u2028c")
    log.info("wide", **{f"field{n}": "x" * 30_000 for n in range(20)})
    raw = (next(folder.glob("combined*.log"))).read_text()
    assert raw.count("\n") == 2
    first, second = lines(folder)
    assert first["circular"] == {"self": "<circular>"}
    assert first["text"] == "a\nb\u2028c"
    assert "left out" in second["truncated"]
    assert len(raw.splitlines()[-1]) <= MAX_LINE


def test_a_record_with_wrong_arguments_is_written_all_the_same() -> None:
    record = logging.makeLogRecord({"msg": "%d of %d", "args": ("one",), "levelno": logging.ERROR})
    assert json.loads(Lines("tests", SEOUL).json(record))["message"] == "%d of %d ['one']"


def test_the_standard_librarys_extra_becomes_fields(folder: Path) -> None:
    logging.getLogger("x").error("failed", extra={"action": "payment", "status": "failed"})
    assert (lines(folder)[0]["action"], lines(folder)[0]["status"]) == ("payment", "failed")


def test_the_pretty_form_shows_control_characters_and_keeps_to_one_line() -> None:
    record = logging.makeLogRecord({"msg": "a\nb\x1b[2J", "levelno": logging.ERROR, "meta": {"n": 1}})
    line = Lines("tests", SEOUL).pretty(record, colour=True)
    assert "[\x1b[31merror\x1b[39m] : a\\nb\\x1b[2J" in line
    assert line.endswith('{"n": 1}')
    assert "\n" not in line


def test_a_console_that_cannot_show_korean_gets_escapes(tmp_path: Path) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    handler = logger.ConsoleHandler(Lines("tests", SEOUL), "json", stream)
    handler.handle(logging.makeLogRecord({"msg": "결제 실패", "levelno": logging.ERROR}))
    written = stream.buffer.getvalue().decode()  # type: ignore[attr-defined]
    assert "\\uacb0\\uc81c" in written


def test_a_closed_console_is_survived() -> None:
    stream = io.StringIO()
    stream.close()
    logger.ConsoleHandler(Lines("tests", SEOUL), "pretty", stream).handle(
        logging.makeLogRecord({"msg": "x", "levelno": logging.ERROR})
    )


def test_a_project_whose_log_folder_is_a_file_starts_and_says_so(
    tmp_path: Path, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").touch()
    settings.LOG_TO_FILES, settings.LOG_DIR = True, tmp_path / "taken"
    settings.LOG_LEVEL = "nonsense"
    root = logging.getLogger()
    level = root.level
    try:
        apps.get_app_config("telemetry").ready()
        (said,) = capsys.readouterr().err.splitlines()
        assert json.loads(said)["directory"] == str(tmp_path / "taken")
    finally:
        settings.LOG_TO_FILES = False
        apps.get_app_config("telemetry").ready()
        root.setLevel(level)


def test_configuring_twice_does_not_write_twice(folder: Path) -> None:
    logger.configure(service="again", directory=folder, level="info", console_level="error")
    log.info("once")
    assert [(line["message"], line["service"]) for line in lines(folder)] == [("once", "again")]

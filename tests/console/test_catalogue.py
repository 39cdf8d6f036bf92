"""The Korean catalogue is complete: every text that the code marks has its translation, with the same places."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent.parent
CATALOGUE = ROOT / "locale" / "ko" / "LC_MESSAGES" / "django.po"
PLACES = re.compile(r"%\(\w+\)[sd]|(?<!\$)\{\w+\}|<\w+>")


def read(path: Path) -> Catalog:
    with path.open("rb") as text:
        return read_po(text, locale="ko")


def first(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """What `makemessages` finds in the code as it is now."""
    if shutil.which("xgettext") is None:
        pytest.fail("xgettext is not installed: run bin/test, which installs it")
    folder = tmp_path_factory.mktemp("messages")
    for name in ("apps", "console", "templates", "static", "manage.py"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    (folder / "locale" / "ko" / "LC_MESSAGES").mkdir(parents=True)
    command = [sys.executable, "manage.py", "makemessages", "-l", "ko", "--no-wrap", "--no-location", "--no-obsolete"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    path = folder / "locale/ko/LC_MESSAGES/django.po"
    # gettext writes English's two plural forms into the empty catalogue, Korean has one.
    path.write_text(re.sub(r"^msgstr\[1\].*\n", "", path.read_text(), flags=re.M))
    return read(path)


def test_every_text_has_a_translation(extracted: Catalog) -> None:
    known = {(message.id, message.context): message for message in read(CATALOGUE) if message.id}
    missing = [message.id for message in extracted if message.id and (message.id, message.context) not in known]
    assert missing == []


def test_no_translation_is_empty_or_a_guess() -> None:
    left = [first(one) for one in read(CATALOGUE) if one.id and (one.fuzzy or not all(one.string or [""]))]
    assert left == []


def test_nothing_is_translated_that_nobody_says(extracted: Catalog) -> None:
    said = {message.id for message in extracted}
    assert [message.id for message in read(CATALOGUE) if message.id not in said] == []


def test_translations_keep_the_places() -> None:
    for message in read(CATALOGUE):
        if message.id:
            texts = [message.string] if isinstance(message.string, str) else message.string
            for text in texts:
                assert set(PLACES.findall(text)) == set(PLACES.findall(first(message))), first(message)

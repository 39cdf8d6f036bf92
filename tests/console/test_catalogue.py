"""The Korean catalogue is complete: every text that the code marks has its translation, with the same places.

So is the text of the dashboards, which carry both languages themselves.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent.parent
DEFINITIONS = ROOT / "apps" / "dashboards" / "definitions"
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
            texts = [message.string] if isinstance(message.string, str) else message.string or []
            for text in texts:
                assert set(PLACES.findall(text)) == set(PLACES.findall(first(message))), first(message)


# A plain `label` is the name of a label in Prometheus.
WORDS = {"title", "description", "legend"}
KOREAN = re.compile("[가-힣]")
# A plain string stands for both languages: that suits names, quantiles and places, never a word of English.
PROSE = re.compile(r"[A-Z]?[a-z]{3,}")


def texts(node: object, path: str) -> Iterator[tuple[str, object]]:
    """Each text for people under `node`, with the path to it."""
    if isinstance(node, list):
        for number, one in enumerate(node):
            yield from texts(one, f"{path}[{number}]")
    elif isinstance(node, dict):
        for key, value in node.items():
            if {"ko", "en"} & set(value if isinstance(value, dict) else ()) or (
                key in WORDS and isinstance(value, str)
            ):
                yield f"{path}.{key}", value
            else:
                yield from texts(value, f"{path}.{key}")


def fault(text: object) -> str:
    """What is wrong with a text of a dashboard; empty if nothing is."""
    if isinstance(text, str):
        return "one language only" if PROSE.search(re.sub(r"\{\{\s*\w+\s*\}\}", "", text)) else ""
    assert isinstance(text, dict)
    korean, english = (str(text.get(language) or "").strip() for language in ("ko", "en"))
    if not korean or not english:
        return "a language is missing"
    if KOREAN.search(english):
        return "the English is Korean"
    return "" if KOREAN.search(korean) or korean == english else "the Korean is not Korean"


@pytest.mark.parametrize("path", sorted(DEFINITIONS.glob("*.yml")), ids=lambda path: path.stem)
def test_a_dashboard_speaks_both_languages(path: Path) -> None:
    found = list(texts(yaml.safe_load(path.read_text()), path.stem))
    assert found
    assert [(where, fault(text)) for where, text in found if fault(text)] == []

"""Finds Plotly's script inside its package, so that no copy of it lives in this repository."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage, Storage

PREFIX = "plotly"
NAME = "plotly.min.js"


def folder() -> Path:
    """The package's data folder, found without importing Plotly, which would cost every start its time."""
    spec = find_spec("plotly")
    if spec is None or spec.origin is None:
        raise RuntimeError("the package plotly is not installed: pip install -r requirements.txt")
    return Path(spec.origin).parent / "package_data"


class PlotlyFinder(BaseFinder):
    """Offers one file, `plotly/plotly.min.js`; its neighbours in the folder are not for browsers."""

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """Where the file is, or an empty list for any other path."""
        if path != f"{PREFIX}/{NAME}":
            return []
        found = str(folder() / NAME)
        return [found] if find_all else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        """The file with its storage, for collectstatic."""
        storage = FileSystemStorage(location=folder())
        storage.prefix = PREFIX  # type: ignore[attr-defined]
        yield NAME, storage

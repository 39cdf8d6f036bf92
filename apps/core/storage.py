"""Static files with their content's hash in the name: compressed once, cached for ever."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Also rewrites the imports inside our ES modules: a new version never runs beside an old one from a cache.

    Only ours (`js/`): packages ship modules whose imports are bare names, which no file answers to.
    """

    _imports = CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1]
    patterns = (*CompressedManifestStaticFilesStorage.patterns, ("js/*.js", _imports))

"""What every test may use: real servers, once a run."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests import servers

os.environ.setdefault("SECRET_KEY", "tests-only-not-a-secret-tests-only-not-a-secret")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")


@pytest.fixture(scope="session")
def prometheus_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Server]:
    """A real, empty Prometheus that scrapes itself."""
    folder = tmp_path_factory.mktemp("prometheus")
    port = servers.free_port()
    config = (
        "global: {scrape_interval: 1s, evaluation_interval: 1s}\n"
        f"scrape_configs: [{{job_name: prometheus, static_configs: [{{targets: ['127.0.0.1:{port}']}}]}}]\n"
    )
    with servers.prometheus(folder, config=config, port=port) as server:
        yield server


@pytest.fixture(scope="session")
def alertmanager_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Server]:
    with servers.alertmanager(tmp_path_factory.mktemp("alertmanager")) as server:
        yield server


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Server]:
    with servers.redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of a file run in one process: what they start is dear."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(str(item.path)))


def pytest_configure() -> None:
    """Pages are drawn from the sources' static files, so nothing has to be collected; the cache is in the process."""
    from django.conf import settings

    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    # A developer's console may be running: its Redis is not the tests'. Nobody listens on port 1.
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}

"""The manual of dashboards keeps up with the code."""

from __future__ import annotations

from pathlib import Path

from apps.core.formatting import UNITS
from apps.dashboards.definitions import load
from apps.dashboards.registry import panel_types

TEXT = (Path(__file__).parents[2] / "docs" / "dashboards.md").read_text(encoding="utf-8")


def test_every_panel_type_with_its_options_and_every_unit_is_in_the_manual():
    for name, kind in panel_types().items():
        row = next((line for line in TEXT.splitlines() if line.startswith(f"| `{name}` |")), None)
        assert row, name
        for option in kind.options.model_fields:
            assert f"`{option}`" in row, (name, option)
    units = TEXT.split("Units: ")[1].split("States")[0]
    words = {word.strip(" .\n") for part in units.split(",") for word in part.split("(")[:1]}
    assert set(UNITS) <= words


def test_the_manuals_dashboards_load_and_show_every_panel_type(tmp_path):
    shown = set()
    for number, part in enumerate(TEXT.split("```yaml\n")[1:]):
        path = tmp_path / f"{number}.yml"
        path.write_text(part.split("```")[0], encoding="utf-8")
        shown |= {panel.type for panel in load(path).panels}
    assert shown == set(panel_types())

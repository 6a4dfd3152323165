"""The generated tables of the documentation: made from the code, and noticed when out of date."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from aai_jupyter.client.options.option_table import OPTIONS

TOOL = Path(__file__).parents[2] / "tools" / "reference_tables.py"


@pytest.fixture(scope="module")
def tool() -> dict[str, object]:
    return runpy.run_path(str(TOOL))


def test_a_table_is_written_between_its_markers_and_then_stays(
    tool: dict[str, object], tmp_path: Path
) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- begin table: options -->\nold\n<!-- end table: options -->\nafter\n")
    main = tool["main"]
    assert main([str(page), "--check"]) == 1
    assert "old" in page.read_text()
    assert main([str(page)]) == 0
    assert main([str(page), "--check"]) == 0
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert all(text.count(f"| `{name}`") == 1 for name in OPTIONS)


def test_every_row_has_the_columns_of_its_head() -> None:
    from tools.option_tables import options_table

    for line in options_table().splitlines():
        if line.startswith("|"):
            assert line.replace("\\|", "").count("|") == 5, line

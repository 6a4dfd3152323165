"""Brings the committed notebooks into the site, as they are: nothing is executed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
WIDGET = "application/vnd.jupyter.widget-view+json"
SEEK = re.compile(r' href="#aai-seek-[^"]*"')
"""A time that plays in a player of the page; here is none."""


def bring_notebooks(app: Any) -> None:
    """Write each notebook to docs/tutorial/, without what needs a kernel."""
    folder = Path(app.srcdir) / "tutorial"
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        # The lexer that knows magics: a plain Python one would stumble over them.
        notebook.metadata["language_info"] = {"name": "python", "pygments_lexer": "ipython3"}
        for cell in notebook.cells:
            for output in cell.get("outputs", ()):
                data = output.get("data", {})
                data.pop(WIDGET, None)
                if "text/html" in data:
                    data["text/html"] = SEEK.sub("", data["text/html"])
        write_if_changed(folder / path.name, nbformat.writes(notebook))


def write_if_changed(path: Path, text: str) -> None:
    """Leave a file alone that is as it should be, so that an unchanged page is not built again."""
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def setup(app: Any) -> dict[str, Any]:
    app.connect("builder-inited", bring_notebooks, priority=1)
    return {"parallel_read_safe": True}

"""JavaScript and style sheet of the built front end, as text.

Given by their paths, anywidget would listen for changes of the files, and hold every widget for ever by that.
"""

from __future__ import annotations

from pathlib import Path

STATIC = Path(__file__).parent / "static"
ESM = (STATIC / "aai.js").read_text("utf-8")
LOADER = (STATIC / "loader.js").read_text("utf-8")
CSS = (STATIC / "aai.css").read_text("utf-8")

"""How the documentation site is built: ``make docs``, or ``python -m sphinx docs build/docs``.

Nothing is fetched, neither while it is built nor when a page is read: no other project's index, no font,
no script from elsewhere.
"""

from __future__ import annotations

import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent
sys.path[:0] = [str(DOCS / "_extensions"), str(DOCS.parent)]

from aai_jupyter import __version__  # noqa: E402

project = "aai_jupyter"
author = "the authors of aai_jupyter"
copyright = author
version = release = __version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
    "myst_nb",
    "tutorial_notebooks",
    "public_names",
]
exclude_patterns = ["_extensions", "_static"]
nitpicky = True
default_role = "code"

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4
# Committed notebooks show what they showed when they were run; nothing is executed here.
nb_execution_mode = "off"
# No kernel stands behind a page: what a widget left beside itself (HTML, text) is shown.
nb_mime_priority_overrides = [
    ("html", "text/html", 10),
    ("html", "image/svg+xml", 20),
    ("html", "image/png", 30),
    ("html", "text/plain", 40),
]
nb_ipywidgets_js: dict[str, dict[str, str]] = {}

napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False
napoleon_preprocess_types = True
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
python_maximum_signature_line_length = 100
toc_object_entries_show_parents = "hide"

html_theme = "pydata_sphinx_theme"
html_title = "aai_jupyter"
html_static_path = ["_static"]
html_extra_path = ["../aai_jupyter/data/llms.txt"]
html_css_files = ["pages.css"]
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "show_prev_next": True,
    "navigation_with_keys": False,
    "header_links_before_dropdown": 5,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "show_toc_level": 2,
    "back_to_top_button": False,
}
html_sidebars = {"index": [], "faq": [], "changelog": [], "install": []}
copybutton_exclude = ".linenos, .gp, .go"
if tags.has("plain"):  # noqa: F821 - of Sphinx. The tests look at what the pages say: `-t plain` frames it quickly
    html_theme, html_theme_options, html_sidebars = "basic", {}, {}

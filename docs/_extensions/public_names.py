"""The API reference: a page for every public name, made from ``aai_jupyter.__all__`` when the site is built.

References in docstrings that name a private place (``aai_jupyter.some.module.Transcript``) lead to the public
name, or become plain text. In pages written by hand a reference that leads nowhere is an error.
"""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.ext.napoleon import NumpyDocstring
from tutorial_notebooks import write_if_changed

import aai_jupyter

API = "reference/api"


def public_names() -> dict[str, list[str]]:
    """Public names by kind: "functions", "classes", "exceptions", "values"."""
    found: dict[str, list[str]] = {"functions": [], "classes": [], "exceptions": [], "values": []}
    for name in aai_jupyter.__all__:
        found[_kind(getattr(aai_jupyter, name))].append(name)
    return found


def _kind(value: Any) -> str:
    if inspect.isclass(value):
        return "exceptions" if issubclass(value, BaseException) else "classes"
    return "functions" if inspect.isroutine(value) else "values"


def write_pages(app: Any) -> None:
    """Write docs/reference/api/."""
    folder = Path(app.srcdir) / API
    names = public_names()
    pages = {
        "functions": _page("Functions", *(_directive("autofunction", name) for name in names["functions"])),
        "exceptions": _page(
            "Exceptions",
            "Reachable as ``aai.NAME``. What to do about each: :doc:`../errors`.",
            *(_directive("autoexception", name, "show-inheritance") for name in names["exceptions"]),
        ),
        "accessor": _page("DataFrame accessor", _accessor()),
        "client": _page("Async client", *_client()),
    }
    for name in names["classes"]:
        pages[name] = _page(name, _directive("autoclass", name, "members", "inherited-members: Sequence"))
    for name, text in pages.items():
        write_if_changed(folder / f"{name}.rst", text)
    for stale in {path.stem for path in folder.glob("*.rst")} - {*pages, "index"}:
        (folder / f"{stale}.rst").unlink()
    order = ["functions", *names["classes"], "accessor", "client", "exceptions"]
    entries = "\n".join(f"   {name}" for name in order)
    other = ", ".join(f"``aai.{name}``" for name in names["values"])
    write_if_changed(
        folder / "index.rst",
        _page(
            "Python API",
            "``import aai_jupyter as aai`` gives the names below, and " + other + ".",
            f".. toctree::\n   :maxdepth: 1\n\n{entries}",
        ),
    )


def _page(title: str, *parts: str) -> str:
    return "\n\n".join([f"{title}\n{'=' * len(title)}", ".. currentmodule:: aai_jupyter", *parts]) + "\n"


def _directive(kind: str, name: str, *options: str, module: str = "aai_jupyter") -> str:
    lines = [f".. {kind}:: {module}.{name}"]
    lines += [f"   :{option}" if ":" in option else f"   :{option}:" for option in options]
    return "\n".join(lines)


def _accessor() -> str:
    import pandas as pd

    assert aai_jupyter.Transcript  # its frames register the accessor
    cls = pd.DataFrame.aai  # type: ignore[attr-defined]
    return (
        "``df.aai`` is there on every frame with ``start`` and ``end``, ours or your own.\n\n"
        + _directive("autoclass", cls.__qualname__, "members", "inherited-members", module=cls.__module__)
        + f"\n\n.. rubric:: References\n\n{_literature()}"
    )


def _literature() -> str:
    """What the metrics follow: the footnotes of the module that has them, which its functions refer to."""
    from aai_jupyter.analysis import talk_time

    module = inspect.getmodule(talk_time)
    return inspect.cleandoc((module and module.__doc__) or "").partition("References\n----------\n")[2]


def _client() -> list[str]:
    """The client, and the classes of its parts as they are now."""
    from aai_jupyter.client import Client

    parts = ["``aai.Client()`` gives one of these, for the same place that all functions use."]
    parts.append(_directive("autoclass", "Client", "members", module="aai_jupyter.client"))
    made = Client(api_key="none")
    for name in ("transcripts", "streaming", "clips", "gateway"):
        cls = type(getattr(made, name))
        title = f"client.{name}"
        parts.append(f"{title}\n{'-' * len(title)}")
        parts.append(_directive("autoclass", cls.__qualname__, "members", module=cls.__module__))
    return parts


def resolve(app: Any, env: Any, node: pending_xref, contnode: nodes.Node) -> nodes.Node | None:
    """Lead a reference of a docstring to the public name, or leave its text."""
    if node.get("refdomain") != "py" or not node.get("refdoc", "").startswith(API):
        return None
    last = node["reftarget"].rpartition(".")[2]
    target = f"aai_jupyter.{last}"
    objects = env.get_domain("py").objects
    if target not in objects:
        return contnode
    entry = objects[target]
    uri = app.builder.get_relative_uri(node["refdoc"], entry.docname)
    return nodes.reference("", "", contnode, internal=True, refuri=f"{uri}#{entry.node_id}")


_read: dict[str, list[str]] = {}


def keep_property(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Remember the docstring of a property before napoleon reads it."""
    if what == "property":
        _read[name] = list(lines)


def restore_property(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Read it as that of a method: of a property, napoleon takes all before a first colon for its type."""
    if what == "property" and name in _read:
        lines[:] = NumpyDocstring(_read.pop(name), app.config, app, "method", name, obj, options).lines()


def setup(app: Any) -> dict[str, Any]:
    app.connect("builder-inited", write_pages, priority=2)
    app.connect("missing-reference", resolve)
    app.connect("autodoc-process-docstring", keep_property, priority=400)
    app.connect("autodoc-process-docstring", restore_property, priority=600)
    return {"parallel_read_safe": True}

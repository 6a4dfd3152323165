"""Route of audio to the front end: a URL, the Jupyter server, or segments from the kernel."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from aai_jupyter.text.urls import is_web_url

if TYPE_CHECKING:
    from aai_jupyter.transcripts.recording import Recording


def route(recording: Recording | None) -> tuple[str, str]:
    """Return ``("url" | "ask" | "server" | "comm" | "none", address)`` for a recording.

    Notes
    -----
    A page that cannot use the address asks the kernel for pieces instead. With ``"ask"`` there is an address
    which is not told to the page before the user agrees.
    """
    if recording is None or recording.problem:
        return "none", ""
    if recording.url is not None and recording.file is None:
        if not is_web_url(recording.url):
            return "none", ""
        return ("ask", "") if recording.trust == "none" else ("url", recording.url)
    served = recording.file if recording.plays_alike else None
    address = _address(served) if served else None
    return ("server", address) if address else ("comm", "")


def _address(file: Path) -> str | None:
    """Return the file's path on the Jupyter server that started this kernel, if it is in its folder."""
    for root, base in _servers():
        try:
            relative = file.resolve().relative_to(root.resolve())
        except (OSError, ValueError):
            continue
        if not any(part.startswith(".") for part in relative.parts):  # hidden files are not served
            return f"{base.rstrip('/')}/files/{quote(relative.as_posix())}"
    return None


def _servers() -> list[tuple[Path, str]]:
    """Return folder and base path of this kernel's server; empty elsewhere, as in VS Code or Colab."""
    parent = os.environ.get("JPY_PARENT_PID")
    if not parent or not parent.isdigit():
        return []
    try:
        from jupyter_core.paths import jupyter_runtime_dir

        info = json.loads((Path(jupyter_runtime_dir()) / f"jpserver-{parent}.json").read_bytes())
        return [(Path(info["root_dir"]), str(info["base_url"]))]
    except (ImportError, OSError, ValueError, KeyError, TypeError):
        return []

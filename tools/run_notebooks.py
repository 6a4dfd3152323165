"""Execute the committed notebooks in place and keep them small and free of noise.

    python tools/run_notebooks.py [NOTEBOOK...]

What changes from run to run without meaning (execution times, kernel versions) is taken out, so that a
diff of a notebook is a change of the notebook.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.util import run_sync

from aai_jupyter.runtime.cell import FRONT_END

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
LIMIT = 200_000  # bytes; a reader on GitHub waits for all of them


class Reader(NotebookClient):
    """Runs a notebook as the page of somebody who can be asked: it saves what such a page saves."""

    async def async_start_new_kernel_client(self) -> Any:
        """Start the kernel's client; a program's would say that nobody can be asked."""
        client = await super().async_start_new_kernel_client()
        client.allow_stdin = True
        return client

    start_new_kernel_client = run_sync(async_start_new_kernel_client)


def execute(path: Path) -> None:
    """Run one notebook with no key and an empty store, and write it back."""
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as home:
        hidden = {name: value for name, value in os.environ.items() if not name.startswith("ASSEMBLYAI_")}
        client = Reader(notebook, timeout=600, resources={"metadata": {"path": str(FOLDER)}})
        client.execute(env={**hidden, "AAI_JUPYTER_HOME": home, FRONT_END: "page"})
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
    notebook.metadata["language_info"] = {"name": "python"}
    notebook.metadata.pop("widgets", None)
    nbformat.write(notebook, path)
    size = path.stat().st_size
    print(f"{path.name}: {size:,} bytes")
    if size > LIMIT:
        raise SystemExit(f"{path.name} is over {LIMIT:,} bytes: show less in it.")


if __name__ == "__main__":
    for name in sys.argv[1:] or sorted(FOLDER.glob("*.ipynb")):
        execute(Path(name).resolve())

"""Pages that show the same notebook: JupyterLab, Jupyter Notebook, NbClassic. A class for each leads it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.browser.conftest import LONGEST_WAIT
from tests.browser.notebooks.conftest import Screen

_BEGIN = """number => {
    jupyterapp.shell.currentWidget.content.activeCellIndex = number;
    void jupyterapp.commands.execute("notebook:run-cell");
}"""
_CLASSIC_OPENED = """() => {
    const {notebook} = window.Jupyter ?? {};
    const {kernel} = notebook ?? {};
    return notebook?._fully_loaded && kernel?.is_connected() && kernel.info_reply.protocol_version;
}"""
_CLASSIC_BEGIN = """number => {
    const {notebook} = Jupyter;
    notebook.get_cell(number).set_input_prompt("*");
    notebook.execute_cells([number]);
}"""
_CLASSIC_ENDED = "number => !isNaN(parseInt(Jupyter.notebook.get_cell(number).input_prompt_number))"


@dataclass
class Host:
    """JupyterLab."""

    screen: Screen
    front_end = "JupyterLab"
    package = "jupyterlab"
    app = "lab"

    def open(self, path: Path) -> None:
        """Open a notebook, with its kernel."""
        self.screen.open(path, app=self.app)

    def begin(self, number: int) -> None:
        """Run a cell and do not wait for it."""
        self.screen.page.evaluate(_BEGIN, number)

    def end(self, number: int) -> None:
        """Wait until a cell has ended."""
        self.screen.idle()

    def run(self, number: int) -> None:
        """Run a cell and wait for its end."""
        self.begin(number)
        self.end(number)

    def output(self, number: int) -> Any:
        """What a cell shows."""
        return self.screen.page.locator(".jp-Notebook .jp-Cell").nth(number).locator(".jp-Cell-outputWrapper")

    def saved(self, path: Path, text: str) -> str:
        """Save the notebook until its file has a text, and give the file."""
        return self.screen.saved(path, text)


class Notebook(Host):
    """Jupyter Notebook 7."""

    front_end = "Jupyter Notebook"
    package = "notebook"
    app = "notebooks"


class Classic(Host):
    """NbClassic, which is Notebook 6 as an extension."""

    front_end = "NbClassic, Notebook 6"
    package = "nbclassic"

    def open(self, path: Path) -> None:
        self.screen.close_notebooks()
        self.screen.page = self.screen.page.context.new_page()
        self.screen.page.goto(f"{self.screen.server.url}/nbclassic/notebooks/{path.name}")
        self.screen.page.wait_for_function(_CLASSIC_OPENED)

    def begin(self, number: int) -> None:
        self.screen.page.evaluate(_CLASSIC_BEGIN, number)

    def end(self, number: int) -> None:
        self.screen.page.wait_for_function(_CLASSIC_ENDED, arg=number)

    def output(self, number: int) -> Any:
        return self.screen.page.locator(".cell").nth(number).locator(".output_wrapper")

    def saved(self, path: Path, text: str) -> str:
        deadline = time.monotonic() + LONGEST_WAIT / 1000
        while True:
            self.screen.page.evaluate("async () => void await Jupyter.notebook.save_notebook()")
            if text in (found := path.read_text("utf-8")):
                return found
            assert time.monotonic() < deadline, found
            self.screen.page.wait_for_timeout(200)


HOSTS = (Host, Notebook, Classic)

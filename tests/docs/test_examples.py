"""Examples of the pages: those that can be run are run, all are read by the package's own parsers."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

import aai_jupyter as aai
from aai_jupyter.client.clips.clip_request import build_clip_request
from aai_jupyter.client.options.transcript_request import build_request
from aai_jupyter.client.streaming.streaming_request import build_streaming_request
from aai_jupyter.notebook.line.arguments import parse
from aai_jupyter.notebook.magics.registry import SPECS
from tests.kernels import Kernel

from .pages import PAGES, ROOT, Block, examples

WITH_EXAMPLES = [path for path in PAGES if examples(path)]
ALL = [block for path in PAGES for block in examples(path)]
CHECKS = {
    "transcribe": build_request,
    "aai_stream": build_streaming_request,
    "aai_stream --clip": build_clip_request,
}
"""What says of a magic's options whether the service takes them."""
FUNCTIONS = {
    "transcribe": build_request,
    "transcribe_async": build_request,
    "stream": build_streaming_request,
    "stream_async": build_streaming_request,
    "LiveStream": build_streaming_request,
    "dictate": build_clip_request,
    "dictate_async": build_clip_request,
}


def _tree(shell: InteractiveShell, block: Block) -> ast.Module:
    """A block as Python, its magics as calls, as IPython reads them."""
    source = shell.transform_cell(block.code)
    compile(source, str(block), "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    return ast.parse(source)


def _magics(tree: ast.Module) -> Iterator[tuple[str, str, str]]:
    """Name, line and body of each magic."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr == "run_line_magic":
                name, line = (argument.value for argument in node.args)  # type: ignore[attr-defined]
                yield name, line, ""
            elif node.func.attr == "run_cell_magic":
                name, line, body = (argument.value for argument in node.args)  # type: ignore[attr-defined]
                yield name, line, body


@pytest.mark.parametrize("block", ALL, ids=str)
def test_an_example_is_python_and_its_magics_are_known(shell: InteractiveShell, block: Block):
    for name, line, _ in _magics(_tree(shell, block)):
        if name == "load_ext":
            assert line == "aai_jupyter"
            continue
        arguments = parse(SPECS[name], line)
        assert arguments.spec is not None
        check = CHECKS.get(arguments.spec.name)
        if check is not None:
            check(arguments.options)


@pytest.mark.parametrize("block", [block for block in ALL if block.needs], ids=str)
def test_an_example_that_cannot_run_has_names_that_exist(shell: InteractiveShell, block: Block):
    for node in ast.walk(_tree(shell, block)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if isinstance(node.func.value, ast.Name) and node.func.value.id == "aai":
            assert hasattr(aai, node.func.attr)
            if node.func.attr in FUNCTIONS:
                _check_call(node)


def _check_call(call: ast.Call) -> None:
    name = call.func.attr  # type: ignore[attr-defined]
    own = {
        *inspect.signature(getattr(aai, name)).parameters,
        *inspect.signature(aai.LiveStream if "stream" in name else aai.dictate).parameters,
    }
    given = {word.arg: word.value for word in call.keywords if word.arg and word.arg not in own}
    FUNCTIONS[name]({name: ast.literal_eval(value) for name, value in given.items()})


@pytest.mark.parametrize("name", list(SPECS))
def test_examples_in_the_help_of_a_magic_are_known(shell: InteractiveShell, name: str):
    for spec in (SPECS[name], *SPECS[name].variants.values()):
        for example in spec.examples:
            block = Block(f"%{spec.name}?", 0, "ipython3", example, None)
            for magic, line, _ in _magics(_tree(shell, block)):
                parse(SPECS[magic], line)


@pytest.mark.models
@pytest.mark.kernel
@pytest.mark.timeout(900)
@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_examples_of_a_page_run(notebook: Kernel, path: Path):
    notebook.ok("%reset -f")
    for block in examples(path):
        if block.needs is None:
            # The notebooks, and the demo, have the whole sample.
            code = block.code.replace("aai.sample()", "'first-24.wav'")
            cell = notebook.run(code, timeout=800)
            assert cell.status == "ok", f"{block}\n" + "\n".join(cell.error)

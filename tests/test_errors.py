"""What an error says and how long it is."""

import ast
import inspect
import subprocess
import sys
import traceback
from asyncio import CancelledError
from pathlib import Path

import pytest

import aai_jupyter as aai
from aai_jupyter import errors
from aai_jupyter.errors import AaiError, ServerError

PACKAGE = Path(aai.__file__).parent
KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, BaseException)]


def test_an_error_shows_in_at_most_three_lines():
    error = ServerError("The upload failed.", detail="Bad gateway", status=502, request_id="r-1")
    assert error._render_traceback_() == [
        "ServerError: The upload failed.",
        "  “Bad gateway” (HTTP 502, request r-1)",
        "  → Run the cell again; if it lasts, see https://status.assemblyai.com.",
    ]


def test_ids_show_without_the_service_s_words_too():
    assert "transcript t-1" in str(AaiError("It failed.", transcript_id="t-1"))


def exceptions_of(path: Path) -> set[str]:
    """Classes of a module that people may meet: ours, and those that end a wait."""
    bases = {"AaiError", "KeyboardInterrupt", "CancelledError", "asyncio.CancelledError"}
    text = path.read_text(encoding="utf-8")
    if not any(base in text for base in bases):
        return set()
    tree = ast.parse(text)
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and bases & {ast.unparse(base) for base in node.bases}
    }


def test_every_exception_stands_in_one_module():
    elsewhere = {
        str(path.relative_to(PACKAGE)): found
        for path in PACKAGE.rglob("*.py")
        # Those of the engine do not leave its process.
        if path.name != "errors.py" and "local" not in path.parts and (found := exceptions_of(path))
    }
    assert elsewhere == {}


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_is_public_and_in_the_drawing(kind):
    assert issubclass(kind, AaiError | KeyboardInterrupt | CancelledError)
    assert f" {kind.__name__} " in (errors.__doc__ or "") or kind is AaiError
    assert getattr(aai, kind.__name__) is kind


def test_a_traceback_says_the_public_name():
    with pytest.raises(aai.OptionError) as raised:
        raise errors.OptionError("It is wrong.")
    assert "aai_jupyter.OptionError: It is wrong." in "".join(traceback.format_exception(raised.value))


def test_a_copy_has_attributes_of_its_own_where_dask_has_changed_how_errors_are_copied() -> None:
    code = """
import copy
import tblib.pickling_support
from aai_jupyter import errors
tblib.pickling_support.install()
error = errors.NetworkError("gone", hint="Wait.")
one, other = copy.copy(error), copy.copy(error)
one.transcript_id, other.transcript_id = "a", "b"
print(error.transcript_id, one.transcript_id, other.transcript_id, type(one).__name__, one.args, one.hint)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "None a b NetworkError ('gone',) Wait.\n"

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


COPIES = """
import copy, pickle, sys
import aai_jupyter as aai
from aai_jupyter import errors

if "tblib" in sys.argv:  # Dask brings and installs it: it changes how exceptions are copied
    import tblib.pickling_support

    tblib.pickling_support.install()

answers, heard = aai.Answers("Why?", None, [{"source": "a"}]), aai.LiveTranscript()
facts = {"detail": "d", "hint": "Wait.", "status": 429, "request_id": "r", "transcript_id": "t"}
made = {
    errors.Interrupted: lambda kind: kind({"a.wav": "t1"}),
    errors.StoppedWaiting: lambda kind: kind({"a.wav": "t1"}),
    errors.StreamInterrupted: lambda kind: kind(heard),
    errors.AskInterrupted: lambda kind: kind(answers),
    errors.AskCancelled: lambda kind: kind(answers),
    errors.AskStopped: lambda kind: kind(answers, "found"),
    errors.Stopped: lambda kind: kind(),
}
kinds = [k for k in vars(errors).values() if isinstance(k, type) and issubclass(k, BaseException)]
for kind in [k for k in kinds if not k.__name__.startswith("_")]:
    error = made.get(kind, lambda kind: kind("gone", **facts))(kind)
    error.add_note("beside")
    for copied in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(copied) is kind and copied.args == error.args and str(copied) == str(error), kind
        assert vars(copied).keys() == vars(error).keys() and copied.__notes__ == ["beside"], kind
        copied.transcript_id = "other"
    assert getattr(error, "transcript_id", "t") == "t", kind
print(len(kinds))
"""


@pytest.mark.parametrize("installed", ["", "tblib"])
def test_a_copied_or_pickled_error_has_all_attributes_and_shares_none(installed: str) -> None:
    code = [sys.executable, "-c", COPIES, installed]
    done = subprocess.run(code, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert int(done.stdout) >= 30

"""What an error says and how long it is."""

import inspect

import pytest

from aai_jupyter import errors
from aai_jupyter.errors import AaiError, ServerError


def test_an_error_shows_in_at_most_three_lines():
    error = ServerError("The upload failed.", detail="Bad gateway", status=502, request_id="r-1")
    assert error._render_traceback_() == [
        "ServerError: The upload failed.",
        "  “Bad gateway” (HTTP 502, request r-1)",
        "  → Run the cell again; if it lasts, see https://status.assemblyai.com.",
    ]


def test_ids_show_without_the_service_s_words_too():
    assert "transcript t-1" in str(AaiError("It failed.", transcript_id="t-1"))


@pytest.mark.parametrize(
    "kind", [c for _, c in inspect.getmembers(errors, inspect.isclass) if c.__module__ == errors.__name__]
)
def test_every_error_is_in_the_tree_and_in_its_drawing(kind):
    assert issubclass(kind, AaiError)
    assert kind.__name__ in (errors.__doc__ or "")

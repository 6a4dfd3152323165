"""What every magic does with an error on its way to the notebook."""

from aai_jupyter.errors import NetworkError
from aai_jupyter.notebook.magics.registry import _drop_groups


def test_an_exception_group_behind_an_error_does_not_bring_a_traceback_back():
    error = NetworkError("The connection broke.")
    error.__context__ = cause = ValueError("on the way")
    cause.__context__ = ExceptionGroup("tasks", [OSError("reset")])
    _drop_groups(error)
    assert error.__context__ is cause
    assert cause.__context__ is None

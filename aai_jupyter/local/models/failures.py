"""Errors of recognition: refused at submit, failed, cancelled."""

from __future__ import annotations

from aai_jupyter.errors import AaiError


class Unsupported(AaiError, ValueError):
    """A request parameter asks for something this engine has no model for (HTTP 400 at submit).

    Parameters
    ----------
    param : str
        Request parameter, dotted when nested (``"speaker_options.include_speaker_confidence"``).
    reason : str
        One plain sentence that names the parameter.

    Examples
    --------
    >>> raise Unsupported("iab_categories", "iab_categories: no topic model.")
    Traceback (most recent call last):
    aai_jupyter.local.models.failures.Unsupported: iab_categories: no topic model.
    """

    def __init__(self, param: str, reason: str) -> None:
        super().__init__(reason)
        self.param = param
        self.reason = reason


class JobFailed(AaiError):
    """An accepted job cannot be finished; the message is the transcript's ``error`` text."""


class Cancelled(AaiError):
    """The caller cancelled; there is no result."""

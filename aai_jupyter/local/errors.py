"""Error responses of the engine's HTTP side, in the service's own words."""

from __future__ import annotations

import errno
from pathlib import Path

from aai_jupyter.errors import AaiError

UNAUTHORISED = "Authentication error, API token missing/invalid"
UNKNOWN_ID = "Transcript lookup error, transcript id not found"
FOREIGN_UPLOAD = "Cannot access uploaded file"
NOT_FOUND = "Not found"
BAD_SCHEMA = "Invalid endpoint schema, please refer to documentation for examples."


INSTALL = 'pip install "aai-jupyter[local,local-weights]"'


def told(error: BaseException, home: Path | None = None) -> str | None:
    """What a fault of this machine is called in a response, with what to do; None for a defect of ours.

    Examples
    --------
    >>> told(AaiError("The weights of whisper-tiny.en are not installed.", hint="pip install x"))
    'The weights of whisper-tiny.en are not installed. Install: pip install x'
    >>> told(ImportError("No module named 'av'", name="av"))
    'The local engine needs av. Install: pip install "aai-jupyter[local,local-weights]"'
    """
    if isinstance(error, AaiError):
        hint = error.hint or ""
        return f"{error.message} {'Install: ' if hint.startswith('pip ') else ''}{hint}".strip()
    if isinstance(error, ImportError):
        return f"The local engine needs {error.name or error}. Install: {INSTALL}"
    if isinstance(error, MemoryError):
        return "The local engine has not enough memory for it. Close other programs, or send a shorter file."
    if isinstance(error, OSError) and error.errno in _OF_THE_MACHINE:
        where = error.filename or home or "its folder"
        return (
            f"The local engine cannot write {where}: {error.strerror}. Make room or check its rights, or set "
            "AAI_JUPYTER_HOME to another folder."
        )
    return None


def defect(error: BaseException | str) -> str:
    """What a defect of ours is called in a response: the log has it whole.

    The service's "Server error, developers have been alerted" would send a person to nobody.

    Examples
    --------
    >>> defect(TypeError("open() got an unexpected keyword argument"))
    'The local engine failed: TypeError: open() got an unexpected keyword argument'
    """
    what = error if isinstance(error, str) else f"{type(error).__name__}: {error}".splitlines()[0][:300]
    return f"The local engine failed: {what}"


_OF_THE_MACHINE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EMFILE}


class ApiError(Exception):
    """A response other than 200; the body is ``{"error": message}``.

    Examples
    --------
    >>> raise ApiError(400, "format_text must be a Boolean")
    Traceback (most recent call last):
    aai_jupyter.local.errors.ApiError: format_text must be a Boolean
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def download_error(url: str) -> str:
    """Return the ``error`` text of a job whose audio could not be downloaded."""
    return (
        f"Download error, unable to download {url}. "
        "Please make sure the file exists and is accessible from the internet."
    )

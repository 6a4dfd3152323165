"""Error responses of the engine's HTTP side, in the service's own words."""

from __future__ import annotations

UNAUTHORISED = "Authentication error, API token missing/invalid"
UNKNOWN_ID = "Transcript lookup error, transcript id not found"
FOREIGN_UPLOAD = "Cannot access uploaded file"
NOT_FOUND = "Not found"
SERVER_ERROR = "Server error, developers have been alerted"
BAD_SCHEMA = "Invalid endpoint schema, please refer to documentation for examples."


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

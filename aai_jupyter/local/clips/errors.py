"""Error responses of clips: problem objects (RFC 9457), as the service writes them."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response


class ClipError(Exception):
    """A response other than 200.

    Parameters
    ----------
    status : int
    title : str
        The short name; in snake case it is the service's error code: ``"Bad Audio"`` is ``bad_audio``.
    detail : str
    retry_after : int, optional
        Seconds.
    """

    def __init__(self, status: int, title: str, detail: str, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.status, self.title, self.detail, self.retry_after = status, title, detail, retry_after

    def response(self) -> Response:
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        return JSONResponse(
            {"status": self.status, "title": self.title, "detail": self.detail},
            self.status,
            headers=headers,
            media_type="application/problem+json",
        )


def bad_request(detail: str) -> ClipError:
    """Return the error of a malformed request."""
    return ClipError(400, "Bad Request", detail)


def bad_audio(detail: str) -> ClipError:
    """Return the error of audio that cannot be used."""
    return ClipError(400, "Bad Audio", detail)


def too_large(detail: str) -> ClipError:
    """Return the error of audio that is too long or too large."""
    return ClipError(413, "Audio Too Large", detail)

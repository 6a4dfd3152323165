"""Close codes of a real-time session: which may be retried, and errors with texts and remedies."""

from __future__ import annotations

from aai_jupyter.errors import (
    StreamingAccessError,
    StreamingError,
    StreamingInputError,
    StreamingLostError,
)

NORMAL, LOST, BUSY = 1000, 1006, 1013
RETRY = frozenset({1001, LOST, 1011, 1012, BUSY, 3005, 3008})
"""Codes after which a new session goes on: the connection or the server failed, or the time was over."""

_KINDS: dict[int, type[StreamingError]] = {
    1008: StreamingAccessError,
    3009: StreamingAccessError,
    **dict.fromkeys((1003, 1007, 1009, 3006, 3007), StreamingInputError),
    **dict.fromkeys(RETRY, StreamingLostError),
}
_WHAT = {
    1008: "The service did not allow the real-time session.",
    3009: "There are too many real-time sessions at once.",
    3006: "The service refused an option or a message of the session.",
    3007: "The service refused the sound: its frames are too short, too long or too fast.",
    1009: "A message was larger than the service takes.",
    3005: "The service broke the session off.",
    3008: "The session has reached its longest duration.",
    1011: "The service failed while the session was being opened.",
}
_HINT = {
    3009: "Stop other sessions, or wait a minute and try again.",
    3006: "Change or leave out the option that it names.",
    3007: "Send frames of 50 to 1000 ms, as fast as they are spoken (speed=1).",
    1009: "Send at most 1000 ms of sound in a message.",
}


class Closed(Exception):
    """End of a connection.

    Attributes
    ----------
    code : int
    text : str
        The service's own words.
    session_id : str or None
    """

    def __init__(self, code: int, text: str = "", session_id: str | None = None) -> None:
        super().__init__(f"{code} {text}".strip())
        self.code, self.text, self.session_id = code, text, session_id

    @property
    def retry(self) -> bool:
        """Whether to reconnect."""
        return self.code in RETRY

    def error(self) -> StreamingError:
        """Make the error to raise when it is final."""
        kind = _KINDS.get(self.code, StreamingError)
        what = _WHAT.get(self.code, "The real-time session ended with an error.")
        if self.code in RETRY and self.code not in _WHAT:
            what = "The connection of the real-time session broke."
        detail = self.text or None
        return kind(what, detail=detail, status=self.code, request_id=self.session_id, hint=self._hint(kind))

    def _hint(self, kind: type[StreamingError]) -> str | None:
        text = self.text.lower()
        if "inactivity" in text:
            return "No sound came for inactivity_timeout seconds. Raise it (5-3600), or use pause()."
        if "too many" in text:
            return _HINT[3009]
        if self.code == 1008:
            if "expired" in text:
                return "A temporary token is good for its seconds only: make a new one."
            return "Check the key and the region: %aai_status shows which is used and where it came from."
        return _HINT.get(self.code) or kind.hint

"""Error responses of the gateway's paths, in the service's envelope."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class GatewayError(Exception):
    """A response other than 200: ``{"code", "message", "request_id", "metadata": {"errors": [...]}}``."""

    def __init__(self, status: int, message: str, reasons: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.status, self.message, self.reasons = status, message, list(reasons)

    def body(self, request_id: str) -> dict[str, Any]:
        found: dict[str, Any] = {"code": self.status, "message": self.message, "request_id": request_id}
        return {**found, "metadata": {"errors": self.reasons}} if self.reasons else found

"""The small async client of the service: no pandas, no IPython."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aai_jupyter.client.client import Client

__all__ = ["Client"]


def __getattr__(name: str) -> Any:
    if name == "Client":  # late: it loads httpx and msgspec
        from aai_jupyter.client.client import Client

        return Client
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

"""Open a recording with PyAV, whatever its version and the encoding of its tags."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from typing import Any


@cache
def _tags() -> dict[str, Any]:
    # Tags in an old encoding are no reason to refuse the sound. PyAV 19 keeps them as they are and has no
    # such argument any more; before that it failed unless told to ignore them.
    return {} if int(version("av").split(".", 1)[0]) >= 19 else {"metadata_errors": "ignore"}


def open_audio(source: Any, **options: Any) -> Any:
    """Open a path, URL or binary file for reading, like :func:`av.open`; tags never fail it."""
    import av

    arguments: dict[str, Any] = {**_tags(), **options}
    return av.open(source, **arguments)

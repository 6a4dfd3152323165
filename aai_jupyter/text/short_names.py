"""Short names of sources for display: a saved notebook need not tell where on the disk a recording lay."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from aai_jupyter.text.live_names import live_name

_DEEPEST = 4


def short_names(labels: Sequence[str]) -> list[str]:
    """Return the last part of each path or URL, with as many folders as it takes to tell them apart.

    The kept sound of a live session is named by when it began.

    Examples
    --------
    >>> short_names(["/data/mon/call.wav", "/data/tue/call.wav", "https://example.org/talk.mp3?x=1"])
    ['mon/call.wav', 'tue/call.wav', 'talk.mp3']
    >>> short_names(["recording", "/home/ann/streams/20261130-211405-0a1b2c.flac"])
    ['recording', 'Live, 30 Nov 2026 21:14']
    """
    parts = [_parts(label) for label in labels]
    depth = [1] * len(parts)
    for _ in range(_DEEPEST):
        names = ["/".join(part[-n:]) for part, n in zip(parts, depth, strict=True)]
        # The same source twice stays the same name: no folder tells them apart.
        sources = defaultdict(set)
        for name, label in zip(names, labels, strict=True):
            sources[name].add(label)
        same = {name for name, found in sources.items() if len(found) > 1}
        if not same:
            break
        depth = [n + (name in same) for n, name in zip(depth, names, strict=True)]
    return names if labels else []


def short_name(label: str) -> str:
    """Return :func:`short_names` of one source."""
    return short_names([label])[0]


def _parts(label: str) -> list[str]:
    if re.match(r"https?://", label):
        address = urlsplit(label)
        path = [unquote(part) for part in address.path.split("/") if part]
        return [address.hostname or "", *path]
    # Names with a separator are paths; a Windows path may be read on another system.
    parts = [part for part in re.split(r"[\\/]", label) if part] or [label]
    live = live_name(parts[-1])
    return [live.mark, live.title] if live else parts

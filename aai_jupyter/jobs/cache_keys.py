"""Cache keys: hashes of recordings, and of requests on them."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from aai_jupyter.client.options.transcript_request import TranscriptRequest
from aai_jupyter.text.json_faults import NOT_JSON
from aai_jupyter.text.urls import stable_address

if TYPE_CHECKING:
    from aai_jupyter.client.sources.reading import Source


async def audio_name(source: Source) -> str:
    """Return what identifies the recording in cache keys and in the journal; see :func:`cache_key`."""
    return await asyncio.to_thread(audio_key, source)


def audio_key(source: Source) -> str:
    """The same, in the calling thread: the hash of the whole file, and its track unless that is the first."""
    if source.identity is not None:
        return source.identity
    if source.url:
        return f"url:{stable_address(source.url)}"
    digest = source.sha256()
    track = source.sound.track if source.sound is not None else 1
    return f"sha256:{digest}" + (f"#track={track}" if track != 1 else "")


def former_names(source: Source) -> tuple[str, ...]:
    """Return what :func:`audio_key` gave when signatures were part of it, where that was something else."""
    if source.identity is not None or not source.url or stable_address(source.url) == source.url:
        return ()
    return (f"url:{source.url}",)


def cache_key(audio: str, request: bytes, account: str, engine: str = "") -> str:
    """Return the key of the result of one request on one recording for one account.

    Parameters
    ----------
    audio : str
        ``"sha256:..."`` of the bytes. For a URL ``"url:..."``: the address, without its signature, stands for
        the recording, because fetching it only to compare would cost more than it saves. When its content
        changes, transcribe it with ``use_cache=False`` (``--no-cache``).
    request : bytes
        One of :meth:`TranscriptRequest.identities`.
    account : str
        :attr:`Endpoint.account`.
    engine : str
        Model of the local engine, which is no part of the request; empty for the service.

    Examples
    --------
    >>> url = "url:https://example.org/a.mp3"
    >>> cache_key(url, b"{}", "account") == cache_key(url, b"{}", "account", "tiny.en")
    False
    """
    digest = hashlib.sha256()
    for part in (audio.encode("utf-8", "surrogatepass"), request, account.encode(), engine.encode()):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def cache_keys(audio: str, request: TranscriptRequest, account: str, engine: str = "") -> tuple[str, ...]:
    """The key that the result of a request is kept under, then those it may have been kept under before."""
    return keys_of((audio,), request.identities(), account, engine)


def keys_of(
    names: Sequence[str], identities: Sequence[bytes], account: str, engine: str = ""
) -> tuple[str, ...]:
    """The same for a recording of several names, the present one first."""
    return tuple(cache_key(name, identity, account, engine) for name in names for identity in identities)


def journalled_keys(audio: str, request: str, account: str, engines: Iterable[str]) -> Iterator[str]:
    """Yield the keys that a request of the journal may have on a recording, whoever chose its model."""
    try:
        params = dict(json.loads(request))
    except (*NOT_JSON, TypeError):  # a damaged row
        return
    for left in (False, True):
        identities = TranscriptRequest(params, model_left=left).identities()
        for engine in engines:
            yield from keys_of((audio,), identities, account, engine)

"""``aai.Client``: the async client of the service, for everything that the other functions do not do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aai_jupyter.runtime.process import runtime

if TYPE_CHECKING:
    from typing import Unpack

    from aai_jupyter.api.keywords import ClientKeywords
    from aai_jupyter.client import Client as ServiceClient
    from aai_jupyter.settings.endpoint import Endpoint


def Client(endpoint: Endpoint | None = None, **given: Unpack[ClientKeywords]) -> ServiceClient:
    """The async client, for everything that the functions above do not do.

    Parameters
    ----------
    endpoint : Endpoint, optional
        Without it, and without keywords that name a host or a key, the same as for all functions: the
        service when there is a key, else the local engine (started here, which takes some seconds the
        first time).
    **given
        ``api_key``, ``region``, ``base_url``, ``policy``: see :class:`aai_jupyter.client.Client`.

    Examples
    --------
    >>> async with aai.Client() as client:  # doctest: +SKIP
    ...     async for item in client.transcripts.list(status="completed"):
    ...         print(item.id)
    """
    from aai_jupyter.client import Client as ServiceClient

    if endpoint is None and not given.keys() - {"policy"}:
        endpoint = runtime().endpoint()
    return ServiceClient(endpoint, **given)

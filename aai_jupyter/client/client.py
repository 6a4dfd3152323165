"""The async client: one endpoint, one connection pool."""

from __future__ import annotations

from types import TracebackType

from aai_jupyter.client.http import Http
from aai_jupyter.client.pace import RetryPolicy
from aai_jupyter.client.transcripts import Transcripts
from aai_jupyter.errors import AuthenticationError
from aai_jupyter.settings import Endpoint, settings


class Client:
    """Speak to AssemblyAI, or to the local engine, from async code.

    Parameters
    ----------
    endpoint : Endpoint, optional
        Hosts and key; made from the settings and the arguments below when left out.
    api_key : str, optional
    region : {"us", "eu"}, optional
    base_url, streaming_base_url, llm_gateway_base_url : str, optional
    policy : RetryPolicy, optional
        How often and how long to retry.

    Attributes
    ----------
    endpoint : Endpoint
    transcripts : Transcripts
        Pre-recorded speech.

    Raises
    ------
    AuthenticationError
        There is no key.
    OptionError
        A host that cannot be one.

    Examples
    --------
    >>> async def main():  # doctest: +SKIP
    ...     async with Client(region="eu") as client:
    ...         job = await client.transcripts.submit("https://example.org/talk.mp3", speaker_labels=True)
    ...         return (await client.transcripts.wait(job.id)).text
    """

    def __init__(
        self,
        endpoint: Endpoint | None = None,
        *,
        api_key: str | None = None,
        region: str | None = None,
        base_url: str | None = None,
        streaming_base_url: str | None = None,
        llm_gateway_base_url: str | None = None,
        policy: RetryPolicy | None = None,
    ) -> None:
        if endpoint is None:
            endpoint = settings.overlay(
                api_key=api_key,
                region=region,
                base_url=base_url,
                streaming_base_url=streaming_base_url,
                llm_gateway_base_url=llm_gateway_base_url,
            ).service_endpoint()
        if endpoint is None:
            raise AuthenticationError("There is no API key.")
        self.endpoint = endpoint
        self.http = Http(endpoint, policy=policy)
        self.transcripts = Transcripts(self.http)

    async def aclose(self) -> None:
        """Stop all waits and close the connections. Jobs go on."""
        await self.transcripts.aclose()
        await self.http.aclose()

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"Client({self.endpoint.base_url!r}, key {self.endpoint.api_key})"

"""The async client: one endpoint, one connection pool."""

from __future__ import annotations

from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING

from aai_jupyter.client.http import Http
from aai_jupyter.client.retry import RetryPolicy
from aai_jupyter.client.transcripts.transcripts_api import Transcripts
from aai_jupyter.errors import AuthenticationError
from aai_jupyter.settings.configuration import settings
from aai_jupyter.settings.endpoint import Endpoint
from aai_jupyter.text.one_process import OneProcess

if TYPE_CHECKING:
    from aai_jupyter.client.clips.clips_api import Clips
    from aai_jupyter.client.gateway.gateway_api import Gateway
    from aai_jupyter.client.streaming.connecting import Streaming


class Client(OneProcess):
    """Speak to AssemblyAI, or to the local engine, from async code.

    Parameters
    ----------
    endpoint : Endpoint, optional
        Hosts and key; made from the settings and the arguments below when left out.
    api_key : str, optional
    region : {"global", "us", "eu"}, optional
    base_url, streaming_base_url, llm_gateway_base_url, sync_base_url : str, optional
    policy : RetryPolicy, optional
        How often and how long to retry.

    Attributes
    ----------
    endpoint : Endpoint
    transcripts : Transcripts
        Pre-recorded speech.
    streaming : Streaming
        Real-time speech.
    clips : Clips
        Short clips, answered at once.
    gateway : Gateway
        Language models and Speech Understanding.

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
        sync_base_url: str | None = None,
        policy: RetryPolicy | None = None,
    ) -> None:
        if endpoint is None:
            endpoint = settings.overlay(
                api_key=api_key,
                region=region,
                base_url=base_url,
                streaming_base_url=streaming_base_url,
                llm_gateway_base_url=llm_gateway_base_url,
                sync_base_url=sync_base_url,
            ).service_endpoint()
        if endpoint is None:
            raise AuthenticationError("There is no API key.")
        self.endpoint = endpoint
        self.http = Http(endpoint, policy=policy)
        self.transcripts = Transcripts(self.http)

    @cached_property
    def streaming(self) -> Streaming:
        """Real-time speech."""
        from aai_jupyter.client.streaming.connecting import Streaming  # late: it loads websockets

        return Streaming(self.http)

    @cached_property
    def clips(self) -> Clips:
        """Short clips, answered at once; its connections are opened when it is first used."""
        from aai_jupyter.client.clips.clips_api import Clips

        # Connections of its own: its limits count apart, and must not hold back uploads.
        return Clips(Http(self.endpoint, policy=self.http.policy, common_pause=False))

    @cached_property
    def gateway(self) -> Gateway:
        """Language models and Speech Understanding; its connections are opened when it is first used."""
        from aai_jupyter.client.gateway.gateway_api import Gateway

        # Connections of its own: its limits count by model, and answers that stream for minutes must not
        # take the places of uploads.
        return Gateway(Http(self.endpoint, policy=self.http.policy, common_pause=False))

    async def aclose(self) -> None:
        """Stop all waits, end real-time sessions and close the connections. Jobs go on."""
        if "streaming" in self.__dict__:
            await self.streaming.aclose()
        await self.transcripts.aclose()
        if "clips" in self.__dict__:
            await self.clips.aclose()
        if "gateway" in self.__dict__:
            await self.gateway.aclose()
        await self.http.aclose()

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"Client({self.endpoint.base_url!r}, key {self.endpoint.api_key})"

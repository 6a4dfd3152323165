"""Speech Understanding as a part of transcription, by the user's own language model server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from aai_jupyter.local.gateway.errors import GatewayError
from aai_jupyter.local.gateway.json_writer import Writer
from aai_jupyter.local.gateway.understanding_forms import NO_SERVER, problems
from aai_jupyter.local.gateway.understanding_tasks import understand
from aai_jupyter.local.gateway.upstream import Upstream
from aai_jupyter.local.models.failures import JobFailed, Unsupported
from aai_jupyter.local.recogniser import Recogniser

PARAMETER = "speech_understanding"


class Understanding:
    """Recogniser that adds ``speech_understanding`` to the one it wraps.

    Parameters
    ----------
    inner : Recogniser
    url, key : str
        Of the server of language models.
    """

    def __init__(self, inner: Recogniser, url: str, key: str | None = None) -> None:
        self._inner, self._url, self._key = inner, url, key
        self.name = inner.name
        self.redact_audio = inner.redact_audio
        self.speakers = inner.speakers
        self.overlap = inner.overlap

    def align(
        self,
        path: Path,
        text: Sequence[str],
        params: Mapping[str, Any],
        *,
        on_progress: Callable[[float], None],
    ) -> dict[str, Any]:
        """As the recogniser that is wrapped."""
        return self._inner.align(path, text, params, on_progress=on_progress)

    def check_params(self, params: Mapping[str, Any]) -> None:
        """Refuse at submit what cannot be done.

        Raises
        ------
        Unsupported
        """
        self._inner.check_params(_without(params))
        if params.get(PARAMETER) is None:
            return
        if reasons := problems(params[PARAMETER].get("request")):
            raise Unsupported(PARAMETER, "; ".join(reasons))

        async def look() -> str | None:
            async with Upstream(self._url, self._key) as upstream:
                there = await upstream.writer() is not None
                return None if there else upstream.missing or NO_SERVER

        if why := asyncio.run(look()):
            raise Unsupported(PARAMETER, f"{PARAMETER}: {why}")

    def recognise(
        self, path: Path, params: Mapping[str, Any], *, on_progress: Callable[[float], None]
    ) -> dict[str, Any]:
        """Recognise, then run the understanding tasks on the result.

        Raises
        ------
        JobFailed
            Also when the server of language models fails: half of what was ordered is not given.
        """
        found = self._inner.recognise(path, _without(params), on_progress=on_progress)
        if params.get(PARAMETER) is None:
            return found
        on_progress(1.0)
        made = asyncio.run(self._work(params[PARAMETER]["request"], found))
        mapping = made[PARAMETER]["response"].get("speaker_identification", {}).get("mapping", {})
        for word in found.get("words") or ():
            word["speaker"] = mapping.get(word.get("speaker"), word.get("speaker"))
        return found | made

    async def _work(self, wanted: Mapping[str, Any], found: dict[str, Any]) -> dict[str, Any]:
        async with Upstream(self._url, self._key) as upstream:
            serving = await upstream.writer()
            if serving is None:
                raise JobFailed(upstream.missing or NO_SERVER)
            try:
                return await understand(Writer(upstream, *serving), wanted, found)
            except GatewayError as error:
                raise JobFailed(": ".join([error.message, *error.reasons])) from None


def _without(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if name != PARAMETER}

"""Speech Understanding of a finished transcript: translation, speakers' names, formats, summaries, tasks."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aai_jupyter.errors import OptionError, UsageError
from aai_jupyter.runtime.process import runtime

if TYPE_CHECKING:
    from aai_jupyter.transcripts.transcript import Transcript

FEATURES = ("translation", "speaker_identification", "custom_formatting", "summarization", "action_items")


def understanding_request(transcript: Transcript, features: Mapping[str, Any]) -> dict[str, Any]:
    """The checked ``speech_understanding.request`` of some features.

    Raises
    ------
    OptionError
        Unknown feature or field, or a wrong value.
    UsageError
        The transcript has no id, is not completed, or lacks what a feature needs.
    """
    from aai_jupyter.client.options.option_table import closest
    from aai_jupyter.client.options.transcript_request import build_request

    if not features:
        raise UsageError("Nothing is asked for.", hint=f"Choose from {', '.join(FEATURES)}.")
    for name in features:
        if name not in FEATURES:
            near = closest(name, FEATURES)
            raise OptionError(
                f"There is no feature {name!r}.",
                hint=f"Did you mean {near}?" if near else f"There are {', '.join(FEATURES)}.",
            )
    if not transcript.id or transcript.status not in (None, "completed"):
        raise UsageError(
            "Only a completed transcript of the service can be worked on.", transcript_id=transcript.id
        )
    request = {
        name: {} if value is True else value for name, value in features.items() if value not in (None, False)
    }
    spoken = len(transcript.speakers) > 0
    options = {"speech_understanding": {"request": request}, "speaker_labels": spoken}
    return dict(build_request(options).params["speech_understanding"]["request"])


def understand(transcript: Transcript, **features: Any) -> Transcript:
    """Run features of Speech Understanding on a transcript; see :meth:`Transcript.understand`."""
    request = understanding_request(transcript, features)
    return _attach(transcript, runtime().run(_send(str(transcript.id), request)))


async def understand_async(transcript: Transcript, **features: Any) -> Transcript:
    """The same, to be awaited."""
    request = understanding_request(transcript, features)
    sent = runtime().bridge.submit(_send(str(transcript.id), request))
    return _attach(transcript, await asyncio.wrap_future(sent))


async def _send(id: str, request: Mapping[str, Any]) -> bytes:
    gateway = (await runtime().client()).gateway
    return (await gateway.understand(id, request)).content


def _attach(transcript: Transcript, raw: bytes) -> Transcript:
    transcript.attach("understanding", raw)
    return transcript

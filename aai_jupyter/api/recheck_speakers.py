"""``t.recheck_speakers``: a second look at who said what, by the voices in the recording."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from aai_jupyter.errors import UsageError
from aai_jupyter.runtime.process import runtime

if TYPE_CHECKING:
    import pandas as pd

    from aai_jupyter.client.speaker_api import HeardSpeakers
    from aai_jupyter.transcripts.transcript import Transcript


def recheck_speakers(
    transcript: Transcript,
    *,
    apply: bool = True,
    on_progress: Callable[[float], None] | None = None,
) -> pd.DataFrame:
    """Compare every word with the voices of the transcript's speakers; see `Transcript.recheck_speakers`."""
    import pandas as pd

    heard = heard_speakers(transcript, on_progress)
    words = transcript.edited_answer.speech.words
    said, texts = words.speaker.values(), words.text.tolist()
    rows = []
    for first, last in _runs(said, heard):
        label, sure = heard.words[first].speaker, [heard.words[n].confidence for n in range(first, last)]
        rows.append(
            {
                "word": first,
                "last_word": last - 1,
                "text": " ".join(texts[first:last]),
                "start": words.start[first] / 1000,
                "end": words.end[last - 1] / 1000,
                "speaker": said[first],
                "proposed": label,
                "confidence": min(sure),
            }
        )
    transcript.edited_answer.remark(
        [
            f"speakers: {label} says so little that it may be a piece of another speaker"
            for label in heard.ghosts
        ]
    )
    if apply:
        for row in rows:
            transcript.edit.assign_words(range(row["word"], row["last_word"] + 1), row["proposed"])
    kinds = {"word": "int64", "last_word": "int64", "text": "string", "start": "float64", "end": "float64"}
    kinds |= {"speaker": "category", "proposed": "category", "confidence": "float64"}
    return pd.DataFrame(rows, columns=list(kinds)).astype(kinds)


def heard_speakers(
    transcript: Transcript, on_progress: Callable[[float], None] | None = None
) -> HeardSpeakers:
    """Ask the local engine who says each word of a transcript as it is now.

    Raises
    ------
    UsageError
        The recording is not known, or there are no words with times and speakers.
    """
    from aai_jupyter.client import Client
    from aai_jupyter.client.speaker_api import hear_speakers
    from aai_jupyter.jobs.engine import ensure_engine

    if transcript.audio is None:
        raise UsageError("The recording is not known.", hint='t.audio = "talk.mp3"')
    rows = list(_rows(transcript))
    if not rows or all(row["speaker"] is None for row in rows):
        raise UsageError(
            "The transcript has no words with speakers.", hint="Transcribe with speaker_labels=True."
        )
    rt = runtime()
    endpoint = ensure_engine(rt.settings)
    opened = transcript.audio.open()

    async def ask() -> HeardSpeakers:
        async with Client(endpoint) as client:
            url = await client.transcripts.upload(opened)
            return await hear_speakers(client.http, url, rows, on_progress)

    return rt.bridge.run(ask())


def _rows(transcript: Transcript) -> Iterator[dict[str, Any]]:
    words = transcript.edited_answer.speech.words
    last = 0
    for text, start, end, speaker in zip(
        words.text.tolist(), words.start.tolist(), words.end.tolist(), words.speaker.values(), strict=True
    ):
        # A word without a time has that of the word before it: it is heard with that one.
        begin = last if start != start else max(round(start), last)
        stop = begin if end != end else max(round(end), begin)
        yield {"text": text, "start": begin, "end": stop, "speaker": speaker}
        last = begin


def _runs(said: list[str | None], heard: HeardSpeakers) -> Iterator[tuple[int, int]]:
    """Yield runs of words [first, last) that one speaker is said to have and another is heard in."""
    first = 0
    pairs = [(old, new.speaker) for old, new in zip(said, heard.words, strict=True)]
    for index in range(1, len(pairs) + 1):
        if index == len(pairs) or pairs[index] != pairs[first]:
            old, new = pairs[first]
            if new is not None and old is not None and new != old:
                yield first, index
            first = index

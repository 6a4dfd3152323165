"""A mix of tracks without some of them: what the player plays while a speaker is muted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from aai_jupyter.transcripts.recording import Recording, part_of
from aai_jupyter.widgets.player.audio_reader import RecordingReader

if TYPE_CHECKING:
    from aai_jupyter.transcripts.transcript import Transcript


def track_names(transcript: Transcript) -> list[str]:
    """Return the speaker of each track that can be muted; none where their sound is not here.

    Also none where something else is played than the mix: what was taken out of the sound must not be had by
    way of the tracks.
    """
    recording, rows = transcript.audio, transcript.raw.get("tracks")
    if recording is None or recording.file is None or recording.trust != "user" or not isinstance(rows, list):
        return []
    names = [str(row.get("speaker")) for row in rows if isinstance(row, Mapping)]
    here = all(part_of(recording.file, number).is_file() for number in range(1, len(names) + 1))
    return names if here and recording.file.name.startswith("tracks-") else []


class TrackReaders:
    """Reads the tracks of a mix one by one, and adds up those that are heard.

    Parameters
    ----------
    mix : Recording
    count : int
        Number of tracks.
    """

    def __init__(self, mix: Recording, count: int) -> None:
        assert mix.file is not None
        self._readers: Sequence[RecordingReader] = [
            RecordingReader(Recording(f"track {number}", str(part_of(mix.file, number))))
            for number in range(1, count + 1)
        ]

    def segment(self, from_ms: float, to_ms: float, muted: Collection[int]) -> np.ndarray[Any, Any]:
        """Return samples between two times as int16, without the tracks of these numbers, from 0 on."""
        parts = [reader.segment(from_ms, to_ms) for reader in self._readers]
        longest = max((len(part) for part in parts), default=0)
        total = np.zeros(longest, np.int32)
        for number, part in enumerate(parts):
            if number not in muted:
                total[: len(part)] += part
        return total.clip(-32768, 32767).astype(np.int16)

    def close(self) -> None:
        """Close the files."""
        for reader in self._readers:
            reader.close()

"""Ten hours of speech (97,200 words, about 19 MB of JSON) into ``words`` and ``utterances`` frames.

Against the official SDK (its own parser, then lists of dicts, then pandas), and against msgspec alone
decoding the same bytes, untyped into dicts and typed into structs that hold every word. Best of several runs,
one after the other in one process.
"""

from __future__ import annotations

import gc
import json
import random
import time
from collections.abc import Callable
from typing import Any

import msgspec

WORDS = 97_200
SDK_GOAL = 30
DECODE_GOAL = 4

_TEXT = (
    "the of and to a in that it is was I for on you he be with as by at have are this not but had his they "
    "question answer because interview recording probably something different between together yesterday"
)
_SPOKEN = _TEXT.split()


def transcript(words: int = WORDS, seed: int = 7) -> bytes:
    """JSON of a two-person conversation, the same on every machine."""
    chance = random.Random(seed)
    clock, speaker, said, utterances = 0, "A", [], []
    spoken: list[dict[str, Any]] = []
    for number in range(words):
        text = chance.choice(_SPOKEN)
        ends = chance.random() < 0.07
        length = chance.randint(80, 520)
        word = {
            "text": text + "." if ends else text,
            "start": clock,
            "end": clock + length,
            "confidence": round(chance.uniform(0.4, 1), 5),
            "speaker": speaker,
        }
        spoken.append(word)
        said.append(word)
        clock += length + chance.randint(0, 130)
        if (ends and chance.random() < 0.3) or number == words - 1:
            utterances.append(
                {
                    "speaker": speaker,
                    "text": " ".join(one["text"] for one in said),
                    "confidence": round(sum(one["confidence"] for one in said) / len(said), 5),
                    "start": said[0]["start"],
                    "end": said[-1]["end"],
                    "words": said,
                }
            )
            said, speaker = [], "B" if speaker == "A" else "A"
            clock += chance.randint(0, 900)
    return json.dumps(
        {
            "id": "00000000-0000-4000-8000-000000000007",
            "status": "completed",
            "audio_url": "https://example.org/ten-hours.mp3",
            "text": " ".join(one["text"] for one in spoken),
            "words": spoken,
            "utterances": utterances,
            "confidence": 0.7,
            "audio_duration": clock // 1000 + 1,
            "speaker_labels": True,
            "language_code": "en_us",
            "speech_model_used": "universal-3-5-pro",
        }
    ).encode()


class _Word(msgspec.Struct):
    text: str
    start: int
    end: int
    confidence: float
    speaker: str | None = None


class _Utterance(msgspec.Struct):
    text: str
    start: int
    end: int
    confidence: float
    speaker: str
    words: list[_Word]


class _Transcript(msgspec.Struct):
    id: str
    text: str
    words: list[_Word]
    utterances: list[_Utterance]


def ours(raw: bytes) -> Any:
    """Frames of this package."""
    from aai_jupyter.transcripts.transcript import Transcript

    found = Transcript.from_json(raw)
    return found.words, found.utterances


def sdk(raw: bytes) -> Any:
    """Frames as users of the official SDK make them: its objects as dicts, the dicts as a frame."""
    import pandas as pd

    found = _sdk_parse(raw)
    return (
        pd.DataFrame([row.dict() for row in found.words]),
        pd.DataFrame([row.dict(exclude={"words"}) for row in found.utterances]),
    )


def sdk_by_hand(raw: bytes) -> Any:
    """The same with attributes picked one by one, which is quicker than the objects' own ``dict()``."""
    import pandas as pd

    found = _sdk_parse(raw)
    names = ("text", "start", "end", "confidence", "speaker")
    return tuple(
        pd.DataFrame([{name: getattr(row, name) for name in names} for row in rows])
        for rows in (found.words, found.utterances)
    )


def _sdk_parse(raw: bytes) -> Any:
    from assemblyai.types import TranscriptResponse

    return TranscriptResponse(**json.loads(raw))


def _best(runs: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """Shortest time of each, taken in turns so that a busy moment of the machine hits all alike."""
    found: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            gc.collect()
            start = time.perf_counter()
            run()
            found[name].append(time.perf_counter() - start)
    return {name: min(times) for name, times in found.items()}


def main() -> list[dict[str, Any]]:
    """Measure; one row per comparison."""
    raw = transcript()
    typed = msgspec.json.Decoder(_Transcript)
    assert [len(frame) for frame in ours(raw)] == [len(frame) for frame in sdk(raw)]
    best = _best(
        {
            "ours": lambda: ours(raw),
            "SDK, dict(), pandas": lambda: sdk(raw),
            "SDK, attributes picked by hand, pandas": lambda: sdk_by_hand(raw),
            "bare msgspec decode into dicts": lambda: msgspec.json.decode(raw),
            "bare msgspec decode into structs": lambda: typed.decode(raw),
        },
        rounds=5,
    )
    here = best.pop("ours")
    rows = []
    for name, there in best.items():
        if name.startswith("SDK"):
            goal, met, ratio = f"{SDK_GOAL}x faster", there >= SDK_GOAL * here, there / here
        else:
            goal, met, ratio = f"within {DECODE_GOAL}x", here <= DECODE_GOAL * there, here / there
        rows.append(
            {
                "what": f"10 h, {len(raw) / 1e6:.1f} MB -> words + utterances frames",
                "ours": f"{here:.3f} s",
                "against": f"{name}: {there:.3f} s",
                "goal": goal,
                "met": f"{'yes' if met else 'no'} ({ratio:.1f}x)",
            }
        )
    return rows


if __name__ == "__main__":
    for row in main():
        print(row)

"""Who speaks when: diarization error rate, number of speakers, words under the wrong speaker, clip by clip.

Error rates are strict (everything counts) and lenient (without a quarter of a second at each boundary and
without overlapped speech); m, f and c are speech missed, falsely found and confused. "Before" is the engine
of version 0.1.0 (GE2E embeddings of Silero's speech), "one" is one speaker for all of Silero's speech.
Conversations are built from voices on which nothing was chosen (`benchmarks.conversations`). With
AAI_SPEAKER_CLIPS, a folder of WAV files with an RTTM beside each is measured, too; the three AMI clips of the
tests stand for far-field meetings without it.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.bench_engine import CLIPS, SAMPLE, rttm
from benchmarks.conversations import conversations, write_wav
from benchmarks.diarization_error import Errors, Turns, der, wrong_words

BEFORE = Path(__file__).with_name("speakers_before.json")
GOALS = {"telephone": (0.055, 0.005), "meetings": (0.33, 0.15), "conversations": (0.05, 0.03)}
WORD_GOALS = {"telephone": 0.03, "meetings": 0.10, "conversations": 0.03, "readings": 0.0}


def clips(folder: Path) -> Iterator[tuple[str, str, Path, Turns]]:
    """Kind, name, recording and turns of each clip."""
    turns = json.loads(SAMPLE.with_suffix(".json").read_text(encoding="utf-8"))["turns"]
    yield "readings", "two_readers", SAMPLE, [(t["start"], t["end"], t["speaker"]) for t in turns]
    for path in sorted(CLIPS.glob("*.rttm")):
        kind = "meetings" if path.stem.startswith("ami") else "telephone"
        yield kind, path.stem, path.with_suffix(".flac"), rttm(path)
    for name, samples, turns in conversations():
        yield "conversations", f"conv_{name}", write_wav(folder / f"{name}.wav", samples), turns
    for path in sorted(Path(os.environ.get("AAI_SPEAKER_CLIPS", folder / "none")).glob("*.rttm")):
        yield "meetings", path.stem, path.with_suffix(".wav"), rttm(path)


def measured(path: Path, reference: Turns) -> dict[str, Any]:
    """Errors of the turns and of the words, and the time that the turns took."""
    from aai_jupyter.local.models import diarization, voice_activity
    from aai_jupyter.local.models.audio_decoding import decode
    from aai_jupyter.local.models.speech_recogniser import SpeechRecogniser

    engine = SpeechRecogniser("base")
    words = engine.recognise(path, {"language_code": "en", "speaker_labels": True})["words"]
    with decode(path) as audio:
        voiced = voice_activity.speech_probabilities(audio)
        begin = time.process_time()
        fewest, most = diarization.speaker_bounds({}, audio.seconds)
        found = diarization.find_turns(audio, voiced, fewest=fewest, most=most)
        spent = time.process_time() - begin
        seconds = audio.seconds
    turns = [(turn.start, turn.end, str(turn.speaker)) for turn in found]
    return {
        "strict": der(reference, turns),
        "lenient": der(reference, turns, lenient=True),
        "count": (len({who for *_, who in reference}), len({who for *_, who in turns})),
        "words": wrong_words(words, reference),
        "speed": (seconds, spent),
    }


def main() -> list[dict[str, str]]:
    """Measure; return rows of what, ours, against, goal, met."""
    before = json.loads(BEFORE.read_text(encoding="utf-8"))
    rows, kinds = [], {}
    with tempfile.TemporaryDirectory() as folder:
        for kind, name, path, reference in clips(Path(folder)):
            found = measured(path, reference)
            kinds.setdefault(kind, []).append(found)
            was = before.get(name)
            wrong, total = found["words"]
            people, voices = found["count"]
            ours = f"{_rates(found)} ({found['strict'].parts}), {voices} of {people} speakers"
            rows.append(
                {
                    "what": name,
                    "ours": f"{ours}, {wrong} of {total} words wrong",
                    "against": f"before {was['before']}; one {was['one']}" if was else "-",
                    "goal": "-",
                    "met": "-",
                }
            )
            print(" | ".join(rows[-1].values()), flush=True)
    return [*rows, *(_summary(kind, found) for kind, found in kinds.items()), _speed(kinds)]


def _rates(found: dict[str, Any]) -> str:
    return f"{found['strict'].rate:.1%} / {found['lenient'].rate:.1%}"


def _summary(kind: str, found: list[dict[str, Any]]) -> dict[str, str]:
    strict, lenient = (sum((one[name] for one in found), Errors()) for name in ("strict", "lenient"))
    wrong, total = (sum(one["words"][part] for one in found) for part in (0, 1))
    right = sum(one["count"][0] == one["count"][1] for one in found)
    goals, met = [], wrong / total <= WORD_GOALS[kind]
    if kind in GOALS:
        goals.append("≤ {:.1%} / {:.1%}".format(*GOALS[kind]))
        met = met and strict.rate <= GOALS[kind][0] and lenient.rate <= GOALS[kind][1]
    goals.append(f"words ≥ {1 - WORD_GOALS[kind]:.0%}")
    words = f"{1 - wrong / total:.1%} of words right"
    return {
        "what": f"all {kind}",
        "ours": f"{strict.rate:.1%} / {lenient.rate:.1%}, {words}, number right in {right} of {len(found)}",
        "against": "-",
        "goal": ", ".join(goals),
        "met": "yes" if met else "no",
    }


def _speed(kinds: dict[str, list[dict[str, Any]]]) -> dict[str, str]:
    pairs = [one["speed"] for found in kinds.values() for one in found]
    times = sum(seconds for seconds, _ in pairs) / sum(spent for _, spent in pairs)
    what = "diarization after voice activity: times real time on one core"
    return {
        "what": what,
        "ours": f"{times:.1f}",
        "against": "-",
        "goal": "≥ 10",
        "met": "yes" if times >= 10 else "no",
    }

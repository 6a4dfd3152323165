"""The local engine on real speech, against bare faster-whisper with the same weights and threads.

WER: jiwer after Whisper's English normalizer. DER: strict (no collar, overlapped speech counted), frames of
10 ms, the best pairing of speakers; what it stands against is one speaker for all detected speech. The
clips are few and short, and the speaker threshold was chosen on them: read the figures as a smoke test.
Speed: seconds of sound per second of work, everything included but loading the model. Memory: peak of a
fresh process.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
import wave
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[1]
CLIPS = ROOT / "tests" / "data"
SAMPLE = ROOT / "aai_jupyter" / "data" / "two_readers.flac"
LONG_MINUTES = 30
Turns = list[tuple[float, float, str]]


def der(reference: Turns, found: Turns, seconds: float) -> float:
    """Strict diarization error rate: missed, falsely found and wrongly given speech over all speech."""
    said, heard = _grid(reference, seconds), _grid(found, seconds)
    both = np.einsum("an,bn->ab", said.astype(int), heard.astype(int))
    size = max(both.shape)
    square = np.zeros((size, size), int)
    square[: both.shape[0], : both.shape[1]] = both
    right = max(sum(square[a, b] for a, b in enumerate(one)) for one in permutations(range(size)))
    return float((np.maximum(said.sum(0), heard.sum(0)).sum() - right) / said.sum())


def _grid(turns: Turns, seconds: float) -> np.ndarray:
    names = sorted({name for *_, name in turns}) or ["nobody"]
    grid = np.zeros((len(names), round(seconds * 100)), bool)
    for start, end, name in turns:
        grid[names.index(name), round(start * 100) : round(end * 100)] = True
    return grid


def rttm(path: Path) -> Turns:
    fields = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
    return [(float(f[3]), float(f[3]) + float(f[4]), f[7]) for f in fields]


def wer(said: str, heard: str) -> float:
    import jiwer
    from whisper_normalizer.english import EnglishTextNormalizer

    normal = EnglishTextNormalizer()
    return jiwer.wer(normal(said), normal(heard) or "-")


def words_right(words: list[dict[str, Any]], turns: Turns) -> float:
    """Share of words whose middle lies nearest to a turn of their speaker, labels paired at their best."""
    truth = []
    for word in words:
        middle = (word["start"] + word["end"]) / 2000
        truth.append(min(turns, key=lambda turn: max(turn[0] - middle, middle - turn[1]))[2])
    names, labels = sorted(set(truth)), sorted({word["speaker"] for word in words})
    labels += ["?"] * max(0, len(names) - len(labels))
    counts = (
        sum(dict(zip(names, one, strict=True))[t] == w["speaker"] for t, w in zip(truth, words, strict=True))
        for one in permutations(labels, len(names))
    )
    return max(counts) / len(words)


def transcribe_ours(paths: list[str]) -> dict[str, Any]:
    from aai_jupyter.local.models.speech_recogniser import SpeechRecogniser

    engine = SpeechRecogniser("base")
    engine.recognise(CLIPS / "goforward.flac", {"language_code": "en"})
    rows = {}
    for path in paths:
        begin = time.perf_counter()
        found = engine.recognise(Path(path), {"language_code": "en", "speaker_labels": True})
        rows[path] = {"text": found["text"], "words": found["words"], "wall": time.perf_counter() - begin}
    return rows


def transcribe_bare(paths: list[str]) -> dict[str, Any]:
    from faster_whisper import WhisperModel

    from aai_jupyter.local.models.whisper import physical_cores
    from aai_jupyter.weights.find_weights import find_weights

    model = WhisperModel(
        str(find_weights("base")), device="cpu", compute_type="int8", cpu_threads=physical_cores()
    )
    list(model.transcribe(str(CLIPS / "goforward.flac"), language="en")[0])
    rows = {}
    for path in paths:
        begin = time.perf_counter()
        segments = list(model.transcribe(path, language="en", beam_size=5, word_timestamps=True)[0])
        text = " ".join(segment.text.strip() for segment in segments)
        rows[path] = {"text": text, "wall": time.perf_counter() - begin}
    return rows


def speakers_ours(paths: list[str]) -> dict[str, Any]:
    """Turns of each file, and those of one speaker for all speech."""
    from aai_jupyter.local.models import diarization, voice_activity
    from aai_jupyter.local.models.audio_decoding import RATE, decode

    rows = {}
    for path in paths:
        begin = time.perf_counter()
        with decode(Path(path)) as audio:
            voiced = voice_activity.speech_probabilities(audio)
            fewest, most = diarization.speaker_bounds({}, audio.seconds)
            turns = diarization.find_turns(audio, voiced, fewest=fewest, most=most)
            one = voice_activity.spans(voiced, audio.n_samples, threshold=0.35, min_silence=0.2, pad=0.06)
            rows[path] = {
                "turns": [(turn.start, turn.end, str(turn.speaker)) for turn in turns],
                "one": [(start / RATE, stop / RATE, "0") for start, stop in one],
                "seconds": audio.seconds,
                "wall": time.perf_counter() - begin,
            }
    return rows


def in_process(job: str, paths: list[Path]) -> tuple[dict[str, Any], float]:
    """Rows of a job of this module run in a fresh process, and its peak memory in MB."""
    command = [sys.executable, "-m", "benchmarks.bench_engine", job, *map(str, paths)]
    # As the engine sets it for itself; numpy is loaded here before the engine could.
    env = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    answer = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, env=env).stdout
    found = json.loads(answer.splitlines()[-1])
    return found["rows"], found["rss"]


def long_recording(path: Path) -> Path:
    """The sample over and over, as one file of half an hour."""
    from aai_jupyter.local.models.audio_decoding import RATE, decode

    with decode(SAMPLE) as audio, wave.open(str(path), "wb") as out:
        out.setparams((1, 2, RATE, 0, "NONE", ""))
        raw = (audio.read(0, audio.n_samples) * 32768).astype("<i2").tobytes()
        for _ in range(round(LONG_MINUTES * 60 / audio.seconds)):
            out.writeframes(raw)
    return path


def row(what: str, ours: str, against: str, goal: str = "-", met: bool | None = None) -> dict[str, str]:
    shown = {"what": what, "ours": ours, "against": against, "goal": goal}
    shown["met"] = "-" if met is None else "yes" if met else "no"
    print(" | ".join(shown.values()), flush=True)
    return shown


def main() -> list[dict[str, str]]:
    """Measure; return rows of what, ours, against, goal, met."""
    manifest = {one["file"]: one for one in json.loads((CLIPS / "manifest.json").read_text(encoding="utf-8"))}
    sample_turns = json.loads(SAMPLE.with_suffix(".json").read_text(encoding="utf-8"))["turns"]
    texts = {
        SAMPLE: " ".join(turn["text"] for turn in sample_turns),
        CLIPS / "two_cities.flac": manifest["two_cities.flac"]["reference"],
        CLIPS / "pyannote_sample.flac": manifest["pyannote_sample.flac"]["reference"],
    }
    ours, our_memory = in_process("transcribe_ours", list(texts))
    bare, bare_memory = in_process("transcribe_bare", list(texts))
    rows = []
    for path, said in texts.items():
        mine, other = wer(said, ours[str(path)]["text"]), wer(said, bare[str(path)]["text"])
        limit = 0.05 if path == SAMPLE else None
        goal, met = ("≤ 5 %", mine <= limit) if limit else ("-", None)
        rows.append(row(f"{path.stem}: word error rate", f"{mine:.1%}", f"{other:.1%}", goal, met))
    seconds = 67.68
    speed, other = (seconds / found[str(SAMPLE)]["wall"] for found in (ours, bare))
    rows.append(row("two_readers: times real time, with speakers", f"{speed:.1f}", f"{other:.1f} (without)"))
    rows.append(row("transcription: peak memory", f"{our_memory:.0f} MB", f"{bare_memory:.0f} MB"))
    words = ours[str(SAMPLE)]["words"]
    right = words_right(words, [(t["start"], t["end"], t["speaker"]) for t in sample_turns])
    count = len({word["speaker"] for word in words})
    goal = "2 speakers, ≥ 90 %"
    rows.append(
        row(
            "two_readers: words of the right speaker",
            f"{right:.1%} of {count}",
            "-",
            goal,
            count == 2 and right >= 0.9,
        )
    )
    return rows + speaker_rows()


def speaker_rows() -> list[dict[str, str]]:
    import tempfile

    clips = sorted(CLIPS.glob("*.rttm"))
    found, _ = in_process("speakers_ours", [clip.with_suffix(".flac") for clip in clips])
    rows = []
    for clip in clips:
        turns, one = rttm(clip), found[str(clip.with_suffix(".flac"))]
        rates = [der(turns, [tuple(t) for t in one[kind]], one["seconds"]) for kind in ("turns", "one")]
        count = f"{len({t[2] for t in one['turns']})} of {len({t[2] for t in turns})} speakers"
        what = f"{clip.stem}: diarization error rate"
        rows.append(row(what, f"{rates[0]:.1%} ({count})", f"{rates[1]:.1%} (one speaker)"))
    with tempfile.TemporaryDirectory() as folder:
        path = long_recording(Path(folder) / "long.wav")
        found, memory = in_process("speakers_ours", [path])
    one = found[str(path)]
    speed = one["seconds"] / one["wall"]
    rows.append(row(f"{LONG_MINUTES} min: speech and speakers, times real time", f"{speed:.0f}", "-"))
    rows.append(
        row(f"{LONG_MINUTES} min: the same, peak memory", f"{memory:.0f} MB", "-", "< 1500 MB", memory < 1500)
    )
    return rows


if __name__ == "__main__":
    job, *given = sys.argv[1:]
    result = globals()[job](given)
    # ru_maxrss counts bytes on macOS and kilobytes elsewhere.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)
    print(json.dumps({"rows": result, "rss": peak}, default=float))

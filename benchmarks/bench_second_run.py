"""A folder of 1,000 files that was transcribed before: the same call again, in a new process.

Wall seconds of ``aai.transcribe(folder)`` and of all frames of the set after it, without the import of the
package; best of three processes after one that writes compiled modules. Nothing is sent: every result is in
the store.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

FILES, WORDS, RUNS = 1000, 100, 3
RESULTS_GOAL, FRAMES_GOAL = 1.0, 2.0
ENV = {"ASSEMBLYAI_API_KEY": "0123456789abcdef0123456789abcdef", "ASSEMBLYAI_BASE_URL": "http://127.0.0.1:9"}
_SPOKEN = ("the", "of", "and", "question", "answer", "because", "interview", "recording", "yesterday")
_CALL = """
import json, sys, time
import aai_jupyter as aai
began, worked = time.perf_counter(), time.process_time()
calls = aai.transcribe(sys.argv[1], speaker_labels=True)
results = time.perf_counter() - began, time.process_time() - worked
from aai_jupyter.tables import TABLES
rows = sum(len(calls.frame(name)) for name in TABLES)
frames = time.perf_counter() - began, time.process_time() - worked
print(json.dumps({"results": results, "frames": frames, "rows": rows, "transcripts": len(calls)}))
"""


def answer(number: int, words: int = WORDS) -> bytes:
    """JSON of a short conversation of two people, the same on every machine."""
    chance = random.Random(number)
    clock, speaker, spoken, utterances = 0, "A", [], []
    said: list[dict[str, Any]] = []
    for place in range(words):
        ends = chance.random() < 0.1 or place == words - 1
        length = chance.randint(80, 520)
        word = {
            "text": chance.choice(_SPOKEN) + "." * ends,
            "start": clock,
            "end": clock + length,
            "confidence": round(chance.uniform(0.4, 1), 5),
            "speaker": speaker,
        }
        spoken.append(word)
        said.append(word)
        clock += length + chance.randint(0, 130)
        if ends:
            text = " ".join(str(one["text"]) for one in said)
            times = {"start": said[0]["start"], "end": said[-1]["end"]}
            utterances.append({"speaker": speaker, "text": text, "confidence": 0.9, "words": said, **times})
            said, speaker = [], "B" if speaker == "A" else "A"
    whole = {
        "id": f"00000000-0000-4000-8000-{number:012d}",
        "status": "completed",
        "text": " ".join(str(one["text"]) for one in spoken),
        "words": spoken,
        "utterances": utterances,
        "audio_duration": clock / 1000,
        "language_code": "en",
        "speech_model_used": "universal-2",
        "redact_pii": False,
        "redact_pii_audio": False,
        "chapters": None,
        "entities": None,
        "sentiment_analysis_results": None,
        "auto_highlights_result": None,
    }
    return json.dumps(whole).encode()


def fill(home: Path, folder: Path, files: int) -> None:
    """Write the files, and a store in which their transcripts are."""
    from aai_jupyter.client.options.transcript_request import build_request
    from aai_jupyter.client.sources.reading import resolve_sources
    from aai_jupyter.jobs.cache_keys import audio_key, cache_keys
    from aai_jupyter.jobs.journal import SUBMITTED, SUBMITTING
    from aai_jupyter.jobs.store import Store
    from aai_jupyter.settings.endpoint import ApiKey, Endpoint

    url = ENV["ASSEMBLYAI_BASE_URL"]
    account = Endpoint(url, url, url, ApiKey(ENV["ASSEMBLYAI_API_KEY"])).account
    request = build_request({"speaker_labels": True})
    store = Store(home)
    for number in range(files):
        path = folder / f"call-{number:04d}.wav"
        path.write_bytes(b"RIFF....WAVE" + random.Random(number).randbytes(60_000))
        (source,) = resolve_sources(path)
        key = cache_keys(audio_key(source), request, account)[0]
        job = store.begin(key, account, str(path), request.canonical().decode())
        job = store.record(job, SUBMITTING, upload_url=f"http://127.0.0.1:9/{number}")
        raw = answer(number)
        job = store.record(job, SUBMITTED, transcript_id=json.loads(raw)["id"])
        store.complete(job, raw)
    store.close()


def run(home: Path, folder: Path) -> dict[str, Any]:
    """One second run in a process of its own."""
    # Compiled modules as after an installation: the first run writes them.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    cache = {"PYTHONPYCACHEPREFIX": str(home.with_name("compiled"))}
    env = {**kept, **cache, **ENV, "AAI_JUPYTER_HOME": str(home)}
    call = [sys.executable, "-c", _CALL, str(folder)]
    done = subprocess.run(call, env=env, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main(files: int = FILES, runs: int = RUNS) -> list[dict[str, object]]:
    """Measure, print, and give the rows."""
    with tempfile.TemporaryDirectory() as place:
        home, folder = Path(place, "home"), Path(place, "calls")
        folder.mkdir()
        fill(home, folder, files)
        run(home, folder)  # the first one writes where the recordings are
        found = [run(home, folder) for _ in range(runs)]
    rows: list[dict[str, object]] = []
    for name, goal in (("results", RESULTS_GOAL), ("frames", FRAMES_GOAL)):
        best, work = min(tuple(one[name]) for one in found)
        what = "results" if name == "results" else "results and all 18 frames"
        rows.append(
            {
                "what": f"second run of {files:,} files: {what}",
                "ours": f"{best:.2f} s ({work:.2f} s of CPU)",
                "against": f"{found[0]['rows']:,.0f} rows, {found[0]['transcripts']:,.0f} transcripts",
                "goal": f"at most {goal:g} s",
                "met": best <= goal,
            }
        )
    return rows


if __name__ == "__main__":
    for row in main():
        print(row)

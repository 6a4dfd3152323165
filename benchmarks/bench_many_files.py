"""Ten thousand short recordings in one call: memory, requests, and the frames of all their transcripts.

The service is simulated, and answers with transcripts of 600 words (four minutes of conversation). Memory is
the growth of the process from before the call, when everything is imported, to its peak, and to what stays
with the set; "answers" are the JSON of all transcripts together.
``python -m benchmarks.bench_many_files --files 10000``; ``make bench`` takes 2,000.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import wave
from pathlib import Path
from typing import Any

from benchmarks.simulated_service import durations, simulated_service

FILES, WORDS = 2_000, 600
AT_ONCE = 200
"""Jobs that the service works at; that of a paid account."""
SHORTEST, LONGEST = 0.5, 1.5
KEY = "k" * 32
FRAMES = ("words", "utterances", "recordings")


class Memory:
    """Peak of what this process has in memory, looked at ten times a second."""

    def __init__(self) -> None:
        import psutil

        self._process = psutil.Process(os.getpid())
        self.peak = self.now()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def now(self) -> int:
        return int(self._process.memory_info().rss)

    def _look(self) -> None:
        while not self._done.wait(0.1):
            self.peak = max(self.peak, self.now())

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._done.set()
        self._thread.join()
        self.peak = max(self.peak, self.now())


def _child(url: str, folder: Path) -> None:
    """Run the batch in this process, and print its figures."""
    import gc

    import aai_jupyter as aai

    aai.settings.home = folder / "home"
    aai.settings.login(KEY)
    aai.settings.base_url = url
    one = next(folder.glob("warm/*.wav"))
    aai.transcribe(one, language_code="en").words  # noqa: B018 - imports all that is needed
    files = sorted((folder / "many").glob("*.wav"))
    gc.collect()
    found: dict[str, Any] = {}
    cpu = time.process_time()
    with Memory() as memory:
        before, began = memory.now(), time.perf_counter()
        calls = aai.transcribe(files, language_code="en")
        found["seconds"] = time.perf_counter() - began
        found["cpu"] = time.process_time() - cpu
        assert len(calls) == len(files), f"{len(calls.failed)} failed: {calls.failed.head()}"
        gc.collect()
        found |= {"peak": memory.peak - before, "stays": memory.now() - before}
    for name in FRAMES:
        began = time.perf_counter()
        found[name] = len(getattr(calls, name))
        found[f"{name} s"] = time.perf_counter() - began
    with Memory() as memory:
        gc.collect()
        began, before = time.perf_counter(), memory.now()
        assert len(aai.transcribe(files, language_code="en")) == len(files)
        found["again"] = time.perf_counter() - began
        found["again peak"] = memory.peak - before
    print(json.dumps(found))


def _write(path: Path, number: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(number.to_bytes(4, "little") * 800)


def measure(files: int, words: int = WORDS) -> dict[str, Any]:
    """Transcribe so many files; return the figures."""
    taking = [0.1, *durations(files, SHORTEST, LONGEST)]
    with tempfile.TemporaryDirectory() as name, simulated_service(taking, AT_ONCE, words) as url:
        folder = Path(name)
        for part in ("warm", "many"):
            (folder / part).mkdir()
        _write(folder / "warm" / "warm.wav", 1 << 30)
        for number in range(files):
            _write(folder / "many" / f"{number:06}.wav", number)
        command = [sys.executable, "-m", "benchmarks.bench_many_files", "--child", url, name]
        found: dict[str, Any] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        with urllib.request.urlopen(f"{url}/counts") as reply:
            counts = json.load(reply)
    counts.pop("submitted")
    found["requests"] = counts
    found["size"] = counts.pop("bytes")
    return found


def main(files: int = FILES) -> list[dict[str, object]]:
    """Measure, print, and give the rows."""
    found = measure(files)
    print(found)
    requests, size = found["requests"], found["size"] * files / 1e6
    others = (
        sum(requests.values()) - requests["POST upload"] - requests["POST list"] - requests["GET transcript"]
    )
    rows: list[dict[str, object]] = [
        {
            "what": f"{files:,} files, {WORDS} words each: memory at its most, and what stays",
            "ours": f"{found['peak'] / 1e6:,.0f} MB, {found['stays'] / 1e6:,.0f} MB",
            "against": f"{size:,.0f} MB of answers",
            "goal": "less than the answers",
            "met": found["peak"] < size * 1e6,
        },
        {
            "what": "requests a file: upload, submission, result",
            "ours": ", ".join(
                f"{requests[kind] / files:.2f}" for kind in ("POST upload", "POST list", "GET transcript")
            ),
            "against": f"{others:,} lists of states",
            "goal": "1, 1, 1",
            "met": requests["POST list"] == files + 1,
        },
        {
            "what": "CPU a file; time of the whole call",
            "ours": f"{1000 * found['cpu'] / files:.1f} ms; {found['seconds']:.0f} s",
        },
        {
            "what": "the same call again: from the store, without a request",
            "ours": f"{found['again']:.1f} s, {found['again peak'] / 1e6:,.0f} MB",
        },
    ]
    rows += [
        {"what": f"frame of {name} of all", "ours": f"{found[f'{name} s']:.2f} s ({found[name]:,} rows)"}
        for name in FRAMES
    ]
    return rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--files", type=int, default=FILES)
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        _child(arguments.child[0], Path(arguments.child[1]))
    else:
        for row in main(arguments.files):
            print(row)

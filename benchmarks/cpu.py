"""Work that only the processor limits, by public names alone, so that any version of the package can do it.

python -m benchmarks.cpu NAME [times]   the CPU seconds of each run, as JSON
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Work = Callable[[], Any]


def _answer() -> bytes:
    from benchmarks.bench_tables import transcript

    return transcript(30_000)


def _transcript() -> Any:
    import aai_jupyter

    return aai_jupyter.Transcript.from_json(_answer())


def load_ext() -> Work:
    """``%load_ext``; it happens once in a process."""
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    return lambda: shell.run_line_magic("load_ext", "aai_jupyter")


def frames() -> Work:
    """A long answer of the service as frames of words and turns."""
    from aai_jupyter import Transcript

    raw = _answer()

    def work() -> None:
        found = Transcript.from_json(raw)
        assert len(found.words) >= len(found.utterances) > 0

    return work


def metrics() -> Work:
    """Talk time, gaps, pace and search of a frame."""
    words = _transcript().words

    def work() -> None:
        words.aai.talk_time()
        words.aai.gaps()
        words.aai.pace()
        words.aai.search("interview recording")

    return work


def captions() -> Work:
    """The transcript as captions."""
    spoken = _transcript()
    return lambda: (spoken.to_srt(), spoken.to_vtt())


def edits() -> Work:
    """Names, corrections, and the frames after them."""

    def work() -> None:
        spoken = _transcript()
        spoken.edit.rename_speaker("A", "Ann")
        for word in range(0, 2000, 100):
            spoken.edit.set_word(word, "corrected")
        assert len(spoken.words)

    return work


def archive() -> Work:
    """Save and load."""
    from aai_jupyter import Transcript

    spoken = _transcript()
    folder = tempfile.TemporaryDirectory()

    def work(held: Any = folder) -> None:
        path = spoken.save(Path(held.name) / "spoken.aai")
        assert len(Transcript.load(path).words)

    return work


def page() -> Work:
    """The static HTML of a transcript."""
    spoken = _transcript()
    return lambda: spoken._repr_mimebundle_()


WORK: dict[str, Callable[[], Work]] = {
    one.__name__: one for one in (load_ext, frames, metrics, captions, edits, archive, page)
}
ONCE = ("load_ext",)


def main() -> None:
    """Prepare, do the work once to warm up (where it can be done twice), and measure."""
    name = sys.argv[1]
    times = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    work = WORK[name]()
    if name in ONCE:
        times = 1
    else:
        work()
    taken = []
    for _ in range(times):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    print(json.dumps(taken))


if __name__ == "__main__":
    main()

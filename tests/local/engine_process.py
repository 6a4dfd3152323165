"""The protocol half of the engine with a recogniser that reads scripts: text files instead of sound.

A line "A: Good morning." is what speaker A says; each word lasts 300 ms and is followed by 100 ms of
silence. Tests of the protocol thus know exactly what a job must return, without a speech model.
Started by itself, it is an engine process: ``engine_process.py HOME KEY``.
"""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

from aai_jupyter.local.models.failures import JobFailed, Unsupported

WORD_MS, STEP_MS = 300, 400


class ScriptReader:
    """Reads words from text; waits while ``hold`` is set or the file ``hold_file`` exists."""

    name = "script reader"

    def __init__(self, hold_file: Path | None = None) -> None:
        self.hold = threading.Event()
        self.hold_file = hold_file
        self.seen: list[str] = []
        self.cancelled = 0

    def speakers(self, path, params, *, on_progress):
        raise NotImplementedError

    def overlap(self, path, *, on_progress):
        raise NotImplementedError

    def check_params(self, params):
        if params.get("iab_categories"):
            raise Unsupported("iab_categories", "iab_categories: the local engine has no topic model")

    def recognise(self, path, params, *, on_progress):
        data = path.read_bytes()
        try:
            text = data.decode()
        except UnicodeDecodeError:
            raise JobFailed("Transcoding failed. File type application/octet-stream") from None
        self.seen.append(text)
        self._wait(on_progress)
        if not text.strip():
            raise JobFailed("Audio duration is too short.")
        if text.startswith("CRASH"):
            raise RuntimeError("a fault of the models")
        words, utterances = [], []
        for line in text.strip().splitlines():
            speaker, _, said = line.rpartition(": ")
            first = len(words)
            for word in said.split():
                start = len(words) * STEP_MS
                words.append(
                    {
                        "text": "####" if params.get("redact_pii") and word == "Secret" else word,
                        "start": start,
                        "end": start + WORD_MS,
                        "confidence": 0.9,
                        "speaker": (speaker or None) if params.get("speaker_labels") else None,
                    }
                )
            utterances.append({"speaker": speaker, "words": words[first:], **_span(words[first:])})
        return {
            "text": " ".join(word["text"] for word in words),
            "words": words,
            "utterances": utterances if params.get("speaker_labels") else None,
            "confidence": 0.9,
            "audio_duration": -(-len(words) * STEP_MS // 1000),
            "language_code": params.get("language_code", "en"),
            "language_confidence": None,
            "speech_model_used": self.name,
            "_redacted": [[w["start"], w["end"]] for w in words if w["text"] == "####"],
        }

    def redact_audio(self, path, out, result, params, *, on_progress):
        self._wait(on_progress)
        lines = [f"{start}-{end}" for start, end in result["_redacted"]]
        out.write_text("beeps at " + ", ".join(lines))

    def _wait(self, on_progress):
        try:
            on_progress(0.0)
            while self.hold.is_set() or (self.hold_file is not None and self.hold_file.exists()):
                on_progress(0.5)
                time.sleep(0.005)
        except Exception:
            self.cancelled += 1
            raise


def _span(words):
    return {
        "text": " ".join(word["text"] for word in words),
        "start": words[0]["start"],
        "end": words[-1]["end"],
        "confidence": 0.9,
    }


def main(home: Path, key: str) -> None:
    from aai_jupyter.local import server
    from aai_jupyter.local.app import create_app
    from aai_jupyter.network.addresses import listen

    listener = listen()
    netloc = f"127.0.0.1:{listener.getsockname()[1]}"
    app = create_app(recogniser=ScriptReader(home / "hold"), home=home, keys=key, netloc=netloc)
    server.serve(app, listener, lambda: print(f"http://{netloc}", flush=True))
    server.leave(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])

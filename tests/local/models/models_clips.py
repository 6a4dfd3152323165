"""Where the recordings are."""

from pathlib import Path

_ROOT = Path(__file__).parents[3]
CLIPS = _ROOT / "tests" / "data"
SAMPLE = _ROOT / "aai_jupyter" / "data" / "two_readers.flac"

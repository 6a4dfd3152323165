"""Recognizers and diarizers that other packages add to the local engine, by entry points.

A package declares them in its ``pyproject.toml``; each entry point is a class or function that is called
without arguments and returns the plug-in::

    [project.entry-points."aai_jupyter.recognizers"]
    digits = "digit_models:DigitRecognizer"

    [project.entry-points."aai_jupyter.diarizers"]
    halves = "digit_models:HalfDiarizer"

``local_model = "digits"`` and ``local_diarizer = "halves"`` choose them.
"""

from __future__ import annotations

from aai_jupyter.plugins.plugin_protocols import (
    Diarizer,
    LanguageDetector,
    MonoAudio,
    Recognizer,
    SpeakerSegment,
    WordSegment,
)

__all__ = ["Diarizer", "LanguageDetector", "MonoAudio", "Recognizer", "SpeakerSegment", "WordSegment"]

"""Options and limits of short clips (Sync STT, ``/v1/transcribe/live``)."""

from __future__ import annotations

from aai_jupyter.client.options.option import Option
from aai_jupyter.client.options.vocabulary import LOCAL_MODELS, U35

CLIP_MODELS = (U35, "u3-sync-pro", *LOCAL_MODELS)
#: USD per hour of sound; key terms and context are included.
CLIP_PRICES = {**dict.fromkeys(CLIP_MODELS, 0.30), **dict.fromkeys(LOCAL_MODELS, 0.0)}

SHORTEST_MS = 80
LONGEST_SECONDS = 120
RATES = (8000, 16000, 22050, 24000, 32000, 44100, 48000)
"""Samples per second that the service takes."""
CONTEXT_TURNS, CONTEXT_CHARACTERS = 500, 16_000
"""The service leaves out the oldest turns of a longer context."""

_LANGUAGES = "en es de fr it pt tr nl sv no da fi hi vi ar he ja ur zh"
CLIP_LANGUAGES = tuple(_LANGUAGES.split())

_CLIP = "Short clips"

CLIPS = (
    Option(
        "speech_model",
        "str",
        _CLIP,
        "Model; goes into the header X-AAI-Model.",
        default=U35,
        choices=CLIP_MODELS,
    ),
    Option(
        "prompt",
        "str",
        _CLIP,
        "What the clip is about, and how to write it.",
        max_length=6000,
    ),
    Option(
        "keyterms_prompt",
        "list",
        _CLIP,
        "Names and terms to listen for.",
        max_items=100,
        max_total=8000,
    ),
    Option(
        "conversation_context",
        "list",
        _CLIP,
        "What was said before, oldest first; a text is one turn.",
        commas=False,
    ),
    Option(
        "language_codes",
        "list",
        _CLIP,
        "Languages that are spoken; without effect beside prompt.",
        choices=CLIP_LANGUAGES,
    ),
    Option("timestamps", "bool", _CLIP, "Times of the words.", default=False),
)

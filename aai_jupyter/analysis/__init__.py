"""Frame in, frame or picture out: conversation metrics, search, timeline. ``df.aai`` has them as methods.

Frames of polars, PyArrow and others go in and come out as they are; pandas is not imported for them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aai_jupyter.analysis.charts import chart
    from aai_jupyter.analysis.delivery import confidence, fillers, questions, sentiment, speech_rate
    from aai_jupyter.analysis.diarization_error import diarization_errors
    from aai_jupyter.analysis.metrics import gaps, talk_time
    from aai_jupyter.analysis.plots import plot_pace, plot_talk_time, timeline
    from aai_jupyter.analysis.quality import speaker_agreement, word_error_rate
    from aai_jupyter.analysis.rate import pace
    from aai_jupyter.analysis.research_plots import (
        plot_codes,
        plot_dispersion,
        plot_latency,
        plot_overlap,
        plot_sentiment,
    )
    from aai_jupyter.analysis.selection import between, search
    from aai_jupyter.analysis.timeline_svg import Timeline
    from aai_jupyter.analysis.turn_sequence import interactivity, monologues, turn_entropy
    from aai_jupyter.analysis.turn_taking import latency, overlaps, patience, silence
    from aai_jupyter.analysis.wording import cooccurrence, keyness, kwic, ngrams

_HOMES = {
    "charts": ("chart",),
    "delivery": ("confidence", "fillers", "questions", "sentiment", "speech_rate"),
    "diarization_error": ("diarization_errors",),
    "metrics": ("gaps", "talk_time"),
    "plots": ("plot_pace", "plot_talk_time", "timeline"),
    "quality": ("speaker_agreement", "word_error_rate"),
    "rate": ("pace",),
    "research_plots": (
        "plot_codes",
        "plot_dispersion",
        "plot_latency",
        "plot_overlap",
        "plot_sentiment",
    ),
    "selection": ("between", "search"),
    "timeline_svg": ("Timeline",),
    "turn_sequence": ("interactivity", "monologues", "turn_entropy"),
    "turn_taking": ("latency", "overlaps", "patience", "silence"),
    "wording": ("cooccurrence", "keyness", "kwic", "ngrams"),
}
_MODULES = {name: module for module, names in _HOMES.items() for name in names}
__all__ = [
    "Timeline",
    "between",
    "chart",
    "confidence",
    "cooccurrence",
    "diarization_errors",
    "fillers",
    "gaps",
    "interactivity",
    "keyness",
    "kwic",
    "latency",
    "monologues",
    "ngrams",
    "overlaps",
    "pace",
    "patience",
    "plot_codes",
    "plot_dispersion",
    "plot_latency",
    "plot_overlap",
    "plot_pace",
    "plot_sentiment",
    "plot_talk_time",
    "questions",
    "search",
    "sentiment",
    "silence",
    "speaker_agreement",
    "speech_rate",
    "talk_time",
    "timeline",
    "turn_entropy",
    "word_error_rate",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'aai_jupyter.analysis' has no attribute {name!r}")
    value = getattr(import_module(f"aai_jupyter.analysis.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

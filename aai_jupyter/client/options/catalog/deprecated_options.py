"""Request parameters that the service has replaced or dropped: translated, or refused with the reason."""

from __future__ import annotations

from aai_jupyter.client.options.option import Option
from aai_jupyter.client.options.vocabulary import U2

_OLD = "Deprecated"


DEPRECATED = (
    Option(
        "speech_model",
        "str",
        _OLD,
        "Old form of speech_models.",
        deprecated="the service has refused it since March 2026",
        replaced_by="speech_models",
    ),
    Option(
        "dual_channel",
        "bool",
        _OLD,
        "Old name of multichannel.",
        deprecated="it has been renamed",
        replaced_by="multichannel",
    ),
    Option(
        "word_boost",
        "list",
        _OLD,
        "Old form of keyterms_prompt.",
        deprecated="current models do not take it",
        replaced_by="keyterms_prompt",
    ),
    Option(
        "boost_param",
        "str",
        _OLD,
        "Strength of word_boost.",
        choices=("low", "default", "high"),
        removed=True,
        deprecated="it belonged to word_boost, which keyterms_prompt has replaced",
    ),
    Option(
        "auto_chapters",
        "bool",
        _OLD,
        "Chapters with headlines.",
        default=False,
        models=(U2,),
        conflicts=("summarization",),
        deprecated="use understanding_summarization, which gives sections with headlines",
        price=0.08,
    ),
    Option(
        "summarization",
        "bool",
        _OLD,
        "One summary of the whole.",
        default=False,
        models=(U2,),
        conflicts=("auto_chapters",),
        deprecated="use understanding_summarization",
        price=0.03,
    ),
    Option(
        "summary_model",
        "str",
        _OLD,
        "Model of summarization.",
        default="informative",
        choices=("informative", "conversational", "catchy"),
        models=(U2,),
        requires=("summarization",),
        deprecated="use understanding_summarization",
    ),
    Option(
        "summary_type",
        "str",
        _OLD,
        "Form of summarization.",
        default="bullets",
        choices=("bullets", "bullets_verbose", "gist", "headline", "paragraph"),
        models=(U2,),
        requires=("summarization",),
        deprecated="use understanding_summarization",
    ),
    Option(
        "custom_topics",
        "bool",
        _OLD,
        "No longer does anything.",
        removed=True,
        deprecated="the service no longer does anything with it; iab_categories finds topics",
    ),
    Option(
        "topics",
        "list",
        _OLD,
        "No longer does anything.",
        removed=True,
        deprecated="the service no longer does anything with it; iab_categories finds topics",
    ),
)

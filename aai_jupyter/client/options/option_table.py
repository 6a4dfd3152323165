"""Every request parameter of ``POST /v2/transcript``, once; and how a name finds its parameter."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from aai_jupyter.client.options.catalog.analysis_options import ANALYSIS
from aai_jupyter.client.options.catalog.deprecated_options import DEPRECATED
from aai_jupyter.client.options.catalog.recognition_options import RECOGNITION
from aai_jupyter.client.options.catalog.speaker_options import SPEAKERS
from aai_jupyter.client.options.catalog.understanding_options import UNDERSTANDING
from aai_jupyter.client.options.option import Option

__all__ = ["OPTIONS", "Option", "closest", "find_option"]

OPTIONS: dict[str, Option] = {
    option.name: option for option in (*RECOGNITION, *SPEAKERS, *ANALYSIS, *UNDERSTANDING, *DEPRECATED)
}

# Words that other tools and people use, and what the service calls the thing.
_SYNONYMS = {
    "diarization": "speaker_labels",
    "diarize": "speaker_labels",
    "language": "language_code",
    "model": "speech_models",
    "num_speakers": "speakers_expected",
    "chapters": "auto_chapters",
    "keyterms": "keyterms_prompt",
    "hotwords": "keyterms_prompt",
    "topic_detection": "iab_categories",
    "content_moderation": "content_safety",
    "pii": "redact_pii",
    "en_gb": "en_uk",
}


def find_option(name: str) -> Option | None:
    """Find a parameter by API name, short name, or the end of its dotted name.

    ``min_speakers_expected``, ``speaker_options.min_speakers_expected``, ``translation.effort`` and
    ``--min-speakers-expected``'s spelling with hyphens all find theirs.

    Examples
    --------
    >>> find_option("min-speakers-expected").name
    'speaker_options.min_speakers_expected'
    """
    name = name.replace("-", "_")
    return _BY_NAME.get(name)


def closest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that somebody who wrote `word` most likely meant, or None.

    Examples
    --------
    >>> closest("speaker_lables", OPTIONS)
    'speaker_labels'
    """
    known = {candidate.lower().replace("-", "_"): candidate for candidate in candidates}
    wanted = word.strip().lower().replace("-", "_").strip("_")
    if _SYNONYMS.get(wanted) in known:
        return known[_SYNONYMS[wanted]]
    near = difflib.get_close_matches(wanted, known, n=1, cutoff=0.7)
    if near:
        return known[near[0]]
    if len(wanted) >= 3:
        holding = [key for key in known if wanted in key]
        if holding:
            return known[min(holding, key=len)]
    near = difflib.get_close_matches(wanted, known, n=1, cutoff=0.6)
    return known[near[0]] if near else None


def _index() -> dict[str, Option]:
    found = dict(OPTIONS)
    for option in OPTIONS.values():
        found.setdefault(option.short, option)
    endings: dict[str, list[Option]] = {}
    for option in OPTIONS.values():
        for start in range(1, len(option.path) - 1):
            endings.setdefault(".".join(option.path[start:]), []).append(option)
    for ending, owners in endings.items():
        if len(owners) == 1:
            found.setdefault(ending, owners[0])
    return found


_BY_NAME = _index()

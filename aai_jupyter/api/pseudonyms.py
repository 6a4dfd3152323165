"""Pseudonyms of transcripts: what is found by the engine and without it, the key file, the view."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aai_jupyter.client.entity_api import find_entities
from aai_jupyter.errors import AaiError, UsageError
from aai_jupyter.runtime.process import runtime
from aai_jupyter.settings.notices import notices
from aai_jupyter.text.tokenization import split
from aai_jupyter.transcripts.pseudonyms.mentions import (
    ALL_NOUNS,
    KINDS,
    Capitals,
    Mention,
    SpokenText,
    capital_mentions,
    context_of,
    is_no_name,
    known_mentions,
)
from aai_jupyter.transcripts.pseudonyms.name_matching import Names
from aai_jupyter.transcripts.pseudonyms.proposals import names_of, propose
from aai_jupyter.transcripts.pseudonyms.pseudonymised_view import pseudonymised as view_of
from aai_jupyter.transcripts.pseudonyms.restored_view import restored_view
from aai_jupyter.transcripts.pseudonyms.study_key import StudyKey, digest_of, restored_text

if TYPE_CHECKING:
    import pandas as pd

    from aai_jupyter.client.entity_api import FoundEntities
    from aai_jupyter.transcripts.transcript import Transcript

_NAME_KINDS = ("person_name", "organization", "location")
_REGIONS = {
    "en": ("US", "GB"),
    "pt": ("PT", "BR"),
    "cs": ("CZ",),
    "da": ("DK",),
    "sv": ("SE",),
    "uk": ("UA",),
}


def pseudonyms(
    transcripts: Sequence[Transcript], key: str | Path | None = None, *, model: bool = True
) -> pd.DataFrame:
    """Propose pseudonyms; see :meth:`aai_jupyter.TranscriptSet.pseudonyms`."""
    known = StudyKey.read(key).names.names if key is not None else ()
    return _proposed(transcripts, known, model)


def _proposed(transcripts: Sequence[Transcript], known: Sequence[Any], model: bool) -> pd.DataFrame:
    spoken = [SpokenText.of(one, number) for number, one in enumerate(transcripts)]
    written = Capitals.of(spoken)
    mentions = [one for number, t in enumerate(transcripts) for one in known_mentions(t, number)]
    for one in spoken:
        mentions += [*capital_mentions(one, written), *_phone_mentions(one)]
    asked = _ask_engine(spoken) if model and any(one.turns for one in spoken) else None
    if asked is not None:
        mentions += _engine_mentions(spoken, asked)
    frame = propose(mentions, spoken, known)
    has_model = asked is not None and asked.names
    frame.attrs["languages"] = {one.language: _how(one.language, has_model) for one in spoken}
    return frame


def _how(language: str, has_model: bool) -> str:
    if language == "en" and has_model:
        return "a model of English names, and words with a capital inside a sentence"
    if language in ALL_NOUNS:
        return "names of speakers, and words after a title: other nouns have a capital, too"
    return "words with a capital inside a sentence; no model"


def _ask_engine(spoken: Sequence[SpokenText]) -> FoundEntities | None:
    """Return what the local engine finds; None where there is no engine."""
    from aai_jupyter.client import Client
    from aai_jupyter.jobs.engine import ensure_engine

    rt = runtime()
    texts = [split(text) for one in spoken for text in one.turns]
    try:
        endpoint = ensure_engine(rt.settings)

        async def ask() -> FoundEntities:
            async with Client(endpoint) as client:
                return await find_entities(client.http, texts)

        return rt.bridge.run(ask())
    except AaiError as error:
        notices.tell(f"Names were looked for without the local engine: {error.short}")
        return None


def _engine_mentions(spoken: Sequence[SpokenText], asked: FoundEntities) -> Iterator[Mention]:
    turns = [(one, split(text)) for one in spoken for text in one.turns]
    for number, first, last, kind in asked.entities:
        one, words = turns[number]
        if kind not in KINDS or (kind in _NAME_KINDS and one.language != "en"):
            continue
        said, before = " ".join(words[first:last]), len(" ".join(words[:first]))
        if kind in _NAME_KINDS and is_no_name(said):
            continue
        start = before + bool(before)
        how = "model" if kind in _NAME_KINDS else "pattern"
        context = context_of(" ".join(words), start, start + len(said))
        yield Mention(said, KINDS[kind], how, one.recording, context)


def _phone_mentions(spoken: SpokenText) -> Iterator[Mention]:
    """Yield telephone numbers of any country, where the library that knows them is installed."""
    if find_spec("phonenumbers") is None:
        return
    phonenumbers: Any = import_module("phonenumbers")
    regions = _REGIONS.get(spoken.language, (spoken.language.upper(),))
    for text in spoken.turns:
        if not any(map(str.isdigit, text)):
            continue
        found = {
            (match.start, match.end): match.raw_string
            for region in regions
            for match in phonenumbers.PhoneNumberMatcher(text, region)
        }
        for (start, end), said in found.items():
            yield Mention(said, "phone", "pattern", spoken.recording, context_of(text, start, end))


def pseudonymised(
    transcripts: Sequence[Transcript], names: pd.DataFrame | None, key: str | Path
) -> tuple[list[Transcript], Callable[[str], str]]:
    """Return views with pseudonyms, and what replaces the names in any other text; writes the key."""
    while True:
        study = StudyKey.read(key)
        views = _views(transcripts, names, study, key)
        if study.is_current(key):  # else another kernel gave pseudonyms: those count, and these begin anew
            break
    study.write(key)
    return views, study.names.text


def _views(
    transcripts: Sequence[Transcript], names: pd.DataFrame | None, study: StudyKey, key: str | Path
) -> list[Transcript]:
    spoken = [SpokenText.of(one, number) for number, one in enumerate(transcripts)]
    if names is not None:
        others = {*study.recordings} - {study.name_of(one) for one in transcripts}
        study.names = names_of(names, spoken).joined(study.names if others else Names())
    elif new := [n for n, one in enumerate(spoken) if not study.is_looked_through(one)]:
        known = {one.pseudonym for one in study.names.names}
        frame = _proposed([transcripts[n] for n in new], study.names.names, True)
        study.names = names_of(frame, [spoken[n] for n in new]).joined(study.names)
        added = len({one.pseudonym for one in study.names.names} - known)
        notices.tell(
            f"{added} new names in {len(new)} recordings got pseudonyms without your pass; names that were "
            f"not found are left. See: calls.pseudonyms(key={str(key)!r})"
        )
    views = []
    for transcript, said in zip(transcripts, spoken, strict=True):
        called = study.name_of(transcript) or study.free_name()
        view, keyed = view_of(transcript, study.names, called, study.id_of(called))
        keyed.spoken = digest_of(said)
        study.recordings[called] = keyed
        views.append(view)
    return views


def restored_names(
    transcripts: Sequence[Transcript], key: str | Path
) -> tuple[list[Transcript], Callable[[str], str]]:
    """Return the transcripts of views with their names again."""
    if not Path(key).expanduser().exists():
        raise UsageError(f"There is no key {key}.", hint="Say where the key file of the study is.")
    study = StudyKey.read(key)
    names = study.names.names
    return [restored_view(one, study) for one in transcripts], lambda text: restored_text(text, names)


def names_to_search(transcripts: Sequence[Transcript], key: str | Path | None) -> Names:
    """Return the names of the key, of the setting ``privacy``, or those that are found."""
    chosen = key if key is not None else runtime().settings.privacy
    if chosen is not None:
        return StudyKey.read(chosen).names
    spoken = [SpokenText.of(one, number) for number, one in enumerate(transcripts)]
    return names_of(_proposed(transcripts, (), True), spoken)

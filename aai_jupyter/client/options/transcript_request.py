"""Options, as somebody gave them, to the body of ``POST /v2/transcript``; or all their errors at once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aai_jupyter.client.options import object_rules, option_rules
from aai_jupyter.client.options.default_values import without_defaults
from aai_jupyter.client.options.given_options import Examination
from aai_jupyter.client.options.option import Option
from aai_jupyter.client.options.option_table import OPTIONS, closest, find_option
from aai_jupyter.client.options.option_values import Problem, coerce, plain, show
from aai_jupyter.client.options.vocabulary import DEFAULT_MODELS, FORMER_DEFAULTS, RETIRED_MODELS
from aai_jupyter.errors import OptionError

_MASK = "…"
# Objects on the way to an option that are no option themselves: speech_understanding.request.
_BRANCHES = {name.rpartition(".")[0] for name in OPTIONS} - {""} | {
    ".".join(option.path[:length]) for option in OPTIONS.values() for length in range(1, len(option.path))
}


@dataclass(frozen=True, repr=False)
class TranscriptRequest:
    """A checked request, without its ``audio_url``.

    Attributes
    ----------
    params : dict
        The body to send, keys in alphabetical order, models and language always explicit.
    warnings : tuple of str
        What was translated or is likely not meant; one sentence each.
    model_left : bool
        No model was named: `params` has what we send in that case.
    """

    params: dict[str, Any]
    warnings: tuple[str, ...] = ()
    model_left: bool = False

    def shown(self) -> dict[str, Any]:
        """The body as it may be printed or stored: secret values masked."""
        return {
            name: _MASK if (option := OPTIONS.get(name)) is not None and option.secret else value
            for name, value in self.params.items()
        }

    def canonical(self) -> bytes:
        """The same bytes for the same request, in whatever order its options were given.

        Secret values stand masked: they do not change the transcript, and the bytes may be stored.
        """
        return _json(self.shown())

    def identities(self) -> tuple[bytes, ...]:
        """What the result is kept under, then what else it may be found under.

        The bytes of a request that leaves the model to us do not hold our default: when that changes, what
        was transcribed before is found and not paid again. Earlier versions did put it in. Nor do they
        hold defaults of the service that were named, and lists that are sets are sorted: to spell the same
        another way pays nothing. Results of before are found by the bytes as they were then.

        Examples
        --------
        >>> build_request({"language_code": "de"}).identities()[0]
        b'{"language_code":"de"}'
        """
        shown = self.shown()
        forms = [shown]
        if self.model_left:
            sent = shown.pop("speech_models", None)
            earlier = FORMER_DEFAULTS if sent == list(DEFAULT_MODELS) else ()
            forms += [{**shown, "speech_models": models} for models in (sent, *map(list, earlier))]
        return tuple(dict.fromkeys(map(_json, [*map(without_defaults, forms), *forms])))

    def __repr__(self) -> str:
        return f"TranscriptRequest({self.shown()!r}, warnings={self.warnings!r})"


def build_request(
    options: Mapping[str, Any] | None = None, *, extra: Mapping[str, Any] | None = None
) -> TranscriptRequest:
    """Check options and put them into the shape the API wants.

    Parameters
    ----------
    options : mapping
        Parameters by API name, nested as in the API (``speaker_options={"min_speakers_expected": 2}``),
        dotted, or by the short name of a nested one (``min_speakers_expected=2``). None: not given.
    extra : mapping, optional
        Parameters sent as they are, unchecked, over the others: for what this version does not know.

    Returns
    -------
    TranscriptRequest

    Raises
    ------
    OptionError
        Names everything that is wrong, not just the first thing. Nothing was sent.

    Examples
    --------
    >>> build_request({"speaker_labels": "true", "min_speakers_expected": 2, "language_code": "en"}).params
    {'language_code': 'en', 'speaker_labels': True, 'speaker_options': {'min_speakers_expected': 2}, \
'speech_models': ['assemblyai-stt-3-7', 'universal-2']}
    """
    collected = _Collected()
    for name, value in (options or {}).items():
        collected.add(name, value)
    try:
        more = plain(dict(extra or {}))
    except Problem as problem:
        collected.problems.append(problem)
        more = {}
    if "audio_url" in more:
        collected.problems.append(_no_audio_url())
    params = _merge(collected.nested(), more)
    request = Examination(
        params, collected.given, frozenset(collected.failed), collected.problems, collected.warnings
    )
    option_rules.check(request, unchecked=frozenset(more))
    object_rules.check(request)
    if request.problems:
        raise _as_error(request.problems)
    named = "speech_models" in collected.given or "speech_models" in more
    return TranscriptRequest(_sorted(request.params), tuple(request.warnings), not named)


def overlay(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Lay options over those of a profile: the same parameter under another name is replaced too.

    Examples
    --------
    >>> overlay({"speaker_options": {"min_speakers_expected": 2}}, {"min_speakers_expected": 3})
    {'speaker_options.min_speakers_expected': 3}
    """
    return {**dict(_leaves(below)), **dict(_leaves(above))}


def _leaves(options: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in options.items():
        option = find_option(above + key)
        name = option.name if option is not None else above + key
        if name in _BRANCHES and isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{name}.")
        elif value is not None:
            yield name, value


class _Collected:
    """Options by full name, their problems and warnings."""

    def __init__(self) -> None:
        self.given: dict[str, Any] = {}
        self.failed: set[str] = set()
        self.problems: list[Problem] = []
        self.warnings: list[str] = []

    def add(self, name: str, value: Any) -> None:
        if value is None:
            return
        option = find_option(name)
        try:
            if option is None:
                if name in _BRANCHES and isinstance(value, Mapping):
                    self._descend(name, value)
                    return
                raise _unknown(name)
            if option.removed:
                raise Problem(f"{show(option)} is refused: {option.deprecated}.")
            self._put(option, value)
        except Problem as problem:
            self.problems.append(problem)
            if option is not None:
                self.failed.add(option.replaced_by or option.name)

    def nested(self) -> dict[str, Any]:
        body: dict[str, Any] = {}
        for name in sorted(self.given):  # containers before what they contain
            *above, last = name.split(".")
            place = body
            for key in above:
                place = place.setdefault(key, {})
            place.setdefault(last, self.given[name])
        return body

    def _put(self, option: Option, value: Any) -> None:
        if option.replaced_by is not None:
            new = OPTIONS[option.replaced_by]
            cost = f" (+${new.price:.2f} per hour with models before 3.7)" if new.price else ""
            self.warnings.append(
                f"{option.name} is deprecated: {option.deprecated}; sent as {new.name}{cost}."
            )
            option = new
        elif option.deprecated is not None:
            self.warnings.append(f"{show(option)} is deprecated: {option.deprecated}.")
        if option.name == "speech_models":
            value = self._current_models(option, value)
        result = coerce(option, value, self.warnings)
        if option.name in _BRANCHES:
            self.given.setdefault(option.name, {})
            self._descend(option.name, result)
            return
        if option.name in self.given and self.given[option.name] != result:
            values = "" if option.secret else f", as {self.given[option.name]!r} and {result!r}"
            raise Problem(f"{show(option)} is given twice{values}.", "Keep one of them.")
        self.given[option.name] = result

    def _descend(self, name: str, values: Mapping[str, Any]) -> None:
        for key, value in values.items():
            self.add(f"{name}.{key}", value)

    def _current_models(self, option: Option, value: Any) -> Any:
        unchecked = plain(value)
        if isinstance(unchecked, str):
            unchecked = [part.strip() for part in unchecked.split(",")] if "[" not in unchecked else unchecked
        if not isinstance(unchecked, list):
            return unchecked
        models: list[Any] = []
        for model in unchecked:
            new = RETIRED_MODELS.get(model) if isinstance(model, str) else None
            if new is not None:
                self.warnings.append(f"The model {model} is retired; sent as {', '.join(new)}.")
            models += new or [model]
        return list(dict.fromkeys(models)) if all(isinstance(model, str) for model in models) else models


_FILLERS = (
    "disfluencies=True keeps the fillers that the model writes. That all of them, and false starts, are kept "
    "no model here promises: Whisper, which the local engine runs, leaves most of them out."
)
_EVENTS = (
    "Laughter, coughs and noise are in the text where the model writes them, such as [laughter]; "
    "remove_audio_tags takes them out. The local engine has no model that tells them."
)
_WISHES = {
    **dict.fromkeys(("verbatim", "fillers", "filler_words"), _FILLERS),
    **dict.fromkeys(("events", "audio_events", "sound_events"), _EVENTS),
}
"""What people ask for under names of other programs, and why it is not an option."""


def _unknown(name: str) -> Problem:
    if name == "audio_url":
        return _no_audio_url()
    if name in _WISHES:
        return Problem(f"{name} is not an option.", _WISHES[name])
    near = closest(name, _names_near(name))
    known = find_option(near) if near else None
    suggestion = f"Did you mean {near}{_instead(known)}? " if near else ""
    top, *rest = name.split(".")
    sent = repr({top: "..."}) if not rest else f"{{{top!r}: {{...}}}}"
    return Problem(
        f"{show(name)} is not an option.",
        f"{suggestion}To send a parameter this version does not know: extra={sent}.",
    )


def _instead(option: Option | None) -> str:
    return f" (deprecated: {option.deprecated})" if option is not None and option.deprecated else ""


def _names_near(name: str) -> Iterator[str]:
    """Names worth suggesting: of the same object first, else any."""
    above = name.rpartition(".")[0]
    if above in _BRANCHES:
        yield from (known for known in OPTIONS if known.startswith(above + "."))
    else:
        yield from (option.short for option in OPTIONS.values() if not option.removed)


def _no_audio_url() -> Problem:
    return Problem("audio_url is not an option.", "Give the file or URL as the source.")


def _merge(body: dict[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    for key, value in more.items():
        old = body.get(key)
        body[key] = _merge(dict(old), value) if isinstance(old, dict) and isinstance(value, dict) else value
    return body


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    return value


def _json(value: Any) -> bytes:
    return json.dumps(
        value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    ).encode()


def _as_error(problems: list[Problem]) -> OptionError:
    seen = {problem.text: problem for problem in problems}
    if len(seen) == 1:
        (only,) = seen.values()
        return OptionError(only.text, hint=only.hint)
    lines = [f"{len(seen)} options are wrong."]
    for problem in seen.values():
        lines.append(f"  • {problem.text}{' ' + problem.hint if problem.hint else ''}")
    return OptionError("\n".join(lines))

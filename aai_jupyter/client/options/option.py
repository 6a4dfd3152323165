"""What one request parameter is: the class behind the tables of `catalog/`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["bool", "int", "float", "str", "list", "object"]


@dataclass(frozen=True, slots=True)
class Option:
    """One parameter: its name, type, range, meaning, and how it goes with others.

    Flags, completion, validation, the docs tables and the price estimate all read it. The local engine, which
    judges requests as the service does, has a table of its own: `local/fields.py`.

    Parameters
    ----------
    name : str
        The API's name; a nested parameter is dotted: ``"speaker_options.min_speakers_expected"``.
    kind : {"bool", "int", "float", "str", "list", "object"}
        JSON type of the value.
    group, help : str
        Heading it stands under, and one sentence for people.
    alias : str, optional
        Short name of a nested parameter where its last part alone would say too little or is taken.
    default : Any
        What the service does when the parameter is not sent. None: nothing, or not documented.
    choices : tuple of str
        The values we know, or for a list: those of its items. Empty: any.
    items : {"str", "object"}
        What a list holds.
    minimum, maximum : float, optional
        Range of a number, both ends included.
    max_items : int, optional
        Longest list; `model_max_items` has the limits of single models.
    max_words, max_length : int, optional
        Most words, most characters of the text or of each item.
    max_total : int, optional
        Most characters of all items of a list together.
    mistaken : str, optional
        What people mean who give a value of another type.
    commas : bool
        A text given for a list is split at its commas. Off for lists of sentences.
    pattern : str, optional
        Regular expression the whole text must match, with `pattern_help` saying it in words.
    unit : str, optional
        Unit of a number.
    models : tuple of str
        The models that take it. Empty: all.
    requires : tuple of str
        Options that must be on (their value, or their default, true) for this one to have a meaning.
    conflicts : tuple of str
        Options that may not be on together with this one.
    required : bool
        Its object means nothing without it.
    deprecated, replaced_by : str, optional
        Why it should not be used, and the option that its value is sent as instead.
    unpublished : tuple of str
        Models whose limits of length are not published: to them a longer value is sent, with a warning.
    strict : str, optional
        Why a value outside `choices` is refused. Without it, one that is no misspelling is sent, with a
        warning: it may be newer than this version.
    refused : mapping of str to str
        Values that are refused, and why.
    removed : bool
        The service no longer does anything with it: it is refused, with `deprecated` as the reason.
    price : float, optional
        Add-on in USD per hour of audio; for the values in `price_values` only, if there are any.
    price_unknown : bool
        It is charged for, but no public price was found.
    price_models : tuple of str
        Models that charge for it; with the others it is included. Empty: all charge.
    live : bool
        It may be changed while a real-time session runs.
    secret : bool
        The value must not be shown.
    """

    name: str
    kind: Kind
    group: str
    help: str
    alias: str | None = None
    default: Any = None
    choices: tuple[str, ...] = ()
    items: Literal["str", "object"] = "str"
    minimum: float | None = None
    maximum: float | None = None
    max_items: int | None = None
    model_max_items: Mapping[str, int] = field(default_factory=dict)
    max_words: int | None = None
    max_length: int | None = None
    max_total: int | None = None
    mistaken: str | None = None
    commas: bool = True
    pattern: str | None = None
    pattern_help: str = ""
    unit: str | None = None
    models: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    required: bool = False
    deprecated: str | None = None
    replaced_by: str | None = None
    unpublished: tuple[str, ...] = ()
    strict: str | None = None
    refused: Mapping[str, str] = field(default_factory=dict)
    removed: bool = False
    price: float | None = None
    price_values: tuple[str, ...] = ()
    price_unknown: bool = False
    price_models: tuple[str, ...] = ()
    live: bool = False
    secret: bool = False

    @property
    def path(self) -> tuple[str, ...]:
        """The keys that lead to the value in the request body."""
        return tuple(self.name.split("."))

    @property
    def short(self) -> str:
        """The name as one word: ``"min_speakers_expected"``."""
        return self.alias or self.path[-1]

    @property
    def flag(self) -> str:
        """The name on a magic's line: ``"--min-speakers-expected"``."""
        return "--" + self.short.replace("_", "-")

"""Declaration of a magic's flags, service options and words; read by parser, help and Tab."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from aai_jupyter.client.options.option import Kind, Option
from aai_jupyter.text.line_words import LineWord

Completes = Literal["path", "folder", "variable"]
FlagKind = Kind | Literal["variable", "value"]
Choices = tuple[str, ...] | Callable[[], Iterable[str]]


@dataclass(frozen=True)
class Flag:
    """A flag that belongs to a magic itself, such as ``--dry-run``; service parameters are `Option`.

    Parameters
    ----------
    name : str
        Key of the parsed value; the flag is it with hyphens: ``"dry_run"`` -> ``--dry-run``.
    help : str
        One sentence.
    kind : str
        "bool" is a switch without a value (no ``--no-`` form); others take one. "variable" takes names of
        variables, or ``{expressions}``, and gives the list of their objects; "value" takes one object in the
        same way, or text that names no variable.
    short : str, optional
        One-letter form: ``"-p"``.
    metavar : str, optional
        What its value is called in the help text.
    choices : tuple of str or callable
        The values it takes; a callable is asked for them when they are needed, and not checked by the parser.
    default : Any
        Value when the flag is not given. For a switch always False.
    minimum, maximum : float, optional
        Range of a number.
    completes : {"path", "folder", "variable"}, optional
        What Tab offers for its value.
    fits : callable, optional
        Of the variables, Tab offers those for whose value this is true.
    """

    name: str
    help: str
    kind: FlagKind = "bool"
    short: str | None = None
    metavar: str | None = None
    choices: Choices = ()
    default: Any = None
    minimum: float | None = None
    maximum: float | None = None
    completes: Completes | None = None
    fits: Callable[[Any], bool] | None = None

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")

    @property
    def option(self) -> Option:
        """The rules for its value, in the form that `coerce` reads."""
        return Option(
            self.name,
            self.kind if self.kind not in ("variable", "value") else "str",  # type: ignore[arg-type]
            "",
            self.help,
            choices=self.choices if isinstance(self.choices, tuple) else (),
            strict="it is read here, not by the service",
            minimum=self.minimum,
            maximum=self.maximum,
        )


@dataclass(frozen=True)
class MagicSpec:
    """Everything that can stand on a magic's line.

    Parameters
    ----------
    name : str
        Name without ``%``.
    summary : str
        One sentence, the first of the help text.
    usage : tuple of str
        The forms in which it is written; one help line each.
    words : str
        Name of the positional words in help, such as ``"SOURCE"``; empty: it takes none.
    words_help : str
        One sentence on them.
    words_choices : tuple of str or callable
        What Tab offers for the first word (subcommands, ids). Not checked by the parser.
    words_complete : {"path", "folder", "variable"}, optional
        What else Tab offers for words.
    max_words : int, optional
        Most words; None: any number.
    flags : tuple of Flag
        The magic's own flags.
    options : mapping of str to Option
        Service parameters taken as flags, usually `OPTIONS`.
    assigns : bool
        ``--as NAME`` and ``NAME <<`` store the result.
    prose : bool
        It takes one text: in quotes, or all that stands behind the flags, which is then taken as it stands.
        Tab offers variables behind ``{{`` in the cell's body.
    notes : str
        Further text at the end of the help.
    examples : tuple of str
        Lines that work.
    variants : mapping of str to MagicSpec
        What the line takes instead when this flag stands on it: ``{"--clip": ...}``.
    """

    name: str
    summary: str
    usage: tuple[str, ...]
    words: str = ""
    words_help: str = ""
    words_choices: Choices = ()
    words_complete: Completes | None = None
    max_words: int | None = None
    flags: tuple[Flag, ...] = ()
    options: Mapping[str, Option] = field(default_factory=dict)
    assigns: bool = False
    prose: bool = False
    notes: str = ""
    examples: tuple[str, ...] = ()
    variants: Mapping[str, MagicSpec] = field(default_factory=dict)

    def for_words(self, words: Iterable[LineWord]) -> MagicSpec:
        """Return the declaration of a line with these words."""
        for word in words if self.variants else ():
            if word.text == "--":
                break
            if not word.quoted and word.text in self.variants:
                return self.variants[word.text]
        return self

    @cached_property
    def own_flags(self) -> tuple[Flag, ...]:
        """The declared flags, and the flags that every magic has."""
        store = (
            (Flag("as", "Store the result in this variable.", "str", metavar="NAME"),) if self.assigns else ()
        )
        return (*store, *self.flags, Flag("help", "Show this text.", short="-h"))

    @cached_property
    def by_flag(self) -> dict[str, tuple[Flag | Option, bool]]:
        """Spelling of a flag -> what it stands for, and whether it switches that on."""
        found: dict[str, tuple[Flag | Option, bool]] = {}
        for option in self.options.values():
            found[option.flag] = (option, True)
            if option.kind == "bool":
                found["--no-" + option.flag[2:]] = (option, False)
        for flag in self.own_flags:
            found[flag.flag] = (flag, True)
            if flag.short:
                found[flag.short] = (flag, True)
        return found

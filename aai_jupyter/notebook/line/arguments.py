"""Parser of a magic's line: ``%transcribe a.wav "b c.wav" --speaker-labels --as talk``.

Written here rather than on argparse, which takes abbreviations of flags by default, cannot carry Python
objects (``--keyterms-prompt {terms}``), takes ``"-5 degrees"`` for a flag, and stops at the first error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aai_jupyter.client.options.option import Option
from aai_jupyter.client.options.option_table import closest
from aai_jupyter.client.options.option_values import Problem
from aai_jupyter.errors import UsageError
from aai_jupyter.notebook.line.expansion import expand_word
from aai_jupyter.notebook.line.flag_values import choices_hint, kept_value, may_be_bare, switch_hint, value_of
from aai_jupyter.notebook.line.help import docstring
from aai_jupyter.notebook.line.spec import Flag, MagicSpec
from aai_jupyter.runtime.variable import identifier
from aai_jupyter.text.line_words import LineWord, comment, split_words

__all__ = ["Arguments", "Flag", "MagicSpec", "docstring", "identifier", "parse", "parse_words"]

_NUMBER = re.compile(r"-\.?\d")
_TRUTHS = ("true", "false")
_IS_JSON = re.compile(r"\s*[\[{]")


@dataclass
class Arguments:
    """A parsed line.

    Attributes
    ----------
    words : list
        Positional words: text, or the object that ``{expression}`` stood for.
    bare : list of bool
        For each word, whether it is unquoted text that stands there as it is: only such a word may be the
        name of a variable.
    flags : dict
        The magic's own flags by name (``flags["dry_run"]``), each with its default; also as attributes.
    options : dict
        Service parameters by API name, as given: text is not converted yet. Pass them to `build_request`
        or to ``transcribe(**options)``.
    target : str or None
        Variable that takes the result (``--as NAME``, ``NAME <<``).
    silent : bool
        The line ends with ``;``: show nothing.
    help : bool
        ``-h`` or ``--help`` was given: print ``docstring(spec)`` and do nothing else.
    spec : MagicSpec or None
        What the line takes: the magic's own, or a variant of it.
    comment : str
        What stood behind ``#``, with it.
    """

    words: list[Any] = field(default_factory=list)
    bare: list[bool] = field(default_factory=list)
    flags: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    target: str | None = None
    silent: bool = False
    help: bool = False
    spec: MagicSpec | None = None
    comment: str = ""

    def __getattr__(self, name: str) -> Any:
        flags = self.__dict__.get("flags", {})
        if name in flags:
            return flags[name]
        raise AttributeError(name)


def parse(spec: MagicSpec, line: str, namespace: Mapping[str, Any] | None = None) -> Arguments:
    """Read a line.

    Parameters
    ----------
    spec : MagicSpec
        What the magic takes.
    line : str
        The line after the magic's name.
    namespace : mapping, optional
        Variables for ``{expression}``; None: nothing is expanded.

    Returns
    -------
    Arguments

    Raises
    ------
    UsageError
        An unknown flag (with the nearest one), a flag without its value, a quote that is not closed, an
        undefined name, a variable name that is none. All flags that are wrong are named together.

    Examples
    --------
    >>> from aai_jupyter.client.options.option_table import OPTIONS
    >>> spec = MagicSpec("transcribe", "Speech to text.", (), words="SOURCE", options=OPTIONS, assigns=True)
    >>> found = parse(spec, 'talk << "my talk.wav" --speaker-labels --min-speakers-expected 2')
    >>> found.words, found.target, found.options
    (['my talk.wav'], 'talk', {'speaker_labels': True, 'speaker_options.min_speakers_expected': '2'})
    """
    return _Reader(spec.for_words(split_words(line, partial=True)), namespace).read(line)


def parse_words(spec: MagicSpec, words: Sequence[str]) -> Arguments:
    """Read the words of a command line, which a shell has split and expanded already.

    Raises
    ------
    UsageError
        As :func:`parse`.

    Examples
    --------
    >>> spec = MagicSpec("transcribe", "Speech to text.", (), words="SOURCE", flags=(Flag("quiet", "..."),))
    >>> found = parse_words(spec, ["my talk #1.wav", "--quiet"])
    >>> found.words, found.quiet
    (['my talk #1.wav'], True)
    """
    return _Reader(spec, None).take([LineWord(word, 0, 0, literal=True) for word in words])


class _Reader:
    def __init__(self, spec: MagicSpec, namespace: Mapping[str, Any] | None) -> None:
        self.spec = spec
        self.namespace = namespace
        self.result = Arguments(flags={flag.name: _default(flag) for flag in spec.own_flags}, spec=spec)
        self.problems: list[Problem] = []

    def read(self, line: str) -> Arguments:
        begin = self._prose(line) if self.spec.prose else None
        if begin is not None:
            self._take_prose(line[begin:], meant=line[:begin].endswith("--"))
            line = line[:begin]
        split = split_words(line)
        self.result.comment = comment(line, split)
        words = self._without_semicolon(split)
        return self.take(self._without_target(words))

    def take(self, words: list[LineWord]) -> Arguments:
        """Read words."""
        ended = False
        place = 0
        while place < len(words):
            word = words[place]
            place += 1
            if ended or not _is_flag(word):
                self._positional(word)
            elif word.text == "--":
                ended = True
            else:
                place = self._flag(word, words, place)
        return self._finished()

    def _prose(self, line: str) -> int | None:
        """Return where text that is taken as it stands begins; None without one, or if it is quoted."""
        words = split_words(line, partial=True)
        place = 2 if self.spec.assigns and len(words) > 1 and words[1].text == "<<" else 0
        while place < len(words):
            word = words[place]
            if word.quoted:
                return None
            if word.text == "--":
                return word.end
            if not _is_flag(word):
                return word.start
            entry = self.spec.by_flag.get(word.text.replace("_", "-"))
            place += 2 if entry is not None and entry[0].kind != "bool" else 1
        return None

    def _take_prose(self, text: str, *, meant: bool) -> None:
        for word in () if meant else split_words(text, partial=True):
            if self._known_flag(word) and word.text != "--":
                raise UsageError(
                    f"{word.text} stands behind the text, and would be a part of it.",
                    hint="Put flags before the text, or the text in quotes or behind -- .",
                )
        text = text.strip()
        if text.endswith(";"):
            self.result.silent, text = True, text.rstrip("; ")
        self.result.words.append(text)
        self.result.bare.append(False)

    def _without_semicolon(self, words: list[LineWord]) -> list[LineWord]:
        last = words[-1] if words else None
        if last is None or last.literal or not last.text.endswith(";"):
            return words
        self.result.silent = True
        text = last.text.rstrip("; ")
        rest = words[:-1]
        return [*rest, LineWord(text, last.start, last.end, last.quoted, last.literal)] if text else rest

    def _without_target(self, words: list[LineWord]) -> list[LineWord]:
        if not self.spec.assigns or len(words) < 2 or words[1].text != "<<" or words[1].quoted:
            return words
        self.result.target = identifier(words[0].text)
        return words[2:]

    def _positional(self, word: LineWord) -> None:
        self.result.words.append(self._expanded(word))
        self.result.bare.append(not word.quoted and self.result.words[-1] is word.text)

    def _expanded(self, word: LineWord) -> Any:
        return word.text if self.namespace is None else expand_word(word, self.namespace)

    def _flag(self, word: LineWord, words: list[LineWord], place: int) -> int:
        """Store one flag; return the place after its value."""
        name, equals, attached = word.text.partition("=")
        name = name.replace("_", "-")
        entry = self.spec.by_flag.get(name)
        if entry is None:
            self.problems.append(self._unknown(name))
            return place
        what, on = entry
        value: Any
        if what.kind == "bool" and not equals:
            value = on
            after = words[place] if place < len(words) else None
            if after is not None and not after.quoted and after.text.lower() in _TRUTHS:
                self.problems.append(
                    Problem(f"{name} takes no value, such as {after.text}.", switch_hint(what))
                )
                return place + 1
        elif not on or (isinstance(what, Flag) and what.kind == "bool"):
            self.problems.append(Problem(f"{name} takes no value."))
            return place
        elif equals:
            value = value_of(
                what, LineWord(attached, word.start, word.end, literal=word.literal), self.namespace
            )
        elif may_be_bare(what) and not (place < len(words) and _IS_JSON.match(words[place].text)):
            value = {}
        elif place < len(words) and not self._known_flag(words[place]):
            value = value_of(what, words[place], self.namespace)
            place += 1
        else:
            self.problems.append(Problem(f"{name} needs a value.", choices_hint(what)))
            return place
        self._store(what, value)
        return place

    def _known_flag(self, word: LineWord) -> bool:
        return _is_flag(word) and word.text.partition("=")[0].replace("_", "-") in {*self.spec.by_flag, "--"}

    def _store(self, what: Flag | Option, value: Any) -> None:
        kept = self.result.flags if isinstance(what, Flag) else self.result.options
        try:
            kept[what.name] = kept_value(what, kept.get(what.name), value)
        except Problem as problem:
            self.problems.append(problem)

    def _unknown(self, name: str) -> Problem:
        long = [flag[2:] for flag in self.spec.by_flag if flag.startswith("--")]
        near = closest(name.lstrip("-"), long)
        magic = f"%{self.spec.name}"
        hint = (
            f"Did you mean --{near}?" if near else f"See {magic} --help. For a file of that name: -- {name}"
        )
        return Problem(f"{magic} has no flag {name}.", hint)

    def _finished(self) -> Arguments:
        result = self.result
        result.help = result.flags.pop("help")
        if result.help:
            return result
        named = result.flags.pop("as", None)
        if named is not None and result.target is not None:
            self.problems.append(Problem("The result has two names: --as and <<.", "Keep one of them."))
        elif named is not None:
            result.target = identifier(named)
        most = self.spec.max_words
        if most is not None and len(result.words) > most:
            self.problems.append(
                Problem(
                    f"%{self.spec.name} takes {most or 'no'} {self.spec.words or 'words'}, "
                    f"not {len(result.words)}.",
                    "Put text with spaces in quotes." if most else None,
                )
            )
        if len(self.problems) == 1:
            raise UsageError(self.problems[0].text, hint=self.problems[0].hint)
        if self.problems:
            raise UsageError(
                "\n  • ".join(
                    [f"{len(self.problems)} things are wrong with the line.", *map(_one_line, self.problems)]
                )
            )
        return result


def _one_line(problem: Problem) -> str:
    return f"{problem.text} {problem.hint}" if problem.hint else problem.text


def _default(flag: Flag) -> Any:
    return False if flag.kind == "bool" else flag.default


def _is_flag(word: LineWord) -> bool:
    text = word.text
    return not word.quoted and len(text) > 1 and text.startswith("-") and not _NUMBER.match(text)

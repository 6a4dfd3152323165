"""Tab completion on the line of a magic: flags, their values, files, profiles, variables.

IPython 8.6 gave completers a context (text, cursor, what they replace). Older ones, such as the 7.34 of
Colab, take words that replace one token, and add Python names to everything but the answers of their
``magic_arg_matchers``: so that list is used there. The ``complete_command`` hook is not: it offers Python
names dressed as flags (``--abs``).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aai_jupyter.client.options.option import Option
from aai_jupyter.client.sources.formats import MEDIA_EXTENSIONS
from aai_jupyter.notebook.line.call_completion import method_names, option_names
from aai_jupyter.notebook.line.spec import Flag, MagicSpec
from aai_jupyter.text.line_words import LineWord, quote, split_words

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

IDENTIFIER = "aai_jupyter"
_IN_BODY = re.compile(r"\{\{\s*(\w*)$")
_MOST = 500  # entries of one folder
_MAGIC = re.compile(r"\s*+(?:[\w.,\[\]\"' ]++=\s*+)?%{1,2}(\w++)(\s.*)?$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Offer:
    """One completion: the text that replaces the fragment, and its kind (``param``, ``path``, ...)."""

    text: str
    kind: str


def register(ip: InteractiveShell, specs: Mapping[str, MagicSpec] | Iterable[MagicSpec]) -> None:
    """Complete the lines of these magics with Tab; replaces an earlier registration.

    A mapping of names is asked for a magic when that is completed for the first time.
    """
    unregister(ip)
    by_name = specs if isinstance(specs, Mapping) else {spec.name: spec for spec in specs}
    try:
        from IPython.core.completer import context_matcher
    except ImportError:
        matcher = _token_matcher(ip, by_name)
    else:
        matcher = context_matcher(identifier=IDENTIFIER, priority=10)(_context_matcher(ip, by_name))
    matcher.matcher_identifier = IDENTIFIER
    _matchers(ip).append(matcher)


def unregister(ip: InteractiveShell) -> None:
    """Remove our completer from the shell; others stay."""
    matchers = _matchers(ip)
    matchers[:] = [
        matcher for matcher in matchers if getattr(matcher, "matcher_identifier", None) != IDENTIFIER
    ]


def _matchers(ip: InteractiveShell) -> list[Any]:
    """Return the shell's own list of matchers, which ours is added to."""
    from IPython.core import completer

    shell_completer: Any = ip.Completer
    ours = "custom_matchers" if hasattr(completer, "context_matcher") else "magic_arg_matchers"
    found: list[Any] = getattr(shell_completer, ours)
    return found


def complete(
    specs: Mapping[str, MagicSpec],
    before: str,
    namespace: Mapping[str, Any] | None = None,
    *,
    cell: str = "",
) -> tuple[str, list[Offer]]:
    """Complete the end of a line.

    Parameters
    ----------
    specs : mapping of str to MagicSpec
        The magics, by name.
    before : str
        The line up to the cursor.
    namespace : mapping, optional
        The user's variables.
    cell : str
        First line of the cell, if the line is one below it.

    Returns
    -------
    fragment : str
        The end of `before` that an offer replaces.
    offers : list of Offer

    Examples
    --------
    >>> from aai_jupyter.client.options.option_table import OPTIONS
    >>> spec = MagicSpec("transcribe", "", (), options=OPTIONS)
    >>> complete({"transcribe": spec}, "%transcribe --speaker-l")
    ('--speaker-l', [Offer(text='--speaker-labels', kind='param')])
    """
    variables = namespace or {}
    found = _MAGIC.match(before)
    if found is not None and found[1] in specs and found[2]:
        return _on_line(specs[found[1]], found[2], variables)
    top = _MAGIC.match(cell)
    if top is not None and cell.lstrip().startswith("%%") and top[1] in specs:
        spec = specs[top[1]]
        if spec.prose and (opened := _IN_BODY.search(before)):
            fits = [name for name in sorted(variables) if _fits(name, opened[1])]
            return opened[1], [Offer(name, "instance") for name in fits]
        if spec.words_complete == "path":  # one source on each line of the body
            fragment = before.lstrip()
            return fragment, [Offer(text, "path") for text in _paths(fragment, media=True)]
    return "", []


def _on_line(spec: MagicSpec, rest: str, variables: Mapping[str, Any]) -> tuple[str, list[Offer]]:
    words = split_words(rest, partial=True)
    spec = spec.for_words(words)
    current = words.pop() if words and words[-1].end == len(rest) else LineWord("", len(rest), len(rest))
    fragment = rest[current.start :]
    taker = _waiting(spec, words)
    ended = any(word.text == "--" and not word.quoted for word in words)
    if taker is None and fragment.startswith("-") and not ended:
        name, equals, value = fragment.partition("=")
        if not equals:
            return fragment, [Offer(flag, "param") for flag in _flags(spec, fragment)]
        entry = spec.by_flag.get(name.replace("_", "-"))
        if entry is None:
            return "", []
        taker, fragment = entry[0], value
    if taker is not None:
        return _values(taker, fragment, variables)
    return fragment, list(_words(spec, fragment, first=not _positionals(spec, words), variables=variables))


def _waiting(spec: MagicSpec, words: list[LineWord]) -> Flag | Option | None:
    """Return the flag at the end of the words that still needs its value."""
    if not words or words[-1].quoted or "=" in words[-1].text:
        return None
    entry = spec.by_flag.get(words[-1].text.replace("_", "-"))
    return entry[0] if entry is not None and entry[0].kind != "bool" else None


def _positionals(spec: MagicSpec, words: list[LineWord]) -> int:
    return sum(
        not word.text.startswith("-") and _waiting(spec, words[:place]) is None
        for place, word in enumerate(words)
    )


def _flags(spec: MagicSpec, start: str) -> Iterator[str]:
    wanted = start.replace("_", "-")
    for flag, (what, on) in spec.by_flag.items():
        if not flag.startswith(wanted) or not flag.startswith("--"):
            continue
        old = isinstance(what, Option) and what.deprecated is not None
        usual = isinstance(what, Flag) or (on if what.default is not True else not on)
        # The long tail only when somebody is after it: old names, and switches to what is so anyway.
        if (usual and not old) or (old and on and len(wanted) > 4) or (wanted.startswith("--no-") and not on):
            yield flag


def _values(taker: Flag | Option, fragment: str, variables: Mapping[str, Any]) -> tuple[str, list[Offer]]:
    if isinstance(taker, Flag) and taker.completes in ("path", "folder"):
        return fragment, [Offer(text, "path") for text in _quoted_paths(fragment, media=False)]
    if isinstance(taker, Flag) and taker.completes == "variable":
        fragment = fragment.rpartition(",")[2] if taker.kind == "variable" else fragment
        fits = taker.fits or (lambda value: True)
        names = [name for name, value in sorted(variables.items()) if _fits(name, fragment) and fits(value)]
        return fragment, [Offer(name, "instance") for name in names]
    if taker.kind == "list":
        fragment = fragment.rpartition(",")[2]
    choices = taker.choices if isinstance(taker.choices, tuple) else tuple(taker.choices())
    if taker.kind == "bool":
        choices = ("true", "false")
    return fragment, [Offer(choice, "keyword") for choice in choices if choice.startswith(fragment)]


def _words(spec: MagicSpec, fragment: str, *, first: bool, variables: Mapping[str, Any]) -> Iterator[Offer]:
    if first:
        choices = spec.words_choices if isinstance(spec.words_choices, tuple) else tuple(spec.words_choices())
        yield from (Offer(choice, "keyword") for choice in choices if choice.startswith(fragment))
    if spec.words_complete in ("path", "folder"):
        yield from (Offer(text, "path") for text in _quoted_paths(fragment, media=True))
    if spec.words_complete is not None and fragment.isidentifier():
        for name, value in sorted(variables.items()):
            if _fits(name, fragment) and _holds_sources(value):
                yield Offer(name, "instance")


def _fits(name: str, start: str) -> bool:
    return name.startswith(start) and not name.startswith("_") and name not in ("In", "Out")


def _holds_sources(value: Any) -> bool:
    return isinstance(value, str | bytes | os.PathLike | list | tuple | dict) or hasattr(value, "iloc")


def _quoted_paths(fragment: str, *, media: bool) -> Iterator[str]:
    mark = fragment[:1] if fragment[:1] in ("'", '"') else ""
    for path in _paths(fragment[len(mark) :], media=media):
        if not mark and quote(path) == path:
            yield path
        elif path.endswith(("/", os.sep)):
            yield (mark or quote(path)[0]) + path  # left open: the file name is still to come
        else:
            yield f"{mark}{path}{mark}" if mark and mark not in path else quote(path)


def _paths(start: str, *, media: bool) -> Iterator[str]:
    folder, name = os.path.split(start)
    written = start[: len(start) - len(name)]
    try:
        with os.scandir(os.path.expanduser(folder) or ".") as entries:
            known = sorted((entry.name, entry.is_dir()) for entry in entries if entry.name.startswith(name))
    except OSError:
        return  # no such folder, or not ours to read: nothing to offer
    separator = "\\" if "\\" in written and os.sep == "\\" else "/"
    for entry, is_folder in known[:_MOST]:
        if entry.startswith(".") and not name.startswith("."):
            continue
        if is_folder:
            yield written + entry + separator
        elif not media or os.path.splitext(entry)[1].lower() in MEDIA_EXTENSIONS:
            yield written + entry


def _context_matcher(ip: InteractiveShell, specs: Mapping[str, MagicSpec]) -> Any:
    from IPython.core.completer import SimpleCompletion

    def aai_jupyter_matcher(context: Any) -> dict[str, Any]:
        lines = context.full_text.split("\n")
        before = lines[context.cursor_line][: context.cursor_position]
        above = lines[0] if context.cursor_line else ""
        fragment, offers = complete(specs, before, ip.user_ns, cell=above)
        alone = bool(offers)
        if not offers and not above.lstrip().startswith("%%"):
            fragment, offers = _in_code("\n".join([*lines[: context.cursor_line], before]), ip.user_ns)
        completions = [SimpleCompletion(text=offer.text, type=offer.kind) for offer in offers]
        if not completions:
            return {"completions": [], "suppress": False}
        # In code IPython and Jedi may know more.
        return {"completions": completions, "suppress": alone, "matched_fragment": fragment}

    return aai_jupyter_matcher


def _in_code(before: str, namespace: Mapping[str, Any]) -> tuple[str, list[Offer]]:
    """Complete the end of a cell with Python code."""
    fragment, names = method_names(before)
    if names:
        return fragment, [Offer(name, "function") for name in names]
    fragment, names = option_names(before, namespace)
    return fragment, [Offer(name, "keyword") for name in names]


def _token_matcher(ip: InteractiveShell, specs: Mapping[str, MagicSpec]) -> Any:
    def aai_jupyter_matcher(_: str) -> list[str]:
        before = ip.Completer.text_until_cursor
        token = ip.Completer.splitter.split_line(before)
        fragment, offers = complete(specs, before, ip.user_ns)
        if not offers:
            fragment, offers = _in_code(before, ip.user_ns)
        return [text for offer in offers if (text := _for_token(offer.text, fragment, token)) is not None]

    return aai_jupyter_matcher


def _for_token(text: str, fragment: str, token: str) -> str | None:
    """Return the replacement of IPython's token, which may be a part of ours: ``"my fi`` and ``fi``."""
    surplus = len(fragment) - len(token)
    if surplus <= 0:
        return token[: -len(fragment) or None] + text if surplus else text
    return text[surplus:] if text.startswith(fragment[:surplus]) else None

"""Search for plug-ins among the installed packages, and loading of one. Nothing is imported before that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from aai_jupyter.errors import AaiError, EngineError

RECOGNIZERS = "aai_jupyter.recognizers"
DIARIZERS = "aai_jupyter.diarizers"
_METHODS = {RECOGNIZERS: "transcribe", DIARIZERS: "diarize"}
_KINDS = {RECOGNIZERS: "recognizer", DIARIZERS: "diarizer"}


@dataclass(frozen=True, slots=True)
class Plugin:
    """An entry point of an installed package.

    Attributes
    ----------
    name : str
        What ``local_model`` or ``local_diarizer`` calls it.
    group : str
        ``aai_jupyter.recognizers`` or ``aai_jupyter.diarizers``.
    package : str
        Name and version of the package that brings it.
    licence : str
        As the package states it.
    """

    name: str
    group: str
    package: str
    licence: str
    entry_point: EntryPoint

    @property
    def kind(self) -> str:
        """``recognizer`` or ``diarizer``."""
        return _KINDS[self.group]

    def __str__(self) -> str:
        return f"The {self.kind} {self.name!r} of {self.package}"

    def load(self) -> Any:
        """Import and make it.

        Raises
        ------
        EngineError
            It cannot be imported or made, or is not what it says it is; with the package's name.
        """
        with self.blamed("cannot be loaded"):
            made = self.entry_point.load()()
        if not callable(getattr(made, _METHODS[self.group], None)):
            raise EngineError(
                f"{self} cannot be used: {type(made).__name__} has no method {_METHODS[self.group]}().",
                hint=f"Tell its maker, or remove it: pip uninstall {self.package.split()[0]}",
            )
        return made

    @contextmanager
    def blamed(self, what: str) -> Iterator[None]:
        """Turn whatever the plug-in's code raises into a sentence that names its package.

        Raises
        ------
        EngineError
        """
        try:
            yield
        except AaiError:
            raise
        except (Exception, SystemExit) as error:  # code of strangers: any fault is its own, and is told
            reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            raise EngineError(
                f"{self} {what}: {reason.rstrip('.')}.",
                hint=f"Tell its maker, or remove it: pip uninstall {self.package.split()[0]}",
            ) from error


def plugins(group: str) -> list[Plugin]:
    """Return the plug-ins of a group in order of their names; nothing of them is imported.

    >>> plugins("aai_jupyter.no_such_group")
    []
    """
    found = (_plugin(one, group) for one in entry_points(group=group))
    return sorted(found, key=lambda one: (one.name, one.package))


def find_plugin(group: str, name: str) -> Plugin | None:
    """Return the plug-in of a name; None without one.

    Raises
    ------
    EngineError
        Two packages bring one of this name.
    """
    found = [one for one in plugins(group) if one.name == name]
    if len(found) > 1:
        packages = " and ".join(one.package for one in found)
        raise EngineError(
            f"{packages} both bring a {found[0].kind} called {name!r}.", hint="Uninstall one of them."
        )
    return found[0] if found else None


def _plugin(entry_point: EntryPoint, group: str) -> Plugin:
    package = entry_point.dist
    if package is None:  # only of one that was made by hand
        return Plugin(entry_point.name, group, "an unknown package", "", entry_point)
    facts = package.metadata
    stated = [facts[key] for key in ("License-Expression", "License") if key in facts]
    licence = next(filter(None, stated), "")
    named = f"{package.name} {package.version}"
    return Plugin(entry_point.name, group, named, licence.partition("\n")[0], entry_point)

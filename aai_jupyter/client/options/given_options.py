"""A request under examination: what was given, with the service's defaults behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aai_jupyter.client.options.option import Option
from aai_jupyter.client.options.option_table import OPTIONS
from aai_jupyter.client.options.option_values import Problem


@dataclass
class Examination:
    """The state that the rules read, and where they write what they find.

    Attributes
    ----------
    params : dict
        The body to send; rules may fill choices in.
    given : mapping
        Checked options by full name.
    failed : frozenset of str
        Options already found wrong: they count as on, so that one mistake is reported once.
    """

    params: dict[str, Any]
    given: Mapping[str, Any]
    failed: frozenset[str]
    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def value(self, name: str) -> Any:
        """The value to be sent, or what the service does without it."""
        found: Any = self.params
        for key in name.split("."):
            found = found.get(key) if isinstance(found, dict) else None
        return OPTIONS[name].default if found is None else found

    def on(self, name: str) -> bool:
        """Whether the option is in force, by request or by default."""
        value = self.value(name)
        return name in self.failed or not (value is None or value is False or value == [])

    def options(self) -> list[Option]:
        """The options given and not switched off."""
        return [OPTIONS[name] for name in self.given if self.on(name)]

    def problem(self, text: str, hint: str | None = None) -> None:
        self.problems.append(Problem(text, hint))

    def warn(self, text: str) -> None:
        self.warnings.append(text)

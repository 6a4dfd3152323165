"""Public classes: called ``aai_jupyter.X`` where people read it, and their annotations still found."""

from __future__ import annotations

import inspect
from typing import ForwardRef, TypeVar

from aai_jupyter.text.bounded_text import repr_pretty

T = TypeVar("T")


def public(kind: type[T]) -> type[T]:
    """Show a class by the name that people import it by, and its objects briefly; the outermost decorator.

    ``typing.get_type_hints`` looks annotations up in the module that a class names, and none of those names
    is there: so each is bound to the module that it was written in.

    Examples
    --------
    >>> import typing
    >>> from aai_jupyter import Answer
    >>> Answer.__module__, "rows" in typing.get_type_hints(Answer)
    ('aai_jupyter', True)
    """
    home = kind.__module__
    kind.__annotations__ = {
        name: ForwardRef(value, module=home, is_class=True) if isinstance(value, str) else value
        for name, value in inspect.get_annotations(kind).items()
    }
    kind.__module__ = "aai_jupyter"
    if "_repr_pretty_" not in vars(kind):
        setattr(kind, "_repr_pretty_", repr_pretty)  # noqa: B010 (no type has it)
    return kind

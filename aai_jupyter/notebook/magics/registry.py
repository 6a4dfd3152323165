"""The magics by name: which module runs each. Thin on purpose.

The modules are imported when a magic is used for the first time, so that loading the extension costs
next to nothing.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from aai_jupyter.errors import AaiError, Stopped

if TYPE_CHECKING:
    from aai_jupyter.notebook.line.spec import MagicSpec

BOTH_FORMS = ("transcribe", "aai_ask", "aai_stream")
"""Magics that are line and cell magics; the others are line magics."""

MODULES = {
    "transcribe": "aai_jupyter.notebook.magics.transcribe_magic",
    "aai_stream": "aai_jupyter.notebook.magics.stream_magic",
    "aai_login": "aai_jupyter.notebook.magics.login_magic",
    "aai_status": "aai_jupyter.notebook.magics.status_magic",
    "aai_transcripts": "aai_jupyter.notebook.magics.transcripts_magic",
    "aai_jobs": "aai_jupyter.notebook.magics.jobs_magic",
    "aai_ask": "aai_jupyter.notebook.magics.ask_magic",
    "aai_search": "aai_jupyter.notebook.magics.search_magic",
    "aai_models": "aai_jupyter.notebook.magics.models_magic",
}
"""The module of each magic has ``SPEC``, what can stand on its line, and ``run(shell, arguments, cell,
namespace)``."""


class Specs(Mapping[str, "MagicSpec"]):
    """Declarations of all magics, for parser, help and Tab; each is imported when asked for."""

    def __getitem__(self, name: str) -> MagicSpec:
        found: MagicSpec = import_module(MODULES[name]).SPEC
        return found

    def __contains__(self, name: object) -> bool:
        return name in MODULES

    def __iter__(self) -> Iterator[str]:
        return iter(MODULES)

    def __len__(self) -> int:
        return len(MODULES)


SPECS = Specs()


def function_of(name: str, shell: Any) -> Callable[..., Any]:
    """Return the function that IPython registers and calls for a magic.

    IPython itself expands nothing in its line: expansion that keeps quotes and URLs whole is done when
    the line is split.
    """

    def call(line: str, cell: str | None = None, local_ns: dict[str, Any] | None = None) -> Any:
        from aai_jupyter.notebook.line.arguments import docstring, parse

        namespace = ChainMap(local_ns or {}, shell.user_ns)
        if cell is not None:
            line, cell = continued(line, cell)
        try:
            arguments = parse(SPECS[name], line, namespace)
            if arguments.help:
                print(docstring(arguments.spec or SPECS[name]))
                return None
            return import_module(MODULES[name]).run(shell, arguments, cell, namespace)
        except (AaiError, KeyboardInterrupt) as error:
            _drop_groups(error)
            if isinstance(error, KeyboardInterrupt) and not hasattr(error, "_render_traceback_"):
                raise Stopped from None
            raise

    def help_text() -> str:
        from aai_jupyter.notebook.line.arguments import docstring

        return docstring(SPECS[name])

    call.__name__ = call.__qualname__ = name
    call.getdoc = help_text  # type: ignore[attr-defined]  # IPython's `?` asks for this before __doc__
    call.needs_local_scope = True  # type: ignore[attr-defined]
    call._ipython_magic_no_var_expand = True  # type: ignore[attr-defined]
    return call


def continued(line: str, cell: str) -> tuple[str, str]:
    r"""Join the first line of a cell magic with those below it that a backslash makes part of it.

    IPython does it for line magics only.

    Examples
    --------
    >>> continued("talk --speaker-labels \\", "   --dry-run\na.wav\n")
    ('talk --speaker-labels    --dry-run', 'a.wav\n')
    """
    while line.rstrip() == "\\" or line.rstrip().endswith((" \\", "\t\\")):
        below, _, cell = cell.partition("\n")
        line = f"{line.rstrip()[:-1].rstrip()} {below}"
    return line, cell


def _drop_groups(error: BaseException) -> None:
    """Remove exception groups from the chain: IPython prints a whole traceback for a chain with one."""
    link: BaseException | None = error
    while link is not None:
        if isinstance(link.__context__, BaseExceptionGroup):
            link.__context__ = None
        link = link.__context__

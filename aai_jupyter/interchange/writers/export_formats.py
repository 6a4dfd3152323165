"""Every format that a transcript can be written in, once: suffixes, options, and what it keeps."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from os import PathLike, fspath
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from aai_jupyter.client.options.option_table import closest
from aai_jupyter.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Callable

_CAPTION_OPTIONS = ("style", "speakers", "language", "start", "fps", "drop_frame")
_HERE = "aai_jupyter.interchange.writers"
KEPT = ("words", "turns", "speakers", "overlap", "confidence", "origin")
"""What a format may keep: words and turns with their times, names of speakers, speech at the same time,
confidences, and where the transcript comes from."""


@dataclass(frozen=True)
class ExportFormat:
    """A format of files.

    Attributes
    ----------
    name : str
        What ``format=`` takes.
    title : str
        What people call it, and which programs open it.
    suffixes : tuple of str
        The first one names the files of a folder; case does not matter. Empty: by ``format=`` only.
    writer : str
        ``module:function`` of this package. It gets a list of contents and the options, and returns a text, a
        function that writes to a binary stream, or a mapping of file names to texts: a folder.
    keeps : tuple of str
        Of :data:`KEPT`.
    options : tuple of str
        Names of keyword arguments.
    several : bool
        Whether one file holds a set of transcripts.
    translates : bool
        Whether ``language=`` makes it of a translation: frames have their own of translations.
    named : bool
        Whether the file's own name stands in it: the writer gets it as ``file``.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    writer: str
    keeps: tuple[str, ...]
    options: tuple[str, ...] = ()
    several: bool = False
    named: bool = False
    translates: bool = True

    def load(self) -> Callable[..., Any]:
        """Return the function that writes it."""
        module, _, name = self.writer.partition(":")
        found: Callable[..., Any] = getattr(import_module(f"{_HERE}.{module}"), name)
        return found

    def check(self, options: dict[str, Any]) -> None:
        """Refuse options that this format does not have.

        Raises
        ------
        OptionError
        """
        for name in options:
            if name not in self.options:
                near = closest(name, self.options)
                known = ", ".join(self.options) or "none"
                hint = f"Did you mean {near!r}?" if near else f"It has {known}."
                raise OptionError(f"The format {self.name!r} has no option {name!r}.", hint=hint)


def _format(name: str, title: str, suffixes: str, writer: str, keeps: str, **more: Any) -> ExportFormat:
    return ExportFormat(name, title, tuple(suffixes.split()), writer, tuple(keeps.split()), **more)


FORMATS: dict[str, ExportFormat] = {
    one.name: one
    for one in (
        _format("ass", "Advanced SubStation Alpha: each word lights up", ".ass .ssa", "caption_files:ass",
                "words speakers overlap origin", options=("highlight", *_CAPTION_OPTIONS)),
        _format("audacity", "Audacity label track", "", "label_files:audacity", "turns speakers overlap",
                options=("level",)),
        _format("audformat", "audformat database (audEERING), a folder", "", "label_files:audformat",
                "words turns speakers overlap confidence origin", several=True),
        _format("chat", "CHAT (CLAN, TalkBank)", ".cha", "chat_file:chat",
                "words turns speakers overlap origin", named=True),
        _format("csv", "CSV", ".csv", "frame_files:csv", "words speakers overlap confidence",
                options=("frame", "units", "separator"), several=True, translates=False),
        _format("tsv", "Values divided by tabs", ".tsv", "frame_files:tsv",
                "words speakers overlap confidence", options=("frame", "units"), several=True,
                translates=False),
        _format("ctm", "CTM (NIST): words of the recogniser", ".ctm", "score_files:ctm", "words confidence",
                several=True),
        _format("docx", "Word document: to read, or for MAXQDA, ATLAS.ti, f4, NVivo", ".docx",
                "docx_file:docx", "turns speakers origin",
                options=("profile", "style", "line_numbers", "times"), several=True),
        _format("eaf", "ELAN", ".eaf", "eaf_file:eaf", "words turns speakers overlap origin"),
        _format("excel", "Excel workbook", ".xlsx", "frame_files:excel",
                "words turns speakers overlap confidence origin", options=("units", "frame"),
                several=True, translates=False),
        _format("json", "JSON in the service's own form, with edits and names", ".json", "json_files:service",
                "words turns speakers overlap confidence origin", several=True),
        _format("labelstudio", "Label Studio tasks", ".labelstudio.json", "json_files:labelstudio",
                "turns speakers overlap confidence origin", options=("level",), several=True),
        _format("markdown", "Markdown", ".md", "text_files:markdown", "speakers origin", several=True),
        _format("parquet", "Parquet", ".parquet", "frame_files:parquet",
                "words speakers overlap confidence origin", options=("frame", "units"), several=True,
                translates=False),
        _format("podcast", "Podcasting 2.0 transcript", ".podcast.json", "json_files:podcast",
                "turns speakers overlap", options=("level",)),
        _format("qdpx", "REFI-QDA project (MAXQDA, ATLAS.ti, NVivo, QualCoder)", ".qdpx", "qdpx_file:qdpx",
                "turns speakers overlap origin", options=("media",), several=True),
        _format("rttm", "RTTM (NIST): who spoke when", ".rttm", "score_files:rttm", "turns speakers overlap",
                several=True),
        _format("seglst", "SegLST (meeteval, CHiME)", ".seglst.json", "score_files:seglst",
                "turns speakers overlap", options=("level",), several=True),
        _format("srt", "SubRip captions", ".srt", "caption_files:srt", "overlap", options=_CAPTION_OPTIONS),
        _format("stm", "STM (NIST): reference for scoring", ".stm", "score_files:stm",
                "turns speakers overlap", several=True),
        _format("text", "Plain text", ".txt", "text_files:text", "speakers",
                options=("template", "profile", "style", "start", "fps", "drop_frame"), several=True),
        _format("textgrid", "Praat TextGrid", ".TextGrid", "textgrid_file:textgrid",
                "words turns speakers overlap"),
        _format("ttml", "TTML (IMSC 1.1, text profile)", ".ttml .dfxp", "ttml_file:ttml",
                "speakers overlap origin", options=_CAPTION_OPTIONS),
        _format("vtt", "WebVTT captions with voice tags", ".vtt", "caption_files:vtt",
                "speakers overlap origin", options=_CAPTION_OPTIONS),
    )
}  # fmt: skip
"""Name -> format."""


def find_format(path: str | PathLike[str], name: str | None = None) -> ExportFormat:
    """Return the format of a name, else that of a path's suffix, the longest that fits.

    Raises
    ------
    OptionError
        There is none.

    Examples
    --------
    >>> find_format("call.seglst.json").name, find_format("call.json").name, find_format("a.txt", "stm").name
    ('seglst', 'json', 'stm')
    """
    if name is not None:
        asked = str(name).lower().lstrip(".").replace("-", "").replace("_", "")
        if asked in FORMATS:
            return FORMATS[asked]
        by_suffix = [one for one in FORMATS.values() if f".{asked}" in map(str.lower, one.suffixes)]
        if by_suffix:
            return by_suffix[0]
        near = closest(asked, FORMATS)
        raise OptionError(
            f"There is no format {name!r}.",
            hint=f"Did you mean {near!r}?" if near else f"There are {', '.join(FORMATS)}.",
        )
    file = PurePath(fspath(path)).name.lower()
    fitting = [
        (len(suffix), one)
        for one in FORMATS.values()
        for suffix in one.suffixes
        if file.endswith(suffix.lower())
    ]
    if fitting:
        return max(fitting, key=lambda found: found[0])[1]
    suffix = PurePath(file).suffix
    known = ", ".join(sorted({suffix for one in FORMATS.values() for suffix in one.suffixes[:1]}))
    raise OptionError(
        f"No format has the suffix {suffix!r}."
        if suffix
        else f"{file!r} has no suffix that says the format.",
        hint=f"Suffixes are {known}; or say format= ({', '.join(FORMATS)}).",
    )

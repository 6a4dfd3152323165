"""Search of files for names that should not be in them: notebooks, exports, and what is packed in those."""

from __future__ import annotations

import gzip
import html
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from aai_jupyter.api.pseudonyms import names_to_search
from aai_jupyter.errors import UsageError
from aai_jupyter.settings.working_folder import working_folder
from aai_jupyter.transcripts.pseudonyms.mentions import context_of

if TYPE_CHECKING:
    import pandas as pd

    from aai_jupyter.transcripts.pseudonyms.name_matching import Names
    from aai_jupyter.transcripts.transcript import Transcript

_AROUND = 14
"""Characters on each side: with a name between them as much as a column of a DataFrame shows."""
COLUMNS = ("file", "part", "found", "count", "context")
_CHECKPOINTS = ".ipynb_checkpoints"
_MAX_BYTES = 1_000_000_000
"""Bytes unpacked of one file: a small archive may hold endless zeros."""
_KEY = "The key of all names: keep it elsewhere."
# What is no UTF-8 may be a table that a spreadsheet program of Windows has written.
_OF_WINDOWS = {0xDC00 + code: bytes([code]).decode("cp1252", "replace") for code in range(0x80, 0x100)}
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")


def leaks(
    transcripts: Sequence[Transcript],
    places: Iterable[str | Path],
    key: str | Path | None = None,
    *,
    notebooks: bool = True,
) -> pd.DataFrame:
    """Search for names; see :meth:`aai_jupyter.TranscriptSet.leaks`."""
    import pandas as pd

    names = names_to_search(transcripts, key)
    own = Path(key).expanduser().absolute() if key is not None else None
    rows: list[dict[str, Any]] = []
    for file, name in _files(places, notebooks).items():
        if file.absolute() == own:
            rows.append({"file": str(file), "part": "key", "found": "", "count": 1, "context": _KEY})
            continue
        rows += _in_text(file, "name", name, names)
        for part, content in _parts(file):
            rows += _in_text(file, part, content, names)
    frame = pd.DataFrame(rows, columns=COLUMNS)
    text: Any = pd.StringDtype("python")
    return frame.astype({name: "int64" if name == "count" else text for name in COLUMNS})


def _files(places: Iterable[str | Path], notebooks: bool) -> dict[Path, str]:
    """Return the files to search, and what is handed over of the names of each: folders of a place, too."""
    found: dict[Path, str] = {}
    for place in places:
        path = Path(place).expanduser()
        if not path.exists():
            raise UsageError(f"There is no {path} to search.")
        if path.is_dir():
            inside = sorted(one for one in path.rglob("*") if one.is_file())
            found |= {one: f"{path.name}/{one.relative_to(path).as_posix()}" for one in inside}
        else:
            found[path] = path.name
    here = working_folder() if notebooks else None
    if here is not None:
        own = sorted([*here.glob("*.ipynb"), *(here / _CHECKPOINTS).glob("*.ipynb")])
        found |= {one: one.name for one in own if one not in found}
    return found


def _parts(file: Path) -> Iterator[tuple[str, str]]:
    """Yield the texts of a file: its own, and those of the files packed in it."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise UsageError(f"Cannot read {file}: {error.strerror or error}.", hint="Check the name.") from error
    yield from _unpacked(raw, "", [_MAX_BYTES])


def _unpacked(raw: bytes, part: str, room: list[int]) -> Iterator[tuple[str, str]]:
    if raw[:4] == b"PK\x03\x04":
        try:
            with zipfile.ZipFile(io.BytesIO(raw)) as archive:
                for entry in archive.infolist():
                    room[0] -= entry.file_size
                    if room[0] < 0:
                        raise UsageError("A packed file is too large to be searched.")
                    name = f"{part}{entry.filename}"
                    yield name, entry.filename
                    yield from _unpacked(archive.read(entry), f"{name}/", room)
            return
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError):
            pass  # no archive, or one of another kind: its bytes are searched
    if raw[:2] == b"\x1f\x8b":
        try:
            with gzip.open(io.BytesIO(raw)) as stream:
                inner = stream.read(room[0])
            room[0] -= len(inner)
            yield from _unpacked(inner, part, room)
            return
        except (OSError, EOFError, zlib.error):
            pass
    name = part.rstrip("/")
    if raw[:4] == b"PAR1" and (text := _parquet(raw)):
        yield name, text
    yield name, _text(raw)


def _parquet(raw: bytes) -> str:
    try:
        from pyarrow import parquet
    except ImportError:
        return ""
    return str(parquet.read_table(io.BytesIO(raw)).to_pydict())


def _text(raw: bytes) -> str:
    """Return bytes as text, with what JSON and HTML write otherwise as it is read."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = raw.decode("utf-16", "replace")
    else:
        text = raw.decode("utf-8", "surrogateescape").translate(_OF_WINDOWS)
    if "%" in text:
        text = unquote(text)
    if "\\u" in text:
        text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    if "&" in text:
        text = html.unescape(text)
    return text.replace("\\n", "\n").replace("\\t", "\t")


def _in_text(file: Path, part: str, text: str, names: Names) -> Iterator[dict[str, Any]]:
    found: dict[str, tuple[int, str]] = {}
    for start, end, _ in names.spans(text):
        said = text[start:end]
        times, context = found.get(said, (0, ""))
        found[said] = (times + 1, context or context_of(text, start, end, _AROUND))
    for said, (times, context) in found.items():
        line = json.dumps(context, ensure_ascii=False)[1:-1]
        yield {"file": str(file), "part": part, "found": said, "count": times, "context": line}

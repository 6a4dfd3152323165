"""Codebooks in files: .qdc of REFI-QDA, and tables."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aai_jupyter.errors import UsageError
from aai_jupyter.interchange.readers.document import local_name, parse_xml
from aai_jupyter.transcripts.codebook import Codebook

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


def read_codebook(path: str | Path) -> Codebook:
    """Read a codebook from a .qdc file or a table (.csv, .tsv) with the columns name and definition.

    Raises
    ------
    UsageError, OptionError
        The file is missing, or no codebook.
    """
    target = Path(path).expanduser()
    try:
        data = target.read_bytes()
    except OSError as error:
        raise UsageError(
            f"Cannot read {target}: {error.strerror or error}.", hint="Check the name."
        ) from error
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        root = parse_xml(data, target.name)
        if root is None or local_name(root.tag) not in ("CodeBook", "Project"):
            raise UsageError(f"{target.name} is no codebook of REFI-QDA.")
        return Codebook.of_rows(_codes(root, None), target.stem)
    text = data.decode("utf-8-sig", "replace")
    first = text.lstrip().partition("\n")[0]
    mark = max("\t;,", key=first.count)
    try:
        return Codebook.of_rows(list(csv.DictReader(io.StringIO(text.lstrip()), delimiter=mark)), target.stem)
    except csv.Error as error:
        raise UsageError(f"{target.name} is no table of codes ({error}).") from error


def _codes(element: Element, parent: str | None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for child in element:
        kind = local_name(child.tag)
        if kind in ("CodeBook", "Codes"):
            found += _codes(child, parent)
        elif kind == "Code":
            name = child.get("name", "")
            about = next((one.text for one in child if local_name(one.tag) == "Description"), "")
            row = {
                "name": name,
                "definition": about,
                "parent": parent,
                "guid": child.get("guid", "").strip("{}"),
            }
            found.append(row | {"colour": child.get("color")})
            found += _codes(child, name)
    return found

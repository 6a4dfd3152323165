"""Files made for tests, and what a transcript holds in short."""

from __future__ import annotations

import io
import zipfile

import pandas as pd


def docx(*lines, extra=""):
    body = "".join(
        f"<w:p><w:r><w:t>{'</w:t><w:br/><w:t>'.join(line.split(chr(10)))}</w:t></w:r></w:p>" for line in lines
    )
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(
            "word/document.xml", f'{extra}<w:document xmlns:w="w"><w:body>{body}</w:body></w:document>'
        )
    return data.getvalue()


def rows(found):
    """Speaker, text, start and end of each passage."""
    said = found.utterances
    who = [None if pd.isna(name) else name for name in said["speaker"]]
    return list(zip(who, said["text"], said["start"], said["end"], strict=True))

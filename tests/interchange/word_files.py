"""Word documents made of lines."""

from __future__ import annotations

import io
import zipfile


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

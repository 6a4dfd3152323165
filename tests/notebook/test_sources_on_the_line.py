"""What a person writes on the line, where the parser alone cannot know what is meant."""

from pathlib import Path

import pytest

from aai_jupyter.errors import UsageError
from aai_jupyter.notebook.line.arguments import parse
from aai_jupyter.notebook.magics.transcribe_magic import SPEC, _line_sources


def sources(line: str) -> list[object]:
    return _line_sources(parse(SPEC, line, {}), {})


def test_a_name_with_spaces_but_without_quotes_is_told_how_to_write_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("my talk.wav", "a.wav", "b.wav", "a.wav b.wav"):
        Path(name).touch()
    with pytest.raises(UsageError, match=r'"my talk\.wav"'):
        sources("my talk.wav --speaker-labels")
    assert sources('"my talk.wav"') == ["my talk.wav"]
    assert sources("a.wav b.wav") == ["a.wav", "b.wav"]

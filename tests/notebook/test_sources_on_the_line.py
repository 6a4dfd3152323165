"""What a person writes on the line, where the parser alone cannot know what is meant."""

import os
from pathlib import Path

import pytest

from aai_jupyter.errors import UsageError
from aai_jupyter.notebook.line.arguments import parse
from aai_jupyter.notebook.magics.registry import continued
from aai_jupyter.notebook.magics.transcribe_magic import SPEC, _body_sources, _line_sources


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


def test_a_comment_that_is_a_part_of_a_name_is_told_how_to_write_it(in_folder: Path) -> None:
    for name in ("Episode #3.wav", "a.wav", "a.wav #2"):
        Path(name).touch()
    with pytest.raises(UsageError, match=r'"Episode #3\.wav"'):
        sources("Episode #3.wav --speaker-labels")
    assert sources("a.wav #2") == ["a.wav"]
    assert sources('"Episode #3.wav"  # the third') == ["Episode #3.wav"]


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("$path", "Write {path}"),
        ("${path}", "Write {path}"),
        ("$folder/$name.wav", "Write {folder}/{name}.wav"),
        ("${folder}/talks/a.wav", "Write {folder}/talks/a.wav"),
        ("$AAI_JUPYTER_HOME/a.wav", "{os.environ['AAI_JUPYTER_HOME']}/a.wav"),
        ('f"{folder}/a.wav"', "Write {folder}/a.wav"),
        ("rf'{folder}/a.wav'", "Write {folder}/a.wav"),
        ('f"{folder}/my talk.wav"', "Write {folder}/my"),
        ('Path("a.wav")', '{Path("a.wav")}'),
        ("path --language-code $name", "Write {name}"),
    ],
)
def test_other_ways_to_write_a_variable_are_told_ours(in_folder: Path, line: str, hint: str) -> None:
    known = {"path": "a.wav", "folder": "calls", "name": "en"}
    with pytest.raises(UsageError) as caught:
        _line_sources(parse(SPEC, line, known), known)
    assert hint in (caught.value.hint or "")


def test_a_dollar_that_names_nothing_is_a_letter(in_folder: Path) -> None:
    Path("$path").touch()
    known = {"path": "a.wav"}
    for line in ("$path", "US$5.wav", "'$path'"):
        assert _line_sources(parse(SPEC, line, known), known) == [line.strip("'")]


def test_a_line_of_a_cell_that_is_a_file_is_that_file(in_folder: Path) -> None:
    names = ["Episode #3.wav", "#1.wav", 'it\'s "it".wav', *([" lead.wav"] if os.name != "nt" else [])]
    for name in names:
        (in_folder / name.replace('"', "") if os.name == "nt" else in_folder / name).touch()
    body = "\n".join([*names, "# not this", "plain.wav  # but this"])
    assert [str(one) for one in _body_sources(body, {})] == [*names, "plain.wav"]


@pytest.mark.parametrize(
    ("line", "cell", "expected"),
    [
        ("x --quiet \\", "   --dry-run\na.wav\n", ("x --quiet    --dry-run", "a.wav\n")),
        ("\\", "x \\\n--dry-run\na.wav", (" x --dry-run", "a.wav")),
        ("x \\  ", "", ("x ", "")),
        ("x --extra C:\\", "a.wav", ("x --extra C:\\", "a.wav")),
        ("x", "a.wav \\\nb.wav", ("x", "a.wav \\\nb.wav")),
    ],
)
def test_a_first_line_goes_on_behind_a_backslash(line: str, cell: str, expected: tuple[str, str]) -> None:
    assert continued(line, cell) == expected

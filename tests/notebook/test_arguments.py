"""A magic's line becomes words, flags and options, or one error that names everything wrong."""

from __future__ import annotations

from typing import Any

import pytest

from aai_jupyter.client.options.option_table import OPTIONS
from aai_jupyter.client.options.transcript_request import build_request
from aai_jupyter.errors import UsageError
from aai_jupyter.notebook.line.arguments import Arguments, Flag, MagicSpec, docstring, identifier, parse

SPEC = MagicSpec(
    "transcribe",
    "Turn recorded speech into text.",
    ("%transcribe SOURCE... [flags]",),
    words="SOURCE",
    words_help="A file, folder, pattern or URL.",
    words_complete="path",
    flags=(
        Flag("profile", "Use saved options.", "str", short="-p", metavar="NAME", choices=lambda: ["calls"]),
        Flag("dry_run", "Show what would be sent, and its price."),
        Flag("limit", "Most files.", "int", minimum=1, default=100),
        Flag("tag", "Labels.", "list"),
        Flag("units", "Unit of times.", "str", choices=("s", "ms")),
    ),
    options=OPTIONS,
    assigns=True,
)


def read(line: str, /, **namespace: Any) -> Arguments:
    return parse(SPEC, line, namespace)


def error(line: str, /, **namespace: Any) -> str:
    with pytest.raises(UsageError) as caught:
        read(line, **namespace)
    return str(caught.value)


def test_words_flags_and_options() -> None:
    found = read('a.wav "b c.wav" --speaker-labels --no-punctuate -p calls --dry-run --limit 5 --as talk')
    assert found.words == ["a.wav", "b c.wav"]
    assert found.bare == [True, False]
    assert found.options == {"speaker_labels": True, "punctuate": False}
    assert (found.profile, found.dry_run, found.limit, found.target) == ("calls", True, 5, "talk")
    assert (found.silent, found.help) == (False, False)


def test_flags_that_are_not_given_have_their_defaults() -> None:
    assert read("").flags == {"profile": None, "dry_run": False, "limit": 100, "tag": None, "units": None}


@pytest.mark.parametrize(
    ("line", "options"),
    [
        ("--language-code de", {"language_code": "de"}),
        ("--language-code=de", {"language_code": "de"}),
        ("--language_code de", {"language_code": "de"}),
        ("--language-code de --language-code fr", {"language_code": "fr"}),
        ("--speaker-labels=false", {"speaker_labels": "false"}),
        ("--min-speakers-expected 2", {"speaker_options.min_speakers_expected": "2"}),
        ("--temperature -0.5", {"temperature": "-0.5"}),
        ('--prompt "-5 degrees, it\'s cold"', {"prompt": "-5 degrees, it's cold"}),
        ("--keyterms-prompt a,b", {"keyterms_prompt": "a,b"}),
        ("--keyterms-prompt a,b --keyterms-prompt 'c d'", {"keyterms_prompt": ["a", "b", "c d"]}),
        ("--action-items", {"speech_understanding.request.action_items": {}}),
        ("--action-items {}", {"speech_understanding.request.action_items": "{}"}),
    ],
)
def test_option_values_are_kept_as_written(line: str, options: dict[str, Any]) -> None:
    found = read(f"a.wav {line} b.wav")
    assert found.options == options
    assert found.words == ["a.wav", "b.wav"]


def test_json_on_the_line_reaches_the_request() -> None:
    quoted = read("""a.wav --custom-spelling '[{"from": ["k8s"], "to": "Kubernetes"}]' --action-items""")
    plain = read("""a.wav --custom-spelling {"from": ["k8s"], "to": "Kubernetes"} --action-items""")
    wanted = {
        "custom_spelling": [{"from": ["k8s"], "to": "Kubernetes"}],
        "speech_understanding": {"request": {"action_items": {}}},
    }
    assert build_request(quoted.options).params.items() >= wanted.items()
    assert build_request(plain.options).params.items() >= wanted.items()
    twice = read("""--custom-spelling {"from":"a","to":"b"} --custom-spelling {"from":"c","to":"d"}""")
    assert len(build_request(twice.options).params["custom_spelling"]) == 2


def test_every_option_has_a_flag_that_reaches_its_place() -> None:
    sample = {"bool": "", "int": "7", "float": "0.5", "str": "word", "list": "a,b", "object": "{}"}
    for option in OPTIONS.values():
        found = read(f"{option.flag} {sample[option.kind]}")
        assert list(found.options) == [option.name]
        if option.kind == "bool":
            assert read(f"--no-{option.flag[2:]}").options == {option.name: False}


def test_result_can_be_named_in_two_ways_but_not_both() -> None:
    assert read("talk << a.wav").target == "talk"
    assert read("a.wav --as talk").target == "talk"
    assert read("'talk' '<<' a.wav").target is None
    assert "two names" in error("talk << a.wav --as other")
    assert "my_talk" in error("a.wav --as my-talk")
    assert "variable" in error("class << a.wav")


def test_a_trailing_semicolon_asks_for_silence() -> None:
    for line in ("a.wav;", "a.wav ;", "a.wav --speaker-labels;"):
        assert read(line).silent
        assert read(line).words == ["a.wav"]
    assert not read("'a.wav;'").silent


def test_two_hyphens_end_the_flags() -> None:
    found = read("--dry-run -- -x.wav --speaker-labels")
    assert found.words == ["-x.wav", "--speaker-labels"]
    assert found.options == {}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--speaker-lables", "--speaker-labels"),
        ("--diarization", "--speaker-labels"),
        ("--dryrun", "--dry-run"),
        ("--xyzzy", "--help"),
        ("--speaker", "no flag --speaker"),  # no abbreviations: a new flag must not break an old notebook
        ("--language-code", "needs a value"),
        ("--language-code --dry-run", "needs a value"),
        ("--units", "One of: s, ms"),
        ("--units minutes", "--units: 'minutes'"),
        ("--limit many", "--limit: 'many' is not a whole number"),
        ("--limit 0", "--limit must be at least 1"),
        ("--dry-run=yes", "takes no value"),
        ("--no-punctuate=1", "takes no value"),
        ("--no-dry-run", "no flag"),
        ("a.wav --punctuate false", "--no-punctuate switches it off"),
        ('"open', "not closed"),
    ],
)
def test_wrong_flags_are_named_with_what_would_be_right(line: str, said: str) -> None:
    assert said in error(line)


def test_all_problems_of_a_line_are_told_at_once() -> None:
    text = error("--speaker-lables --limit many --language-code")
    assert "3 things" in text
    assert all(name in text for name in ("--speaker-lables", "--limit", "--language-code"))


def test_python_values_pass_through_flags() -> None:
    terms = ("Zarr", "Borealis")
    found = read(
        "{files} --keyterms-prompt {terms} --language-code {code}", files=[1], terms=terms, code="de"
    )
    assert found.words == [[1]]
    assert found.bare == [False]
    assert found.options == {"keyterms_prompt": terms, "language_code": "de"}


def test_too_many_words_are_refused() -> None:
    spec = MagicSpec("aai_status", "Show the settings.", (), max_words=0)
    with pytest.raises(UsageError, match="takes no words"):
        parse(spec, "x")


def test_help_is_asked_for_before_anything_is_checked() -> None:
    assert read("-h --as 2x").help
    assert read("--help").help


def test_help_text_names_every_current_option() -> None:
    text = docstring(SPEC)
    assert text.startswith("Turn recorded speech into text.")
    for option in OPTIONS.values():
        assert (option.flag in text) or option.removed, option.flag
    assert "--as NAME" in text
    assert "-p, --profile NAME" in text
    assert "--no-punctuate" in text
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize("name", ["", "2x", "a b", "class", "a.b", None])
def test_what_cannot_be_a_variable(name: Any) -> None:
    with pytest.raises(UsageError, match="variable"):
        identifier(name)

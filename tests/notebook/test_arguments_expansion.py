"""{expression} in a line and {{name}} in a body: expanded when meant, left alone when not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aai_jupyter.errors import UsageError
from aai_jupyter.notebook.line.expansion import MISSING, expand_body, expand_word, lookup
from aai_jupyter.text.line_words import split_words

FILES = {"new": "n.wav"}


def expand(text: str, /, **namespace: Any) -> Any:
    (word,) = split_words(text)
    return expand_word(word, namespace)


def test_a_word_that_is_one_expression_is_the_object_itself() -> None:
    files = ["a.wav"]
    assert expand("{files}", files=files) is files
    assert expand("{{files}}", files=files) is files
    assert expand('{folder / "a b.wav"}', folder=Path("x")) == Path("x/a b.wav")
    assert expand("{sorted(files)[0]}", files=files) == "a.wav"


def test_values_within_a_word_become_text() -> None:
    assert expand("take{n:02d}-{who!r}.wav", n=7, who="a") == "take07-'a'.wav"
    assert expand("https://h/{id}.mp3?x=1#t=10", id=5) == "https://h/5.mp3?x=1#t=10"


@pytest.mark.parametrize(
    "text",
    [
        "https://h/a?b={c}#t=10",
        '{"from":["k8s"],"to":"X"}',
        '{"a":{"b":true}}',
        "{1}",
        "{}",
        "a{b",
        "'{nothing}'",
        "a{b,}c}",
    ],
)
def test_what_is_no_expression_stays(text: str) -> None:
    if text == "a{b,}c}":
        assert expand(text, b=1) == "a(1,)c}"
    else:
        assert expand(text) == text.strip("'")


def test_an_undefined_name_is_named() -> None:
    with pytest.raises(UsageError, match="name fils is not defined") as caught:
        expand("{fils}", files=1)
    assert "Did you mean files?" in str(caught.value)
    with pytest.raises(UsageError, match="name id is not defined"):
        expand("{id}")  # the builtin is not meant
    with pytest.raises(UsageError, match="ZeroDivisionError"):
        expand("{n/0}", n=1)


def test_a_body_expands_names_in_double_braces_only() -> None:
    body = 'Return {"who": "{{ who }}", "first": {{files[0]}}, "n": {{p.name}}} {single}'
    found = expand_body(body, {"who": "Ann", "files": ["a"], "p": Path("x/y")})
    assert found == 'Return {"who": "Ann", "first": a, "n": y} {single}'
    assert expand_body("{{x}}", {"x": 3}, render=lambda value: f"<{value}>") == "<3>"
    assert expand_body("{{x + 1}} {{f()}}", {"x": 3}) == "{{x + 1}} {{f()}}"
    with pytest.raises(UsageError, match="name missing is not defined"):
        expand_body("{{missing}}", {})
    with pytest.raises(UsageError, match="x has no such part"):
        expand_body("{{x.y}}", {"x": 3})


def test_names_are_followed_but_nothing_is_called() -> None:
    assert lookup('files["new"]', {"files": FILES}) == "n.wav"
    assert lookup("p.parent.name", {"p": Path("x/y")}) == "x"
    assert lookup("a[-1]", {"a": [1, 2]}) == 2
    for path in ("missing", "files.nothing", 'files["old"]', "files.keys()", "1", "a b", ""):
        assert lookup(path, {"files": FILES}) is MISSING

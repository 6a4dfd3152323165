"""Tab in Python code: options of our calls, methods of ``.aai``, recordings of a set."""

from __future__ import annotations

import pytest
from IPython.core.interactiveshell import InteractiveShell

import aai_jupyter as aai
from aai_jupyter import Transcript, TranscriptSet
from aai_jupyter.notebook.line import completion
from aai_jupyter.notebook.line.call_completion import OPTIONS_OF, method_names, option_names
from tests.notebook.completion_cases import SPEC, completed

NAMES = {"aai": aai, "transcribe": aai.transcribe, "print": print, "calls": [1]}


@pytest.mark.parametrize(
    ("code", "offered"),
    [
        ("aai.transcribe('a.wav', speaker_l", ["speaker_labels="]),
        ("x = [aai.transcribe(one, speaker_l", ["speaker_labels="]),
        ("aai.transcribe(calls[0], keep=('a', 'b'),\n    speaker_l", ["speaker_labels="]),
        ("await aai.transcribe_async(", None),
        ("transcribe('a.wav', use_c", ["use_cache="]),
        ("aai.ask('Who?', schem", ["schema="]),
        ("aai.dictate(keep_", ["keep_audio="]),
        ("aai.transcribe('a.wav, speaker_l", []),  # inside a string
        ("aai.transcribe('a.wav', language_code=speaker_l", []),
        ("aai.transcribe(len(speaker_l", []),
        ("aai.transcribe({speaker_l", []),
        ("aai.transcribe('a.wav')(speaker_l", []),
        ("print(speaker_l", []),
        ("other.transcribe(speaker_l", []),
        ("calls.transcribe(speaker_l", []),
        ("aai.transcribe # (speaker_l", []),
    ],
)
def test_keywords_are_offered_where_one_may_begin(code: str, offered: list[str] | None) -> None:
    found = option_names(code, NAMES)[1]
    assert found == offered if offered is not None else len(found) > 100


def test_every_function_has_its_type() -> None:
    for name in OPTIONS_OF:
        assert option_names(f"aai.{name}(", NAMES)[1]


def test_methods_stand_after_aai() -> None:
    assert {"play", "search", "talk_time"} <= set(method_names("calls.words.aai.")[1])
    assert method_names("f(x)[0].aai.talk") == ("talk", ["talk_time"])
    assert method_names("aai.talk")[1] == method_names("x.aai.talk_time()")[1] == []


def test_a_shell_offers_them() -> None:
    shell = InteractiveShell()
    shell.user_ns["aai"] = aai
    shell.user_ns["calls"] = TranscriptSet(
        Transcript.from_json({"id": str(n)}, source=source)
        for n, source in enumerate(("c/monday.wav", "c/tuesday.wav", "d/tuesday.wav"))
    )
    completion.register(shell, [SPEC])
    try:
        assert "aai.transcribe('a.wav', speaker_labels=" in completed(
            shell, "aai.transcribe('a.wav', speaker_l"
        )
        assert completed(shell, "calls.words.aai.talk") == ["calls.words.aai.talk_time"]
        assert "calls['monday.wav" in " ".join(completed(shell, "calls['mon"))
    finally:
        completion.unregister(shell)
    assert shell.user_ns["calls"]._ipython_key_completions_() == [
        "monday.wav",
        "c/tuesday.wav",
        "d/tuesday.wav",
    ]

"""A typed text and its recording: each word keeps its spelling and gets its time, what differs is told."""

from __future__ import annotations

import random
import statistics
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import aai_jupyter as aai
from aai_jupyter.interchange.typed_text import typed_text, words_of
from aai_jupyter.local.models import word_matching
from aai_jupyter.local.models.typed_alignment import align_typed
from aai_jupyter.local.models.word_matching import blocks
from aai_jupyter.local.models.words import RecognisedWord
from aai_jupyter.runtime.process import runtime
from aai_jupyter.settings.configuration import settings

WORDS = ["the", "cat", "sat", "on", "a", "mat", "and", "then", "it", "went", "home", "again", "for", "tea"]
WORDS += ["with", "you", "while", "all", "other", "cats", "slept", "under", "their", "trees", "till", "noon"]


def heard(words, step=400):
    return [RecognisedWord(word, n * step, n * step + 300, 0.9) for n, word in enumerate(words)]


def aligned(text, words, aligner=lambda samples, typed: None):
    length = 400 * len(words) + 200
    return align_typed(
        text,
        words if isinstance(words[0], RecognisedWord) else heard(words),
        lambda a, b: np.zeros(1, np.float32),
        aligner,
        length,
    )


def test_words_that_were_heard_have_their_times_whatever_the_spelling():
    found = aligned(["The", "CAT,", "sät", "on"], ["the", "cat", "sat", "on"])
    assert found.start == [0, 400, 800, 1200]
    assert found.aligned == [True] * 4


def test_what_was_not_typed_and_what_was_not_said_is_told():
    added = ["nobody", "ever", "had", "seen", "such", "green", "umbrellas"]
    text = [*WORDS[:4], *added, *WORDS[4:18], *WORDS[22:]]
    found = aligned(text, WORDS)
    told = " | ".join(found.problems)
    assert "not in the sound: 'nobody ever had seen such green umbrellas'" in told
    assert "not transcribed" in told
    assert "other cats slept under" in told
    assert found.aligned == [True] * 4 + [False] * 7 + [True] * 18
    assert found.text == text


def test_a_changed_word_stands_for_the_one_that_it_replaces():
    found = aligned(["the", "of", "of", "it"], ["the", "age", "of", "it"])
    assert found.start == [0, 400, 800, 1200]


def test_a_run_that_differs_is_aligned_between_its_neighbours():
    asked = []

    def aligner(samples, words):
        asked.append(list(words))
        return [(100 * n, 100 * n + 90, 0.5) for n in range(len(words))]

    found = aligned(["the", "black", "cat", "x", "y", "mat"], ["the", "kit", "mat"], aligner)
    assert asked == [["the", "black", "cat", "x", "y", "mat"]]
    assert all(found.start[0] <= start <= 800 for start in found.start)


def test_scripts_without_spaces_are_matched_letter_by_letter():
    words = [
        RecognisedWord(word, n * 400, n * 400 + 400, 0.9)
        for n, word in enumerate(["今日", "は", "いい", "天気"])
    ]
    found = aligned(["今日はいい", "天気です。"], words)
    assert (found.start, found.aligned) == ([0, 1200], [True, True])


@given(
    st.lists(st.sampled_from([*"abcde", "-", "好的", ""]), max_size=30),
    st.lists(st.sampled_from("abcdef"), max_size=30),
)
def test_every_typed_word_gets_a_time_in_order(text, words):
    found = align_typed(
        text, heard(words), lambda a, b: np.zeros(1, np.float32), lambda s, w: None, 400 * len(words) + 100
    )
    assert found.text == text
    assert all(start is not None and end >= start for start, end in zip(found.start, found.end, strict=True))
    assert found.start == sorted(found.start)


@given(st.lists(st.sampled_from("abc"), max_size=40), st.lists(st.sampled_from("abc"), max_size=40))
def test_blocks_cover_both_texts(typed, words):
    a = c = 0
    for block in blocks(typed, words):
        assert (block.a, block.c) == (a, c)
        if block.equal:
            assert typed[block.a : block.b] == words[block.c : block.d]
        a, c = block.b, block.d
    assert (a, c) == (len(typed), len(words))


def test_long_texts_are_cut_at_rare_words(monkeypatch):
    monkeypatch.setattr(word_matching, "MOST_CELLS", 1_000_000)
    rng = random.Random(5)
    words = [f"w{rng.randrange(4000)}" for _ in range(30_000)]
    typed = [word for n, word in enumerate(words) if not 9000 <= n < 9100]
    found = blocks(typed, words)
    assert [(b.c, b.d) for b in found if not b.equal] == [(9000, 9100)]


def test_typed_text_from_files_and_strings(tmp_path):
    plain = tmp_path / "typed.txt"
    plain.write_text("Ann: Good morning\nto you.\n\nBen: Hello.\n\nNobody said this\nnor that.\n")
    read = typed_text(plain)
    assert [(p.speaker, p.text) for p in read.passages][:2] == [
        ("Ann", "Good morning to you."),
        ("Ben", "Hello."),
    ]
    assert words_of(typed_text("good morning")) == ["good", "morning"]
    timed = aai.load("1\n00:00:00,000 --> 00:00:01,000\nAnn: Hi you\n")
    timed.speakers["Ann"] = "Anna"
    assert [(p.speaker, p.text) for p in typed_text(timed).passages] == [("Anna", "Hi you")]
    for wrong in (tmp_path / "none.txt", "nothere.docx", " \n ", b"\x00\x01"):
        with pytest.raises(aai.AaiError):
            typed_text(wrong)


@pytest.mark.models
def test_a_changed_text_is_aligned_by_the_engine(monkeypatch, request):
    """One word in ten changed, one sentence missing, one added: also with a key, and by the engine alone."""
    request.addfinalizer(runtime().close)
    settings.local_model = "tiny.en"
    clip = Path(__file__).parent.parent / "data" / "two_cities.flac"
    reference = aai.transcribe(clip, language_code="en")
    monkeypatch.setenv("ASSEMBLYAI_API_KEY", "a-key-that-nobody-may-see")
    monkeypatch.setenv("ASSEMBLYAI_BASE_URL", "http://127.0.0.1:9")
    rng = random.Random(11)
    text, truth = [], []
    for n, row in enumerate(reference.words.to_dict("records")):
        if 40 <= n < 49:
            continue
        if n == 80:
            text.append("Nobody in the whole wide house had ever seen such a green umbrella.")
            truth += [None] * len(text[-1].split())
        text.append(rng.choice(["banana", "of", "wintergarten"]) if rng.random() < 0.1 else row["text"])
        truth.append(row["start"])
    shares = []
    found = aai.align(" ".join(text), clip, language="en", on_progress=shares.append)
    assert found.words["text"].tolist() == " ".join(text).split()
    errors = [abs(a - b) for a, b in zip(found.words["start"], truth, strict=True) if b is not None]
    assert statistics.median(errors) <= 0.03
    assert sorted(errors)[int(0.95 * len(errors))] <= 0.15
    told = " | ".join(found.problems)
    for what in ("not transcribed", "not in the sound: 'Nobody", "heard otherwise"):
        assert what in told
    assert set(found.words["timing"]) == {"aligned", "interpolated"}
    assert found.audio.file == clip
    assert shares == sorted(shares)
    assert shares[-1] > 0.5


def test_a_call_without_a_callback_shows_its_progress():
    from aai_jupyter.api import align as module

    events = []

    class Display:
        def __call__(self, event):
            events.append(event)

    shown = module._AlignmentProgress("talk.mp3", Display())
    shown.tell("uploading")
    shown.share(0.05)
    shown.share(0.5)
    shown.tell("completed")
    assert [(e.label, e.stage, e.share) for e in events] == [
        ("talk.mp3", "uploading", None),
        ("talk.mp3", "processing", 0.05),
        ("talk.mp3", "processing", 0.5),
        ("talk.mp3", "completed", None),
    ]
    assert [e.seconds_left is None for e in events] == [True, True, False, True]
    silent = module._AlignmentProgress("talk.mp3", None)
    silent.share(0.5)
    assert silent.draw is None

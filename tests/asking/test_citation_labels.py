"""Citations are named by time and speaker wherever an answer is shown."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.asking.answer import Answer
from aai_jupyter.asking.citation_labels import plain_citations, whole_marks
from aai_jupyter.asking.citations import CitationChecker
from aai_jupyter.asking.prompt_turns import PromptTurn, turns_of

TURNS = [
    PromptTurn(1, "When do we open?", 0.0, 2.0, "Ann", "t1", "a.mp3"),
    PromptTurn(2, "In April.", 15.0, 17.0, "Ben", "t1", "a.mp3"),
]


def test_print_and_text_name_time_and_speaker() -> None:
    answer = Answer("When?", "In April [2], they say [1, 2]. Not [7]. `[2]` is code.", "m", turns=TURNS)
    said = "In April [0:15 Ben], they say [0:00 Ann] [0:15 Ben]. Not [7?]. `[2]` is code."
    assert str(answer) == said
    assert answer._repr_mimebundle_()["text/plain"].startswith(said)
    assert "[0:15 Ben]" in answer._repr_html_()
    assert answer.text.startswith("In April [2]")


def test_a_turn_without_a_time_has_the_number_of_its_row() -> None:
    import pandas as pd

    frame = pd.DataFrame({"text": ["One.", "Two.", "Three."]}).iloc[1:]
    answer = Answer("q", "Three [2].", "m", turns=turns_of(frame))
    assert str(answer) == "Three [row 2]."


@given(st.text(alphabet="ab [12].`\n", max_size=60), st.integers(0, 60))
def test_what_is_printed_while_it_grows_is_the_beginning_of_the_whole(text: str, cut: int) -> None:
    if "`" in text:
        return  # code that is closed later changes what was before it
    checker = CitationChecker(TURNS)
    shown = plain_citations(whole_marks(text[:cut]), checker)
    assert plain_citations(text, checker).startswith(shown)

"""``df.aai``: where it appears, and that it says the same as the functions."""

from __future__ import annotations

import importlib
import subprocess
import sys
import warnings

import pandas as pd
import pytest

from aai_jupyter import analysis
from aai_jupyter.transcripts import accessor
from tests.analysis.samples import frames

WORDS, UTTERANCES = frames([("A", 0, 4, "one two three"), ("B", 5, 6, "four")])


def test_it_is_there_on_frames_with_times_only():
    assert hasattr(WORDS, "aai")
    assert hasattr(WORDS.iloc[:0], "aai")
    for other in (
        pd.DataFrame(),
        pd.DataFrame({"a": [1]}),
        pd.DataFrame({"start": [1.0]}),
        pd.DataFrame({"start": ["x"], "end": ["y"]}),
        pd.DataFrame({"start": [True], "end": [False]}),
        pd.DataFrame([[1.0, 2.0, 3.0]], columns=["start", "start", "end"]),
    ):
        assert not hasattr(other, "aai")


def test_the_error_names_what_is_missing():
    with pytest.raises(AttributeError, match="missing: end"):
        _ = pd.DataFrame({"start": [1.0]}).aai
    with pytest.raises(AttributeError, match="column text"):
        pd.DataFrame({"start": [1.0], "end": [2.0]}).aai.search("x")


def test_a_reload_does_not_register_twice():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        importlib.reload(accessor)
        accessor.register()
    assert pd.DataFrame.aai.__name__ == "AaiAccessor"  # type: ignore[attr-defined]


def test_methods_answer_and_document_like_the_functions():
    for name in ("talk_time", "gaps", "pace"):
        pd.testing.assert_frame_equal(getattr(WORDS.aai, name)(), getattr(analysis, name)(WORDS))
    for name in ("talk_time", "gaps", "pace", "between", "search", "timeline", "plot_talk_time", "plot_pace"):
        assert getattr(accessor.AaiAccessor, name).__doc__ == getattr(analysis, name).__doc__
    assert len(UTTERANCES.aai.between(4.5)) == 1  # type: ignore[call-arg]
    assert len(UTTERANCES.aai.search("four")) == 1
    assert WORDS.aai.units == "s"
    assert WORDS.aai.duration == 6.0
    assert WORDS.iloc[:0].aai.duration == 0.0


def test_frames_of_a_transcript_have_it():
    from aai_jupyter.transcripts.transcript import Transcript

    word = {"text": "Hello.", "start": 240, "end": 620, "confidence": 0.98, "speaker": "A"}
    transcript = Transcript.from_json({"status": "completed", "words": [word], "text": "Hello."})
    answers = [transcript.frame("words", units=units).aai.talk_time() for units in ("s", "ms", "timedelta")]
    assert answers[0]["time"].tolist() == [0.38]
    for other in answers[1:]:
        pd.testing.assert_frame_equal(other, answers[0])
    assert not hasattr(transcript.frame("formatting"), "aai")
    assert "Hello." in transcript._repr_html_()


BY_HAND = "pandas.DataFrame({'start': [0.0], 'end': [1.0]})"


@pytest.mark.parametrize(
    "code",
    [
        f"import pandas, aai_jupyter; assert 'talk_time' in dir({BY_HAND}.aai)",
        "from IPython.testing.globalipapp import start_ipython; shell = start_ipython(); import sys;"
        "assert 'pandas' not in sys.modules; shell.run_line_magic('load_ext', 'aai_jupyter');"
        "assert 'pandas' not in sys.modules; shell.run_cell('import pandas'); shell.run_cell('1');"
        f"import pandas; assert 'talk_time' in dir({BY_HAND}.aai)",
    ],
    ids=["pandas first", "extension first"],
)
def test_frames_made_by_hand_have_it_before_anything_of_ours_has_run(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

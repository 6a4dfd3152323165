"""What goes to another process and back, as Dask, joblib and multiprocessing send it."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import pytest

import aai_jupyter as aai
from aai_jupyter.client import Client as ServiceClient


@pytest.mark.parametrize("kind", [aai.Job, ServiceClient, aai.LiveStream, aai.Dictation])
@pytest.mark.parametrize("send", [pickle.dumps, copy.copy, copy.deepcopy])
def test_what_belongs_to_one_process_says_what_to_send_instead(kind: Any, send: Any) -> None:
    with pytest.raises(aai.UsageError, match="cannot be pickled or copied") as refused:
        send(kind.__new__(kind))
    assert refused.value.hint


def test_a_live_transcript_is_pickled_after_its_frames_were_seen() -> None:
    heard = aai.LiveTranscript("talk.wav")
    assert heard.words.empty
    heard.warnings.append("late")
    for again in (pickle.loads(pickle.dumps(heard)), copy.copy(heard), copy.deepcopy(heard)):
        assert (again.source, again.warnings) == ("talk.wav", ["late"])
        assert again.words.equals(heard.words)


def test_a_corpus_is_opened_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    corpus = aai.corpus("calls", memory="2GB")
    again = pickle.loads(pickle.dumps(corpus))
    assert (again.folder, again.memory) == (tmp_path / "calls", "2GB")

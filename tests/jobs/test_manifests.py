"""Tables of recordings: columns that go along, when each was recorded, rows that fail, another try."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import aai_jupyter as aai
from aai_jupyter.api.manifest import read_text_table
from aai_jupyter.api.recorded_at import file_name_expression, recorded_at, tagged_time
from aai_jupyter.client.sources.reading import resolve_sources
from tests.jobs.conftest import Service, speech
from tests.sound_faults import RATE, write

EN: Any = {"language_code": "en"}


@pytest.fixture
def calls(logged_in: Service, in_folder: Path) -> Service:
    (in_folder / "calls").mkdir()
    for name in ("ann", "ben", "cleo"):
        (in_folder / f"calls/{name}.wav").write_bytes(speech(f"My name is {name}."))
    return logged_in


def table() -> pd.DataFrame:
    names = ["ann", "ben", "gone", "cleo", "ann"]
    frame = pd.DataFrame({"path": [f"calls/{name}.wav" for name in names]})
    frame["agent"] = pd.Categorical(["x", "y", "y", "x", "z"], categories=["z", "y", "x", "w"], ordered=True)
    frame["date"] = pd.to_datetime(
        ["2024-03-30 09:00", "2024-03-31 01:30", None, "2024-04-01 00:00", "2024-05-01 00:00"]
    )
    frame["score"] = [1, 2, 3, 4, 5]
    return frame.set_index(pd.Index([7, 7, 8, 9, 10]))


def test_columns_go_along_into_every_frame(calls: Service) -> None:
    found = aai.transcribe(table(), source="path", keep=["agent", "date"], speaker_labels=True, **EN)
    assert found.sources == [f"calls/{name}.wav" for name in ("ann", "ben", "cleo", "ann")]
    assert calls.made == 3  # one is listed twice
    for name in ("words", "utterances", "sentences", "paragraphs", "entities", "turns"):
        frame = found.frame(name)
        assert frame["agent"].dtype == table()["agent"].dtype, name
        assert frame["date"].dtype == table()["date"].dtype
        assert "score" not in frame
    words = found.words
    per_call = words.groupby(["agent", "source"], observed=True, sort=False).size()
    assert list(per_call.index) == [
        ("x", "calls/ann.wav"),
        ("y", "calls/ben.wav"),
        ("x", "calls/cleo.wav"),
        ("z", "calls/ann.wav"),
    ]
    assert per_call.nunique() == 1
    assert found.recordings.agent.tolist() == ["x", "y", "x", "z"]
    assert found.search("name").agent.tolist() == ["x", "y", "x", "z"]
    assert found.failed[["source", "error", "agent"]].values.tolist() == [
        ["calls/gone.wav", "SourceError", "y"]
    ]
    assert found[1:3].words.agent.unique().tolist() == ["y", "x"]
    assert pickle.loads(pickle.dumps(found)).words.agent.dtype == words.agent.dtype
    assert aai.transcribe(table(), source="path", **EN).words.score.unique().tolist() == [1, 2, 4, 5]


def test_what_failed_is_tried_again(calls: Service) -> None:
    found = aai.transcribe(table(), source="path", **EN)
    assert len(found.failed) == 1
    found.retry_failed()
    assert (len(found), len(found.failed)) == (4, 1)
    Path("calls/gone.wav").write_bytes(speech("My name is late."))
    again = aai.transcribe(table(), source="path", **EN)
    assert again.recordings.score.tolist() == [1, 2, 3, 4, 5]
    calls.reader.faults = 2  # the service's own: it is submitted once more
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("aai_jupyter.jobs.recording_work.RESUBMIT_SECONDS", 0.05)
        Path("calls/odd.wav").write_bytes(speech("My name is odd."))
        odd = aai.transcribe(["calls/odd.wav", "calls/ann.wav"], **EN)
    assert odd.failed.error.tolist() == ["TranscriptionFailedError"]
    assert odd.retry_failed() is odd
    assert odd.sources == ["calls/odd.wav", "calls/ann.wav"]
    with pytest.raises(aai.UsageError, match="not known any more"):
        pickle.loads(pickle.dumps(found)).retry_failed()


def test_manifests_are_read_as_they_are_written(calls: Service, in_folder: Path) -> None:
    text = "path;agent;extension;rating\nann.wav;Zoë;007;4.5\nben.wav;;030;3\n"
    (in_folder / "calls/calls.csv").write_text(text, encoding="utf-8-sig")
    found = aai.transcribe(manifest="calls/calls.csv", source="path", **EN)
    first = found.utterances.iloc[0]
    assert (first.agent, first.extension, first.rating) == ("Zoë", "007", 4.5)
    assert found.utterances.agent.isna().tolist() == [False, True]
    assert read_text_table(in_folder / "calls/calls.csv").rating.dtype == "float64"


def test_columns_are_saved_with_the_transcripts(calls: Service, tmp_path: Path) -> None:
    found = aai.transcribe(table(), source="path", recorded_at="date", timezone="Europe/Berlin", **EN)
    found.save(tmp_path / "saved")
    words, again = found.words, aai.TranscriptSet.load(tmp_path / "saved").words
    columns = ["at", "agent", "score", "text"]
    assert again[columns].dtypes.equals(words[columns].dtypes)
    assert again[columns].equals(words[columns])
    found[:2].save(tmp_path / "saved")
    with pytest.warns(UserWarning, match="left out"):
        assert "agent" not in aai.TranscriptSet.load(tmp_path / "saved").words


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"source": "file"}, "no column 'file'"),
        ({}, "Which column"),
        ({"source": "path", "keep": ["agents"]}, "no column 'agents'"),
        ({"source": "path", "recorded_at": "score"}, "numbers, not times"),
        ({"source": "path", "recorded_at": "when"}, "none of its ways"),
        ({"source": "path", "recorded_at": "date", "timezone": "Berlin"}, "no time zone"),
        ({"source": "path", "timezone": "Europe/Berlin"}, "goes with recorded_at"),
    ],
)
def test_mistakes_are_found_before_anything_is_sent(
    calls: Service, wrong: dict[str, str], words: str
) -> None:
    with pytest.raises(aai.OptionError, match=words):
        aai.transcribe(manifest=table(), **wrong, **EN)  # type: ignore[call-overload]
    with pytest.raises(aai.OptionError, match="columns duration, speaker already"):
        aai.transcribe(table().assign(duration=1, speaker="A"), source="path", **EN)
    assert not calls.proxy.requests


def test_at_is_a_true_moment_across_the_change_of_clocks(calls: Service) -> None:
    found = aai.transcribe(
        table(), source="path", recorded_at="date", timezone="Europe/Berlin", keep=["agent"], **EN
    )
    when = found.recordings.recorded_at
    assert str(when.dtype) == "datetime64[us, Europe/Berlin]"
    assert when.dt.strftime("%H:%M %z").tolist() == [
        "09:00 +0100",
        "01:30 +0100",
        "00:00 +0200",
        "00:00 +0200",
    ]
    assert found.recordings.recorded_at_origin.unique().tolist() == ["column date"]
    words = found.words
    offset = (words["at"] - words.groupby("agent", observed=True)["at"].transform("min")).dt.total_seconds()
    assert words["at"].notna().all()
    assert (offset >= 0).all()
    in_ms = found.frame("words", units="ms")
    assert (in_ms["at"] == words["at"]).all()
    assert (found.frame("words", units="timedelta")["at"] == words["at"]).all()
    assert found.entities["at"].dtype == words["at"].dtype


def times(
    ways: str | list[str], names: list[str], zone: str | None = "Europe/Berlin"
) -> tuple[list[str], list[str]]:
    sources = resolve_sources([(name.encode() * 0 + b"RIFF....WAVE") for name in names])
    for source, name in zip(sources, names, strict=True):
        source.label = name
    when, origin = recorded_at(ways, sources, None, zone)
    return [str(one) for one in when], origin.tolist()


def test_file_names_tell_when(recwarn: pytest.WarningsRecorder) -> None:
    names = [
        "a/call_20240331-013000_7.wav",
        "call_20241399-000000.wav",
        "notes.wav",
        "call_20241027-023000.wav",
    ]
    names += ["call_20240331-023000.wav"]
    when, origin = times("call_%Y%m%d-%H%M%S", names)
    assert when == ["2024-03-31 01:30:00+01:00", "NaT", "NaT", "NaT", "NaT"]
    assert origin[0] == "file name"
    assert origin[3] == "file name; 2024-10-27 02:30 came twice when clocks were set"
    assert origin[4] == "file name; 2024-03-31 02:30 did not come when clocks were set"
    aware, _ = times("%Y-%m-%dT%H%M%S%z", ["x 2024-10-27T023000+0100.wav"])
    assert aware == ["2024-10-27 02:30:00+01:00"]
    assert not recwarn.list
    times("%Y%m%d", ["20240101.wav"], None)
    assert "taken as UTC" in str(recwarn.list[0].message)
    with pytest.raises(aai.OptionError, match="directive %Q"):
        file_name_expression("%Q")


def test_tags_of_the_sound_tell_when(tmp_path: Path) -> None:
    import av
    import numpy as np

    path = tmp_path / "memo.m4a"
    write(tmp_path / "plain.wav", np.zeros((1, RATE), np.float32), RATE, "pcm_s16le")
    with av.open(str(tmp_path / "plain.wav")) as given, av.open(str(path), "w") as made:
        made.metadata["creation_time"] = "2024-07-01T10:00:00Z"
        stream = made.add_stream("aac", rate=RATE, layout="mono")
        for frame in given.decode(audio=0):
            made.mux(stream.encode(frame))
        made.mux(stream.encode(None))
    when, origin = recorded_at(
        ["tags", "%Y"], resolve_sources([path, tmp_path / "plain.wav"]), None, "Europe/Berlin"
    )
    assert (str(when[0]), origin[0]) == ("2024-07-01 12:00:00+02:00", "tags of the sound")
    assert (when.isna().tolist(), origin.isna().tolist()) == ([False, True], [False, True])
    assert tagged_time({"date": "2024"}) is None

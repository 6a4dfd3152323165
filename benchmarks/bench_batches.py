"""A batch of short recordings, from files to results, beside the official SDK.

python -m benchmarks.bench_batches [--jobs N] [--at-once N] [--rounds N]

Each contestant is a process of its own, and they take turns. Ideal is a makespan with all jobs at the service
from the start. The time of the first jobs counts from the first request of a contestant.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from benchmarks.bench_jobs import ideal_makespan
from benchmarks.simulated_service import durations, simulated_service

JOBS, AT_ONCE, ROUNDS = 100, 50, 3
SHORTEST, LONGEST = 3.2, 4.0
SECONDS_OF_SOUND = 2
CONTESTANTS = ("ours", "SDK, group", "SDK, threads")
KEY = "k" * 32


def _ours(url: str, files: list[Path], home: Path) -> int:
    import asyncio

    from aai_jupyter.client.client import Client
    from aai_jupyter.client.options.transcript_request import build_request
    from aai_jupyter.client.sources.reading import resolve_sources
    from aai_jupyter.jobs.batch import transcribe_many
    from aai_jupyter.jobs.store import Store
    from aai_jupyter.settings.endpoint import ApiKey, Endpoint
    from aai_jupyter.transcripts.restore import restored

    store = Store(home)

    async def run() -> int:
        async with Client(Endpoint(url, url, url, ApiKey(KEY), region="custom")) as client:
            outcomes = await transcribe_many(
                client,
                resolve_sources([str(file) for file in files]),
                build_request({"language_code": "en"}),
                store=store,
                restore=lambda data, source: restored(data, store, source),
            )
        return sum(outcome.transcript is not None for outcome in outcomes)

    return asyncio.run(run())


def _sdk(url: str, files: list[Path], threads: bool) -> int:
    import assemblyai as sdk

    sdk.settings.api_key, sdk.settings.base_url = KEY, url
    config = sdk.TranscriptionConfig(language_code="en")
    transcriber = sdk.Transcriber(config=config)
    if threads:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(len(files)) as pool:
            done = list(pool.map(transcriber.transcribe, map(str, files)))
    else:
        done = list(transcriber.transcribe_group([str(file) for file in files]))
    return sum(one.status == sdk.TranscriptStatus.completed for one in done)


def _contest(name: str, url: str, folder: Path) -> None:
    """Run one contestant in this process and print its figures."""
    files = sorted(folder.glob("*.wav"))
    if name == "ours":
        import aai_jupyter.jobs.batch
        import aai_jupyter.transcripts.restore  # noqa: F401 - as in a notebook that has transcribed before
    else:
        import assemblyai  # noqa: F401
    before, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    done = (
        _ours(url, files, folder / "home") if name == "ours" else _sdk(url, files, name.endswith("threads"))
    )
    took, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert done == len(files), f"{name}: {done} of {len(files)}"
    print(json.dumps({"makespan": took, "cpu": cpu / len(files)}))


def _write(path: Path, number: int) -> None:
    import wave

    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(number.to_bytes(2, "little") * (SECONDS_OF_SOUND * 16_000))


def _run(name: str, jobs: int, taking: list[float], at_once: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder, simulated_service(taking, at_once) as url:
        for number in range(jobs):
            _write(Path(folder) / f"{number:04}.wav", number)
        command = [sys.executable, "-m", "benchmarks.bench_batches", "--contest", name, url, folder]
        found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        with urllib.request.urlopen(f"{url}/counts") as reply:
            times = json.load(reply)["submitted"]
        found["first"] = sorted(times)[min(at_once, jobs) - 1]
        found["last"] = max(times)
    return found


def main(jobs: int = JOBS, at_once: int = AT_ONCE, rounds: int = ROUNDS) -> list[dict[str, object]]:
    """Measure, print, and give the rows."""
    taking = durations(jobs, SHORTEST, LONGEST)
    ideal = ideal_makespan(taking, at_once)
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in CONTESTANTS}
    for _ in range(rounds):
        for name in CONTESTANTS:
            runs[name].append(_run(name, jobs, taking, at_once))
            print(name, {key: round(value, 4) for key, value in runs[name][-1].items()}, flush=True)

    def middle(name: str, key: str) -> float:
        return statistics.median(run[key] for run in runs[name])

    what = f"{jobs} files, {at_once} jobs at once"
    sdk = CONTESTANTS[1:]
    makespan = middle("ours", "makespan") / ideal
    best = min(middle(name, "makespan") for name in sdk) / ideal
    first, cpu = middle("ours", "first"), middle("ours", "cpu")
    rows: list[dict[str, object]] = [
        {
            "what": f"{what}: makespan by the ideal {ideal:.1f} s",
            "ours": f"{makespan:.2f}x",
            "against": ", ".join(f"{name}: {middle(name, 'makespan') / ideal:.2f}x" for name in sdk),
            "goal": "at most 1.10x, and better than the SDK",
            "met": makespan <= 1.10 and makespan < best,
        },
        {
            "what": f"{what}: the first {at_once} submitted after",
            "ours": f"{first:.2f} s (all: {middle('ours', 'last'):.2f} s)",
            "against": ", ".join(
                f"{name}: {middle(name, 'first'):.2f} s (all: {middle(name, 'last'):.2f} s)" for name in sdk
            ),
            "goal": "0.2 s",
            "met": first <= 0.2,
        },
        {
            "what": f"{what}: CPU a file",
            "ours": f"{1000 * cpu:.1f} ms",
            "against": ", ".join(f"{name}: {1000 * middle(name, 'cpu'):.1f} ms" for name in sdk),
            "goal": "no more than the SDK's group call",
            "met": cpu <= middle("SDK, group", "cpu"),
        },
    ]
    for row in rows:
        print(row)
    return rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--jobs", type=int, default=JOBS)
    parser.add_argument("--at-once", type=int, default=AT_ONCE)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--contest", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.contest:
        _contest(arguments.contest[0], arguments.contest[1], Path(arguments.contest[2]))
    else:
        main(arguments.jobs, arguments.at_once, arguments.rounds)

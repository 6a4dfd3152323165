"""Many jobs at once: how near the ideal makespan, how soon results are seen, how many requests it takes.

python -m benchmarks.bench_jobs [--jobs N] [--at-once N]
"""

from __future__ import annotations

import argparse
import asyncio
import heapq
import sys
import time
from dataclasses import dataclass

from aai_jupyter.client.client import Client
from aai_jupyter.client.responses import decode_json
from aai_jupyter.settings.endpoint import ApiKey, Endpoint
from benchmarks.simulated_service import durations, simulated_service

JOBS, AT_ONCE = 1000, 200
SHORTEST, LONGEST = 7.0, 12.0  # seconds that the real service was seen to take for a minute of audio
UPLOADS_AT_ONCE = 8
_SOUND = b"RIFF" + bytes(20_000)


@dataclass
class _Seen:
    late: float
    waited: float


def ideal_makespan(taking: list[float], at_once: int) -> float:
    """Seconds with all jobs there from the start and no delay anywhere, in the order of submission."""
    slots = [0.0] * at_once
    for seconds in taking:
        heapq.heapreplace(slots, slots[0] + seconds)
    return max(slots)


async def _run(url: str, jobs: int) -> tuple[float, list[_Seen], dict[str, int]]:
    endpoint = Endpoint(url, url, url, ApiKey("k" * 32), region="custom")
    async with Client(endpoint) as client:
        # Counting starts after this; it also waits for the server process to be up.
        await client.http.request("GET", "/counts")
        uploading = asyncio.Semaphore(UPLOADS_AT_ONCE)

        async def one() -> _Seen:
            async with uploading:
                audio_url = await client.transcripts.upload(_SOUND)
                job = await client.transcripts.submit(audio_url, language_code="en")
            submitted = time.time()
            data = await client.transcripts.wait(str(job.id))
            now = time.time()
            return _Seen(now - data.raw["completed_at"], now - submitted)

        start = time.perf_counter()
        seen = await asyncio.gather(*(one() for _ in range(jobs)))
        makespan = time.perf_counter() - start
        counts = decode_json(await client.http.request("GET", "/counts"))
    return makespan, seen, counts


def main(jobs: int = JOBS, at_once: int = AT_ONCE) -> list[dict[str, object]]:
    """Measure, print, and give the rows."""
    taking = durations(jobs, SHORTEST, LONGEST)
    ideal = ideal_makespan(taking, at_once)
    with simulated_service(taking, at_once) as url:
        makespan, seen, counts = asyncio.run(_run(url, jobs))
    late = [s.late for s in seen]
    looks = counts.get("GET list", 0) + counts.get("GET transcript", 0)
    rate = looks / sum(s.waited for s in seen)
    what = f"{jobs} jobs, {at_once} at once"
    rows: list[dict[str, object]] = [
        {
            "what": f"{what}: makespan",
            "ours": f"{makespan:.1f} s ({makespan / ideal:.3f}x)",
            "against": f"ideal: {ideal:.1f} s",
            "goal": "at most 1.05x",
            "met": makespan <= 1.05 * ideal,
        },
        {
            "what": f"{what}: completion seen after",
            "ours": f"{sum(late) / len(late):.2f} s on average, {max(late):.2f} s at most",
            "against": "-",
            "goal": "0.5 s on average",
            "met": sum(late) / len(late) <= 0.5,
        },
        {
            "what": f"{what}: requests per job and second waited",
            "ours": f"{rate:.3f} ({looks} requests, each result included)",
            "against": "one by one every 3 s: 0.333",
            "goal": "under 0.1",
            "met": rate < 0.1,
        },
    ]
    for row in rows:
        print(row)
    return rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--jobs", type=int, default=JOBS)
    parser.add_argument("--at-once", type=int, default=AT_ONCE)
    arguments = parser.parse_args()
    sys.exit(0 if all(row["met"] for row in main(arguments.jobs, arguments.at_once)) else 1)

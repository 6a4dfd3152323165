"""A thousand questions under a rate limit: time against the ideal, words on screen, costs to the digit.

python -m benchmarks.bench_gateway [--questions N]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import sys
import tempfile
import time
from decimal import Decimal
from typing import Any

from aai_jupyter.asking.answers import Answers
from aai_jupyter.asking.ask_each import AskItem, ask_each
from aai_jupyter.asking.asker import Asker
from aai_jupyter.asking.prompt_turns import PromptTurn
from aai_jupyter.asking.question import Question
from aai_jupyter.client.client import Client
from aai_jupyter.client.responses import decode_json
from aai_jupyter.runtime.cell import FRONT_END
from aai_jupyter.settings.endpoint import ApiKey, Endpoint
from benchmarks.stub_gateway import MODEL, PRICES, stub_gateway

QUESTIONS = 1000
# The service allows 30 in 60 s: half an hour for a thousand. Ten windows show the same in 20 s.
LIMIT, WINDOW = 100, 2.0
LATENCY = (0.05, 0.2)
STREAMS = 5
_MOMENT = re.compile(r"\b\d+\.\d{6}\b")


def ideal_seconds(questions: int, limit: int, window: float) -> float:
    """From the first request to the last answer, when each window is filled the moment that it opens."""
    return (questions - 1) // limit * window + sum(LATENCY) / 2


def ledger_cost(ledger: list[list[int]]) -> Decimal:
    """What the stub charged, by its own notes."""
    prompt, completions, cached = (
        Decimal(str(PRICES[k])) for k in ("prompt", "completions", "input_cache_read")
    )
    total = sum((i - c) * prompt + c * cached + o * completions for i, o, c in ledger)
    return Decimal(total) / 1_000_000


async def _many(client: Client, questions: int) -> tuple[float, Answers, dict[str, object]]:
    turns = [
        PromptTurn(n, "We talked about this and that for a while.", float(n), n + 1.0, "A")
        for n in range(1, 20)
    ]
    items = [AskItem({"item": number}, turns) for number in range(questions)]
    answers = Answers("What was agreed?", None, [item.key for item in items])
    asker = Asker(client.gateway, default=MODEL)
    await client.gateway.models()  # the server is up, the catalog known
    began = time.perf_counter()
    await ask_each(asker, Question(answers.question), items, answers)
    seconds = time.perf_counter() - began
    state = decode_json(await client.gateway._http.request("GET", "/state", base_url=client.gateway.base_url))
    return seconds, answers, state


async def _latencies(client: Client) -> list[float]:
    """Seconds from the sending of a piece to its text in the caller's hands."""
    late: list[float] = []
    for _ in range(STREAMS):
        await client.gateway.chat(
            MODEL, "Hi", on_delta=lambda delta: late.append(time.monotonic() - float(delta.text))
        )
    return sorted(late)


async def _run(url: str, questions: int) -> tuple[float, Answers, dict[str, object], list[float]]:
    endpoint = Endpoint(url, url, url, ApiKey("k" * 32), region="custom")
    async with Client(endpoint) as client:
        seconds, answers, state = await _many(client, questions)
        return seconds, answers, state, await _latencies(client)


def _on_screen(url: str) -> list[float]:
    """Seconds from the sending of a piece to the message that shows it in a notebook: a real kernel asks with
    the magic, and the page's side of the wire is read here. What the browser then needs is not in it."""
    from jupyter_client.manager import KernelManager

    late: list[float] = []
    with tempfile.TemporaryDirectory() as home:
        manager = KernelManager(kernel_name="python3")
        manager.start_kernel(
            env={**os.environ, "AAI_JUPYTER_HOME": home, "ASSEMBLYAI_API_KEY": "k" * 32, FRONT_END: "page"}
        )
        client = manager.client()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=60)
            hosts = f"aai.settings.base_url = aai.settings.llm_gateway_base_url = {url!r}"
            client.execute_interactive(
                f"%load_ext aai_jupyter\nimport aai_jupyter as aai\n{hosts}", allow_stdin=False
            )
            shown: set[str] = set()

            def see(message: dict[str, Any]) -> None:
                now = time.monotonic()
                found = set(_MOMENT.findall(json.dumps(message["content"], default=str)))
                late.extend(now - float(text) for text in found - shown)
                shown.update(found)

            for _ in range(STREAMS):
                client.execute_interactive("%aai_ask --alone Hi", output_hook=see, timeout=60)
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
    return sorted(late)


def main(questions: int = QUESTIONS) -> list[dict[str, object]]:
    """Measure, print, and give the rows."""
    ideal = ideal_seconds(questions, LIMIT, WINDOW)
    with stub_gateway(LIMIT, WINDOW, LATENCY) as url:
        seconds, answers, state, late = asyncio.run(_run(url, questions))
    with stub_gateway(LIMIT, WINDOW, LATENCY) as url:
        screen = _on_screen(url)
    charged = ledger_cost(state["ledger"])
    answered = sum(answer is not None for answer in answers.answers)
    what = f"{questions:,} questions, {LIMIT} in {WINDOW:g} s allowed"
    p95 = late[int(len(late) * 0.95)] * 1000
    shown = screen[int(len(screen) * 0.95)]
    rows: list[dict[str, object]] = [
        {
            "what": f"{what}: time",
            "ours": f"{seconds:.2f} s ({seconds / ideal:.3f}x), {answered:,} answered",
            "against": f"ideal: {ideal:.2f} s",
            "goal": "at most 1.1x, all answered",
            "met": seconds <= 1.1 * ideal and answered == questions,
        },
        {
            "what": f"{what}: refusals (429)",
            "ours": f"{state['refused']}",
            "against": "-",
            "goal": "under 1 %",
            "met": int(str(state["refused"])) < questions / 100,
        },
        {
            "what": f"cost of {questions:,} answers",
            "ours": f"${answers.cost}",
            "against": f"the server's ledger: ${charged}",
            "goal": "equal to the last digit",
            "met": answers.cost == charged,
        },
        {
            "what": "streamed answer: piece sent -> text in hand, p95",
            "ours": f"{p95:.2f} ms (median {late[len(late) // 2] * 1000:.2f} ms)",
            "against": "-",
            "goal": "under 5 ms",
            "met": p95 < 5,
        },
        {
            "what": "streamed answer: piece sent -> message to the notebook, p95",
            "ours": f"{shown * 1000:.0f} ms (median {screen[len(screen) // 2] * 1000:.0f} ms)",
            "against": "-",
            "goal": "under 300 ms (drawn every 150 ms)",
            "met": shown < 0.3,
        },
    ]
    for row in rows:
        print(row)
    return rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--questions", type=int, default=QUESTIONS)
    sys.exit(0 if all(row["met"] for row in main(parser.parse_args().questions)) else 1)

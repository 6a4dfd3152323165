"""Run by test_walk.py in a process of its own: every public call, and what leaves it, as lines of JSON."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import sys
import time
import traceback
import wave
from collections.abc import Callable
from functools import partial
from typing import Any

file = io.BytesIO()
with wave.open(file, "wb") as w:
    w.setparams((1, 2, 8000, 0, "NONE", ""))
    w.writeframes(bytes(8000))
SOUND = file.getvalue()
RAW = {"id": "t1", "status": "completed", "text": "Hi.", "words": [{"text": "Hi.", "start": 0, "end": 500}]}


def calls() -> dict[str, Callable[[], Any]]:
    import pandas as pd

    import aai_jupyter as aai

    t = aai.Transcript.from_json(RAW)
    talk = aai.TranscriptSet([t])

    async def client() -> Any:
        async with aai.Client() as one:
            await one.transcripts.get("x")

    found: dict[str, Callable[[], Any]] = {
        "transcribe": lambda: aai.transcribe(SOUND),
        "transcribe a path": lambda: aai.transcribe("talk.wav"),
        "transcribe several": lambda: aai.transcribe(["talk.wav", SOUND]),
        "transcribe without waiting": lambda: aai.transcribe(SOUND, wait=False),
        "transcribe_async": lambda: asyncio.run(aai.transcribe_async(SOUND)),
        "ask": lambda: aai.ask("What?", t),
        "ask_async": lambda: asyncio.run(aai.ask_async("What?", t)),
        "ask many": lambda: aai.ask("What?", talk),
        "chat": lambda: aai.chat(t),
        "studio": lambda: aai.studio(),
        "stream": lambda: aai.stream(SOUND),
        "dictate": lambda: aai.dictate(SOUND),
        "get": lambda: aai.get("b7c1d0f2-0a1b-4c2d-8e3f-5a6b7c8d9e0f"),
        "jobs_frame": lambda: aai.jobs_frame(),
        "load": lambda: aai.load("none.aai"),
        "load a folder": lambda: aai.load("."),
        "sample": lambda: aai.sample(),
        "Client": lambda: asyncio.run(client()),
        "settings": lambda: [aai.settings.rows(), aai.settings.profiles(), repr(aai.settings)],
        "profile": lambda: aai.settings.profile("none"),
        "words": lambda: t.words,
        "edit": lambda: t.edit,
        "player": lambda: t.player(),
        "display": lambda: t._repr_mimebundle_(),
        "erase": lambda: aai.erase(t),
        "erase a path and what is old": lambda: aai.erase("talk.wav", older_than=30),
        "save": lambda: t.save("kept.aai"),
        "save to a full disk": lambda: t.save("/dev/full"),
        "save to no folder": lambda: t.save("/nonexistent/kept.aai"),
        "understand": lambda: t.understand(translation={"target_languages": ["de"]}),
        "align": lambda: aai.align("Hi.", "talk.wav"),
        "inspect": lambda: aai.inspect("talk.wav"),
        "spend": lambda: aai.spend(),
        "dictate_async": lambda: asyncio.run(aai.dictate_async(SOUND)),
        "stream_async": lambda: asyncio.run(aai.stream_async(SOUND)),
        "get_async": lambda: asyncio.run(aai.get_async("b7c1d0f2-0a1b-4c2d-8e3f-5a6b7c8d9e0f")),
        "erase_async": lambda: asyncio.run(aai.erase_async(t, dry_run=True)),
        "run": lambda: aai.run(aai.transcribe_async(SOUND)),
        "check_captions": lambda: aai.check_captions("captions.srt"),
        "codebook": lambda: aai.codebook("codes.csv"),
        "corpus": lambda: aai.corpus("corpus").add(t),
        "compare": lambda: aai.compare(t, "reference.txt"),
        "evaluate": lambda: aai.evaluate([t], {"t1": "Hi."}),
        "tracks": lambda: aai.tracks("talk.wav"),
        "join": lambda: aai.join(["talk.wav", "talk.wav"]),
        "merge": lambda: aai.merge(t, t),
        "agreement": lambda: aai.agreement(t.words),
        "to_excel": lambda: aai.to_excel(t.words, "words.xlsx"),
        "to_excel on a full disk": lambda: aai.to_excel(t.words, "/nonexistent/words.xlsx"),
        "frames_schema": lambda: aai.frames_schema(pd.DataFrame({"path": ["talk.wav"]})),
        "transcribe_frames": lambda: aai.transcribe_frames(pd.DataFrame({"path": ["talk.wav"]})),
        "voices": lambda: [repr(aai.voices), aai.voices.forget("Ann")],
        "recognise": lambda: t.recognise(),
        "recheck_speakers": lambda: t.recheck_speakers(),
        "attach": lambda: t.attach("sentences", "no JSON"),
        "export": lambda: t.export("talk.srt"),
        "export on a full disk": lambda: t.export("/dev/full"),
        "settings login": lambda: aai.settings.login(""),
    }
    return found | magics(aai, t)


def magics(aai: Any, t: Any) -> dict[str, Callable[[], Any]]:
    from IPython.core.interactiveshell import InteractiveShell

    from aai_jupyter.notebook.magics.registry import MODULES

    shell = InteractiveShell.instance()
    shell.run_line_magic("load_ext", "aai_jupyter")
    shell.user_ns.update(t=t, sound=SOUND)
    lines = [
        "transcribe sound",
        "transcribe sound --dry-run",
        "transcribe talk.wav --as x",
        "aai_ask --about t What was said?",
        "aai_stream --source sound --wait",
        "aai_stream --clip --source sound",
        "aai_status",
        "aai_transcripts",
        "aai_transcripts get b7c1d0f2-0a1b-4c2d-8e3f-5a6b7c8d9e0f",
        "aai_jobs",
        "aai_jobs cancel b7c1d0f2-0a1b-4c2d-8e3f-5a6b7c8d9e0f",
        "aai_models",
        "aai_search --corpus corpus refund",
        *(f"{name} --help" for name in MODULES),
    ]

    def run(line: str) -> Any:
        name, _, rest = line.partition(" ")
        return shell.run_line_magic(name, rest)

    return {f"%{line}": partial(run, line) for line in lines}


def outcome(call: Callable[[], Any]) -> dict[str, Any]:
    from aai_jupyter import AaiError

    try:
        with contextlib.redirect_stdout(io.StringIO()):
            call()
    except AaiError as error:
        return {"error": type(error).__name__, "said": str(error), "remedy": error.hint, "ours": True}
    except BaseException as error:  # noqa: BLE001 - what leaves is what is tested
        return {"error": type(error).__name__, "said": traceback.format_exc()[-1500:], "ours": False}
    return {"error": None}


def main() -> None:
    from IPython.core.interactiveshell import InteractiveShell

    InteractiveShell.instance()  # a shell begins in a folder that is there
    if "deleted" in sys.argv:
        os.rmdir(os.getcwd())
    try:
        found = calls()
    except BaseException:  # noqa: BLE001 - as above
        print(
            json.dumps({"call": "import", "error": "import", "said": traceback.format_exc(), "ours": False})
        )
        return
    for name, call in found.items():
        began = time.monotonic()
        said = outcome(call)
        seconds = round(time.monotonic() - began, 1)
        print(json.dumps({"call": name, "seconds": seconds, **said}), file=sys.__stdout__, flush=True)
    os._exit(0)  # whatever still waits has no one to wait for it


if __name__ == "__main__":
    main()

"""Mistakes that type checkers find: each line that ends in `# wrong` is reported, and no other.

mypy tells of a mistake that it does not find as of an unused `type: ignore`; basedpyright, in `test_types`,
does not look at these comments.
"""

from __future__ import annotations

import aai_jupyter as aai


def transcribing() -> None:
    aai.transcribe("a.wav", speaker_lables=True)  # type: ignore[call-overload]  # wrong
    aai.transcribe("a.wav", "b.wav", speaker_lables=True)  # type: ignore[call-overload]  # wrong
    aai.transcribe("a.wav", speaker_labels="yes, please")  # type: ignore[call-overload]  # wrong
    aai.transcribe("a.wav", language_code="german")  # type: ignore[call-overload]  # wrong
    aai.transcribe("a.wav", redact_pii_sub="stars")  # type: ignore[call-overload]  # wrong
    aai.transcribe("a.wav", speakers_expected=2.5)  # type: ignore[call-overload]  # wrong
    aai.transcribe("a.wav", boost_param="high")  # type: ignore[call-overload]  # wrong
    aai.transcribe(3.5)  # type: ignore[call-overload]  # wrong
    print(aai.transcribe("a.wav", wait=False).words)  # type: ignore[attr-defined]  # wrong
    aai.transcribe(["a.wav", "b.wav"]).to_srt()  # type: ignore[attr-defined]  # wrong


def asking(call: aai.Transcript) -> None:
    aai.ask("Who?", call, temprature=0)  # type: ignore[call-overload]  # wrong
    aai.ask("Who?", call, stream=True)  # type: ignore[call-overload]  # wrong
    aai.ask("Who?", call, max_tokens="many")  # type: ignore[call-overload]  # wrong
    print(aai.ask("Who?", call, each=True).text)  # type: ignore[attr-defined]  # wrong
    aai.ask(call, "Who?")  # type: ignore[call-overload]  # wrong


def speaking(live: aai.LiveStream) -> None:
    aai.dictate("note.wav", keyterm_prompt=["Borealis"])  # type: ignore[call-overload]  # wrong
    aai.dictate("note.wav", device="default")  # type: ignore[call-overload]  # wrong
    aai.stream("talk.mp3", speech_model="universal-2")  # type: ignore[arg-type]  # wrong
    aai.stream("talk.mp3", speeed=2)  # type: ignore[call-arg]  # wrong
    live.update(sample_rate=8000)  # type: ignore[call-arg]  # wrong
    aai.Client(regoin="eu")  # type: ignore[call-arg]  # wrong

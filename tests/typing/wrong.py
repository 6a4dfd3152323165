"""Mistakes that type checkers find: each line that ends in `# wrong` is reported, and no other."""

from __future__ import annotations

import aai_jupyter as aai


def transcribing() -> None:
    aai.transcribe("a.wav", speaker_lables=True)  # wrong
    aai.transcribe("a.wav", "b.wav", speaker_lables=True)  # wrong
    aai.transcribe("a.wav", speaker_labels="yes, please")  # wrong
    aai.transcribe("a.wav", language_code="german")  # wrong
    aai.transcribe("a.wav", redact_pii_sub="stars")  # wrong
    aai.transcribe("a.wav", speakers_expected=2.5)  # wrong
    aai.transcribe("a.wav", boost_param="high")  # wrong
    aai.transcribe(3.5)  # wrong
    print(aai.transcribe("a.wav", wait=False).words)  # wrong
    aai.transcribe(["a.wav", "b.wav"]).to_srt()  # wrong


def asking(call: aai.Transcript) -> None:
    aai.ask("Who?", call, temprature=0)  # wrong
    aai.ask("Who?", call, stream=True)  # wrong
    aai.ask("Who?", call, max_tokens="many")  # wrong
    print(aai.ask("Who?", call, each=True).text)  # wrong
    aai.ask(call, "Who?")  # wrong


def speaking(live: aai.LiveStream) -> None:
    aai.dictate("note.wav", keyterm_prompt=["Borealis"])  # wrong
    aai.dictate("note.wav", device="default")  # wrong
    aai.stream("talk.mp3", speech_model="universal-2")  # wrong
    aai.stream("talk.mp3", speeed=2)  # wrong
    live.update(sample_rate=8000)  # wrong
    aai.Client(regoin="eu")  # wrong

"""Calls of user-facing objects to the layers above: display, play, ask, transcribe.

``t.player()`` belongs on the transcript, but the player is built on transcripts and imports them. So the
calls that go up stand here and nowhere else, each by the name of its module, looked up when it is called:
importing a transcript loads no widget and no question, and no import goes round in a circle.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path
    from typing import Unpack

    import pandas as pd

    from aai_jupyter.asking.answer import Answer
    from aai_jupyter.asking.answers import Answers
    from aai_jupyter.asking.ask_plan import Plan
    from aai_jupyter.asking.coding_run import CodingRun
    from aai_jupyter.client.options.option_types import TranscribeOptions
    from aai_jupyter.client.sources.source_types import AudioSource
    from aai_jupyter.live.dictation import Dictation
    from aai_jupyter.live.live_stream import LiveStream
    from aai_jupyter.transcripts.codebook import Codebook
    from aai_jupyter.transcripts.coded import CodedTranscripts
    from aai_jupyter.transcripts.transcript import Transcript
    from aai_jupyter.transcripts.transcript_base import TranscriptBase
    from aai_jupyter.transcripts.transcript_set import TranscriptSet
    from aai_jupyter.widgets.player.player import Player

    TextChange = Callable[[str], str]
    """What becomes of a text that stands beside transcripts, such as one of a manifest."""

PLACES = {
    "mimebundle": "aai_jupyter.widgets.player.show_player",
    "display_transcript": "aai_jupyter.widgets.player.show_player",
    "player": "aai_jupyter.widgets.player.show_player",
    "play": "aai_jupyter.widgets.player.show_player",
    "selection": "aai_jupyter.widgets.player.show_player",
    "show_live": "aai_jupyter.widgets.captions.live_display",
    "live_view": "aai_jupyter.widgets.captions.live_display",
    "live_captions": "aai_jupyter.widgets.captions.live_display",
    "dictation_view": "aai_jupyter.widgets.recorder.recorder_display",
    "show_dictation": "aai_jupyter.widgets.recorder.recorder_display",
    "ask": "aai_jupyter.api.ask",
    "code_by_model": "aai_jupyter.api.coding",
    "load": "aai_jupyter.api.load",
    "align": "aai_jupyter.api.align",
    "recheck_speakers": "aai_jupyter.api.recheck_speakers",
    "recognise": "aai_jupyter.api.voices",
    "overlap": "aai_jupyter.api.overlap",
    "prosody": "aai_jupyter.api.prosody",
    "pseudonyms": "aai_jupyter.api.pseudonyms",
    "pseudonymised": "aai_jupyter.api.pseudonyms",
    "restored_names": "aai_jupyter.api.pseudonyms",
    "leaks": "aai_jupyter.api.leaks",
    "understand": "aai_jupyter.api.understand",
    "trail": "aai_jupyter.interchange.writers.trail",
    "transcribe": "aai_jupyter.api.transcribe",
    "caption_text": "aai_jupyter.interchange.writers.caption_frame",
    "captions": "aai_jupyter.interchange.writers.caption_frame",
    "convention_text": "aai_jupyter.interchange.writers.conventions",
    "export": "aai_jupyter.interchange.writers.export",
    "export_set": "aai_jupyter.interchange.writers.export",
    "to_excel": "aai_jupyter.interchange.writers.workbook",
    "save_redacted": "aai_jupyter.widgets.player.redacted_recording",
}
"""Function -> the module above that has it."""


def _call(name: str, *arguments: Any, **keywords: Any) -> Any:
    return getattr(import_module(PLACES[name]), name)(*arguments, **keywords)


def mimebundle(transcript: Transcript, static: dict[str, Any]) -> dict[str, Any]:
    """Return the mimebundle of a transcript: its player where there is a kernel, and its static form."""
    found: dict[str, Any] = _call("mimebundle", transcript, static)
    return found


def display_transcript(transcript: Transcript, metadata: dict[str, Any]) -> bool:
    """Show a transcript with its player; False, and nothing done, where its mimebundle is wanted."""
    found: bool = _call("display_transcript", transcript, metadata)
    return found


def player(transcript: Transcript) -> Player:
    """Return a player of a transcript."""
    found: Player = _call("player", transcript)
    return found


def play(frame: pd.DataFrame, of: Any, margin: float | None = None) -> Player:
    """Return a player of the rows of a frame."""
    found: Player = _call("play", frame, of, margin)
    return found


def selection(transcript: Transcript) -> pd.DataFrame:
    """Return the rows that were selected last in one of the transcript's players."""
    found: pd.DataFrame = _call("selection", transcript)
    return found


def show_live(live: LiveStream) -> None:
    """Show a session in the calling cell."""
    _call("show_live", live)


def live_view(live: LiveStream) -> Any:
    """Return what marimo shows of a session."""
    return _call("live_view", live)


def live_captions(live: LiveStream, microphone: bool, computer: bool) -> Any:
    """Return the captions of a session as a widget."""
    return _call("live_captions", live, microphone, computer)


def dictation_view(dictation: Dictation) -> Any:
    """Return what marimo shows of a dictation."""
    return _call("dictation_view", dictation)


def show_dictation(dictation: Dictation) -> None:
    """Show the button of a dictation in the calling cell."""
    _call("show_dictation", dictation)


def ask(question: str, *about: Any, **options: Any) -> Answer | Answers | Plan:
    """Ask a language model."""
    found: Answer | Answers | Plan = _call("ask", question, *about, **options)
    return found


def code_by_model(transcripts: CodedTranscripts, book: Codebook, **options: Any) -> CodingRun:
    """Have a language model code passages."""
    found: CodingRun = _call("code_by_model", transcripts, book, **options)
    return found


def align(transcript: Transcript, audio: Any, **options: Any) -> Transcript:
    """Give the words of a transcript the times of a recording."""
    found: Transcript = _call("align", transcript, audio, **options)
    return found


def recheck_speakers(transcript: Transcript, **options: Any) -> pd.DataFrame:
    """Compare the words of a transcript with the voices in its recording."""
    found: pd.DataFrame = _call("recheck_speakers", transcript, **options)
    return found


def recognise(calls: Any, **options: Any) -> pd.DataFrame:
    """Look for remembered voices among the speakers of transcripts."""
    found: pd.DataFrame = _call("recognise", calls, **options)
    return found


def overlap(transcript: Transcript, units: Any, **options: Any) -> pd.DataFrame:
    """Hear when several people speak at once."""
    found: pd.DataFrame = _call("overlap", transcript, units, **options)
    return found


def prosody(frame: pd.DataFrame, of: Any, **options: Any) -> pd.DataFrame:
    """Measure the sound of the rows of a frame."""
    found: pd.DataFrame = _call("prosody", frame, of, **options)
    return found


def pseudonyms(transcripts: Sequence[Transcript], key: Any, **options: Any) -> pd.DataFrame:
    """Propose pseudonyms for the names in transcripts."""
    found: pd.DataFrame = _call("pseudonyms", transcripts, key, **options)
    return found


def pseudonymised(
    transcripts: Sequence[Transcript], names: Any, key: Any
) -> tuple[list[Transcript], TextChange]:
    """Return transcripts with pseudonyms."""
    found: tuple[list[Transcript], TextChange] = _call("pseudonymised", transcripts, names, key)
    return found


def restored_names(transcripts: Sequence[Transcript], key: Any) -> tuple[list[Transcript], TextChange]:
    """Return the transcripts of views with their names again."""
    found: tuple[list[Transcript], TextChange] = _call("restored_names", transcripts, key)
    return found


def leaks(
    transcripts: Sequence[Transcript], places: Iterable[Any], key: Any, *, notebooks: bool
) -> pd.DataFrame:
    """Search files for names."""
    found: pd.DataFrame = _call("leaks", transcripts, places, key, notebooks=notebooks)
    return found


def load(path: str | Path) -> Transcript:
    """Read any transcript."""
    found: Transcript = _call("load", path)
    return found


def understand(transcript: Transcript, **features: Any) -> Transcript:
    """Run Speech Understanding on a transcript."""
    found: Transcript = _call("understand", transcript, **features)
    return found


def redacted_audio(transcript: Transcript, path: str | Path) -> Path:
    """Save the beeped recording of a transcript."""
    found: Path = _call("save_redacted", transcript, path)
    return found


def captions(transcript: TranscriptBase, style: Any, units: Any, **options: Any) -> pd.DataFrame:
    """Return the captions of a transcript by a rule book, as a frame."""
    found: pd.DataFrame = _call("captions", transcript, style, units, **options)
    return found


def caption_text(transcript: TranscriptBase, kind: str, style: Any, **options: Any) -> str:
    """Return the captions of a transcript by a rule book, as SubRip or WebVTT."""
    found: str = _call("caption_text", transcript, kind, style, **options)
    return found


def convention_text(transcript: TranscriptBase, style: str) -> str:
    """Return a transcript in a convention of conversation analysis."""
    found: str = _call("convention_text", transcript, style)
    return found


def export(transcript: Transcript, path: str | Path, format: str | None, **options: Any) -> Path:
    """Write a transcript to a file of another program."""
    found: Path = _call("export", transcript, path, format, **options)
    return found


def export_set(transcripts: TranscriptSet, path: str | Path, format: str | None, **options: Any) -> Path:
    """Write a set of transcripts to files of another program."""
    found: Path = _call("export_set", transcripts, path, format, **options)
    return found


def trail(transcripts: Iterable[Transcript], path: str | Path, **options: Any) -> Path:
    """Write the audit trail of a study."""
    found: Path = _call("trail", transcripts, path, **options)
    return found


def workbook(frame: pd.DataFrame, path: str | Path) -> Path:
    """Write a frame to an Excel workbook."""
    found: Path = _call("to_excel", frame, path)
    return found


def transcribe(source: AudioSource, **options: Unpack[TranscribeOptions]) -> Transcript:
    """Transcribe a recording."""
    found: Transcript = _call("transcribe", source, **options)
    return found


def transcribe_all(*sources: Any, **options: Any) -> Transcript | TranscriptSet:
    """Transcribe recordings."""
    found: Transcript | TranscriptSet = _call("transcribe", *sources, **options)
    return found

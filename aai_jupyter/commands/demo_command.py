"""The main job, measured: the bundled recording becomes text, speakers and a report.

``aai-jupyter demo`` and ``make demo`` run it; it needs no key.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aai_jupyter.transcripts.transcript import Transcript


@dataclass(frozen=True)
class Score:
    """How a transcript of the bundled recording compares with what was really said."""

    word_error_rate: float
    speaker_agreement: float
    speakers: int


def score(transcript: Transcript, reference: Path) -> Score:
    """Compare a transcript with the reference file that lies beside the recording.

    Parameters
    ----------
    transcript : Transcript
    reference : Path
        JSON with ``turns``: ``speaker``, ``start`` and ``end`` in seconds, ``text``.
    """
    from aai_jupyter.analysis.quality import speaker_agreement, word_error_rate

    turns = json.loads(reference.read_text(encoding="utf-8"))["turns"]
    words = transcript.frame("words", units="s")
    said = " ".join(turn["text"] for turn in turns)
    return Score(
        word_error_rate(said, transcript.text or ""),
        speaker_agreement(words, turns),
        int(words["speaker"].nunique()),
    )


def execute_notebook(notebook: Path, out: Path) -> Path:
    """Run a notebook from top to bottom in a kernel of its own; write it and its HTML to ``out``."""
    import nbformat
    from nbclient import NotebookClient
    from nbconvert import HTMLExporter

    content = nbformat.read(notebook, as_version=4)
    NotebookClient(
        content,
        timeout=600,
        kernel_name="python3",
        resources={"metadata": {"path": str(out)}},
        # ipykernel 7 warns of every kernel on TCP, as all of them are: nothing that a newcomer can act on.
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
    ).execute()
    target = out / notebook.name
    nbformat.write(content, target)
    page, _ = HTMLExporter(embed_images=True).from_notebook_node(content)
    target.with_suffix(".html").write_text(page, encoding="utf-8")
    return target


def main(out: str | Path = "build", notebook: str | Path | None = None) -> int:
    """Run the demo; print where its report is and ten lines of what was found and measured.

    Parameters
    ----------
    out : path
        Folder for the report; made if it does not exist.
    notebook : path, optional
        A notebook to execute first, into the same folder.
    """
    import aai_jupyter as aai
    from aai_jupyter.reports.page import save_html_report

    out = Path(out).resolve()
    out.mkdir(parents=True, exist_ok=True)
    executed = execute_notebook(Path(notebook), out) if notebook else None

    recording = aai.sample()
    began = time.perf_counter()
    transcript = aai.transcribe(recording, speaker_labels=True, sentiment_analysis=True, use_cache=False)
    seconds = time.perf_counter() - began
    report = save_html_report(transcript, out / "report.html", title="Two readers")
    result = score(transcript, recording.with_suffix(".json"))
    talk = transcript.utterances.aai.talk_time()

    length = transcript.duration
    assert length is not None  # of a finished transcript
    lines = {
        "recording": f"{recording.name}, {length:.1f} s",
        "model": transcript.model,
        "words": f"{len(transcript.words)}, mean confidence {transcript.words['confidence'].mean():.2f}",
        "speakers": f"{result.speakers} (the recording has 2)",
        "talk time": ", ".join(f"{s} {t:.1f} s" for s, t in zip(talk["speaker"], talk["time"], strict=True)),
        "word error rate": f"{result.word_error_rate:.1%}",
        "speaker agreement": f"{result.speaker_agreement:.1%} of the words",
        "real-time factor": f"{seconds / length:.2f} ({seconds:.1f} s)",
        "notebook": str(executed) if executed else "not run (name one with --notebook)",
        "report": str(report),
    }
    for name, value in lines.items():
        print(f"{name:>18}  {value}")
    return 0

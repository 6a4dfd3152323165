"""Lines and what Tab makes of them. Imports no pytest: the interpreter with the oldest IPython has none."""

from __future__ import annotations

from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell

from aai_jupyter.client.options.option_table import OPTIONS
from aai_jupyter.notebook.line.arguments import Flag, MagicSpec

SPEC = MagicSpec(
    "transcribe",
    "Turn recorded speech into text.",
    (),
    words="SOURCE",
    words_complete="path",
    flags=(Flag("profile", "Use saved options.", "str", short="-p", choices=lambda: ["calls", "podcast"]),),
    options=OPTIONS,
    assigns=True,
)
ACTIONS = MagicSpec("aai_transcripts", "", (), words="ACTION", words_choices=("list", "get", "delete"))

CASES = {
    "%transcribe --speaker-l": ["%transcribe --speaker-labels"],
    "%transcribe a.wav --domain ": ["%transcribe a.wav --domain medical-v1"],
    "%transcribe --summary-type bullets_": ["%transcribe --summary-type bullets_verbose"],
    "%transcribe --redact-pii-policies date,pho": ["%transcribe --redact-pii-policies date,phone_number"],
    "%transcribe --redact-pii-audio-quality=w": ["%transcribe --redact-pii-audio-quality=wav"],
    "%transcribe --no-pu": ["%transcribe --no-punctuate"],
    "%transcribe -p p": ["%transcribe -p podcast"],
    "%transcribe a": ["%transcribe a.wav"],
    "%transcribe a.wav takes": ["%transcribe a.wav takes_of_today"],
    '%transcribe "my talk': ['%transcribe "my talk.mp3"'],
    "%transcribe 'my data/": ["%transcribe 'my data/z.flac'"],
    "x = %transcribe a.wav --multi": ["x = %transcribe a.wav --multichannel"],
    "%%transcribe calls --multi": ["%%transcribe calls --multichannel"],
    "%aai_transcripts g": ["%aai_transcripts get"],
}


def completed(shell: InteractiveShell, code: str) -> list[str]:
    with provisionalcompleter():
        return [
            code[: found.start] + found.text + code[found.end :]
            for found in shell.Completer.completions(code, len(code))
        ]

"""Terminal IPython: no display that updates in place, no running loop, the same results."""

import os
import subprocess
import sys

import pytest

from tests.kernels import ROOT
from tests.notebook.conftest import environment, speech

pytestmark = pytest.mark.kernel


def test_the_magic_prints_one_line_for_each_step_and_returns_the_transcript(service, tmp_path):
    speech(tmp_path, "terminal.wav", "A: in a terminal")
    script = (
        "%load_ext aai_jupyter\n"
        "%transcribe terminal.wav --as t\n"
        "print('words', len(t.words))\n"
        "x = %transcribe missing.wav\n"
        "exit\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "IPython", "--simple-prompt", "--no-banner", "--colors=NoColor"],
        input=script,
        cwd=tmp_path,
        env={
            **os.environ,
            **environment(service, tmp_path / ".aai"),
            "PYTHONPATH": str(ROOT),
            "IPYTHONDIR": str(tmp_path / ".ipython"),
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "terminal.wav: done, 4 words" in done.stdout, done.stdout + done.stderr
    assert "words 4" in done.stdout
    assert "SourceError: missing.wav does not exist." in done.stdout
    assert "<table" not in done.stdout
    assert "\r" not in done.stdout
    assert done.returncode == 0

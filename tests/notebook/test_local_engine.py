"""No key: the magic starts the local engine, says so in one line, once, and hears real speech."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.kernels import kernel

pytestmark = [pytest.mark.kernel, pytest.mark.models]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_without_a_key_the_engine_is_announced_once_hears_speech_and_ends_with_the_kernel(tmp_path):
    env = {"AAI_JUPYTER_HOME": str(tmp_path / "home"), "ASSEMBLYAI_API_KEY": ""}
    (tmp_path / "pyproject.toml").write_text('[tool.aai_jupyter]\nlocal_model = "tiny.en"\n')
    with kernel(cwd=tmp_path, env=env) as shell:
        shell.page = True
        shell.ok("%load_ext aai_jupyter\nimport aai_jupyter as aai\nrecording = aai.sample()")
        planned = shell.ok("%transcribe recording --dry-run")
        assert "local engine" in planned.text
        status = shell.ok("%aai_status")
        assert "Local engine" in status.text
        assert "content_safety" in status.text
        first = shell.ok("%transcribe {recording} --audio-end-at 8000 --language-code en --as t", timeout=300)
        assert first.stdout.count("\n") <= 2  # a slow start says so first
        assert "local engine" in first.stdout
        assert "%aai_login" in first.stdout
        assert shell.value("len(t.words)") > 10
        assert "whisper" in first.displays[0]["text/plain"]
        again = shell.ok("%transcribe {recording} --audio-end-at 8000 --language-code en")
        assert again.stdout == ""
        assert "from cache" in again.displays[0]["text/plain"]
        refused = shell.run("%transcribe {recording} --auto-chapters --language-code en")
        assert refused.status == "error"
        assert len(refused.error) <= 3
        pid = shell.value("__import__('aai_jupyter.jobs.engine', fromlist=['x'])._engine.pid")
        shell.manager.interrupt_kernel()  # a Stop button in an idle kernel must not reach the engine
        assert shell.value("1") == 1
        assert alive(pid)
        os.kill(shell.manager.provisioner.process.pid, signal.SIGKILL)  # the kernel dies
        deadline = time.monotonic() + 30
        while alive(pid):
            assert time.monotonic() < deadline, "the engine outlived its kernel"
            time.sleep(0.05)

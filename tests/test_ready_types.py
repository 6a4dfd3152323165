"""Types that JSON is decoded into are ready before threads use them: msgspec crashes otherwise."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import aai_jupyter

PACKAGE = Path(aai_jupyter.__file__).parent
# Forked anew each time: a type that was decoded into once is safe. Without `ready` a fifth of them dies.
RACE = """
import os, sys, threading
import msgspec
from aai_jupyter.client.response_rows import Transcript
from aai_jupyter.jobs.recording_document import RecordingDocument

sys.setswitchinterval(1e-6)
documents = {
    Transcript: b'{"id": "a", "words": [{"text": "a", "start": 1, "end": 2}]}',
    RecordingDocument: b'{"jobs": {}, "notes": []}',
}


def read(kind, raw, gate):
    gate.wait()
    msgspec.json.decode(raw, type=kind)


for kind, raw in 20 * [*documents.items()]:
    child = os.fork()
    if not child:
        gate = threading.Barrier(8)
        threads = [threading.Thread(target=read, args=(kind, raw, gate)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
"""


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_threads_decode_into_a_type_for_the_first_time() -> None:
    done = subprocess.run([sys.executable, "-c", RACE], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")


def test_every_struct_is_ready() -> None:
    missing, names = [], {"Struct"}
    for path in sorted(PACKAGE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        for node in ast.parse(text).body if "msgspec.Struct" in text else ():
            if isinstance(node, ast.ClassDef) and _bases(node) & names:
                names.add(node.name)
                if "ready" not in {ast.unparse(one) for one in node.decorator_list}:
                    missing.append(f"{path.relative_to(PACKAGE)}: {node.name}")
    assert missing == []


def _bases(node: ast.ClassDef) -> set[str]:
    return {ast.unparse(base).rpartition(".")[2] for base in node.bases}

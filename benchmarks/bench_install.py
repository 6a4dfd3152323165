"""What an installation takes: from an empty folder to the first result, with nothing of it there before.

The built wheel goes by pip into a fresh virtual environment; then a new IPython loads the extension. With
the local engine, it transcribes the bundled recording (67 s), start of the engine included; the core makes
the frame of a saved transcript. Size: all files of site-packages but pip's own. pip's cache is what it is: a
first installation adds the download.

python -m benchmarks.bench_install [core local all]
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOAD = "%load_ext aai_jupyter\nimport aai_jupyter as aai\n"
SHOW = LOAD + "words = aai.load({saved!r}).words\nassert len(words) == 1000\nprint('first result')\n"
TRANSCRIBE = (
    LOAD + "{model}t = aai.transcribe(aai.sample())\nassert len(t.words) > 100\nprint('first result')\n"
)
KINDS = {
    "core": ("", SHOW),
    "local": (
        "[local,local-weights-light]",
        TRANSCRIBE.replace("{model}", "aai.settings.local_model = 'tiny.en'\n"),
    ),
    "all": ("[all]", TRANSCRIBE.replace("{model}", "")),
}


def size(folder: Path) -> float:
    """Megabytes of all files, but for pip."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sum(path.stat().st_size for path in files if not _of_pip(path.relative_to(folder))) / 1e6


def _of_pip(path: Path) -> bool:
    return path.parts[0].startswith(("pip", "setuptools"))


def one(wheel: Path, extras: str, code: str, folder: Path) -> tuple[float, float, float]:
    """Megabytes, seconds of the installation, and seconds of the first result after it."""
    began = time.perf_counter()
    venv.create(folder / "venv", with_pip=True)
    python = next((folder / "venv").glob("*/python"))
    run([str(python), "-m", "pip", "install", "--quiet", f"{wheel}{extras}"], folder)
    installed = time.perf_counter()
    script = folder / "first.ipy"
    script.write_text(code, encoding="utf-8")
    said = run([str(python), "-m", "IPython", "--no-banner", "--colors=NoColor", str(script)], folder)
    if "first result" not in said:
        raise RuntimeError(said)
    done = time.perf_counter()
    (packages,) = {path.resolve() for path in (folder / "venv").glob("**/site-packages")}
    return size(packages), installed - began, done - installed


def run(command: list[str], folder: Path) -> str:
    """What a command prints, in a home of its own and without a key of the service."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ASSEMBLYAI_")}
    environment |= {"AAI_JUPYTER_HOME": str(folder / "home"), "IPYTHONDIR": str(folder / "ipython")}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        command, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if done.returncode:
        raise RuntimeError(done.stdout)
    return done.stdout


def main(names: list[str] | None = None) -> list[dict[str, Any]]:
    """Measure; two rows for each kind of installation."""
    from aai_jupyter import Transcript
    from benchmarks.bench_tables import transcript

    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", name, str(ROOT)], folder)
        (wheel,) = folder.glob("*.whl")
        saved = str(Transcript.from_json(transcript(1000)).save(folder / "saved.aai"))
        for kind in names or KINDS:
            extras, code = KINDS[kind]
            with tempfile.TemporaryDirectory(dir=name) as place:
                megabytes, install, first = one(
                    wheel, extras, code.replace("{saved!r}", repr(saved)), Path(place)
                )
            what = f"core{extras}" if extras else "core"
            rows += [
                {"what": f"{what}: size on disk", "ours": f"{megabytes:.0f} MB", "against": "-", "goal": "-"},
                {
                    "what": f"{what}: nothing -> first result",
                    "ours": f"{install + first:.0f} s ({install:.0f} s pip, {first:.1f} s first result)",
                    "against": "-",
                    "goal": "-",
                },
            ]
    return [row | {"met": "-"} for row in rows]


if __name__ == "__main__":
    for row in main(sys.argv[1:]):
        print(row)

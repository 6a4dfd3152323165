"""wavesurfer.js with its regions, the player that waveform widgets of notebooks are made of, for comparison.

Installed here when the benchmark runs, into a folder that is not part of this project.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.long_recording import long_mp3

VERSION = "8.0.1"
CACHE = Path(__file__).parent / ".cache"
HERE = Path(__file__).parent
TYPES = {"js": "text/javascript", "json": "application/json", "html": "text/html", "mp3": "audio/mpeg"}


def installed() -> Path | None:
    """Folder of its modules; None when there is no npm, or no registry."""
    folder = CACHE / "node_modules" / "wavesurfer.js"
    described = folder / "package.json"
    if not described.exists() or json.loads(described.read_bytes())["version"] != VERSION:
        npm = shutil.which("npm")
        if npm is None:
            return None
        CACHE.mkdir(exist_ok=True)
        command = [npm, "install", "--no-save", "--no-package-lock", "--ignore-scripts", "--fetch-retries=0"]
        command += ["--prefix", str(CACHE), f"wavesurfer.js@{VERSION}"]
        try:
            subprocess.run(command, capture_output=True, check=True, timeout=120)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            return None
    return folder / "dist"


def pages(modules: Path, recording: dict[str, Any]) -> dict[str, tuple[str, bytes]]:
    """What the server serves for it: the page, the modules, one region per turn, and ten hours of MP3."""
    regions = [
        {"start": turn["words"][0][1] / 1000, "end": turn["words"][-1][2] / 1000, "speaker": turn["speaker"]}
        for turn in recording["turns"]
    ]
    duration = recording["meta"]["duration"] / 1000
    page = '<!doctype html><meta charset="utf-8"><div id="cell" style="max-width:1100px"></div>'
    files = {
        "wavesurfer": page + '<script type="module" src="wavesurfer_page.js"></script>',
        "wavesurfer_page.js": (HERE / "wavesurfer_page.js").read_text("utf-8"),
        "wavesurfer.esm.js": (modules / "wavesurfer.esm.js").read_text("utf-8"),
        "regions.esm.js": (modules / "plugins" / "regions.esm.js").read_text("utf-8"),
        "wavesurfer.json": json.dumps({"duration": duration, "regions": regions}),
    }
    served = {
        f"/{name}": (TYPES.get(name.split(".")[-1], "text/html"), text.encode())
        for name, text in files.items()
    }
    return served | {"/long.mp3": (TYPES["mp3"], long_mp3(duration))}

"""Run the whole suite with the newest and the oldest versions that the metadata allows, on each Python here.

make nightly
make nightly PYTHONS="3.12 3.13" RESOLUTION=oldest PYTEST_ARGS="tests/client -x"

"Oldest" are the lower bounds of the dependencies and extras, or the first release after them that has a wheel
for that Python and that the tools of the tests take, too; what they need in turn, and those tools, are the
newest that go with them.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.matrix import BUILD, ROOT, Failed, fresh_venv, interpreter, project, table, uv, wanted

EXTRAS = ("all", "local-weights-light")
# Front ends need newer versions of what they share with us than the oldest that we take.
GROUPS = {"newest": ("test", "engines", "front-ends"), "oldest": ("test", "engines")}
# What old versions call deprecated in a newer Python or in each other was mended in their newer ones.
LENIENT = {
    "newest": (),
    "oldest": ("-W", "default::DeprecationWarning", "-W", "default::PendingDeprecationWarning"),
}
RESOLUTIONS = tuple(GROUPS)
TAIL = 40


def install(python: Path, resolution: str, folder: Path) -> Path:
    """Make the environment and return its interpreter."""
    inside = fresh_venv(python, folder / "venv")
    constraints: list[str | Path] = []
    groups = [part for group in GROUPS[resolution] for part in ("--group", group)]
    if resolution == "oldest":
        found = folder / "oldest-found.txt"
        extras = [part for extra in EXTRAS for part in ("--extra", extra)]
        # With the tools of the tests, some of which take no version as old as we do, or have no wheel.
        wheels = [part for name in sorted(asked()) for part in ("--only-binary", name)]
        uv(
            *("pip", "compile", "pyproject.toml", *extras, "--group", "test", "--python", python),
            *("--resolution", "lowest-direct", *wheels),
            *("--no-annotate", "--no-header", "--output-file", found),
        )
        pins = folder / "oldest.txt"
        pins.write_text("".join(ours(found.read_text(encoding="utf-8"))), encoding="utf-8")
        constraints = ["--constraint", pins]
    uv("pip", "install", "--python", inside, *constraints, "-e", f".[{','.join(EXTRAS)}]", *groups)
    return inside


def asked() -> set[str]:
    """Names of the packages that pyproject.toml itself asks for."""
    extras = project()["optional-dependencies"]
    lines = [*project()["dependencies"], *(one for name in extras for one in extras[name])]  # type: ignore[attr-defined]
    return {str(canonicalize_name(Requirement(one).name)) for one in lines} - {"aai-jupyter"}


def ours(pins: str) -> list[str]:
    """Keep the pins of what pyproject.toml itself asks for: what that needs in turn may be newer."""
    names = asked()
    lines = pins.splitlines(keepends=True)
    return [line for line in lines if canonicalize_name(Requirement(line.strip()).name) in names]


def run(version: str, python: Path, resolution: str) -> dict[str, str]:
    """Run the suite once; one row of the table."""
    name = f"python {version}, {resolution}"
    folder = BUILD / "nightly" / f"{version}-{resolution}"
    folder.mkdir(parents=True, exist_ok=True)
    row = {"python": version, "versions": resolution}
    print(f"== {name}: installing", flush=True)
    began = time.monotonic()
    try:
        inside = install(python, resolution, folder)
    except Failed as failure:
        print(failure, flush=True)
        return row | {"result": "does not install"}
    log = folder / "log.txt"
    print(f"== {name}: running, into {log.relative_to(ROOT)}", flush=True)
    # The empty expression takes in what is marked `nightly`.
    command = [str(inside), "-m", "pytest", "-m", "", "--hypothesis-profile", "nightly"]
    command += [*LENIENT[resolution], *workers(), *shlex.split(os.environ.get("PYTEST_ARGS", ""))]
    with log.open("w", encoding="utf-8") as out:
        code = subprocess.run(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT).returncode
    lines = log.read_text(encoding="utf-8").splitlines()
    if code:
        print("\n".join(lines[-TAIL:]), flush=True)
    minutes = f"{(time.monotonic() - began) / 60:.0f} min"
    return row | {
        "result": "passed" if code == 0 else "FAILED",
        "says": lines[-1].strip("= "),
        "took": minutes,
    }


def workers() -> list[str]:
    """What shares the tests among WORKERS processes, as in ``make test``."""
    number = os.environ.get("WORKERS")
    return ["-n", number, "--dist", "worksteal"] if number else []


def main() -> int:
    """Run all; 1 when one of them failed or nothing could be run."""
    named = os.environ.get("RESOLUTION", "").split() or RESOLUTIONS
    rows = []
    for version in wanted():
        python = interpreter(version)
        if python is None:
            rows.append({"python": version, "result": "not on this machine"})
            continue
        rows += [run(version, python, resolution) for resolution in named]
    print("\n" + table(["python", "versions", "result", "says", "took"], rows))
    results = {row["result"] for row in rows}
    return 0 if "passed" in results and results <= {"passed", "not on this machine"} else 1


if __name__ == "__main__":
    sys.exit(main())

"""Build wheel and sdist, check them, install them as a user would, and write the bill of materials.

make wheel
make wheel PYTHONS=3.13

Everything ends in ``dist/``. The wheel has every file of the package that git knows, but for the sources of
the front end. On each Python of this machine: the wheel and the sdist alone, and the wheel with ``[all]``;
each in an environment of its own, where IPython loads the extension.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from email import message_from_bytes
from pathlib import Path

from tools.matrix import BUILD, ROOT, Failed, fresh_venv, interpreter, project, table, uv, wanted

DIST = ROOT / "dist"
COLUMNS = ("python", "wheel", "sdist", "wheel[all]")
# What a user does first; the assets of the widgets are read as a notebook would read them.
FIRST = r"""
%load_ext aai_jupyter
import aai_jupyter, pathlib, sys
assert pathlib.Path(aai_jupyter.__file__).is_relative_to(sys.prefix), aai_jupyter.__file__
assert "transcribe" in get_ipython().magics_manager.magics["cell"]
view = aai_jupyter.studio()
assert len(view._esm) > 10_000 and len(view._css) > 1_000
print("aai_jupyter", aai_jupyter.__version__, "loaded")
"""


def main() -> int:
    """Build and check; 1 when something is wrong."""
    try:
        wheel, sdist = build()
        check_content(wheel)
        rows, last = [], None
        for version in wanted():
            python = interpreter(version)
            if python is None:
                rows.append(dict.fromkeys(COLUMNS, "not on this machine") | {"python": version})
                continue
            last = installed(python, f"{wheel}[all]", version, "all")
            first_steps(installed(python, str(wheel), version, "wheel"))
            first_steps(installed(python, str(sdist), version, "sdist"))
            first_steps(last)
            rows.append(dict.fromkeys(COLUMNS, "loads") | {"python": version})
        if last is None:
            raise Failed("None of the supported Pythons is on this machine.")
        bill = DIST / f"{wheel.name.split('-py3')[0]}.cdx.json"
        run("cyclonedx-py", "environment", last, "--pyproject", "pyproject.toml", "--of", "JSON", "-o", bill)
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    print("\n" + table(COLUMNS, rows))
    print("\nIn dist/: " + ", ".join(sorted(path.name for path in DIST.iterdir())))
    return 0


def build() -> tuple[Path, Path]:
    """Wheel and sdist in an emptied ``dist/``, checked by twine."""
    DIST.mkdir(exist_ok=True)
    for old in DIST.iterdir():
        old.unlink()
    run(sys.executable, "-m", "build", "--outdir", DIST)  # the wheel from the sdist
    (wheel,), (sdist,) = DIST.glob("*.whl"), DIST.glob("*.tar.gz")
    run(sys.executable, "-m", "twine", "check", "--strict", wheel, sdist)
    return wheel, sdist


def check_content(wheel: Path) -> None:
    """Compare the files of the wheel with git's, and its extras with pyproject.toml's."""
    skipped = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]
    exclude = tuple(skipped["build"]["targets"]["wheel"]["exclude"])
    known = run("git", "ls-files", "aai_jupyter").splitlines()
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        metadata = next(name for name in names if name.endswith(".dist-info/METADATA"))
        extras = set(message_from_bytes(archive.read(metadata)).get_all("Provides-Extra", []))
    missing = [name for name in known if name not in names and not name.startswith(exclude)]
    if missing:
        raise Failed(f"Not in the wheel: {', '.join(missing)}")
    surplus = [name for name in names if name.startswith(exclude)]
    if surplus:
        raise Failed(f"In the wheel, but not needed there: {', '.join(surplus)}")
    if extras != set(project()["optional-dependencies"]):  # type: ignore[call-overload]
        raise Failed(f"The extras of the wheel are {sorted(extras)}.")


def installed(python: Path, what: str, version: str, name: str) -> Path:
    """The interpreter of a clean environment with that, whose requirements are met."""
    print(f"== python {version}: {name}", flush=True)
    inside = fresh_venv(python, BUILD / "wheel" / f"{version}-{name}")
    uv("pip", "install", "--python", inside, what)
    uv("pip", "check", "--python", inside)
    return inside


def first_steps(python: Path) -> None:
    """Load the extension in a real IPython, away from this folder."""
    script = BUILD / "wheel" / "first.ipy"
    script.write_text(FIRST, encoding="utf-8")
    said = run(python, "-m", "IPython", "--no-banner", "--colors=NoColor", script, cwd=script.parent)
    if "loaded" not in said:
        raise Failed(said)


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    """What a command prints; Failed with it when the command does not succeed."""
    program = Path(sys.executable).parent / command[0]
    words = [str(program if program.exists() else command[0]), *map(str, command[1:])]
    done = subprocess.run(words, cwd=cwd, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise Failed(f"{' '.join(words)}\n{done.stdout}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())

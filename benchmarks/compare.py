"""Tell what takes more CPU time than at the last tag.

make bench-check             against the last tag; without one, against the commit that brought this benchmark
make bench-check BASE=main~5 against another commit

Both versions do the work of ``benchmarks/cpu.py`` by turns in fresh processes of one environment, so that
what else the machine does hits both alike. Slower is what took 15 % more at the median, when its quickest
run, which disturbances spare, took 10 % more, too.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.cpu import WORK

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 5
LIMIT = 1.15
QUICKEST = 1.10


def slower(before: Sequence[float], after: Sequence[float]) -> bool:
    """Whether these CPU times are a slow-down.

    >>> slower([1.0, 1.1, 1.0], [1.2, 1.3, 1.2]), slower([1.0, 1.1, 1.0], [1.0, 1.4, 1.3])
    (True, False)
    """
    return ratio(before, after) > LIMIT and min(after) > QUICKEST * min(before)


def ratio(before: Sequence[float], after: Sequence[float]) -> float:
    """Median after by median before."""
    return statistics.median(after) / statistics.median(before)


def base(named: str | None) -> str:
    """The commit to compare with; says which and why."""
    if named:
        return named
    tags = git("describe", "--tags", "--abbrev=0", "HEAD", check=False)
    if tags:
        return tags
    print("No tag yet: compared with the commit that brought this benchmark. BASE=<commit> names another.")
    return git("log", "--diff-filter=A", "--format=%h", "--", "benchmarks/cpu.py").splitlines()[-1]


@contextmanager
def checked_out(commit: str) -> Iterator[Path]:
    """A tree of that commit, for a while."""
    folder = ROOT / "build" / "bench-base"
    git("worktree", "remove", "--force", str(folder), check=False)
    git("worktree", "add", "--detach", str(folder), commit)
    try:
        yield folder
    finally:
        git("worktree", "remove", "--force", str(folder))


def seconds(tree: Path, name: str) -> list[float] | None:
    """CPU times of that work with the package of `tree`; None when that version cannot do it."""
    # The work is this tree's; only the package is the other's. Its folder comes first on the path.
    code = (
        f"import sys; sys.path[:0] = [{str(tree)!r}]; import aai_jupyter; del sys.path[0]; "
        f"assert aai_jupyter.__file__.startswith({str(tree)!r}); "
        f"sys.path[:0] = [{str(ROOT)!r}]; sys.argv[1:] = [{name!r}]; from benchmarks.cpu import main; main()"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": ""}
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        capture_output=True,
        text=True,
        env=environment,
        cwd=ROOT / "build",
    )
    if done.returncode:
        print(f"{name}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
        return None
    found: list[float] = json.loads(done.stdout.splitlines()[-1])
    return found


def measured(there: Path, here: Path, name: str) -> tuple[list[float], list[float]] | None:
    """Times of both, taken by turns; which of them comes first changes, too."""
    before: list[float] = []
    after: list[float] = []
    for round_ in range(ROUNDS):
        sides = [(there, before), (here, after)]
        for tree, times in sides if round_ % 2 else reversed(sides):
            taken = seconds(tree, name)
            if taken is None:
                return None
            times += taken
    return before, after


def git(*arguments: str, check: bool = True) -> str:
    """What git says; nothing when it fails and `check` is off."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    if done.returncode and check:
        raise SystemExit(done.stderr.strip())
    return done.stdout.strip() if done.returncode == 0 else ""


def main() -> int:
    """Compare all work; 1 when something became slower or nothing could be compared."""
    commit = base(sys.argv[1] if len(sys.argv) > 1 else None)
    print(f"Base: {git('log', '-1', '--format=%h %s', commit)}", flush=True)
    found: list[bool] = []
    (ROOT / "build").mkdir(exist_ok=True)
    print(f"{'work':10} {'before':>9} {'now':>9} {'change':>8}", flush=True)
    with checked_out(commit) as there:
        for name in WORK:
            times = measured(there, ROOT, name)
            if times is None:
                print(f"{name:10} cannot be compared", flush=True)
                continue
            before, after = times
            found.append(slower(before, after))
            was, now = (1000 * statistics.median(one) for one in (before, after))
            change = f"{100 * (ratio(before, after) - 1):+7.0f}%{'  SLOWER' if found[-1] else ''}"
            print(f"{name:10} {was:6.0f} ms {now:6.0f} ms {change}", flush=True)
    return 1 if any(found) or not found else 0


if __name__ == "__main__":
    sys.exit(main())

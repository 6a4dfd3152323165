"""Run all benchmarks (or those named) and write ``benchmarks/results.md``.

python -m benchmarks            all
python -m benchmarks tables     one, printed only
"""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import platform
import sys
from datetime import date
from pathlib import Path

HERE = Path(__file__).parent
COLUMNS = ("what", "ours", "against", "goal", "met")


def machine() -> str:
    """What ran the benchmarks, in one line."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [
            line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line
        ]
        model = names[0] if names else model
    return f"{os.cpu_count()} cores ({model}), {platform.system()}, Python {platform.python_version()}"


def _shown(value: object) -> str:
    return ("no", "yes")[value] if isinstance(value, bool) else str(value)


def main() -> int:
    """Run the named benchmarks, or all."""
    known = [
        m.name.removeprefix("bench_")
        for m in pkgutil.iter_modules([str(HERE)])
        if m.name.startswith("bench_")
    ]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*known, []], help="benchmarks to run; none: all")
    names = parser.parse_args().names or known
    parts = [f"# Benchmarks\n\nWritten by `make bench` on {date.today()}: {machine()}.\n"]
    for name in names:
        print(f"== {name}", flush=True)
        module = importlib.import_module(f"benchmarks.bench_{name}")
        rows = module.main()
        table = ["| " + " | ".join(COLUMNS) + " |", "|---" * len(COLUMNS) + "|"]
        table += ["| " + " | ".join(_shown(row.get(column, "")) for column in COLUMNS) + " |" for row in rows]
        print("\n".join(table), flush=True)
        parts.append(f"## {name}\n\n{(module.__doc__ or '').strip()}\n\n" + "\n".join(table) + "\n")
        if names == known:  # after each, so that a failing one costs only what comes after it
            (HERE / "results.md").write_text("\n".join(parts), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

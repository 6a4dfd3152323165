"""Run all benchmarks (or those named) and write ``benchmarks/results.md``.

python -m benchmarks            all
python -m benchmarks tables     one, printed only
python -m benchmarks tables --write    and written in place of its section
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

RESULTS = Path(__file__).with_name("results.md")
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
        for m in pkgutil.iter_modules([str(RESULTS.parent)])
        if m.name.startswith("bench_")
    ]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*known, []], help="benchmarks to run; none: all")
    parser.add_argument("--write", action="store_true", help="renew the sections of the named benchmarks")
    arguments = parser.parse_args()
    names = arguments.names or known
    parts = [f"# Benchmarks\n\nWritten by `make bench` on {date.today()}: {machine()}.\n"]
    for name in names:
        print(f"== {name}", flush=True)
        module = importlib.import_module(f"benchmarks.bench_{name}")
        rows = module.main()
        table = ["| " + " | ".join(COLUMNS) + " |", "|---" * len(COLUMNS) + "|"]
        table += ["| " + " | ".join(_shown(row.get(column, "")) for column in COLUMNS) + " |" for row in rows]
        print("\n".join(table), flush=True)
        said = (module.__doc__ or "").strip()
        parts.append(f"## {name}\n\n{said}\n\n" + "\n".join(table) + "\n")
        if names == known:  # after each, so that a failing one costs only what comes after it
            RESULTS.write_text("\n".join(parts), encoding="utf-8")
        elif arguments.write:
            when = f"Measured again on {date.today()}: {machine()}."
            RESULTS.write_text(
                renewed(RESULTS.read_text("utf-8"), name, "\n\n".join([said, when, "\n".join(table)])),
                encoding="utf-8",
            )
    return 0


def renewed(results: str, name: str, body: str) -> str:
    """Return the results with another section of this name, at its place in the alphabet.

    >>> renewed("# Head\\n\\n## a\\n\\nold\\n\\n## c\\n\\nkept\\n", "a", "new")
    '# Head\\n\\n## a\\n\\nnew\\n\\n## c\\n\\nkept\\n'
    """
    head, *sections = results.split("\n## ")
    found = {section.partition("\n")[0].strip(): section.strip() for section in sections}
    found[name] = f"{name}\n\n{body.strip()}"
    return "\n## ".join([head, *(found[one] + "\n" for one in sorted(found))])


if __name__ == "__main__":
    sys.exit(main())

"""`%load_ext aai_jupyter` in a warm kernel against `import assemblyai` in the same kernel.

Each is measured in fresh kernels, alternating; the median counts.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

ROUNDS = 5
GOAL_MS = 100.0
CODE = """
import time as _t
_began = _t.perf_counter()
{code}
print((_t.perf_counter() - _began) * 1000)
"""


def milliseconds(code: str) -> float:
    """Time of one statement in a kernel that has run a cell before, from a folder outside the repository."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from tests.kernels import kernel

    with tempfile.TemporaryDirectory() as folder, kernel(cwd=Path(folder)) as shell:
        shell.ok("1 + 1")
        return float(shell.ok(CODE.format(code=code)).stdout)


def main() -> list[dict[str, Any]]:
    """Measure and give the rows of the table."""
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(milliseconds("get_ipython().run_line_magic('load_ext', 'aai_jupyter')"))
        theirs.append(milliseconds("import assemblyai"))
    mine, other = statistics.median(ours), statistics.median(theirs)
    return [
        {
            "what": "%load_ext aai_jupyter, warm kernel",
            "ours": f"{mine:.0f} ms",
            "against": f"import assemblyai: {other:.0f} ms",
            "goal": f"under {GOAL_MS:.0f} ms",
            "met": "yes" if mine < GOAL_MS else "no",
        }
    ]


if __name__ == "__main__":
    print(main())

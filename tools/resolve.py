"""Check that ``aai-jupyter[all]`` resolves, by wheels alone, for each platform and Python that is supported.

make resolve
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor

from tools.matrix import BUILD, table, uv, wanted

# uv's names. Linux as old as RHEL 8; macOS as old as the wheels of onnxruntime and PyAV ask for.
PLATFORMS = {
    "Linux x86_64": "x86_64-manylinux_2_28",
    "Linux aarch64": "aarch64-manylinux_2_28",
    "macOS x86_64": "x86_64-apple-darwin",
    "macOS arm64": "aarch64-apple-darwin",
    "Windows x86_64": "x86_64-pc-windows-msvc",
}
os.environ["MACOSX_DEPLOYMENT_TARGET"] = "14.0"
AT_ONCE = 4


def resolved(platform: str, version: str, extras: list[str]) -> str:
    """How many packages it takes, or ``fails`` after printing why."""
    folder = BUILD / "resolve"
    folder.mkdir(parents=True, exist_ok=True)
    out = folder / f"{platform}-{version}.txt"
    done = uv(
        *("pip", "compile", "pyproject.toml", *(part for extra in extras for part in ("--extra", extra))),
        *("--only-binary", ":all:", "--python-platform", platform, "--python-version", version),
        *("--no-annotate", "--no-header", "--output-file", out),
        check=False,
    )
    if done.returncode:
        print(f"== {platform}, Python {version}\n{done.stderr}", flush=True)
        return "fails"
    return f"{len(out.read_text(encoding='utf-8').splitlines())} packages"


def main() -> int:
    """Resolve all and print the table; 1 when one does not resolve."""
    extras = os.environ.get("EXTRAS", "").split() or ["all"]  # make exports it empty when it is not set
    pairs = [(name, version) for name in PLATFORMS for version in wanted()]
    with ThreadPoolExecutor(AT_ONCE) as pool:  # the time goes into waiting for the registry
        found = pool.map(lambda pair: resolved(PLATFORMS[pair[0]], pair[1], extras), pairs)
        results = dict(zip(pairs, found, strict=True))
    rows = [{"platform": name} | {one: results[name, one] for one in wanted()} for name in PLATFORMS]
    print("\n" + table(["platform", *wanted()], rows))
    return 1 if any("fails" in row.values() for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())

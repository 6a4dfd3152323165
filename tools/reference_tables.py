"""Writes the reference tables of the documentation from the code that they describe.

A Markdown file hosts a table between two comments::

    <!-- begin table: options -->
    <!-- end table: options -->

``python tools/reference_tables.py`` rewrites what is between them in README.md and docs/; ``--check`` writes
nothing and fails if something would change.
"""

from __future__ import annotations

import argparse
import inspect
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools import option_tables  # noqa: E402
from tools.markdown import code, table  # noqa: E402

_HOSTED = re.compile(
    r"(?P<begin><!-- begin table: (?P<name>[\w-]+) -->\n).*?(?P<end><!-- end table: (?P=name) -->)", re.DOTALL
)
SHORT_FIGURES = {
    "10 h, 19.2 MB -> words + utterances frames": "ten hours of speech into two DataFrames",
    "%load_ext aai_jupyter, warm kernel": "`%load_ext aai_jupyter` in a warm kernel",
    "1000 jobs, 200 at once: makespan": "1,000 jobs, 200 at once: time from first to last",
    "first paint": "player of 100,000 words: first paint",
    "10 h: first jump to a far second": "player of ten hours: first jump to a far second",
    "upload of 2048 MiB over loopback, throughput": "upload of 2 GiB over loopback",
    "two_readers: word error rate": "local engine, bundled recording: word error rate",
    "local engine, readings: last word -> final text": (
        "local engine, live readings: last word to final text, median / p95"
    ),
    "local engine, conversations: last word -> final text": ("local engine, live conversations: the same"),
}
"""How the names of figures begin (some end with counts) -> their names in the README."""


def frames_table() -> str:
    """Every frame, column by column."""
    from aai_jupyter.tables.schema import COLUMNS

    parts = []
    for frame, columns in COLUMNS.items():
        rows = [(f"`{column.name}`", column.dtype, column.unit, column.meaning) for column in columns]
        parts.append(f"## {frame}\n\n{table(('Column', 'dtype', 'Unit', 'Meaning'), rows)}")
    return "\n".join(parts)


def export_table() -> str:
    """Every format that transcripts are written in, and what it keeps."""
    from aai_jupyter.interchange.writers.export_formats import FORMATS, KEPT

    rows = []
    for name, one in FORMATS.items():
        kept = ["yes" if what in one.keeps else "" for what in KEPT]
        suffix = one.suffixes[0] if one.suffixes else "by name"
        options = ", ".join(f"`{option}`" for option in one.options)
        rows.append((f"`{name}`", one.title, f"`{suffix}`", *kept, "yes" if one.several else "", options))
    head = ("Format", "What", "Suffix", *(what.capitalize() for what in KEPT), "Sets in one file", "Options")
    return table(head, rows)


def styles_table() -> str:
    """The rules of every caption style."""
    from dataclasses import fields

    from aai_jupyter.text.cues.cue_rules import STYLES, CaptionRules

    rows = []
    for rule in fields(CaptionRules):
        values = [getattr(rules, rule.name) for rules in STYLES.values()]
        rows.append(
            (f"`{rule.name}`", *(f"{one:.4g}" if isinstance(one, float) else f"{one}" for one in values))
        )
    return table(("Rule", *(f"`{name}`" for name in STYLES)), rows)


def settings_table() -> str:
    """Every setting."""
    from aai_jupyter.settings.definitions import SETTINGS

    rows = []
    for setting in SETTINGS.values():
        values = ", ".join(f"`{choice}`" for choice in setting.choices)
        default = "" if setting.default is None else f"`{setting.default}`"
        variable = f"`{setting.variable}`" if setting.variable else ""
        rows.append(
            (
                f"`{setting.name}`",
                default,
                variable,
                f"{setting.help}{f' One of {values}.' if values else ''}",
            )
        )
    return table(("Setting", "Default", "Environment", "Meaning"), rows)


def magics_table() -> str:
    """Every magic: its forms, its own flags, examples. Parameters of the service have their own tables."""
    from aai_jupyter.notebook.magics.registry import SPECS

    parts = []
    for spec in [spec for one in SPECS.values() for spec in (one, *one.variants.values())]:
        rows = [
            (
                f"`{flag.short}`, `{flag.flag}`" if flag.short else f"`{flag.flag}`",
                "" if flag.kind == "bool" else flag.metavar or flag.name.upper(),
                "" if flag.default is None else f"`{flag.default}`",
                _as_code(flag.help),
            )
            for flag in spec.own_flags
        ]
        words = f"{spec.words}: {spec.words_help}" if spec.words else ""
        blocks = [
            f"## %{spec.name}",
            spec.summary,
            code("\n".join(spec.usage), "text").rstrip(),
            _as_code(words),
            table(("Flag", "Value", "Default", "Meaning"), rows).rstrip(),
            _as_code(spec.notes.replace("\n", " ")),
        ]
        if spec.examples:
            blocks.append(code("\n".join(spec.examples), "text").rstrip())
        parts.append("\n\n".join(block for block in blocks if block) + "\n")
    return "\n".join(parts)


def _as_code(text: str) -> str:
    """Help text, with what one types as code: two hyphens would become a dash."""
    return re.sub(r"(?<![\w`-])(--[a-z][\w-]*|\{\{\w+\}\})", r"`\1`", text)


def errors_table() -> str:
    """Every exception: when it is raised, and what to do."""
    from aai_jupyter import errors

    parts = []
    for kind in vars(errors).values():
        if isinstance(kind, type) and issubclass(kind, BaseException) and kind is not errors.AaiError:
            meaning, remedy = _meaning_and_remedy(kind)
            bases = ", ".join(f"`{base.__name__}`" for base in kind.__bases__ if base.__name__[0] != "_")
            to_do = f"*What to do:* {remedy}" if remedy else ""
            lines = [f"### {kind.__name__}", meaning, to_do, f"Base class: {bases}."]
            parts.append("\n\n".join(filter(None, lines)) + "\n")
    return "\n".join(parts)


def _meaning_and_remedy(kind: type) -> tuple[str, str]:
    """The first paragraph of the docstring; and the second, or else the hint that is shown with the error."""
    first, *more = inspect.cleandoc(kind.__doc__ or "").split("\n\n")
    told = more[0] if more and not re.search(r"^-{3,}$", more[0], re.MULTILINE) else ""
    remedy = told or getattr(kind, "hint", None) or ""
    return _plain(first), _plain(remedy)


def _plain(text: str) -> str:
    """A docstring's text as Markdown in one line."""
    text = re.sub(r":\w+:`~?(?:[\w.]+\.)?(\w+)`", r"`\1`", " ".join(text.split()))
    text = text.replace("``", "`")
    # Magics and addresses in hints, which are shown as plain text elsewhere.
    text = re.sub(r"(?<!`)(%\w+)", r"`\1`", text)
    return re.sub(r"(?<![<`])(https://[\w./-]*\w)", r"<\1>", text)


def figures_table() -> str:
    """What the last ``make bench`` measured and has a goal for."""
    return _figures(_measured())


def short_figures_table() -> str:
    """Some of the figures, for the README; of several rows of one name the first."""
    measured: dict[str, list[str]] = {}
    for row in _measured():
        measured.setdefault(row[0], row)
    found = {
        start: next((row for name, row in measured.items() if name.startswith(start)), None)
        for start in SHORT_FIGURES
    }
    if missing := [start for start, row in found.items() if row is None]:
        raise SystemExit(f"benchmarks/results.md has no figure {', '.join(missing)}.")
    return _figures([SHORT_FIGURES[start], *row[1:]] for start, row in found.items() if row is not None)


def _figures(rows: Iterable[list[str]]) -> str:
    written = next(line for line in _results().splitlines() if line.startswith("Written by"))
    return f"{written}\n\n" + table(("What", "Ours", "Against", "Goal", "Met"), rows)


def _measured() -> Iterator[list[str]]:
    """Rows of the results that have a goal."""
    for line in _results().splitlines():
        row = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        if len(row) == 5 and row[3] not in ("", "-", "–", "goal", "---"):
            yield row


def _results() -> str:
    return (ROOT / "benchmarks" / "results.md").read_text(encoding="utf-8")


def front_ends_table() -> str:
    """Front ends and what works in each, as docs/reference/front_ends.json has it."""
    found = json.loads((ROOT / "docs" / "reference" / "front_ends.json").read_text(encoding="utf-8"))
    actions = found["actions"]
    rows = []
    for row in found["rows"]:
        seen = [row["actions"][action] for action in actions]
        cells = [one["result"] + ("" if one["by"] == "test" else " \\*") for one in seen]
        rows.append([row["front_end"], *cells, row["versions"], max(one["date"] for one in seen)])
    return table(("Front end", *actions, "Versions", "Last tried"), rows)


TABLES: dict[str, Callable[[], str]] = {
    "options": option_tables.options_table,
    "streaming": option_tables.streaming_table,
    "clips": option_tables.clips_table,
    "prices": option_tables.prices_table,
    "policies": option_tables.policies_table,
    "figures": figures_table,
    "figures-short": short_figures_table,
    "frames": frames_table,
    "settings": settings_table,
    "export": export_table,
    "front-ends": front_ends_table,
    "caption-styles": styles_table,
    "magics": magics_table,
    "errors": errors_table,
}


def rewrite(text: str) -> str:
    """Put the current tables into a document."""

    def hosted(match: re.Match[str]) -> str:
        name = match["name"]
        if name not in TABLES:
            raise SystemExit(f"There is no table {name!r}; there are {', '.join(TABLES)}.")
        return f"{match['begin']}\n{TABLES[name]()}\n{match['end']}"

    return _HOSTED.sub(hosted, text)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write the generated tables of README.md and docs/.")
    parser.add_argument("files", nargs="*", type=Path, help="documents (default: README.md and docs/**/*.md)")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a table is out of date")
    given = parser.parse_args(arguments)
    files = given.files or [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    stale = []
    for path in files:
        if not path.exists():
            parser.error(f"{path} does not exist")
        old = path.read_text(encoding="utf-8")
        new = rewrite(old)
        if new != old:
            stale.append(path)
            if not given.check:
                path.write_text(new, encoding="utf-8")
    for path in stale:
        print(f"{'out of date' if given.check else 'written'}: {path}")
    return 1 if given.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())

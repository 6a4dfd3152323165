"""Writes the reference tables of the documentation from the code that they describe.

A Markdown file hosts a table between two comments::

    <!-- begin table: options -->
    <!-- end table: options -->

``python tools/reference_tables.py`` rewrites what is between them in README.md and docs/; ``--check`` writes
nothing and fails if something would change.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from aai_jupyter.client.options.catalog.clip_options import CLIP_PRICES, CLIPS  # noqa: E402
from aai_jupyter.client.options.catalog.streaming_options import STREAMING  # noqa: E402
from aai_jupyter.client.options.catalog.streaming_vocabulary import STREAMING_PRICES  # noqa: E402
from aai_jupyter.client.options.option_table import OPTIONS, Option  # noqa: E402
from aai_jupyter.client.options.prices import MODEL_PRICES, PRICE_LIST_DATE, PRICE_LIST_SOURCE  # noqa: E402
from aai_jupyter.client.options.vocabulary import LOCAL_MODELS, PII_POLICIES  # noqa: E402
from aai_jupyter.settings.definitions import SETTINGS  # noqa: E402

_HOSTED = re.compile(
    r"(?P<begin><!-- begin table: (?P<name>[\w-]+) -->\n).*?(?P<end><!-- end table: (?P=name) -->)", re.DOTALL
)


def options_table() -> str:
    """Every request parameter of a recording, by group."""
    return _options(OPTIONS.values())


def streaming_table() -> str:
    """Every parameter of a real-time session, by group."""
    return _options(STREAMING)


def clips_table() -> str:
    """Every option of a short clip."""
    return _options(CLIPS)


def _options(options: Iterable[Option]) -> str:
    groups: dict[str, list[Option]] = {}
    for option in options:
        groups.setdefault(option.group, []).append(option)
    head = ("Parameter", "Flag", "Type", "Default", "USD/h", "Meaning")
    parts = []
    for group, members in groups.items():
        rows = [
            (
                f"`{option.name}`",
                "" if option.removed else f"`{_shown_flag(option)}`",
                _type(option),
                _default(option),
                _price(option),
                _meaning(option),
            )
            for option in members
        ]
        parts.append(f"**{group}**\n\n{_table(head, rows)}")
    return "\n".join(parts)


def prices_table() -> str:
    """Base rates of models; add-ons stand in the options tables."""
    kinds = {"recorded": MODEL_PRICES, "real-time": STREAMING_PRICES, "short clips": CLIP_PRICES}
    rows = [
        (f"`{model}`", kind, "free (local engine)" if model in LOCAL_MODELS else f"{price:.2f}")
        for kind, prices in kinds.items()
        for model, price in prices.items()
    ]
    return f"Prices of {PRICE_LIST_DATE}, from <{PRICE_LIST_SOURCE}>.\n\n" + _table(
        ("Model", "Speech", "USD per hour of audio"), rows
    )


def policies_table() -> str:
    """The names that redact_pii_policies takes."""
    return ", ".join(f"`{policy}`" for policy in PII_POLICIES) + "\n"


def frames_table() -> str:
    """Every frame, column by column."""
    from aai_jupyter.tables.schema import COLUMNS

    parts = []
    for frame, columns in COLUMNS.items():
        rows = [(f"`{column.name}`", column.dtype, column.unit, column.meaning) for column in columns]
        parts.append(f"**`{frame}`**\n\n{_table(('Column', 'dtype', 'Unit', 'Meaning'), rows)}")
    return "\n".join(parts)


def settings_table() -> str:
    """Every setting."""
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
    return _table(("Setting", "Default", "Environment", "Meaning"), rows)


def figures_table() -> str:
    """What the last ``make bench`` measured and has a goal for."""
    text = (ROOT / "benchmarks" / "results.md").read_text(encoding="utf-8")
    lines = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line] for line in lines]
    measured = [row for row in rows if len(row) == 5 and row[3] not in ("", "-", "–", "goal", "---")]
    written = next(line for line in text.splitlines() if line.startswith("Written by"))
    return f"{written}\n\n" + _table(("What", "Ours", "Against", "Goal", "Met"), measured)


TABLES: dict[str, Callable[[], str]] = {
    "options": options_table,
    "streaming": streaming_table,
    "clips": clips_table,
    "prices": prices_table,
    "policies": policies_table,
    "figures": figures_table,
    "frames": frames_table,
    "settings": settings_table,
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
    parser.add_argument("files", nargs="*", type=Path, help="documents (default: README.md and docs/*.md)")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a table is out of date")
    given = parser.parse_args(arguments)
    files = given.files or [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    stale = []
    for path in files:
        if not path.exists():
            if given.files:
                parser.error(f"{path} does not exist")
            continue
        old = path.read_text(encoding="utf-8")
        new = rewrite(old)
        if new != old:
            stale.append(path)
            if not given.check:
                path.write_text(new, encoding="utf-8")
    for path in stale:
        print(f"{'out of date' if given.check else 'written'}: {path}")
    return 1 if given.check and stale else 0


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(_cell(cell) for cell in line) + " |\n" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _shown_flag(option: Option) -> str:
    return f"--no-{option.flag[2:]}" if option.default is True else option.flag


def _type(option: Option) -> str:
    low, high = option.minimum, option.maximum
    parts = [f"{option.kind} of objects" if option.items == "object" else option.kind]
    if low is not None and high is not None:
        parts.append(f"{low:.10g} to {high:.10g}")
    elif low is not None:
        parts.append(f"from {low:.10g}")
    if option.unit:
        parts.append(option.unit)
    if option.max_items:
        parts.append(f"at most {option.max_items} items")
        parts += [f"{limit} for {model}" for model, limit in option.model_max_items.items()]
    if option.max_words:
        parts.append(f"at most {option.max_words} words{' each' if option.kind == 'list' else ''}")
    if option.max_length:
        parts.append(f"at most {option.max_length} characters{' each' if option.kind == 'list' else ''}")
    if option.max_total:
        parts.append(f"at most {option.max_total} characters in all")
    if 0 < len(option.choices) <= 8:
        parts.append("one of " + ", ".join(f"`{choice}`" for choice in option.choices))
    elif option.choices:
        parts.append(f"one of {len(option.choices)} values")
    return "; ".join(parts)


def _default(option: Option) -> str:
    if option.default is None:
        return ""
    if isinstance(option.default, bool):
        return "on" if option.default else "off"
    values = option.default if isinstance(option.default, tuple) else (option.default,)
    return ", ".join(f"`{value}`" for value in values)


def _price(option: Option) -> str:
    if option.price is not None:
        return f"+{option.price:g}"
    return "not published" if option.price_unknown else ""


def _meaning(option: Option) -> str:
    notes = [option.help]
    if len(option.models) == 1:
        notes.append(f"{option.models[0]} only.")
    if option.requires:
        notes.append("Needs " + ", ".join(f"`{name}`" for name in option.requires) + ".")
    if option.conflicts:
        notes.append("Not with " + ", ".join(f"`{name}`" for name in option.conflicts) + ".")
    if option.replaced_by:
        notes.append(f"Sent as `{option.replaced_by}`: {option.deprecated}.")
    elif option.deprecated:
        notes.append(f"{'Refused' if option.removed else 'Deprecated'}: {option.deprecated}.")
    return " ".join(notes)


if __name__ == "__main__":
    sys.exit(main())

"""Patterns on text of strangers take time by its length, not by its square."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap

import pytest

from aai_jupyter.client.options.option_table import OPTIONS
from tests.security import hostile_patterns

HOSTILE = {
    "letters": "'a ' * {n}",
    "dots": "'a.' * {n}",
    "dashes": "'-a' * {n}",
    "numbers": "'one ' * {n}",
    "digits": "'1,' * {n}",
    "spoken hosts": "'a dot ' * {n}",
    "joined": "'a underscore ' * {n}",
    "schemes": "'www ' * {n}",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_personal_data_is_looked_for_in_bounded_time(text):
    """64 KB, every policy, in a process that is ended."""
    code = f"""
        from aai_jupyter.local.models.pii_patterns import COMPILED
        text = ({text.format(n=65_536)})[:65_536]
        for policy, patterns in COMPILED.items():
            for pattern in patterns:
                for match in pattern.finditer(text):
                    pass
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True, timeout=30)


PUT_TOGETHER = {
    "analysis/selection.py": "the user's own search, in his own kernel; and characters of a set",
    "client/options/option_values.py": "tried below, each of the catalogue",
    "client/transcripts/poll_intervals.py": "words of ours, joined by |",
    "api/recorded_at.py": "a form of dates, of which each part is one of ours",
    "text/folded_text.py": "text of the user's own search, escaped",
    "text/thinking.py": "marks of ours, joined by |",
    "local/gateway/understanding_tasks.py": "terms of the request, escaped",
    "local/models/pii.py": "tried above",
    "local/models/pii_patterns.py": "tried above",
    "notebook/line/expansion.py": "of one that is tried",
    "notebook/line/transformer.py": "names of magics, joined by |",
}
"""Modules with expressions that are not written out, and why that is well."""


def test_expressions_that_are_put_together_are_known():
    _, dynamic = hostile_patterns.regexes()
    assert {place.partition(":")[0] for place in dynamic} == set(PUT_TOGETHER)


def test_options_have_no_slow_pattern():
    patterns = {option.pattern for option in OPTIONS.values() if option.pattern}
    found = [hostile_patterns.Regex("option", pattern, 0, {"fullmatch"}) for pattern in patterns]
    hostile_patterns.try_all(found, thorough=False)


def test_no_expression_is_slow_on_a_text_built_for_it():
    """Each that is written out in the package or the page; the last line names the one that does not end."""
    tried = subprocess.run(
        [sys.executable, "-m", "tests.security.hostile_patterns"],
        capture_output=True, text=True, timeout=280, check=True,
    )  # fmt: skip
    assert tried.stdout.count("\n") > 90


@pytest.mark.nightly
def test_no_expression_is_slow_on_any_text_built_for_it():
    code = [sys.executable, "-m", "tests.security.hostile_patterns", "", "thorough"]
    subprocess.run(code, check=True, timeout=300, capture_output=True)


def test_a_slow_expression_would_be_found():
    """The attack that froze kernels, as it was: the texts that are built for it include one that shows it."""
    old = r"^\s*(?:<!--.*?-->\s*)*<(!DOCTYPE|html)"
    assert any(
        text.startswith("<!--") and text.count("<!--") > 100
        for text in hostile_patterns.texts(hostile_patterns.Regex("x", old, re.DOTALL, {"match"}), 4096)
    )

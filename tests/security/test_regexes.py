"""Patterns on text of strangers take time by its length, not by its square."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

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

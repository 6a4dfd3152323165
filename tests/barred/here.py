"""Bars this process, and those that it starts, when it is imported; one file notes the attempts of all."""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
from pathlib import Path

from tests.barred import sitecustomize

ATTEMPTS = Path(os.environ.setdefault(sitecustomize.NOTED, tempfile.mkstemp(prefix="aai-attempts-")[1]))

_paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys((os.path.dirname(__file__), *filter(None, _paths))))
if not vars(sys).get("_aai_barred"):  # the variable was not set when it was imported first
    importlib.reload(sitecustomize)

"""What importing the package costs, and that its names are documented."""

import subprocess
import sys
from pathlib import Path

import pytest

import aai_jupyter

ROOT = Path(__file__).parent.parent
HEAVY = ("pandas", "numpy", "httpx", "websockets", "anywidget", "ipywidgets", "msgspec")


def test_importing_the_package_imports_nothing_heavy_and_prints_nothing():
    code = f"import sys, aai_jupyter; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_loading_the_extension_loads_neither_store_nor_engine():
    code = (
        "import sys\nfrom IPython.core.interactiveshell import InteractiveShell\n"
        "InteractiveShell.instance().run_line_magic('load_ext', 'aai_jupyter')\n"
        "print([m for m in sys.modules if m.startswith('aai_jupyter.jobs') or m == 'http.client'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("name", aai_jupyter.__all__)
def test_every_public_name_exists_and_is_documented(name):
    thing = getattr(aai_jupyter, name)
    assert name == "__version__" or thing.__doc__

"""What the package costs to import."""

from __future__ import annotations

import subprocess
import sys


def test_neither_the_package_nor_the_displays_need_matplotlib():
    code = (
        "import sys; import aai_jupyter; assert 'pandas' not in sys.modules; "
        "import aai_jupyter.reports.page, aai_jupyter.analysis; assert 'matplotlib' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)

"""``python -m aai_jupyter``: the command line where its script is not on the ``PATH``."""

import sys

from aai_jupyter.cli import main

if __name__ == "__main__":
    sys.exit(main())

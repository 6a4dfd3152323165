"""Entry point of the engine as a child process; see :func:`aai_jupyter.local.server.main`."""

from aai_jupyter.local.server import leave, main

leave(main())

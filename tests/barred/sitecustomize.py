"""Bar sockets to other machines in this process, and note each attempt in a file.

Python imports a module of this name at its start when its folder is in PYTHONPATH: so kernels and engines
that tests start are barred, too. What is not written in Python (the browser) is not seen.
"""

import contextlib
import os
import socket
import sys

NOTED = "AAI_TEST_ATTEMPTS"
"""Variable that names the file; without it nothing is barred."""
_LOCAL = ("", "localhost", "localhost.localdomain", "ip6-localhost", "::1", "::", "0.0.0.0")


def is_here(host):
    """Whether a host is this machine, by its text."""
    if host is None:
        return True
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    return not isinstance(host, str) or host in _LOCAL or host.startswith(("127.", "::ffff:127."))


def _watch(event, arguments):
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) and address else None
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    else:
        return
    if isinstance(host, str | bytes) and str(host).rstrip("'").endswith(".invalid"):  # nobody has to be asked
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    if not is_here(host) and (path := os.environ.get(NOTED)):
        with contextlib.suppress(OSError), open(path, "a", encoding="utf-8") as file:
            test = os.environ.get("PYTEST_CURRENT_TEST", "")
            file.write(f"{event} {host} pid {os.getpid()} {test}\n")
        raise PermissionError(f"tests never leave this machine: {event} {host}")


if os.environ.get(NOTED) and not vars(sys).setdefault("_aai_barred", []):
    vars(sys)["_aai_barred"].append(True)
    sys.addaudithook(_watch)

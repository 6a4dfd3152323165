"""A connection to the local engine that is held open: the engine counts by them who is there."""

from __future__ import annotations

import contextlib
from urllib.parse import urlsplit

from aai_jupyter.network.offline_lock import lock


class HeldConnection:
    """An open request to an engine; it ends with this process, however that ends.

    Parameters
    ----------
    url : str
        Address of the engine.
    path : str
        What is asked for.
    token : str
        Its key.

    Raises
    ------
    OSError
        Nobody is there, it is another program, or the engine is ending.
    OfflineError
        The address is another machine's, and the offline lock holds.
    """

    def __init__(self, url: str, path: str, token: str) -> None:
        import http.client  # with the first engine: loading the package does not wait for it

        lock.check(url)
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5.0)
        try:
            self._connection.request("GET", path, headers={"Authorization": token})
            self._answer = self._connection.getresponse()
            if self._answer.status != 200 or self._connection.sock is None:
                raise ConnectionError(f"status {self._answer.status}")
            self._socket = self._connection.sock
            self._socket.setblocking(False)
        except http.client.HTTPException as error:
            self._connection.close()
            raise ConnectionError(f"no answer of an engine: {error!r}") from error
        except BaseException:
            self._connection.close()
            raise

    @property
    def alive(self) -> bool:
        """Whether the engine is still there."""
        try:
            while self._socket.recv(256):
                pass
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def close(self) -> None:
        """Tell the engine that this process is gone."""
        with contextlib.suppress(OSError):
            self._answer.close()
            self._connection.close()
            self._socket.close()

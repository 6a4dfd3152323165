"""The offline lock: whether a connection may leave this machine, and who said that it may not."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from aai_jupyter.errors import OfflineError
from aai_jupyter.network.offline_policy import offline_by_policy
from aai_jupyter.text.loopback import is_loopback

Asked = Callable[[], str | None]
"""Says who locked, or None."""


class OfflineLock:
    """Asks everybody who may lock; one is enough, and the administrator is asked first.

    Examples
    --------
    >>> lock = OfflineLock(lambda: "set in code")
    >>> lock.check("http://127.0.0.1:8000/v2") is None
    True
    >>> lock.allows("https://api.example.org/v2")
    False
    """

    def __init__(self, *asked: Asked) -> None:
        self._asked = [offline_by_policy, *asked]

    def also_ask(self, asked: Asked) -> None:
        """Let somebody else lock, too. Nobody is taken away."""
        self._asked.append(asked)

    def holder(self) -> str | None:
        """Who locked; None when connections may leave."""
        return next((who for asked in self._asked if (who := asked())), None)

    def check(self, url: str) -> None:
        """Refuse an address that is not this machine while somebody locks. No name is looked up.

        Raises
        ------
        OfflineError
        """
        self.check_host(_host(url))

    def check_host(self, host: str) -> None:
        """Like :meth:`check`, of a host."""
        who = None if is_loopback(host) else self.holder()
        if who is not None:
            raise OfflineError(
                f"Nothing leaves this machine: offline = true ({who}). {host or 'The address'} was not asked."
            )

    def allows(self, url: str) -> bool:
        """Whether an address may be opened."""
        return is_loopback(_host(url)) or self.holder() is None


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


lock = OfflineLock()
"""The one lock of this process."""

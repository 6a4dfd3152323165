"""Objects of one process: threads, connections and locks, which no other process can be handed."""

from __future__ import annotations

from typing import Any, NoReturn, SupportsIndex

from aai_jupyter.errors import UsageError


class OneProcess:
    """An object that is neither pickled nor copied; who tries is told what to send instead.

    Attributes
    ----------
    elsewhere : str
        What to do in the other process, as a sentence.

    Examples
    --------
    >>> import pickle
    >>> pickle.dumps(OneProcess())
    Traceback (most recent call last):
    aai_jupyter.UsageError: OneProcess belongs to the process that made it, and cannot be pickled or copied.
      → Make another one where it is needed.
    """

    elsewhere = "Make another one where it is needed."

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise UsageError(
            f"{type(self).__name__} belongs to the process that made it, and cannot be pickled or copied.",
            hint=self.elsewhere,
        )

    def __deepcopy__(self, memo: dict[int, Any]) -> NoReturn:
        self.__reduce_ex__(4)

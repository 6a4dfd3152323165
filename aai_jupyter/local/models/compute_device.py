"""What a model is computed on: this machine's CPU, or an NVIDIA GPU where CTranslate2 finds one."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from aai_jupyter.errors import EngineError

log = logging.getLogger("aai_jupyter")
T = TypeVar("T")

DEVICES = ("auto", "cpu", "cuda")
_NEEDS = "It needs the NVIDIA driver, CUDA 12 with cuBLAS, and cuDNN 9."


@dataclass(frozen=True, slots=True)
class ComputeDevice:
    """The wish of a user.

    Attributes
    ----------
    device : {"auto", "cpu", "cuda"}
        ``auto`` is a GPU where there is one, else the CPU.
    compute_type : str
        As CTranslate2 calls it, such as ``int8`` or ``float16``; ``auto`` is int8 on a CPU, float16 on a GPU.
    """

    device: str = "auto"
    compute_type: str = "auto"

    def load(self, make: Callable[[str, str], T]) -> tuple[T, str, str]:
        """Return what ``make(device, compute_type)`` gives, the type of computing, and what to say of it.

        Raises
        ------
        EngineError
            There is no CUDA, or not this type of computing, and it was asked for.
        """
        count, why = _gpus()
        if self.device == "cuda" and not count:
            raise EngineError(
                "local_device is cuda, and no CUDA device can be used.",
                detail=why or "CTranslate2 finds none",
                hint=f'{_NEEDS} Or: local_device = "cpu".',
            )
        note = ""
        if self.device != "cpu" and count:
            try:
                return self._made(make, "cuda", "float16")
            except (
                RuntimeError,
                ValueError,
                OSError,
            ) as error:  # a library that is missing, memory that is short
                if self.device == "cuda":
                    raise EngineError(
                        "local_device is cuda, and the model cannot be loaded there.",
                        detail=str(error),
                        hint=f'{_NEEDS} Or: local_device = "cpu".',
                    ) from None
                note = f"There is a CUDA device, but it could not be used ({error}): the CPU was. {_NEEDS}"
                log.warning(note)
        made, kind, _ = self._made(make, "cpu", "int8")
        return made, kind, note

    def _made(self, make: Callable[[str, str], T], device: str, usual: str) -> tuple[T, str, str]:
        kind = usual if self.compute_type == "auto" else self.compute_type
        known = _types(device)
        if self.compute_type != "auto" and kind not in known:
            raise EngineError(
                f"compute_type {kind!r} cannot be computed on this {device}.",
                hint=f"Use auto, or one of {', '.join(sorted(known))}.",
            )
        return make(device, kind), kind if device == "cpu" else f"{kind} on CUDA", ""


CPU = ComputeDevice("cpu")


def _gpus() -> tuple[int, str]:
    """Return how many GPUs there are, and why none can be asked for."""
    import ctranslate2  # type: ignore[import-untyped]

    try:
        return int(ctranslate2.get_cuda_device_count()), ""
    except (RuntimeError, ValueError) as error:
        return 0, str(error)


def _types(device: str) -> set[str]:
    import ctranslate2

    return set(ctranslate2.get_supported_compute_types(device)) | {"default"}

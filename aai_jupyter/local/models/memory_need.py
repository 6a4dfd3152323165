"""Whether the memory holds a model: said before it is loaded, as a process that takes too much is killed."""

from __future__ import annotations

from pathlib import Path

from aai_jupyter.errors import EngineError
from aai_jupyter.files.container_limits import free_memory
from aai_jupyter.weights.find_weights import is_installed
from aai_jupyter.weights.speech_models import SpeechModel, speech_models

_WORKING = 150e6
"""Bytes beside the weights: features of the sound, guesses at its text, libraries."""
_PER_BYTE = {"int8": 1.5, "int8_float32": 1.5, "int16": 2.0, "float16": 2.0, "bfloat16": 2.0}
"""Bytes at the peak for each byte of the file, whose weights are of 16 bits: it is read, and converted.
Measured with int8 (base takes 260 MB with a file of 145 MB, tiny.en 196 MB with 75 MB), else by the bits."""
_PER_BYTE_FLOAT32 = 3.0


def bytes_needed(file_size: float, compute_type: str = "int8") -> float:
    """Return how much memory a model takes at its peak, on a CPU.

    >>> round(bytes_needed(145e6) / 1e6)
    368
    """
    return _WORKING + file_size * _PER_BYTE.get(compute_type, _PER_BYTE_FLOAT32)


def require_memory(name: str, folder: Path, compute_type: str, home: Path) -> None:
    """Refuse a model that does not fit.

    Raises
    ------
    EngineError
        Names the next smaller one that does.
    """
    free = free_memory()
    needed = bytes_needed((folder / "model.bin").stat().st_size, compute_type)
    if free is None or needed <= free:
        return
    english = (known := speech_models().get(name)) is not None and known.languages == "en"
    smaller = [
        model
        for model in speech_models().values()
        if model.runs
        and (english or model.languages != "en")
        and bytes_needed(1e6 * model.megabytes, compute_type) < min(free, needed)
    ]
    raise EngineError(
        f"The model {name} needs about {_size(needed)} of memory, and {_size(free)} are free.",
        hint=_instead(smaller, home) + " Or: close other programs, or give the container more.",
    )


def _instead(smaller: list[SpeechModel], home: Path) -> str:
    if not smaller:
        return "None of the models that are known is small enough."
    best = max(smaller, key=lambda model: (model.megabytes, is_installed(model.name, home)))
    how = "" if is_installed(best.name, home) else f" (first: aai-jupyter pull {best.name})"
    return f'The next smaller one that fits: local_model = "{best.name}"{how}.'


def _size(count: float) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"

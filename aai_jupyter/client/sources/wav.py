"""Arrays of samples as a WAV file that is made while it is read: any length, constant memory."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING, Any

from aai_jupyter.errors import SourceError

if TYPE_CHECKING:
    import numpy as np

HEADER_BYTES = 44
_BLOCK_FRAMES = 1 << 16
_PEAK_ALLOWED = 2.0  # resampling may overshoot 1.0 a little; integers stored as floats exceed it by far


def frames_by_channels(array: Any, rate: Any) -> tuple[np.ndarray, int]:
    """Check samples and bring them into shape (frames, channels); nothing is copied.

    Parameters
    ----------
    array : array_like
        Shape (frames,), (frames, channels) or (channels, frames): the shorter axis is the channels. Floats in
        [-1, 1], or integers of 8, 16 or 32 bits in their full range. Torch tensors on the CPU work too.
    rate : int or float
        Samples per second (Hz), a whole number.

    Raises
    ------
    SourceError
        No samples, more than two axes, a dtype that is not sound, values that are not finite or far above 1,
        or a rate that is not a whole number of Hz.
    """
    import numpy as np

    samples = np.asarray(array)
    if samples.dtype.kind not in "fiu" or (
        samples.dtype.kind in "iu" and samples.dtype.itemsize not in (1, 2, 4)
    ):
        raise SourceError(
            f"An array of dtype {samples.dtype} is not sound.",
            hint="Pass float32 in [-1, 1] or int16 samples.",
        )
    if samples.dtype.kind == "u" and samples.dtype.itemsize != 1:
        raise SourceError(
            f"Samples of dtype {samples.dtype} are not supported.", hint="Convert them to int16."
        )
    if samples.ndim == 1:
        samples = samples[:, None]
    if samples.ndim != 2:
        raise SourceError(
            f"An array of shape {np.shape(array)} is not one recording.",
            hint="Pass (frames,) or (frames, channels).",
        )
    if samples.shape[0] < samples.shape[1]:
        samples = samples.T
    if not samples.size:
        raise SourceError("The array has no samples.")
    if samples.shape[1] > 32:
        raise SourceError(f"The array has {samples.shape[1]} channels; at most 32 make sense.")
    if isinstance(rate, bool) or not float(rate).is_integer() or not 1000 <= rate <= 768_000:
        raise SourceError(
            f"{rate!r} is not a sample rate in Hz.",
            hint="Pass (samples, sample_rate), for example (x, 16000).",
        )
    if samples.dtype.kind == "f":
        for block in _blocks(samples):
            peak = float(np.abs(block).max())
            if not np.isfinite(peak):
                raise SourceError(
                    "The array has values that are not finite.", hint="Use numpy.nan_to_num first."
                )
            if peak > _PEAK_ALLOWED:
                raise SourceError(
                    f"Float samples must be in [-1, 1]; found {peak:g}.",
                    hint="Divide by 32768, or convert to int16.",
                )
    return samples, int(rate)


def _blocks(samples: np.ndarray) -> Any:
    return (samples[i : i + _BLOCK_FRAMES] for i in range(0, len(samples), _BLOCK_FRAMES))


def _to_int16(block: np.ndarray) -> np.ndarray:
    import numpy as np

    kind, size = block.dtype.kind, block.dtype.itemsize
    if kind == "f":
        found: np.ndarray = np.rint(np.clip(block, -1.0, 1.0) * 32767.0).astype("<i2")
        return found
    if kind == "u":
        return ((block.astype("<i2") - 128) * 256).astype("<i2")
    if size == 1:
        return block.astype("<i2") * 256
    return (block >> 16).astype("<i2") if size == 4 else block.astype("<i2")


class WavReader(io.RawIOBase):
    """Read-only, seekable 16-bit PCM WAV view of samples in shape (frames, channels).

    Examples
    --------
    >>> import numpy as np, wave
    >>> with wave.open(WavReader(np.zeros((800, 1)), 8000)) as f:
    ...     f.getnframes(), f.getsampwidth()
    (800, 2)
    """

    def __init__(self, samples: np.ndarray, rate: int) -> None:
        self._samples = samples
        frames, channels = samples.shape
        self._frame_bytes = 2 * channels
        data = frames * self._frame_bytes
        self.size = HEADER_BYTES + data
        limit = 0xFFFFFFFF  # longer files than RIFF can say: readers take the rest of the file then
        self._header = b"RIFF" + struct.pack("<I4s", min(36 + data, limit), b"WAVE")
        self._header += b"fmt " + struct.pack(
            "<IHHIIHH", 16, 1, channels, rate, rate * self._frame_bytes, self._frame_bytes, 16
        )
        self._header += b"data" + struct.pack("<I", min(data, limit))
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def readinto(self, buffer: Any, /) -> int:
        view = memoryview(buffer).cast("B")
        if self._position < HEADER_BYTES:
            part = self._header[self._position : self._position + len(view)]
        else:
            offset = self._position - HEADER_BYTES
            first = offset // self._frame_bytes
            frames = min(_BLOCK_FRAMES, len(view) // self._frame_bytes + 2)
            block = _to_int16(self._samples[first : first + frames]).tobytes()
            skip = offset - first * self._frame_bytes
            part = block[skip : skip + len(view)]
        view[: len(part)] = part
        self._position += len(part)
        return len(part)

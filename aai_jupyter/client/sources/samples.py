"""Samples with their rate as sources: arrays of any library, lists of numbers, objects that hold sound."""

from __future__ import annotations

import array
import io
import math
import os
from collections.abc import Sequence
from typing import Any, BinaryIO

from aai_jupyter.client.sources.source import Source, read_error
from aai_jupyter.errors import SourceError

_LOOKED_AT = 64


def is_array(obj: Any) -> bool:
    """Whether it is an array or tensor, of whatever library."""
    return hasattr(obj, "__array__") and hasattr(obj, "shape") and not isinstance(obj, bytes)


def is_column(obj: Any) -> bool:
    """Whether it is a Series, Index or array of objects: a list of sources, not sound."""
    if not is_array(obj) or len(obj.shape) != 1:
        return False
    return hasattr(obj, "to_frame") or getattr(obj.dtype, "kind", "") in ("O", "U", "S", "T")


def is_numbers(obj: Any) -> bool:
    """Whether it is a list of numbers, or of channels of numbers: samples outside any array."""
    if isinstance(obj, array.array):
        return obj.typecode != "u"
    if not isinstance(obj, list | tuple | range) or not obj:
        return False
    first = obj[:_LOOKED_AT]
    if all(is_number(one) for one in first):
        return not all(isinstance(one, float) and math.isnan(one) for one in first)  # missing values
    return all(isinstance(one, list | tuple) and len(one) > 0 and is_number(one[0]) for one in first)


def is_number(obj: Any) -> bool:
    """Whether it is a number, of Python or of NumPy."""
    return not isinstance(obj, bool) and (isinstance(obj, int | float) or getattr(obj, "shape", None) == ())


def as_pair(obj: Any) -> tuple[Any, Any] | None:
    """(samples, rate), also in scipy's order (rate, samples); None for everything else."""
    if isinstance(obj, tuple | list) and len(obj) == 2:
        for samples, rate in (obj, obj[::-1]):
            if is_number(rate) and (_sounds(samples) or is_numbers(samples)):
                return samples, rate
    return None


def _sounds(obj: Any) -> bool:
    return is_array(obj) and obj.shape != () and not is_column(obj)


def as_sound(obj: Any) -> tuple[Any, Any] | None:
    """(samples, rate) of objects that hold both; None for everything else.

    Decoders and samples of torchcodec, ``soundfile.SoundFile``, ``wave.open``, ``pydub.AudioSegment``.
    """
    if hasattr(obj, "get_all_samples"):  # torchcodec decoder, the audio of newer Hugging Face data sets
        try:
            obj = obj.get_all_samples()
        except Exception as error:  # a decoder of the user's may raise anything
            raise read_error("The decoder's recording", error) from error
    if hasattr(obj, "sample_rate") and is_array(getattr(obj, "data", None)):
        return obj.data, obj.sample_rate
    if hasattr(obj, "samplerate") and hasattr(obj, "read"):
        return _of_sound_file(obj), obj.samplerate
    if hasattr(obj, "readframes") and hasattr(obj, "getframerate"):
        return _of_wave(obj), obj.getframerate()
    if hasattr(obj, "raw_data") and hasattr(obj, "frame_rate"):
        return _of_pcm(obj.raw_data, obj.sample_width, obj.channels, signed_bytes=True), obj.frame_rate
    return None


def path_of(obj: Any) -> str | None:
    """The file that a ``SoundFile`` has open: its own bytes are better than what was decoded from them."""
    name = getattr(obj, "name", None)
    if not (hasattr(obj, "samplerate") and isinstance(name, str | bytes)):
        return None
    if getattr(obj, "format", "") == "RAW" or not str(getattr(obj, "mode", "r")).startswith("r"):
        return None
    return os.fsdecode(name)


def _of_sound_file(file: Any) -> Any:
    try:
        place = file.tell()
        file.seek(0)
        samples = file.read(dtype="float32", always_2d=True)
        file.seek(place)
    except (RuntimeError, OSError, ValueError, TypeError) as error:  # libsndfile's own are RuntimeErrors
        raise SourceError(
            f"The {type(file).__name__} cannot be read: {error}.",
            hint="Open it for reading, or give its path.",
        ) from None
    return samples


def _of_wave(file: Any) -> Any:
    import wave

    try:
        place = file.tell()
        file.rewind()
        data = file.readframes(file.getnframes())
        file.setpos(place)
    except (wave.Error, OSError, ValueError, AttributeError) as error:  # AttributeError: it is closed
        raise SourceError(
            f"The wave file cannot be read: {error}.", hint="Open it, or give its path."
        ) from None
    return _of_pcm(data, file.getsampwidth(), file.getnchannels())


def _of_pcm(data: bytes, width: int, channels: int, *, signed_bytes: bool = False) -> Any:
    import numpy as np

    data = data[: len(data) // (width * channels) * width * channels]
    if width == 3:
        wide = np.zeros((len(data) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
        samples = wide.view("<i4")
    else:
        kinds = {1: "i1" if signed_bytes else "u1", 2: "<i2", 4: "<i4"}
        samples = np.frombuffer(data, kinds[width])
    return samples.reshape(-1, channels)


def from_samples(samples: Any, rate: Any, label: str = "array") -> Source:
    """Samples as a WAV file that is made while it is read.

    Raises
    ------
    SourceError
        They are no sound; see :func:`~aai_jupyter.client.sources.wav.frames_by_channels`.
    """
    from aai_jupyter.client.sources.wav import HEADER_BYTES, WavReader, frames_by_channels

    frames, hertz = frames_by_channels(_as_numpy(samples), rate)
    size = HEADER_BYTES + 2 * frames.shape[0] * frames.shape[1]

    def opener() -> BinaryIO:
        return io.BufferedReader(WavReader(frames, hertz), 1 << 18)

    return Source(label, "array", size, _opener=opener, _seconds=len(frames) / hertz)


def _as_numpy(samples: Any) -> Any:
    """NumPy's array of any array, tensor or list of numbers."""
    import numpy as np

    try:
        found = np.asarray(samples)
    except (TypeError, RuntimeError, ValueError) as error:
        found = _from_device(samples, error)
    if isinstance(samples, Sequence) and found.dtype.kind == "i" and found.dtype.itemsize == 8:
        # Whole numbers in a list have no width of their own; those of 16 bits are what sound is stored in.
        if found.size and not (found.min() >= -32768 and found.max() <= 32767):
            raise SourceError(
                "The list has whole numbers outside those of 16 bits.",
                hint="Pass floats in [-1, 1], or an array whose dtype says how wide its samples are.",
            )
        found = found.astype(np.int16)
    return found


def _from_device(samples: Any, error: Exception) -> Any:
    """A tensor that has a gradient, lies on another device or is of a type that NumPy does not have."""
    import numpy as np

    try:
        if hasattr(samples, "detach"):
            samples = samples.detach().cpu()
            return np.asarray(samples.float() if "float" in str(samples.dtype) else samples)
        if hasattr(samples, "get"):
            return np.asarray(samples.get())
    except (TypeError, RuntimeError, ValueError, AttributeError) as again:
        error = again
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    raise SourceError(
        f"The samples are no array of numbers: {reason}",
        hint="Pass numpy.asarray(samples, dtype=numpy.float32) with channels of equal length.",
    ) from None

"""Speaker embeddings: the GE2E encoder of Resemblyzer in numpy.

Architecture: "Generalized End-to-End Loss for Speaker Verification" (Wan et al., 2018): 40 mel bands
every 10 ms, three LSTM layers of 256, a linear layer, ReLU, unit length. Weights: Resemble AI,
Apache-2.0, stored as float16 (`tools/make_ge2e.py`).
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HOP = 160
"""Samples between two mel frames (10 ms at 16 kHz)."""
WINDOW_FRAMES = 160
"""Mel frames that one embedding looks at (1.6 s), as in training."""
DIMENSIONS = 256
_FFT = 400
_MELS = 40


class SpeakerEncoder:
    """Encodes mel frames as unit vectors whose cosine tells how alike two voices are.

    Examples
    --------
    >>> import numpy as np
    >>> encoder = speaker_encoder()
    >>> vectors = encoder.embed(np.zeros((2, 160, 40), np.float32))
    >>> vectors.shape
    (2, 256)
    """

    def __init__(self, weights: dict[str, NDArray[np.float32]]) -> None:
        import numpy as np

        self._layers = [
            (weights[f"input_{n}"], weights[f"hidden_{n}"], weights[f"bias_{n}"]) for n in range(3)
        ]
        self._projection = weights["projection"], weights["projection_bias"]
        self._bands = _mel_bands()
        self._taper = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_FFT) / _FFT)).astype(np.float32)

    def mel_frames(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return power in 40 mel bands, shape (1 + samples // 160, 40), frame ``i`` at sample ``160 i``."""
        import numpy as np

        padded = np.pad(samples, _FFT // 2)
        cuts = np.lib.stride_tricks.sliding_window_view(padded, _FFT)[::HOP]
        power = np.abs(np.fft.rfft(cuts * self._taper, axis=1)) ** 2
        return power.astype(np.float32) @ self._bands

    def embed(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return unit vectors of shape (n, 256) for mel windows of shape (n, frames, 40)."""
        import numpy as np

        sequence, last = windows, None
        for weight_in, weight_hidden, bias in self._layers:
            sequence = _lstm(sequence, weight_in, weight_hidden, bias)
        last = sequence[:, -1]
        weight, bias = self._projection
        vectors = np.maximum(last @ weight + bias, 0)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        found: NDArray[np.float32] = vectors / np.maximum(lengths, 1e-9)
        return found


@lru_cache(maxsize=1)
def speaker_encoder() -> SpeakerEncoder:
    """Return the encoder with its weights, loaded once."""
    import numpy as np

    with files("aai_jupyter.local").joinpath("data/ge2e.npz").open("rb") as file, np.load(file) as stored:
        return SpeakerEncoder({name: stored[name].astype(np.float32) for name in stored.files})


def _lstm(
    sequence: NDArray[np.float32],
    weight_in: NDArray[np.float32],
    weight_hidden: NDArray[np.float32],
    bias: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Return outputs of one layer for inputs (n, frames, features); gates in torch's order i, f, g, o."""
    import numpy as np

    count, frames, _ = sequence.shape
    size = weight_hidden.shape[0]
    inputs = (sequence.reshape(count * frames, -1) @ weight_in + bias).reshape(count, frames, -1)
    hidden: NDArray[Any] = np.zeros((count, size), np.float32)
    cell: NDArray[Any] = np.zeros((count, size), np.float32)
    outputs = np.empty((count, frames, size), np.float32)
    for frame in range(frames):
        gates = inputs[:, frame] + hidden @ weight_hidden
        # sigmoid(x) = (1 + tanh(x / 2)) / 2, which never overflows
        take, keep, give = (0.5 + 0.5 * np.tanh(0.5 * gates[:, k * size : (k + 1) * size]) for k in (0, 1, 3))
        cell = keep * cell + take * np.tanh(gates[:, 2 * size : 3 * size])
        hidden = give * np.tanh(cell)
        outputs[:, frame] = hidden
    return outputs


def _mel_bands() -> NDArray[np.float32]:
    """Return triangles of equal area, (201, 40), on Slaney's mel scale: linear to 1 kHz, then log."""
    import numpy as np

    linear, corner = 200 / 3, 1000.0
    corner_mel, log_step = corner / linear, np.log(6.4) / 27
    top = corner_mel + np.log(8000 / corner) / log_step
    mels = np.linspace(0, top, _MELS + 2)
    edges = np.where(mels < corner_mel, mels * linear, corner * np.exp(log_step * (mels - corner_mel)))
    frequencies = np.linspace(0, 8000, _FFT // 2 + 1)[:, None]
    rising = (frequencies - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - frequencies) / (edges[2:] - edges[1:-1])
    bands = np.maximum(0, np.minimum(rising, falling)) * (2 / (edges[2:] - edges[:-2]))
    found: NDArray[np.float32] = bands.astype(np.float32)
    return found

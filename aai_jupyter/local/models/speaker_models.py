"""The two neural networks of speaker diarization, run by onnxruntime: who speaks when, and whose voice it is.

Both files lie in the package and are made by ``tools/make_speaker_models.py``; each is hashed before it is
loaded.

* segmentation-3.0 (pyannote, MIT; Plaquet and Bredin, "Powerset multi-class cross entropy loss for neural
speaker
  diarization", 2023) hears ten seconds and tells for each 17 ms which of up to three people speak, two at
  most at once.
* CAM++ (3D-Speaker, Apache-2.0; Wang and others, "CAM++: a fast and efficient network for speaker
verification using
  context-aware masking", 2023) turns speech of one person into a vector whose direction tells the voice.
"""

from __future__ import annotations

import hashlib
import threading
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from aai_jupyter.errors import EngineError
from aai_jupyter.local.models.audio_decoding import RATE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SEGMENTATION = "segmentation-3.0.onnx", "153da1477d8b3afb891c1959cffd3d73c3830ab4657edf4b56d5588d41da2115"
EMBEDDING = "campplus.onnx", "11b9f765684ecc84ab0b4c445b4af71d26caf04ee22bca6462d719db527fff76"
VOICE_MODEL = "campplus-zh-en-advanced-1"
"""Names what made an embedding: two of different models cannot be compared."""

WINDOW = 10 * RATE
"""Samples that the segmentation hears at once."""
WINDOW_FRAMES = 589
FRAME = 270
"""Samples from one frame of the segmentation to the next (16.9 ms)."""
FIRST = 495
"""Sample at the middle of a window's first frame."""
LOCAL_SPEAKERS = 3
MEL_HOP = 160
MEL_MARGIN = 240
"""Samples that a mel frame looks at beyond its own 10 ms."""
MELS = 80
DIMENSIONS = 192
_SETS = ((), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2))
"""Speakers of each class of the segmentation."""
_MEL_FRAME, _FFT = 400, 512


def segment(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the probability that each local speaker speaks, shape (n, frames, 3), for samples (n, WINDOW).

    The numbers of the speakers mean nothing beyond one window.

    Examples
    --------
    >>> import numpy as np
    >>> segment(np.zeros((1, WINDOW), np.float32)).shape
    (1, 589, 3)
    """
    import numpy as np

    sets = np.exp(_session(*SEGMENTATION).run(None, {"samples": windows[:, None]})[0])
    speaks = np.array([[k in members for k in range(LOCAL_SPEAKERS)] for members in _SETS], np.float32)
    found: NDArray[np.float32] = sets @ speaks
    return found


def embed(mel: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the voice of mel frames of one speaker as a unit vector.

    Examples
    --------
    >>> import numpy as np
    >>> voice = embed(mel_frames(np.sin(np.arange(16_000, dtype=np.float32))))
    >>> voice.shape, round(float(voice @ voice), 3)
    ((192,), 1.0)
    """
    import numpy as np

    centred = (mel - mel.mean(0))[None]
    vector = _session(*EMBEDDING).run(None, {"mel": centred})[0][0]
    found: NDArray[np.float32] = vector / max(float(np.linalg.norm(vector)), 1e-9)
    return found


def mel_frames(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the log energy in 80 mel bands each 10 ms, shape (n, 80), as Kaldi computes it without dither.

    >>> import numpy as np
    >>> mel_frames(np.zeros(16_000, np.float32)).shape
    (98, 80)
    """
    import numpy as np

    if len(samples) < _MEL_FRAME:
        samples = np.pad(samples, (0, _MEL_FRAME - len(samples)))
    cuts = np.lib.stride_tricks.sliding_window_view(samples * np.float32(32768), _MEL_FRAME)[::MEL_HOP]
    cuts = cuts - cuts.mean(1, keepdims=True)
    before = np.concatenate([cuts[:, :1], cuts[:, :-1]], 1)
    taper, bands = _mel_constants()
    power = np.abs(np.fft.rfft((cuts - np.float32(0.97) * before) * taper, _FFT)) ** 2
    energies = power.astype(np.float32) @ bands
    found: NDArray[np.float32] = np.log(np.maximum(energies, np.finfo(np.float32).eps))
    return found


@lru_cache(maxsize=1)
def _mel_constants() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return Kaldi's window and its triangles between 20 Hz and 8 kHz, shape (257, 80)."""
    import numpy as np

    taper = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_MEL_FRAME) / (_MEL_FRAME - 1))) ** 0.85
    edges = np.linspace(1127 * np.log(1 + 20 / 700), 1127 * np.log(1 + 8000 / 700), MELS + 2)
    mels = 1127 * np.log(1 + np.arange(_FFT // 2 + 1) * RATE / _FFT / 700)[:, None]
    rising = (mels - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - mels) / (edges[2:] - edges[1:-1])
    bands = np.maximum(0, np.minimum(rising, falling))
    bands[-1] = 0  # Kaldi leaves the highest frequency out
    return taper.astype(np.float32), bands.astype(np.float32)


_LOADING = threading.Lock()


def _session(name: str, sha256: str) -> Any:
    with _LOADING:  # two jobs that begin together load it once
        return _loaded(name, sha256)


@lru_cache(maxsize=2)
def _loaded(name: str, sha256: str) -> Any:
    import onnxruntime

    raw = (files("aai_jupyter.local") / "data" / name).read_bytes()
    if hashlib.sha256(raw).hexdigest() != sha256:
        raise EngineError(
            f"{name} is damaged or changed: its sha256 is wrong.",
            hint='Reinstall the package: pip install --force-reinstall "aai-jupyter[local]"',
        )
    options = onnxruntime.SessionOptions()
    # One thread: recognition runs beside it, and threads that wait for each other take the time of others.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(raw, options, providers=["CPUExecutionProvider"])

"""Make ``aai_jupyter/local/data/ge2e.npz`` from the weights in the resemblyzer 0.1.4 wheel.

    pip download --no-deps resemblyzer==0.1.4
    python tools/make_ge2e.py Resemblyzer-0.1.4-py3-none-any.whl aai_jupyter/local/data/ge2e.npz

The weights (Resemble AI, Apache-2.0) are a pickle made by torch. A pickle can run code, so this reads
it with an unpickler that knows four names, after a check of the sha256; torch is not needed.
Stored as float16: embeddings have a cosine of at least 0.999999 to those of the float32 weights.
"""

from __future__ import annotations

import collections
import hashlib
import io
import pickle
import struct
import sys
import zipfile
from dataclasses import dataclass
from typing import Any

import numpy as np

SHA256 = "39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e"
MAGIC = 0x1950A86A20F9469CFC6C
DTYPES = {"FloatStorage": "<f4", "LongStorage": "<i8", "DoubleStorage": "<f8", "IntStorage": "<i4"}


@dataclass
class Storage:
    type: str
    data: np.ndarray | None = None


@dataclass
class Tensor:
    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def array(self) -> np.ndarray:
        data = self.storage.data
        assert data is not None
        strides = [step * data.itemsize for step in self.strides]
        return np.lib.stride_tricks.as_strided(data[self.offset :], self.shape, strides).copy()


class Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, storages: dict[str, Storage]) -> None:
        super().__init__(file)
        self.storages = storages

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, offset, shape, strides, *_: Tensor(storage, offset, shape, strides)
        if module == "torch" and name in DTYPES:
            return name
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed here")

    def persistent_load(self, pid: Any) -> Storage:
        _, kind, key, *_ = pid
        return self.storages.setdefault(key, Storage(kind))


def read_checkpoint(raw: bytes) -> dict[str, np.ndarray]:
    """The arrays of a checkpoint in torch's format from before 1.6."""
    file, storages = io.BytesIO(raw), {}
    if Unpickler(file, storages).load() != MAGIC:
        raise ValueError("not a checkpoint of torch < 1.6")
    Unpickler(file, storages).load()  # protocol version
    Unpickler(file, storages).load()  # sizes of the machine that wrote it
    checkpoint = Unpickler(file, storages).load()
    for key in Unpickler(file, storages).load():
        (length,) = struct.unpack("<q", file.read(8))
        dtype = np.dtype(DTYPES[storages[key].type])
        storages[key].data = np.frombuffer(file.read(length * dtype.itemsize), dtype)
    return {name: value.array() for name, value in checkpoint["model_state"].items()}


def main(wheel: str, target: str) -> None:
    raw = zipfile.ZipFile(wheel).read("resemblyzer/pretrained.pt")
    found = hashlib.sha256(raw).hexdigest()
    if found != SHA256:
        sys.exit(f"sha256 {found} of pretrained.pt is not the published {SHA256}")
    state = read_checkpoint(raw)
    arrays = {}
    for layer in range(3):
        arrays[f"input_{layer}"] = state[f"lstm.weight_ih_l{layer}"].T
        arrays[f"hidden_{layer}"] = state[f"lstm.weight_hh_l{layer}"].T
        arrays[f"bias_{layer}"] = state[f"lstm.bias_ih_l{layer}"] + state[f"lstm.bias_hh_l{layer}"]
    arrays["projection"], arrays["projection_bias"] = state["linear.weight"].T, state["linear.bias"]
    np.savez(target, **{name: array.astype(np.float16) for name, array in arrays.items()})


if __name__ == "__main__":
    main(*sys.argv[1:3])

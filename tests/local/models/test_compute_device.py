"""The CPU, or a GPU that is there, is not there, or cannot be used."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aai_jupyter.errors import EngineError
from aai_jupyter.jobs.engine_process import EngineSpec
from aai_jupyter.local.models import compute_device
from aai_jupyter.local.models.compute_device import ComputeDevice
from aai_jupyter.settings.configuration import settings

BROKEN = "Library libcudnn_ops.so.9 is not found or cannot be loaded"


@pytest.fixture
def gpus(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, str], None]:
    """Sets how many GPUs there are, and why not."""

    def are(count: int, why: str = "") -> None:
        monkeypatch.setattr(compute_device, "_gpus", lambda: (count, why))
        types = {"cpu": {"int8", "float32"}, "cuda": {"int8", "float16"}}
        monkeypatch.setattr(compute_device, "_types", types.__getitem__)

    are(0)
    return are


def made(device: str, compute_type: str) -> tuple[str, str]:
    return device, compute_type


def broken(device: str, compute_type: str) -> tuple[str, str]:
    if device == "cuda":
        raise RuntimeError(BROKEN)
    return device, compute_type


def test_the_cpu_where_there_is_no_gpu(gpus: Callable[..., None]) -> None:
    assert ComputeDevice().load(made) == (("cpu", "int8"), "int8", "")
    assert ComputeDevice("cpu", "float32").load(made) == (("cpu", "float32"), "float32", "")
    gpus(1)
    assert ComputeDevice("cpu").load(made) == (("cpu", "int8"), "int8", "")


def test_a_gpu_where_there_is_one(gpus: Callable[..., None]) -> None:
    gpus(1)
    assert ComputeDevice().load(made) == (("cuda", "float16"), "float16 on CUDA", "")
    assert ComputeDevice("cuda", "int8").load(made) == (("cuda", "int8"), "int8 on CUDA", "")


def test_cuda_that_is_not_there_is_said(gpus: Callable[..., None]) -> None:
    gpus(0, "CUDA driver version is insufficient")
    with pytest.raises(EngineError, match="no CUDA device can be used") as failed:
        ComputeDevice("cuda").load(made)
    assert "driver version is insufficient" in str(failed.value)
    assert 'local_device = "cpu"' in str(failed.value.hint)


def test_a_gpu_that_cannot_load_the_model(gpus: Callable[..., None]) -> None:
    gpus(1)
    model, computing, note = ComputeDevice().load(broken)
    assert (model, computing) == (("cpu", "int8"), "int8")
    assert BROKEN in note
    assert "the CPU was" in note
    with pytest.raises(EngineError, match="cannot be loaded there") as failed:
        ComputeDevice("cuda").load(broken)
    assert BROKEN in str(failed.value)


def test_a_type_that_cannot_be_computed(gpus: Callable[..., None]) -> None:
    with pytest.raises(EngineError, match="'float16' cannot be computed on this cpu") as failed:
        ComputeDevice("cpu", "float16").load(made)
    assert "float32, int8" in str(failed.value.hint)


def test_settings_start_another_engine() -> None:
    usual = EngineSpec.of(settings)
    settings.local_device = "cpu"
    settings.compute_type = "float32"
    assert (EngineSpec.of(settings).device, EngineSpec.of(settings).compute_type) == ("cpu", "float32")
    assert EngineSpec.of(settings) != usual

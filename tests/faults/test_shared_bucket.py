"""A store on an object store that is slow and fails: moto's server, whose answers are spoiled on the way."""

from __future__ import annotations

import random
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from aai_jupyter.jobs.shared_objects import PatientObjects, shared_objects
from tests.faults.kernel import Kernel, Plan
from tests.faults.simulator import Simulator

pytest.importorskip("moto")
pytest.importorskip("s3fs")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


class FaultyBucket:
    """An S3 of moto. Some requests are refused; of others the answer is lost when they were carried out."""

    def __init__(self) -> None:
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
        from werkzeug.serving import make_server

        self._app = DomainDispatcherApplication(create_backend_app)
        self.name = f"bucket-{uuid.uuid4().hex}"  # moto keeps what it has as long as the process
        self.place = f"s3://{self.name}/store"
        self.refused = self.lost = self.late = 0.0
        self.faults = 0
        self._chance = random.Random(20261130)
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.options = {
            "key": "key",
            "secret": "secret",
            "endpoint_url": f"http://127.0.0.1:{self._server.server_port}",
            "client_kwargs": {"region_name": "eu-west-1"},  # S3 refuses to be told of its first region
        }

    def _answer(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        roll = self._chance.random()
        time.sleep(self.late)
        if roll < self.refused + self.lost:
            self.faults += 1
            if roll >= self.refused:  # carried out, and nobody hears of it
                list(self._app(environ, lambda *_: None))
            start("500 Internal Server Error", [("Content-Type", "text/plain")])
            return [b"try again"]
        found: Iterable[bytes] = self._app(environ, start)
        return found

    def close(self) -> None:
        self._server.shutdown()


@pytest.fixture
def bucket() -> Iterator[FaultyBucket]:
    import s3fs

    made = FaultyBucket()
    s3fs.S3FileSystem(**made.options, skip_instance_cache=True).mkdir(made.name)
    yield made
    made.close()


def test_an_object_of_a_bucket_is_created_once(bucket: FaultyBucket) -> None:
    objects = shared_objects(bucket.place, bucket.options)
    assert objects.read("a") is None
    assert (objects.create("a", b"first"), objects.create("a", b"second")) == (True, False)
    objects.put("a", b"third")
    assert objects.read("a") == b"third"


def test_an_object_is_created_once_however_often_it_fails(bucket: FaultyBucket) -> None:
    bucket.refused = bucket.lost = 0.2
    objects = PatientObjects(shared_objects(bucket.place, bucket.options))
    for number in range(20):
        objects.create(str(number), b"mine")
        assert not objects.create(str(number), b"theirs")
        assert objects.read(str(number)) == b"mine"
    assert bucket.faults


@pytest.mark.nightly
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("refused", "lost", "late"), [(0, 0, 0), (0.1, 0.1, 0), (0, 0, 0.1)], ids=["sound", "failing", "slow"]
)
def test_two_workers_pay_once(
    bucket: FaultyBucket,
    simulator: Simulator,
    recordings: list[Path],
    tmp_path: Path,
    refused: float,
    lost: float,
    late: float,
) -> None:
    bucket.refused, bucket.lost, bucket.late = refused, lost, late
    place, options = bucket.place, bucket.options
    one = Plan(simulator.url, tmp_path, tuple(recordings), shared=place, storage_options=options)
    kernels = [Kernel(one), Kernel(one)]
    time.sleep(1.0)
    kernels[0].kill()
    kernels[0].result()
    said = kernels[1].result(seconds=300)
    assert [line[:8] for line in said or []] == ["Words of"] * 3
    assert simulator.paid_twice == {}
    assert len(simulator.jobs) == 3

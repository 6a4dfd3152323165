"""The event-loop bridge in real kernels, in terminal IPython, and beside a foreign nest_asyncio."""

import subprocess
import sys
import textwrap

import pytest

from tests.kernels import PYTHONS, ROOT, kernel

pytestmark = pytest.mark.kernel

SETUP = """
import asyncio, threading
from aai_jupyter.runtime.bridge import Bridge
from aai_jupyter.runtime.nested import run_nested
bridge = Bridge()
ended = []
async def forever():
    print("started", flush=True)
    try:
        await asyncio.sleep(600)
    finally:
        ended.append("cancelled")
"""


@pytest.fixture(scope="module", params=PYTHONS, ids=lambda p: "colab" if p != sys.executable else "newest")
def shell(request, tmp_path_factory):
    with kernel(request.param, cwd=tmp_path_factory.mktemp("kernel")) as made:
        made.ok(SETUP)
        yield made


def test_a_cell_gets_its_result_while_the_kernels_loop_runs(shell):
    assert shell.value("bridge.run(asyncio.sleep(0.01, 'done'))") == "done"


def test_interrupt_ends_the_wait_and_cancels_the_coroutine(shell):
    shell.ok("ended.clear()")
    cell, seconds = shell.interrupted("bridge.run(forever())", "started")
    assert cell.ename == "KeyboardInterrupt"
    assert seconds < 60  # the bound only tells an interrupt from a wait for the end
    assert shell.value("ended") == ["cancelled"]
    assert shell.value("bridge.run(asyncio.sleep(0, 'still usable'))") == "still usable"


def test_queued_cells_run_after_it(shell):
    cells = shell.run_all(
        [
            "bridge.run(asyncio.sleep(0.2))",
            "print('second')",
            "bridge.run(asyncio.sleep(0.1)); print('third')",
        ]
    )
    assert [(cell.status, cell.stdout) for cell in cells] == [
        ("ok", ""),
        ("ok", "second\n"),
        ("ok", "third\n"),
    ]


def test_run_nested_uses_the_kernels_loop_and_loses_no_queued_cell(shell):
    cells = shell.run_all(
        [
            "mine = asyncio.get_event_loop()\nasync def which():\n    await asyncio.sleep(0.1)\n"
            "    return asyncio.get_running_loop() is mine",
            "print(run_nested(which()))",
            "print('next')",
            "print(await which(), bridge.run(asyncio.sleep(0, 'bridge')))",
        ]
    )
    assert [cell.stdout for cell in cells] == ["", "True\n", "next\n", "True bridge\n"]


@pytest.mark.parametrize("python", PYTHONS, ids=lambda p: "colab" if p != sys.executable else "newest")
def test_a_foreign_nest_asyncio_changes_nothing_for_the_bridge(python, tmp_path):
    pytest.importorskip("nest_asyncio")
    with kernel(python, cwd=tmp_path) as shell:
        if shell.run("import nest_asyncio; nest_asyncio.apply()").status != "ok":
            pytest.skip("nest_asyncio is not installed there")
        shell.ok(SETUP)
        assert shell.value("bridge.run(asyncio.sleep(0.01, 'done'))") == "done"
        shell.ok(
            """
            async def check():
                import _asyncio
                assert type(asyncio.current_task()) is _asyncio.Task
                async with asyncio.timeout(60):
                    reader, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.write(b"hello")
                    answer = await reader.read(5)
                    writer.close()
                    return answer
            async def echo(reader, writer):
                writer.write(await reader.read(5))
                await writer.drain()
                writer.close()
            server = bridge.run(asyncio.start_server(echo, "127.0.0.1", 0))
            port = server.sockets[0].getsockname()[1]
            """
        )
        assert shell.value("bridge.run(check())") == b"hello"
        cell, seconds = shell.interrupted("bridge.run(forever())", "started")
        assert (cell.ename, seconds < 60) == ("KeyboardInterrupt", True)
        nested = shell.run("run_nested(asyncio.sleep(0, 'nested'))")
        version = shell.value("__import__('ipykernel').version_info[:2]")
        if tuple(version) >= (7, 1):  # where nest_asyncio 1.6 was measured to lose the next queued cell
            assert nested.ename == "UsageError"
            assert len(nested.error) <= 3
            assert "await" in nested.error[-1]
        else:
            assert nested.result["text/plain"] == "'nested'"


def test_terminal_ipython_runs_it_in_sync_and_in_await_cells_and_exits_cleanly(tmp_path):
    script = textwrap.dedent(
        """
        import asyncio, threading
        from aai_jupyter.runtime.bridge import Bridge
from aai_jupyter.runtime.nested import run_nested
        b = Bridge()
        print("sync", b.run(asyncio.sleep(0, 1)))
        print("await", await asyncio.sleep(0, 2), b.run(asyncio.sleep(0, 3)))
        print("nested", run_nested(asyncio.sleep(0, 4)))
        print("threads", [t.name for t in threading.enumerate() if t.name.startswith("aai")])
        """
    )
    done = subprocess.run(
        [sys.executable, "-m", "IPython", "--simple-prompt", "--no-banner", "--colors=NoColor"],
        input=script + "exit\n",
        env={**_environment(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    for line in ("sync 1", "await 2 3", "nested 4", "threads ['aai_jupyter-loop']"):
        assert line in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0


def _environment(folder):
    import os

    return {**os.environ, "PYTHONPATH": str(ROOT), "IPYTHONDIR": str(folder / "ipython")}


@pytest.mark.parametrize("python", PYTHONS, ids=lambda p: "colab" if p != sys.executable else "newest")
def test_a_kernel_shuts_down_with_work_running_on_the_loop(python, tmp_path):
    with kernel(python, cwd=tmp_path) as shell:
        shell.ok(SETUP)
        shell.ok("bridge.submit(forever()); bridge.run(asyncio.sleep(0))")
        assert shell.value("[t.name for t in threading.enumerate() if t.name == 'aai_jupyter-loop']") == [
            "aai_jupyter-loop"
        ]
        process = shell.manager.provisioner.process
    assert process.poll() == 0

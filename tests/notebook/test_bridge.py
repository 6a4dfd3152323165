"""The event-loop bridge in one process; its behaviour in kernels is in test_bridge_kernels.py."""

import asyncio
import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from aai_jupyter.errors import UsageError
from aai_jupyter.runtime.bridge import THREAD_NAME, Bridge
from aai_jupyter.runtime.nested import run_nested


@pytest.fixture
def bridge():
    made = Bridge()
    yield made
    made.stop()


OTHERS = set()


@pytest.fixture(autouse=True)
def others():
    """Loops of the process that other tests have left running."""
    OTHERS.clear()
    OTHERS.update(t for t in threading.enumerate() if t.name == THREAD_NAME)


def loop_threads():
    return [t for t in threading.enumerate() if t.name == THREAD_NAME and t not in OTHERS]


async def where():
    return threading.current_thread().name, asyncio.get_running_loop()


def test_a_coroutine_runs_on_one_named_daemon_thread_started_at_first_use(bridge):
    assert not bridge.running
    assert loop_threads() == []
    name, first = bridge.run(where())
    assert name == THREAD_NAME
    assert bridge.run(where())[1] is first
    assert [t.daemon for t in loop_threads()] == [True]


def test_an_exception_reaches_the_caller_with_its_type(bridge):
    async def fail():
        raise LookupError("no such thing")

    with pytest.raises(LookupError, match="no such thing"):
        bridge.run(fail())


def test_a_timeout_raised_by_the_coroutine_is_not_taken_for_a_poll_that_ran_out(bridge):
    async def late():
        await asyncio.sleep(0.25)  # longer than one poll
        raise TimeoutError("the job's own")

    with pytest.raises(TimeoutError, match="the job's own"):
        bridge.run(late())


def test_tick_runs_in_the_calling_thread_while_it_waits(bridge):
    ticks, ticked = [], threading.Event()

    def tick():
        ticks.append(threading.current_thread())
        ticked.set()

    bridge.run(asyncio.to_thread(ticked.wait, 60), tick=tick)
    assert set(ticks) == {threading.main_thread()}


def test_a_fault_of_tick_cancels_the_coroutine(bridge):
    def fail():
        raise LookupError("cannot draw")

    with pytest.raises(LookupError, match="cannot draw"):
        bridge.run(asyncio.sleep(60), tick=fail)
    assert bridge.run(tasks_left()) == 0


def interrupt(begun, times=1):
    """Press Stop soon after the work has begun."""

    def fire():
        begun.wait()
        for _ in range(times):
            time.sleep(0.3)
            os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=fire).start()


@pytest.mark.skipif(sys.platform == "win32", reason="signals of the test itself")
def test_interrupt_cancels_the_coroutine_and_waits_for_its_clean_up(bridge):
    steps, begun = [], threading.Event()

    async def work():
        try:
            begun.set()
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.05)
            steps.append("cleaned up")

    interrupt(begun)
    with pytest.raises(KeyboardInterrupt):
        bridge.run(work())
    assert steps == ["cleaned up"]
    assert bridge.run(tasks_left()) == 0


async def tasks_left():
    return len(asyncio.all_tasks()) - 1


@pytest.mark.skipif(sys.platform == "win32", reason="signals of the test itself")
def test_a_second_interrupt_does_not_wait_for_a_clean_up_that_hangs(bridge):
    begun, release, ended = threading.Event(), threading.Event(), threading.Event()

    async def stubborn():
        try:
            begun.set()
            await asyncio.sleep(60)
        finally:
            await asyncio.to_thread(release.wait)
            ended.set()

    interrupt(begun, times=2)
    with pytest.raises(KeyboardInterrupt):
        bridge.run(stubborn())
    assert not ended.is_set()
    release.set()
    assert ended.wait(60)


def test_submit_gives_a_future_that_can_be_cancelled(bridge):
    cancelled = threading.Event()

    async def work():
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    future = bridge.submit(work())
    bridge.run(asyncio.sleep(0))
    future.cancel()
    assert cancelled.wait(60)
    assert bridge.submit(asyncio.sleep(0, 3)).result(60) == 3


def test_run_from_the_loop_itself_is_refused_with_what_to_write_instead(bridge):
    async def outer():
        return bridge.run(asyncio.sleep(0))

    with pytest.raises(UsageError, match="await"):
        bridge.run(outer())


@pytest.mark.parametrize("thing", [where, 3, None])
def test_what_is_not_a_coroutine_is_refused_before_anything_starts(bridge, thing):
    with pytest.raises(UsageError, match="coroutine"):
        bridge.run(thing)
    assert not bridge.running


def test_run_works_while_a_loop_runs_in_the_calling_thread(bridge):
    async def cell():
        return bridge.run(asyncio.sleep(0, "nested"))

    assert asyncio.run(cell()) == "nested"


def test_stop_cancels_what_runs_ends_the_thread_and_a_later_run_starts_anew(bridge):
    future = bridge.submit(asyncio.sleep(60))
    bridge.run(asyncio.sleep(0))
    bridge.stop()
    assert future.cancelled()
    assert loop_threads() == []
    assert bridge.run(asyncio.sleep(0, 1)) == 1


def test_a_forgotten_bridge_stops_its_thread():
    forgotten = Bridge()
    forgotten.run(asyncio.sleep(0))
    assert loop_threads()
    del forgotten
    gc.collect()
    assert loop_threads() == []


def _in_child(bridge, answers):
    answers.put(bridge.run(asyncio.sleep(0, "from the child")))
    bridge.stop()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_gets_a_loop_of_its_own_and_the_parents_goes_on(bridge):
    bridge.run(asyncio.sleep(0))
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    child = context.Process(target=_in_child, args=(bridge, answers))
    child.start()
    assert answers.get(timeout=60) == "from the child"
    child.join(60)
    assert child.exitcode == 0
    assert bridge.run(asyncio.sleep(0, "from the parent")) == "from the parent"


def run_python(code):
    return subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_an_interpreter_exits_at_once_and_in_silence_with_work_still_running():
    done = run_python(
        "import asyncio; from aai_jupyter.runtime.bridge import Bridge; b = Bridge()\n"
        "b.submit(asyncio.sleep(600)); print(b.run(asyncio.sleep(0, 'ok')))"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "ok\n", "")


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_foreign_nest_asyncio_reaches_neither_the_loop_nor_its_tasks(when):
    pytest.importorskip("nest_asyncio")
    apply = "import asyncio, nest_asyncio; nest_asyncio.apply(asyncio.new_event_loop())\n"
    use = "from aai_jupyter.runtime.bridge import Bridge; bridge = Bridge(); bridge.run(asyncio.sleep(0))\n"
    done = run_python(
        "import asyncio, _asyncio\n"
        + (apply + use if when == "before" else use + apply)
        + """
async def check():
    loop = asyncio.get_running_loop()
    assert type(asyncio.current_task()) is _asyncio.Task, type(asyncio.current_task())
    assert type(loop.create_future()) is _asyncio.Future
    for name in ("run_forever", "run_until_complete", "_run_once", "_check_running"):
        assert getattr(type(loop), name) is getattr(asyncio.BaseEventLoop, name), name
    async with asyncio.timeout(60):  # breaks on 3.14 in a patched loop
        return await asyncio.gather(asyncio.sleep(0.01, 1), asyncio.create_task(asyncio.sleep(0.01, 2)))
print(bridge.run(check()))
"""
    )
    assert done.stdout == "[1, 2]\n", done.stderr


def test_run_nested_without_a_running_loop_needs_no_patch():
    done = run_python(
        "import asyncio, sys; from aai_jupyter.runtime.nested import run_nested\n"
        "print(run_nested(asyncio.sleep(0, 5)), 'nest_asyncio2' in sys.modules)"
    )
    assert done.stdout == "5 False\n", done.stderr


def test_run_nested_shares_the_callers_loop():
    done = run_python(
        "import asyncio; from aai_jupyter.runtime.nested import run_nested\n"
        "async def main():\n"
        "    mine = asyncio.get_running_loop()\n"
        "    async def inner(): return asyncio.get_running_loop() is mine\n"
        "    return run_nested(inner())\n"
        "print(asyncio.run(main()))"
    )
    assert done.stdout == "True\n", done.stderr


def test_run_nested_refuses_what_is_not_a_coroutine():
    with pytest.raises(UsageError):
        run_nested(where)

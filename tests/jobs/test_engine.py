"""The engine process: started once, out of reach of Interrupt, gone when its parent is gone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import httpx
import pytest

from aai_jupyter.errors import EngineError
from aai_jupyter.jobs import engine_process as engine_module
from aai_jupyter.jobs.engine_process import EngineProcess, engine_available
from aai_jupyter.settings.configuration import Settings
from tests.examples import some
from tests.local.conftest import wait_for

SECRET = "0123456789abcdef0123456789abcdef"
ENDS = ["SIGKILL", "SIGTERM", "exit", "SIGKILL with a forked child left"]


@pytest.fixture
def here(tmp_path, monkeypatch):
    return Settings(environ={"AAI_JUPYTER_HOME": str(tmp_path / "home")}, start=tmp_path)


@pytest.fixture
def engine():
    engine = EngineProcess()
    yield engine
    engine.stop()


def scripted(code: str) -> EngineProcess:
    return EngineProcess([sys.executable, "-c", textwrap.dedent(code)])


def alive(pid: int) -> bool:
    """Not gone, and not a zombie that a container without an init process leaves unburied."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not (stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z")


@pytest.mark.models
class TestReal:
    def test_it_starts_once_answers_only_its_token_and_stops(self, engine, here):
        said = []
        endpoint = engine.ensure(here, said.append)
        assert endpoint.local
        assert endpoint.region == "local"
        assert engine.ensure(here, said.append) is endpoint
        *starting, line = said  # a slow start says so first
        assert len(starting) <= 1
        assert engine.model in line
        assert "%aai_login" in line
        url = f"{endpoint.base_url}/v2/transcript"
        key = endpoint.api_key.reveal()
        assert httpx.get(url, headers={"authorization": key}, trust_env=False).status_code == 200
        assert httpx.get(url, trust_env=False).status_code == 401
        pid = engine._process.pid
        engine.stop()
        assert not alive(pid)
        assert not list((Path(here.home) / "engine").glob("*.log"))

    def test_it_is_started_again_after_it_died(self, engine, here):
        first = engine.ensure(here)
        os.kill(engine._process.pid, signal.SIGTERM)
        engine._process.wait()
        second = engine.ensure(here)
        assert second.api_key != first.api_key
        assert second.account == first.account  # what it knows is still ours

    @pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="/proc")
    def test_it_gets_neither_our_key_nor_our_interrupts(self, engine, here, monkeypatch):
        monkeypatch.setenv("ASSEMBLYAI_API_KEY", SECRET)
        endpoint = engine.ensure(here)
        pid = engine._process.pid
        assert os.getpgid(pid) != os.getpgid(0)
        assert SECRET.encode() not in Path(f"/proc/{pid}/environ").read_bytes()
        token = endpoint.api_key.reveal().encode()
        assert token not in Path(f"/proc/{pid}/cmdline").read_bytes()  # anybody may read that
        for file in Path(here.home).rglob("*"):
            assert not file.is_file() or file.stat().st_size > 1e6 or token not in file.read_bytes()

    @pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
    @pytest.mark.parametrize("how", some(ENDS, "exit", "SIGKILL with a forked child left"))
    def test_it_goes_when_its_parent_goes(self, tmp_path, how):
        code = """
            import os, signal, sys, time
            from aai_jupyter.jobs.engine import _engine, ensure_engine
            from aai_jupyter.settings.configuration import settings
            ensure_engine(settings)
            print(_engine.pid, flush=True)
            if "forked" in sys.argv[1] and os.fork() == 0:
                time.sleep(60)
            if sys.argv[1] != "exit":
                os.kill(os.getpid(), getattr(signal, sys.argv[1].split()[0]))
        """
        home = str(tmp_path / "home")
        parent = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", textwrap.dedent(code), how],
            env=os.environ | {"AAI_JUPYTER_HOME": home},
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        pid = int(parent.stdout.readline())
        parent.stdout.close()
        parent.wait()
        try:
            wait_for(lambda: not alive(pid))
        finally:
            if "forked" in how:
                os.killpg(parent.pid, signal.SIGKILL)

    def test_missing_weights_are_an_error_that_says_how_to_get_them(self, engine, here, tmp_path):
        here.local_model = str(tmp_path)
        with pytest.raises(EngineError) as caught:
            engine.ensure(here)
        assert caught.value.hint


def test_a_process_that_fails_is_quoted_and_its_log_named(here):
    engine = scripted("""
        import sys
        sys.exit("ImportError: libfoo.so.3: cannot open shared object file")
    """)
    with pytest.raises(EngineError) as caught:
        engine.ensure(here)
    text = str(caught.value)
    assert "exit code 1" in text
    assert "libfoo.so.3" in text
    (log,) = (Path(here.home) / "engine").glob("*.log")
    assert str(log) in text
    assert os.name != "posix" or log.stat().st_mode & 0o777 == 0o600
    assert not engine.running


def test_an_error_line_becomes_the_error(here):
    said = {"error": "There are no weights for base.", "hint": "pip install ..."}
    engine = scripted(f"print({json.dumps(said)!r}, flush=True)")
    with pytest.raises(EngineError, match="did not start") as caught:
        engine.ensure(here)
    assert caught.value.detail == said["error"]
    assert caught.value.hint == said["hint"]


def test_other_lines_before_the_ready_line_do_not_matter(here):
    engine = scripted("""
        import sys
        print("some library says hello")
        print('{"url": "http://127.0.0.1:1", "model": "m"}', flush=True)
        sys.stdin.read()
    """)
    assert engine.ensure(here).base_url == "http://127.0.0.1:1"
    engine.stop()
    assert not engine.running


def test_a_log_with_a_fault_outlasts_the_engine(here):
    engine = scripted("""
        import sys
        print("TypeError: open() got an unexpected argument", file=sys.stderr, flush=True)
        print('{"url": "http://127.0.0.1:1", "model": "m"}', flush=True)
        sys.stdin.read()
    """)
    engine.ensure(here)
    engine.stop()
    (log,) = (Path(here.home) / "engine").glob("*.log")
    assert "TypeError" in log.read_text()


def test_one_that_is_never_ready_is_ended_at_the_deadline(here, monkeypatch):
    monkeypatch.setattr(engine_module, "START_SECONDS", 0.3)
    engine = scripted("import sys; sys.stdin.read()")
    with pytest.raises(EngineError, match="was not ready"):
        engine.ensure(here)
    assert not engine.running


def test_a_slow_start_says_that_it_goes_on(here, monkeypatch):
    monkeypatch.setattr(engine_module, "SLOW_SECONDS", 0.0)
    said: list[str] = []
    engine = scripted("""
        import sys, time
        time.sleep(0.5)
        print('{"url": "http://127.0.0.1:1"}', flush=True)
        sys.stdin.read()
    """)
    engine.ensure(here, said.append)
    engine.stop()
    assert [line.split(".")[0] for line in said[:1]] == ["Starting the local engine"]
    assert len(said) == 2


def test_another_model_is_another_process(here):
    engine = scripted("""
        import sys
        model = sys.argv[sys.argv.index("--model") + 1]
        print('{"url": "http://127.0.0.1:1", "model": "%s"}' % model, flush=True)
        sys.stdin.read()
    """)
    engine.ensure(here)
    first = engine._process.pid
    here.local_model = "tiny.en"
    engine.ensure(here)
    assert engine.model == "tiny.en"
    assert not alive(first)
    engine.stop()


def test_without_its_packages_both_remedies_are_named(here, monkeypatch):
    assert engine_available() is None
    monkeypatch.setattr(engine_module, "MODULES", ("av", "no_such_module"))
    assert "no_such_module" in engine_available()
    with pytest.raises(EngineError) as caught:
        EngineProcess().ensure(here)
    text = str(caught.value)
    assert "no_such_module" in text
    assert "%aai_login" in text
    assert "aai-jupyter[local" in text
    assert len(text.splitlines()) <= 3


def test_looking_whether_it_is_installed_imports_nothing():
    code = """
        import sys
        from aai_jupyter.jobs.engine_process import engine_available
        engine_available()
        heavy = ("faster_whisper", "av", "numpy", "starlette", "uvicorn")
        print([name for name in heavy if name in sys.modules])
    """
    found = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], check=True, capture_output=True, text=True
    )
    assert found.stdout.strip() == "[]"

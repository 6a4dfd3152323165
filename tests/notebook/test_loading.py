"""Loading costs little, says nothing, and can be undone without a trace."""

import subprocess
import sys

import pytest

from tests.kernels import PYTHONS, kernel

pytestmark = pytest.mark.kernel

HEAVY = ("pandas", "httpx", "websockets", "anywidget", "msgspec")
STATE = """
def state():
    ip = get_ipython()
    matchers = list(ip.Completer.custom_matchers) + list(getattr(ip.Completer, "magic_arg_matchers", []))
    names = {n for kind in ip.magics_manager.magics.values() for n in kind if "transcribe" in n or "aai" in n}
    return len(matchers), len(ip.input_transformers_cleanup), len(ip.configurables), sorted(names)
"""

MAGICS = [
    *("aai_ask", "aai_jobs", "aai_login", "aai_models", "aai_search"),
    *("aai_status", "aai_stream", "aai_transcripts"),
    "transcribe",
]


@pytest.fixture(scope="module", params=PYTHONS, ids=lambda p: "newest" if p == sys.executable else "colab")
def bare(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bare")
    with kernel(request.param, cwd=folder, env={"AAI_JUPYTER_HOME": str(folder)}) as made:
        yield made


def test_loading_is_silent_imports_nothing_heavy_and_unloading_leaves_nothing(bare):
    bare.ok(STATE + "\n%unload_ext aai_jupyter")  # IPython itself loads its extension magics on first use
    before = bare.value("state()")
    loaded = bare.ok("%load_ext aai_jupyter")
    assert (loaded.stdout, loaded.stderr, loaded.displays, loaded.result) == ("", "", [], None)
    assert bare.value(f"[m for m in {HEAVY} if m in __import__('sys').modules]") == []
    with_it = bare.value("state()")
    assert with_it[3] == MAGICS
    assert bare.ok("%reload_ext aai_jupyter").stderr == ""
    assert bare.value("state()") == with_it
    bare.ok("%unload_ext aai_jupyter")
    assert bare.value("state()") == before


def test_unloading_stops_the_background_thread_and_gives_replaced_magics_back(bare):
    bare.ok("get_ipython().register_magic_function(lambda line: 'mine', 'line', 'transcribe')")
    bare.ok("%load_ext aai_jupyter")
    bare.ok("import asyncio, threading, aai_jupyter as aai; aai.run(asyncio.sleep(0))")
    running = "[t.name for t in threading.enumerate() if t.name == 'aai_jupyter-loop']"
    assert bare.value(running) == ["aai_jupyter-loop"]
    bare.ok("%unload_ext aai_jupyter")
    assert bare.value(running) == []
    assert bare.ok("%transcribe x").result["text/plain"] == "'mine'"


def test_the_package_alone_imports_nothing_heavy():
    code = f"import sys, aai_jupyter; print([m for m in {(*HEAVY, 'IPython', 'numpy')} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "[]\n", done.stderr

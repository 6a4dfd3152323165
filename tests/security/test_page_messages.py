"""Whatever a page sends to a widget is answered: with what it asked for, or with an error of ours."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from traitlets import TraitError

from aai_jupyter.api.stream import LiveStream
from aai_jupyter.api.studio import studio
from aai_jupyter.jobs.batch_state import BatchState
from aai_jupyter.live.dictation import Dictation
from aai_jupyter.runtime.process import Runtime
from aai_jupyter.settings.configuration import Settings
from aai_jupyter.widgets.base import BaseWidget
from aai_jupyter.widgets.captions.captions_widget import Captions
from aai_jupyter.widgets.chat.chat_widget import Chat
from aai_jupyter.widgets.dashboard.dashboard_widget import Dashboard
from aai_jupyter.widgets.recorder.recorder import Recorder
from tests.edits.test_edits import dialogue
from tests.examples import examples
from tests.widgets.conftest import FrontEnd, page, t  # noqa: F401 (fixtures)

# Keys of all messages of all widgets; most messages have some that are of no use to them.
NAMES = [
    *(
        "type",
        "uuid",
        "op",
        "args",
        "turn",
        "turns",
        "word",
        "words",
        "label",
        "name",
        "names",
        "text",
        "into",
    ),
    *(
        "from_ms",
        "to_ms",
        "level",
        "format",
        "key",
        "size",
        "offset",
        "rate",
        "seq",
        "count",
        "rows",
        "values",
    ),
    *("index", "page", "release", "device", "sound", "origin", "n", "citation", "ranges", "state", "reason"),
]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.integers(-2, 20)
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(
        ["A", "B", "\ud800", "../x", "srt", "rename_speaker", "set_word", "assign_turn", "file:///"]
    )
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
    max_leaves=8,
)
PAYLOADS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=7)
BUFFERS = st.lists(st.binary(max_size=70), max_size=2)
TRIES = examples(12, HealthCheck.function_scoped_fixture)
OPERATIONS = [
    *(
        "set_word",
        "set_turn_text",
        "assign_turn",
        "assign_turns",
        "assign_words",
        "split_turn",
        "merge_turns",
    ),
    *("rename_speaker", "merge_speakers", "split_speaker", "accept_word", "none"),
]
COSTLY = {"run", "ask"}  # they begin work elsewhere


class Faults(logging.Handler):
    """Takes down errors that were not ours."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        self.seen.append(f"{record.getMessage()} {error!r}")


@pytest.fixture
def faults() -> Iterator[Faults]:
    found = Faults()
    log = logging.getLogger("aai_jupyter")
    log.addHandler(found)
    yield found
    log.removeHandler(found)


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    made = Runtime(Settings(environ={"AAI_JUPYTER_HOME": str(tmp_path / "aai")}, start=tmp_path))
    yield made
    made.close()


@pytest.fixture(params=["player", "studio", "chat", "recorder", "captions", "dashboard"])
def widget(
    request: pytest.FixtureRequest, page: FrontEnd, t: Any, runtime: Runtime  # noqa: F811
) -> Iterator[BaseWidget]:  # fmt: skip
    made: BaseWidget
    if request.param == "player":
        made = t.player()
    elif request.param == "studio":
        made = studio()
    elif request.param == "chat":
        made = Chat(t)
    elif request.param == "recorder":
        made = Recorder(Dictation(runtime_=runtime))
    elif request.param == "captions":
        made = Captions(LiveStream(runtime_=runtime, keep_audio=False), microphone=True)
    else:
        made = Dashboard(BatchState(["a.wav", "b.wav"], lambda seconds: 0.0), Controls())
    yield made
    made.close()


class Controls:
    """Buttons of a dashboard that do nothing."""

    def cancel(self, places: Any) -> None:
        """Take note of nothing."""

    def again(self, places: Any) -> None:
        """Take note of nothing."""


def test_any_message_is_answered(widget: BaseWidget, faults: Faults) -> None:
    said: list[dict[str, Any]] = []
    widget._dispatcher._send = lambda message, buffers: said.append(message)
    types = sorted(widget._dispatcher._handlers.keys() - COSTLY)

    @TRIES
    @given(type=st.sampled_from(types), payload=PAYLOADS, buffers=BUFFERS)
    def send(type: str, payload: dict[str, Any], buffers: list[bytes]) -> None:
        said.clear()
        widget._dispatcher.answer({**payload, "type": type}, list(buffers))
        assert [one["type"] for one in said if one["type"] == "reply"] == ["reply"]
        assert not faults.seen

    send()


def test_any_change_of_a_trait_is_taken_or_refused(widget: BaseWidget, faults: Faults) -> None:
    traits = sorted(
        name for name in widget.traits(sync=True) if not name.startswith(("_", "layout", "tabbable"))
    )

    @TRIES
    @given(name=st.sampled_from(traits), value=VALUES)
    def change(name: str, value: Any) -> None:
        try:
            widget.set_state({name: value})
        except TraitError:
            return
        assert not faults.seen

    change()


def test_edits_of_a_page(page: FrontEnd, faults: Faults) -> None:  # noqa: F811
    from aai_jupyter.transcripts.transcript import Transcript

    player = Transcript.from_json(dialogue(("A", "Good morning all."), ("B", "I want a refund."))).player()
    replies: list[dict[str, Any]] = []
    player._dispatcher._send = lambda message, buffers: replies.append(message)

    @examples(24, HealthCheck.function_scoped_fixture)
    @given(op=st.sampled_from(OPERATIONS), arguments=VALUES)
    def edit(op: str, arguments: Any) -> None:
        replies.clear()
        player._dispatcher.answer({"type": "edit", "op": op, "args": arguments}, [])
        assert [one["type"] for one in replies] == ["reply"]
        assert not faults.seen

    edit()
    player.close()

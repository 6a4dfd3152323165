"""The player widget: audio with a transcript to read, search, select and correct."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

import traitlets

from aai_jupyter.errors import AaiError, OptionError
from aai_jupyter.runtime.cell import in_kernel, is_attended, session, voila
from aai_jupyter.text.sanitize import encodable
from aai_jupyter.widgets.dispatcher import Reply, whole
from aai_jupyter.widgets.message_size import pieces, size_of
from aai_jupyter.widgets.player.audio_reader import MAX_SEGMENT_MS
from aai_jupyter.widgets.player.peaks import Peaks, coarse, of_segment
from aai_jupyter.widgets.player.player_content import Content, Editing
from aai_jupyter.widgets.player.player_selection import SelectionTrait
from aai_jupyter.widgets.static_output import FollowedWidget

if TYPE_CHECKING:
    from aai_jupyter.transcripts.recording import Recording

DIRECT_PEAKS_MS = 700_000
"""While the outline is not ready, one of a stretch up to this long is made for the request."""

OF_A_PAGE = ("current_time", "playing", "rate", "follow", "selection")
"""Traits that each page has for itself; what is said about the recording is everybody's."""

LARGE = (
    "word_times",
    "word_spaces",
    "word_confidence",
    "turns",
    "layer_times",
    "layer_cells",
    "layer_texts",
    "cut",
    "whole",
    "revision",
    "text",
)
"""Traits that grow with the recording, and what is said of them, in the order in which the page gets them.

The page reads the columns when it hears of the text, the last one.
"""

HEAD_FROM = 150_000
"""Bytes of large traits from which on a page gets the beginning first: it is seen while the rest arrives."""

SAVED_AS_IT_WAS = (
    "A saved notebook shows what was here when the cell ran. Run it again to save your corrections."
)
"""Said once where view and static form are one output, which cannot be sent anew; Voila saves nothing."""


class Player(FollowedWidget):
    """A recording and its transcript in the front end.

    Made by ``t.player()``, by displaying a transcript, or by ``df.aai.play()``.

    Attributes
    ----------
    selection : DataFrame
        The selected words (rows of ``t.words``) or, after a brush on the timeline, the turns it touches (rows
        of ``t.utterances``); no rows without a selection. Assign a frame with ``start`` and ``end`` to select
        its time, None to select nothing.
    current_time : float
        Where the recording stands, in seconds.
    playing : bool
    rate : float
        Speed, 0.5 to 3.

    Notes
    -----
    ``player.observe(f, "selection")`` calls ``f`` when the selection changes, on the thread of the kernel's
    messages.

    Examples
    --------
    >>> player = t.player()  # doctest: +SKIP
    >>> player.goto(12.5)  # doctest: +SKIP
    >>> player.selection[["speaker", "text"]]  # doctest: +SKIP
    """

    __module__ = "aai_jupyter"

    _view = traitlets.Unicode("player").tag(sync=True)
    meta = traitlets.Dict().tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)
    word_times = traitlets.Bytes().tag(sync=True)
    word_spaces = traitlets.Bytes().tag(sync=True)
    word_confidence = traitlets.Bytes().tag(sync=True)
    turns = traitlets.Bytes().tag(sync=True)
    speakers: Any = traitlets.List().tag(sync=True)
    layer_texts: Any = traitlets.List().tag(sync=True)
    layer_times = traitlets.Bytes().tag(sync=True)
    layer_cells = traitlets.Bytes().tag(sync=True)
    codes: Any = traitlets.List().tag(sync=True)
    codebook: Any = traitlets.List().tag(sync=True)
    peaks = traitlets.Bytes().tag(sync=True)
    history = traitlets.Dict().tag(sync=True)
    revision = traitlets.Int(0).tag(sync=True)
    word_count = traitlets.Int(0).tag(sync=True)
    whole = traitlets.Bool(True).tag(sync=True)
    """Whether the columns are all of the transcript: a page gets the beginning of a long one first."""
    cut = traitlets.Dict().tag(sync=True)
    """Large trait -> number of its pieces, where one message does not hold it: ``text``, ``text:1``, ..."""
    # Of the page that was heard last: what pages set is not passed on to others.
    current_time = traitlets.Float(0.0).tag(sync=True, echo_update=False)
    playing = traitlets.Bool(False).tag(sync=True, echo_update=False)
    rate = traitlets.Float(1.0).tag(sync=True, echo_update=False)
    follow = traitlets.Bool(True).tag(sync=True, echo_update=False)
    selection = SelectionTrait(lambda player: player._content)

    def __init__(self, content: Content, *, folder: Path | None = None) -> None:
        self._content = content
        self._folder = folder
        self._peaks: Peaks | None = None
        self._views = 0
        self._told = False
        self._pages: set[str] = set()
        self._served: set[str] = set()  # pages that get the whole of a long transcript
        self._by_code: set[str] = set()  # what code has set last, which a page that comes gets, too
        self._id = uuid.uuid4().hex
        self._own_output = False  # inside a studio or a chat it is their output that is saved
        super().__init__(
            {
                "ready": self._ready,
                "gone": self._gone,
                "audio": self._audio,
                "peaks": self._level,
                "edit": self._edit,
                "undo": lambda message, _: self._edited(lambda editing: editing.undo()),
                "redo": lambda message, _: self._edited(lambda editing: editing.redo()),
                "export": lambda message, _: ({"text": content.export(str(message.get("format")))}, []),
                "allow": self._allow,
                "review": lambda message, _: ({"ok": True}, []),
            },
            queues={"audio": 1, "peaks": 2},
            meta=self._meta(),
            history=self._history(),
            **self._columns(),
        )
        content.watch(self)

    @traitlets.observe("selection")
    def _selected(self, change: Any) -> None:
        if self._content.editing is not None:
            self._content.editing.selected(self._trait_values.get("selection"))

    @traitlets.observe(*OF_A_PAGE)
    def _tell_page(self, change: Any) -> None:
        """Tell the page what Python code has set."""
        name = change["name"]
        if name in self._property_lock:  # which holds what a page has set
            self._by_code.discard(name)
            return
        self._by_code.add(name)
        value = self._trait_values.get(name)  # of a selection its description
        self._tell(self._page(), {"type": "set", "name": name, "value": value})

    def _tell(self, page: str, message: dict[str, Any]) -> None:
        """Send a message to one page, or to all where ``page`` is empty."""
        self._say({**message, "page": page} if page else message)

    def _page(self) -> str:
        """Return the page that runs the cell, if it shows this player; empty means all pages."""
        page = session()
        return page if page in self._pages else ""

    def _should_send_property(self, key: str, value: Any) -> bool:
        return key not in OF_A_PAGE and bool(super()._should_send_property(key, value))

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> dict[str, Any]:
        """Return the state that a page gets: without what another page has for itself.

        Of a long transcript that is its beginning, and the rest follows: see :meth:`_send_rest`.
        """
        state: dict[str, Any] = super().get_state(key, drop_defaults)
        if key is not None:
            return {
                name: self._pieces(name)[0] if name in self.cut else value for name, value in state.items()
            }
        left_out = {*OF_A_PAGE} - self._by_code
        state = {name: value for name, value in state.items() if name not in left_out}
        return state | self._content.head() | {"whole": False, "cut": {}} if self._is_long() else state

    def open(self) -> None:
        """Make the model in the front end, and send what a message does not hold."""
        super().open()
        if self.comm is not None:
            self._served = {session()} - {""}
            self._send_rest()

    def send_state(self, key: Any = None) -> None:
        """Send traits; large ones last, and in pieces."""
        if key is None or isinstance(key, str):
            super().send_state(key)
            return
        names = {*key}
        for name in names & self.cut.keys():
            for number, piece in enumerate(self._pieces(name)[1:], 1):
                self._send_piece(f"{name}:{number}", piece)
        super().send_state([*(names - {*LARGE}), *(name for name in LARGE if name in names)])

    def _is_long(self) -> bool:
        return sum(size_of(self._trait_values.get(name)) for name in LARGE) > HEAD_FROM

    def _send_rest(self) -> None:
        """Send all of a long transcript, of which the state has only the beginning."""
        if self._is_long():
            self.send_state(LARGE)

    def _pieces(self, name: str) -> list[Any]:
        return pieces(self._trait_values[name])

    def _send_piece(self, name: str, piece: Any) -> None:
        packed = isinstance(piece, bytes)
        state, paths = ({}, [[name]]) if packed else ({name: piece}, [])
        self._send(
            {"method": "update", "state": state, "buffer_paths": paths}, buffers=[piece] if packed else []
        )

    def _columns(self) -> dict[str, Any]:
        """Return the large traits, and what is said of them."""
        found = self._content.traits()
        cut = {name: len(parts) for name in LARGE if len(parts := pieces(found.get(name))) > 1}
        return found | {"cut": cut, "word_count": len(found["word_confidence"])}

    # For people -----------------------------------------------------------------------------------------

    def goto(self, seconds: float) -> None:
        """Seek to a time, in seconds."""
        self.current_time = max(0.0, float(seconds))
        self._tell(self._page(), {"type": "goto", "ms": round(self.current_time * 1000)})

    def play(self, start: float | None = None, end: float | None = None) -> None:
        """Play on, or from ``start``, or the stretch from ``start`` to ``end`` (seconds).

        Of several pages that show it, the one plays that runs the cell.
        """
        self.play_in(self._page(), start, end)

    def play_in(self, page: str, start: float | None = None, end: float | None = None) -> None:
        """Play in one page, or in all where ``page`` is empty."""
        first = self.current_time if start is None else float(start)
        last = self._content.duration_ms / 1000 if end is None else float(end)
        if not last > first:
            raise OptionError(f"Nothing to play between {first:g} s and {last:g} s.")
        self._tell(page, {"type": "play", "ranges": [[round(first * 1000), round(last * 1000), 0]]})

    def pause(self) -> None:
        """Stop playing."""
        self._tell(self._page(), {"type": "pause"})

    @property
    def on_page(self) -> bool:
        """Whether a view of this player is open."""
        return self._views > 0 and self.comm is not None

    @property
    def plays_whole(self) -> bool:
        """Whether it plays a recording, not excerpts."""
        return self._content.editing is not None

    def is_on(self, page: str) -> bool:
        """Return whether a view is open in this page; in any, where it has no name."""
        return self.on_page and (not page or page in self._pages)

    def __repr__(self) -> str:
        return f"<Player of {self.meta.get('title')}>"

    def view(self) -> dict[str, Any]:
        """Return the part of a mimebundle that shows this player; prepares its audio meanwhile."""
        shown = super().view()
        self._own_output = True
        if shown:
            self._dispatcher.run(self._prepare)  # while the page makes the view
        return shown

    def _static_form(self) -> dict[str, str]:
        return self._content.static()

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return super()._repr_mimebundle_(**options) if is_attended() else (self._static_form(), {})

    def close(self) -> None:
        """Remove the player from the front end and close its files."""
        if self._peaks is not None:
            self._peaks.stop()
        super().close()
        self._close_recording()

    def transcript_changed(self) -> None:
        """Update all traits; called by the transcript after every change."""
        with self._guard, self.hold_sync():
            meta = self._meta()
            if {**meta, "duration": 0} != {**self.meta, "duration": 0} and self._peaks is not None:
                self._peaks.stop()  # another recording
                self._peaks = None
                self.peaks = b""
            before = self.text, self.word_times, self.word_confidence, self.turns
            for name, value in {**self._columns(), "meta": meta, "history": self._history()}.items():
                setattr(self, name, value)
            after = self.text, self.word_times, self.word_confidence, self.turns
            if before != after:
                self.revision += 1
            self._static_changed()
        alone = self._own_output and not self._outputs
        if self._views and alone and not self._told and in_kernel() and not voila():
            self._told = True
            self._say({"type": "notice", "text": SAVED_AS_IT_WAS})
        if self._views and self._peaks is None:
            self._dispatcher.run(self._start_peaks)

    # Requests of the page -------------------------------------------------------------------------------

    def _ready(self, message: Mapping[str, Any], buffers: list[Any]) -> Reply:
        page = str(message.get("page") or "")
        with self._guard:
            self._views += 1
            self._pages |= {page} - {""}
            rest = message.get("whole") is False and page not in self._served
            if rest:
                self._served |= {page} - {""}
                self._send_rest()
        self._dispatcher.run(self._start_peaks)
        return {"ok": True, "page": page}, []

    def _allow(self, message: Mapping[str, Any], buffers: list[Any]) -> Reply:
        """The user agreed that the page loads the recording from its address."""
        self._content.allow()
        return {"ok": True}, []

    def _prepare(self) -> None:
        if _at_hand(self._content.recording):
            self._content.sound().prepare()

    def _gone(self, message: Mapping[str, Any], buffers: list[Any]) -> Reply:
        """Count a view that was closed; after the last, threads end and files are closed until needed."""
        self._views = max(0, self._views - 1)
        if not self._views:
            self._dispatcher.rest()
            self._close_recording()
        return {"ok": True}, []

    def _start_peaks(self) -> None:
        try:
            self._content.fetch()
        except AaiError as error:
            self._say({"type": "notice", "text": encodable(" ".join(error.lines()))})
        self._prepare()
        content, recording = self._content, self._content.recording
        if not _at_hand(recording):
            if recording is None and self.meta.get("has_audio") == "comm":  # a playlist: short enough for now
                step = max(10, content.duration_ms // 4000)
                _, pairs = of_segment(content.sound(), step, 0, content.duration_ms)
                self.peaks = coarse(pairs, step, content.duration_ms)
            return  # an address is not fetched here: the page plays it by itself
        if self._folder is not None and self._peaks is None:
            self._peaks = Peaks(recording, self._folder)
            self._peaks.start(self._peaks_grew)

    def _peaks_grew(self) -> None:
        peaks = self._peaks
        if peaks is not None and self.comm is not None:
            with self._guard:
                self.peaks = peaks.coarse(self._content.duration_ms)

    def _audio(self, message: Mapping[str, Any], buffers: list[Any]) -> Reply:
        first, last = whole(message.get("from_ms")), whole(message.get("to_ms"))
        last = min(last, first + MAX_SEGMENT_MS)
        muted = message.get("muted")
        numbers = {number for number in muted if type(number) is int} if isinstance(muted, list) else set()
        samples = self._content.segment(first, last, numbers)
        facts = {"from_ms": first, "to_ms": last, "rate": self.meta["sample_rate"]}
        return facts, [samples.astype("<i2", copy=False).tobytes()]

    def _level(self, message: Mapping[str, Any], buffers: list[Any]) -> Reply:
        level, first, last = (whole(message.get(name)) for name in ("level", "from_ms", "to_ms"))
        peaks = self._peaks
        if peaks is not None and peaks.ready:
            step, pairs = peaks.level(level, first, last)
        elif last - first <= DIRECT_PEAKS_MS:
            step, pairs = of_segment(self._content.sound(), level, first, last)
        else:
            raise OptionError("The outline of this stretch is not ready yet.")
        return {"level": step, "from_ms": first, "to_ms": last}, [pairs.tobytes()]

    def _edit(self, message: Mapping[str, Any], buffers: list[Any]) -> Reply:
        arguments = message.get("args")
        operation, given = str(message.get("op")), dict(arguments if isinstance(arguments, Mapping) else {})
        seen = message.get("seen")
        shown = dict(seen) if isinstance(seen, Mapping) else {}
        return self._edited(lambda editing: editing.edit(operation, given, shown))

    def _edited(self, act: Callable[[Editing], None]) -> Reply:
        if self._content.editing is None:
            raise OptionError("A playlist cannot be edited; edit the transcript that it comes from.")
        act(self._content.editing)
        return {"ok": True, "revision": self.revision}, []

    def _meta(self) -> dict[str, Any]:
        return {**self._content.meta(), "player": self._id}

    def _history(self) -> dict[str, str | None]:
        editing = self._content.editing
        return {"undo": None, "redo": None} if editing is None else editing.history()

    def _close_recording(self) -> None:
        with contextlib.suppress(AaiError):
            self._content.close_sound()


def _at_hand(recording: Recording | None) -> TypeGuard[Recording]:
    """Return whether this process can read the bytes: a URL is left to the front end."""
    if recording is None or recording.problem:
        return False
    return recording.file is not None or recording.opener is not None

"""Edits of one transcript: apply, undo, redo, list and save."""

from __future__ import annotations

import getpass
import json
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, get_type_hints

import msgspec

from aai_jupyter.errors import AaiError, OptionError
from aai_jupyter.text.json_faults import NOT_JSON
from aai_jupyter.text.ready_types import ready
from aai_jupyter.transcripts.edits.operations import OPERATIONS
from aai_jupyter.transcripts.edits.state import State, StateChange

if TYPE_CHECKING:
    import pandas as pd

    from aai_jupyter.tables.speech import Speech


@ready
@dataclass(frozen=True, slots=True)
class Edit:
    """One edit: the operation that was made, and what it changed."""

    operation: str
    arguments: dict[str, Any]
    time: str
    author: str
    changes: tuple[StateChange, ...]

    def describe(self) -> str:
        """The edit in a few words, for a button's tooltip."""
        first = self.changes[0] if self.changes else None
        what = self.operation.replace("_", " ")
        return f"{what}: {_short(first.before)} → {_short(first.after)}" if first else what


# msgspec looks for the types of the fields, when it first needs them, among the names of the class's module.
Edit.__annotations__ = get_type_hints(Edit)
Edit.__module__ = "aai_jupyter"


class Editor:
    """Edits a transcript. Every method is one step that :meth:`undo` takes back; the original stays.

    Turns are rows of ``t.utterances``, words rows of ``t.words``, labels keys of ``t.speakers``, as they are
    at the moment.

    Parameters
    ----------
    speech : Speech
        The unedited transcript.
    changed : callable
        Called after every change.
    kept : callable, optional
        Gives the edits as they are kept elsewhere (None: nowhere). What another kernel or another object of
        the same transcript has added meanwhile is taken up before an edit is made.

    Examples
    --------
    >>> from aai_jupyter import Transcript
    >>> t = Transcript.from_json({"words": [{"text": "I", "start": 0, "end": 90},
    ...                                     {"text": "wont", "start": 90, "end": 400}]})
    >>> t.edit.set_turn_text(0, "I want it.")
    >>> t.text, t.words["start"].tolist()
    ('I want it.', [0.0, 0.09, 0.267])
    >>> t.edit.undo().operation, t.text
    ('set_turn_text', 'I wont')
    """

    __module__ = "aai_jupyter"

    def __init__(
        self,
        speech: Speech,
        changed: Callable[[], None],
        kept: Callable[[], bytes | None] = lambda: None,
    ) -> None:
        self._first = State.of(speech)
        self._changed = changed
        self._kept = kept
        self._lock = threading.RLock()
        self._done: list[tuple[Edit, State]] = []
        self._undone: list[Edit] = []
        self._unfit: list[Any] = []

    # Operations ----------------------------------------------------------------------------------------

    def rename_speaker(self, label: str, name: str | None) -> None:
        """Give a speaker a name, in every frame, export and view; None takes it back."""
        self.do("rename_speaker", label=label, name=name)

    def rename_speakers(self, names: Mapping[str, str]) -> None:
        """Name speakers by a mapping of labels to names; the others lose the names they were given."""
        self.do("rename_speakers", names=names)

    def merge_speakers(self, label: str, into: str) -> None:
        """Make two speakers one: everything of ``label`` becomes ``into``'s."""
        self.do("merge_speakers", label=label, into=into)

    def split_speaker(self, turns: Sequence[int], name: str | None = None) -> None:
        """Give turns to a new speaker, who goes by the next free letter until there is a name."""
        self.do("split_speaker", turns=turns, name=name)

    def assign_turn(self, turn: int, label: str) -> None:
        """Give a turn to another speaker."""
        self.do("assign_turn", turn=turn, label=label)

    def assign_turns(self, turns: Sequence[int], label: str) -> None:
        """Give several turns to another speaker, in one edit."""
        self.do("assign_turns", turns=turns, label=label)

    def assign_words(self, words: Sequence[int], label: str) -> None:
        """Give words to another speaker; their turns are cut there, and joined with his where they touch."""
        self.do("assign_words", words=words, label=label)

    def set_turn_text(self, turn: int, text: str) -> None:
        """Write a turn anew. Words that stay keep their times; no text removes the turn."""
        self.do("set_turn_text", turn=turn, text=text)

    def set_word(self, word: int, text: str) -> None:
        """Write a word anew: several words share its time, no text removes it."""
        self.do("set_word", word=word, text=text)

    def accept_word(self, word: int) -> None:
        """Confirm that a word is right: its confidence becomes 1."""
        self.do("accept_word", word=word)

    def split_turn(self, turn: int, word: int) -> None:
        """Begin a new turn with a word of this one."""
        self.do("split_turn", turn=turn, word=word)

    def merge_turns(self, turn: int) -> None:
        """Join a turn with the one after it."""
        self.do("merge_turns", turn=turn)

    def add_codes(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Code passages: rows with start and end (milliseconds), code, coder, and perhaps text and memo."""
        self.do("add_codes", rows=rows)

    def change_code(self, code_id: str, code: str | None = None, memo: str | None = None) -> None:
        """Give a coded passage another code, or another memo."""
        self.do("change_code", code_id=code_id, code=code, memo=memo)

    def remove_codes(self, code_ids: Sequence[str]) -> None:
        """Take codes away, by their ids: the column ``code_id`` of ``t.codes``."""
        self.do("remove_codes", code_ids=code_ids)

    def set_codebook(self, codes: Sequence[Mapping[str, Any]]) -> None:
        """Set the codes that can be chosen in the player: rows with name, definition, colour, parent."""
        self.do("set_codebook", codes=codes)

    def seal(self, start: float, end: float) -> None:
        """Seal a passage (milliseconds): pseudonymised views have neither its words nor its sound."""
        self.do("seal", start=start, end=end)

    def unseal(self, start: float, end: float) -> None:
        """Open sealed passages that a stretch touches."""
        self.do("unseal", start=start, end=end)

    def do(self, operation: str, **arguments: Any) -> None:
        """Make one operation of :data:`~aai_jupyter.transcripts.edits.operations.OPERATIONS` by name.

        Raises
        ------
        OptionError
            There is no such operation, turn, word or speaker; nothing is changed.
        """
        with self._lock:
            self._catch_up()
            edit = Edit(operation, dict(arguments), _now(), author(), ())
            if self._make(edit):
                self._undone.clear()
                self._changed()

    def replay(self, edits: Sequence[Edit]) -> None:
        """Make edits of another person under that person's name and time, in one go."""
        with self._lock:
            self._catch_up()
            made = [self._make(edit) for edit in edits]  # every one, whatever the first did
            if any(made):
                self._undone.clear()
                self._changed()

    def _make(self, edit: Edit) -> bool:
        if edit.operation not in OPERATIONS:
            raise OptionError(f"No edit {edit.operation!r}.", hint=f"There are {', '.join(OPERATIONS)}.")
        try:
            state, changes = OPERATIONS[edit.operation](self.state, **edit.arguments)
        except TypeError as error:
            raise OptionError(f"{edit.operation} was called with wrong arguments: {error}.") from None
        if state is self.state:
            return False
        plain = {name: _plain(value) for name, value in edit.arguments.items()}
        done = Edit(edit.operation, plain, edit.time, edit.author, tuple(changes))
        self._done.append((done, state))
        return True

    # History -------------------------------------------------------------------------------------------

    @property
    def state(self) -> State:
        """The state after all edits."""
        return self._done[-1][1] if self._done else self._first

    @property
    def changed(self) -> bool:
        """Whether turns or words differ from the service's answer (names of speakers do not count)."""
        state = self.state
        return state.turns is not self._first.turns or bool(state.merged)

    @property
    def edits(self) -> list[Edit]:
        """The edits in effect, in order."""
        return [edit for edit, _ in self._done]

    @property
    def history(self) -> dict[str, str | None]:
        """Descriptions of what :meth:`undo` and :meth:`redo` would do; None where there is nothing."""
        with self._lock:
            return {
                "undo": self._done[-1][0].describe() if self._done else None,
                "redo": self._undone[-1].describe() if self._undone else None,
            }

    def undo(self) -> Edit | None:
        """Undo the last edit and return it; None when there is none."""
        with self._lock:
            self._catch_up()
            if not self._done:
                return None
            edit, _ = self._done.pop()
            self._undone.append(edit)
            self._changed()
            return edit

    def redo(self) -> Edit | None:
        """Apply the edit again that was undone last; None when there is none."""
        with self._lock:
            self._catch_up()
            if not self._undone:
                return None
            edit = self._undone.pop()
            self._make(edit)
            self._changed()
            return edit

    # Kept ----------------------------------------------------------------------------------------------

    def to_json(self) -> bytes:
        """Return all edits as JSON values; empty without any."""
        with self._lock:
            rows = [asdict(edit) | {"changes": [list(c) for c in edit.changes]} for edit in self.edits]
            rows += self._unfit
        return json.dumps(rows).encode() if rows else b""

    def restore(self, raw: bytes) -> None:
        """Apply the edits of :meth:`to_json`; those that do not fit any more are set aside."""
        with self._lock:
            for row in _rows(raw):
                try:
                    edit = msgspec.convert(row | {"changes": []}, Edit)
                    before = len(self._done)
                    self._make(edit)
                    if not _same(self._done[before:], row.get("changes")):
                        del self._done[before:]
                        self._unfit.append(row)
                except (
                    AaiError,
                    msgspec.ValidationError,
                    TypeError,
                    ValueError,
                    LookupError,
                    AttributeError,
                ):
                    self._unfit.append(row)  # also one that a damaged store spoiled

    def _catch_up(self) -> None:
        kept = self._kept()
        if kept is not None and kept != self.to_json():
            self._done, self._undone, self._unfit = [], [], []
            self.restore(kept)

    @property
    def problems(self) -> list[str]:
        """Description of saved edits that do not fit the transcript, in one line."""
        count = len(self._unfit)
        return (
            [f"edits: {count} stored edit{'s' * (count > 1)} did not fit and were left out"] if count else []
        )

    def frame(self) -> pd.DataFrame:
        """Return the edits as a DataFrame, one row per change.

        Returns
        -------
        DataFrame
            edit (int64, from 1), time (datetime64[us, UTC]), operation (category), turn and word (Int64:
            their numbers at that moment), before and after (string), author (category).
        """
        import pandas as pd

        rows = [(n, edit, change) for n, edit in enumerate(self.edits, 1) for change in edit.changes]
        times = pd.to_datetime(
            [edit.time for _, edit, _ in rows], utc=True, format="ISO8601", errors="coerce"
        )
        return pd.DataFrame(
            {
                "edit": pd.array([n for n, *_ in rows], dtype="int64"),
                "time": pd.Series(times).astype("datetime64[us, UTC]"),
                "operation": pd.Categorical([e.operation for _, e, _ in rows], categories=list(OPERATIONS)),
                "turn": pd.array([change.turn for *_, change in rows], dtype="Int64"),
                "word": pd.array([change.word for *_, change in rows], dtype="Int64"),
                "before": pd.array([c.before for *_, c in rows], dtype=pd.StringDtype("python")),
                "after": pd.array([c.after for *_, c in rows], dtype=pd.StringDtype("python")),
                "author": pd.Categorical([edit.author for _, edit, _ in rows]),
            }
        )

    def __repr__(self) -> str:
        return f"<Editor, {len(self._done)} edits>"


def _rows(raw: bytes) -> list[Any]:
    """Return the stored edits; what cannot be read, as in a damaged store, is one edit that fits nothing."""
    try:
        found = msgspec.json.decode(raw) if raw else []
    except NOT_JSON:
        return [raw.decode("utf-8", "replace")]
    return found if isinstance(found, list) else [found]


def author() -> str:
    """Return who edits: the JupyterHub user, else that of the machine."""
    try:
        return os.environ.get("JUPYTERHUB_USER") or getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container without an entry for the user
        return "unknown"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _same(done: list[tuple[Edit, State]], changes: Any) -> bool:
    made = [list(change) for edit, _ in done for change in edit.changes]
    return not done or made == changes


def _plain(value: Any) -> Any:
    """Return arguments as JSON values: numpy numbers, ranges and other mappings are converted."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if value is None or isinstance(value, str | float):
        return value
    if hasattr(value, "__index__"):
        return value.__index__()
    return [_plain(item) for item in value]


def _short(text: str | None) -> str:
    text = text or "–"
    return text if len(text) <= 40 else f"{text[:39]}…"

"""Widget of a conversation about recordings, with answers that cite seconds."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Mapping
from typing import Any

import traitlets

from aai_jupyter.asking.answer import money_text
from aai_jupyter.asking.ask_job import AskJob, AskOptions
from aai_jupyter.asking.citations import CitationChecker
from aai_jupyter.asking.conversation import BUDGET, Conversation
from aai_jupyter.asking.prompt_turns import estimate_tokens
from aai_jupyter.asking.recordings import recordings
from aai_jupyter.errors import AaiError, UsageError
from aai_jupyter.runtime.process import runtime
from aai_jupyter.runtime.saved_output import saved_form
from aai_jupyter.text.bounded_text import bounded
from aai_jupyter.text.readable_numbers import amount
from aai_jupyter.widgets.chat.answer_draft import AnswerDraft
from aai_jupyter.widgets.chat.answer_view import CitationPlayer
from aai_jupyter.widgets.chat.chat_text import (
    choice_of,
    entry_of,
    facts_of,
    hint,
    plain_of,
    static_of,
    title_of,
)
from aai_jupyter.widgets.dispatcher import Reply
from aai_jupyter.widgets.static_output import FollowedWidget

MAX_QUESTION = 20_000
"""Characters of a question of the page."""


class Chat(FollowedWidget):
    """A conversation about recordings.

    Made by :func:`aai_jupyter.chat`. What is asked in the page and what ``%%aai_ask --chat NAME`` or
    ``aai.ask(..., chat=chat.conversation)`` ask is one conversation.

    Attributes
    ----------
    conversation : Conversation
        ``.answers`` has every answer, with its citations and cost.
    model : str
        Id of the model that answers; "" is the default.

    Examples
    --------
    >>> chat = aai.chat(call)  # doctest: +SKIP
    >>> chat.conversation.answers[-1].citations  # doctest: +SKIP
    """

    __module__ = "aai_jupyter"

    _view = traitlets.Unicode("chat").tag(sync=True)
    title = traitlets.Unicode().tag(sync=True)
    facts = traitlets.Unicode().tag(sync=True)
    hint = traitlets.Unicode().tag(sync=True)
    models: Any = traitlets.List().tag(sync=True)
    model = traitlets.Unicode().tag(sync=True)
    entries: Any = traitlets.List().tag(sync=True)
    draft: Any = traitlets.Dict(None, allow_none=True).tag(sync=True)
    busy = traitlets.Bool(False).tag(sync=True)
    budget = traitlets.Dict().tag(sync=True)
    cost = traitlets.Unicode().tag(sync=True)
    opened = traitlets.Unicode().tag(sync=True)

    def __init__(
        self, *about: Any, model: str | None = None, budget: int = BUDGET, redact: bool = False
    ) -> None:
        self.conversation = Conversation(*about, model=model, budget=budget, redact=redact)
        if not self.conversation.turns:
            raise UsageError("There is nothing to talk about: nothing was said.")
        self._about = recordings(about)
        self._citing = CitationPlayer(self._about, lambda id: setattr(self, "opened", id))
        self._running: concurrent.futures.Future[Any] | None = None
        # What was stopped or failed: the page shows it, the model forgets it.
        self._ended: list[dict[str, Any]] = []
        self._known: tuple[Any, CitationChecker] | None = None
        super().__init__(
            {
                "ready": self._ready,
                "ask": self._ask,
                "stop": self._stop,
                "clear": self._clear,
                "cite": self._citing.answer,
            },
            queues={"ready": 1, "cite": 2},
            model=model or "",
            title=title_of(self._about),
            facts=facts_of(self.conversation, redact),
            hint=hint(),
        )
        self._show()

    # For people -----------------------------------------------------------------------------------------

    def ask(self, question: str) -> None:
        """Ask as if typed into the front end; returns at once, the answer is shown there.

        Raises
        ------
        UsageError
            There is no question, or one is being answered.
        """
        self._ask({"text": question}, [])

    def stop(self) -> None:
        """Cancel the answer that is being streamed."""
        self._stop({}, [])

    def refresh(self) -> None:
        """Show questions that were asked elsewhere in the conversation, too."""
        with self._guard:
            if not self.busy:
                self._show()

    def wait(self, timeout: float | None = None) -> None:
        """Wait until the answer that is being streamed is complete."""
        if (running := self._running) is not None:
            concurrent.futures.wait([running], timeout)

    def __repr__(self) -> str:
        return f"<Chat about {self.title}: {amount(len(self.conversation.answers), 'answer')}>"

    def close(self) -> None:
        """Remove the chat from the front end; cancels the answer that is being streamed."""
        if self._made:
            self._stop({}, [])
            self._citing.close()
        super().close()

    def _static_form(self) -> dict[str, str]:
        bundle = {
            "text/plain": bounded(plain_of(self.conversation), "chat.conversation.answers"),
            "text/html": static_of(self.title, self.conversation),
        }
        return saved_form(bundle, repr(self)[1:-1])

    # Requests of the page -------------------------------------------------------------------------------

    def _ready(self, message: Mapping[str, Any], buffers: list[Any]) -> Reply:
        from aai_jupyter.asking.models import available_models

        catalog = available_models()
        with self._guard:
            self.models = [choice_of(model, catalog) for model in catalog]
            if not self.model:
                wanted = runtime().settings.llm_model
                self.model = catalog.default(wanted if wanted in catalog else None).id
        return {"ok": True}, []

    def _ask(self, message: Mapping[str, Any], buffers: list[Any]) -> Reply:
        text = message.get("text")
        if not isinstance(text, str) or not text.strip():
            raise UsageError("There is no question.")
        if len(text) > MAX_QUESTION:
            raise UsageError(f"A question may have {MAX_QUESTION:,} characters, not {len(text):,}.")
        with self._guard:
            if self.busy:
                raise UsageError("The last question is still being answered.", hint="Stop it, or wait.")
            self.busy = True
            draft = AnswerDraft(text.strip(), self._checker, self._draw)
            self._draw(draft)
        self._running = runtime().bridge.submit(self._answer(draft))
        return {"ok": True}, []

    def _stop(self, message: Mapping[str, Any], buffers: list[Any]) -> Reply:
        if (running := self._running) is not None:
            running.cancel()
        return {"ok": True}, []

    def _clear(self, message: Mapping[str, Any], buffers: list[Any]) -> Reply:
        with self._guard:
            if self.busy:
                raise UsageError("A question is being answered.", hint="Stop it first.")
            self.conversation.clear()
            self._ended.clear()
            self._show()
        return {"ok": True}, []

    # On the loop's thread -------------------------------------------------------------------------------

    async def _answer(self, draft: AnswerDraft) -> None:
        ended: dict[str, Any] = {}
        try:
            options = AskOptions(
                chat=self.conversation,
                model=self.model or None,
                redact=self.conversation.redact,
                on_text=draft.piece,
                on_event=draft.step,
            )
            job = await asyncio.to_thread(AskJob, draft.question, (), options, {})
            await job.run()
        except asyncio.CancelledError:
            ended = {"state": "stopped", "error": "Stopped; the model will not remember this."}
            raise
        except AaiError as error:
            ended = {"state": "error", "error": str(error)}
        except Exception as error:
            ended = {"state": "error", "error": f"This did not work. {type(error).__name__}: {error}"}
            raise
        finally:
            draft.end()
            with self._guard:
                if ended:
                    after = len(self.conversation.answers)
                    self._ended.append(
                        {"question": draft.question, "html": draft.html, "under": "", "after": after, **ended}
                    )
                self._running = None
                self._show()

    def _checker(self) -> CitationChecker:
        turns = self.conversation.known
        if self._known is None or self._known[0] != turns:
            self._known = turns, CitationChecker(turns)
        return self._known[1]

    # What the page shows --------------------------------------------------------------------------------

    def _draw(self, draft: AnswerDraft) -> None:
        with self._guard:
            self.draft = draft.described()

    def _show(self) -> None:
        """Update all traits from the conversation; no answer is being streamed."""
        entries = [entry_of(answer) for answer in self.conversation.answers]
        for ended in reversed(self._ended):
            entries.insert(min(ended["after"], len(entries)), {**ended})
        kept, left_out = self.conversation.history()
        used = sum(estimate_tokens(asked) + estimate_tokens(answered) + 20 for asked, answered in kept)
        cost = self.conversation.cost if self.conversation.answers else None
        with self._guard, self.hold_sync():
            self.entries = [{"id": number, **entry} for number, entry in enumerate(entries)]
            self.draft = None
            self.busy = False
            self.budget = {"used": used, "limit": self.conversation.budget, "left_out": left_out}
            self.cost = "" if cost is None else money_text(cost)
            self._static_changed()

"""Dry run of a question: its requests, their destination, and the maximum price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from aai_jupyter.asking import prompt
from aai_jupyter.asking.answer import money_text
from aai_jupyter.asking.asker import Asker
from aai_jupyter.asking.question import Prepared, Question
from aai_jupyter.client.gateway.chat_completion import Usage
from aai_jupyter.runtime.saved_output import saved_form, saved_html
from aai_jupyter.text.bounded_text import bounded
from aai_jupyter.text.html_tags import box, disclosure, note, tag
from aai_jupyter.text.public_class import public
from aai_jupyter.text.readable_numbers import amount
from aai_jupyter.text.sanitize import clean, escape

MAX_SHOWN_CHARS = 4000


@public
@dataclass(frozen=True, repr=False)
class Plan:
    """A dry run.

    Attributes
    ----------
    host : str
        Where it would go; ``on_this_machine`` when it never leaves it.
    model : str
    requests : int
        At least; functions, a merge of merges and second tries add to them.
    prompt_tokens, max_answer_tokens : int
        Estimated, and at most.
    cost : Decimal or None
        US dollars at most by those numbers and the catalog's prices.
    messages : list of list of dict
        Every message as it would be sent, request by request.
    parameters : dict
    turns : int
    redacted : bool
    """

    host: str
    on_this_machine: bool
    model: str
    requests: int
    prompt_tokens: int
    max_answer_tokens: int
    cost: Decimal | None
    recordings: int
    """Recordings that the turns are of."""
    turns: int
    redacted: bool
    parameters: dict[str, Any]
    messages: list[list[prompt.Message]] = field(repr=False)

    def lines(self) -> list[str]:
        """Return the summary for the user."""
        where = "stays on this machine" if self.on_this_machine else f"goes to {self.host}"
        kind = "redacted text" if self.redacted else "text, speakers' names and times"
        of = f" of {amount(self.recordings, 'recording')}" if self.recordings else ""
        what = f"{amount(self.turns, 'turn')}{of} ({kind})" if self.turns else "the question alone"
        cost = "cost not known" if self.cost is None else money_text(self.cost)
        cost = f"at most {cost}" if self.cost else cost
        return [
            f"Dry run: nothing was sent. It {where}: {what}, never audio.",
            f"{self.model}, {amount(self.requests, 'request')}, about {self.prompt_tokens:,} tokens in, "
            f"up to {self.max_answer_tokens:,} out, {cost}.",
        ]

    def text(self) -> str:
        """Return the first request, message by message."""
        first = self.messages[0] if self.messages else []
        return "\n\n".join(f"--- {m['role']}\n{m['content']}" for m in first)

    def __str__(self) -> str:
        text = clean(self.text())
        more = len(text) - MAX_SHOWN_CHARS
        shown = text if more <= 0 else f"{text[:MAX_SHOWN_CHARS]}\n… {more:,} more characters in .messages"
        return "\n".join([*self.lines(), "", shown])

    __repr__ = __str__

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        bundle = {"text/plain": bounded(str(self), "print(plan)"), "text/html": self._repr_html_()}
        return saved_form(bundle, " ".join(self.lines()))

    def _repr_html_(self) -> str:
        head = "".join(note(escape(line)) for line in self.lines())
        text = escape(str(self).partition("\n\n")[2])
        style = "white-space:pre-wrap;font-size:.85em"
        html = box("div", head, disclosure("First request", tag("pre", text, style=style)))
        return saved_html(html, " ".join(self.lines()))


async def plan(
    asker: Asker, questions: Sequence[Question], *, redacted: bool = False, reduce: Question | None = None
) -> Plan:
    """Return the plan of one question or of many."""
    ready = [await asker.prepare(question) for question in questions]
    sent = [one.messages(part) for one in ready for part in one.parts]
    merges = sum(len(one.parts) > 1 and not _joins_rows(one) for one in ready) + (reduce is not None)
    model = ready[0].model
    parameters = ready[0].parameters
    limit = int(parameters.get("max_tokens", 0) or model.max_completion_tokens or 0)
    tokens = sum(map(prompt.tokens, sent))
    # What a merge reads is at most what the parts wrote.
    merged = sum(len(one.parts) for one in ready if len(one.parts) > 1) + (len(ready) if reduce else 0)
    requests = len(sent) + merges
    usage = Usage(tokens + merged * limit, requests * limit)
    region = parameters.get("model_region") or asker.gateway.region
    turns = [turn for one in ready for turn in [*one.question.turns, *one.question.quoted]]
    url = asker.gateway.base_url
    return Plan(
        host=urlsplit(url).hostname or url,
        on_this_machine=asker.gateway.local and model.creator != REMOTE,
        model=model.id,
        requests=requests,
        prompt_tokens=tokens,
        max_answer_tokens=requests * limit,
        cost=usage.cost(model.price(region)),
        recordings=len({(t.source, t.transcript_id) for t in turns}),
        turns=len(turns),
        redacted=redacted,
        parameters=parameters,
        messages=sent,
    )


REMOTE = "remote"
"""Creator that the local engine names for models of a server on another machine."""


def _joins_rows(one: Prepared) -> bool:
    return one.question.schema is not None and one.question.schema.many

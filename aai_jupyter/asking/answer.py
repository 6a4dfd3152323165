"""An answer: text with citations, or rows; its cost, and the requests behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

import pandas as pd

from aai_jupyter.asking.answer_schema import Schema
from aai_jupyter.asking.citation_labels import plain_citations
from aai_jupyter.asking.citations import Citation, CitationChecker, citations_frame
from aai_jupyter.asking.markdown import missing_quote, to_html
from aai_jupyter.asking.prompt_turns import PromptTurn
from aai_jupyter.asking.structured_answer import rows_frame
from aai_jupyter.asking.tool_calls import ToolRun
from aai_jupyter.client.gateway.chat_completion import Usage
from aai_jupyter.runtime.saved_output import saved_form, saved_html
from aai_jupyter.text.bounded_text import bounded
from aai_jupyter.text.html_tags import BREAK, SMALL, box, disclosure, note, tag
from aai_jupyter.text.public_class import public
from aai_jupyter.text.readable_numbers import amount
from aai_jupyter.text.sanitize import clean, escape

MAX_SHOWN_ROWS = 60


@public
@dataclass(frozen=True, slots=True)
class CallCost:
    """Usage and price of one request; ``cost`` is None when not known."""

    model: str
    usage: Usage | None
    cost: Decimal | None
    seconds: float
    request_id: str | None = None


@public
@dataclass(eq=False)
class Answer:
    """The answer to one question.

    Attributes
    ----------
    question : str
    text : str
    model : str
    rows : list of dict
        Of a structured answer; empty when ``problem`` says why there are none.
    schema : Schema or None
    problem : str or None
        Why a structured answer could not be used, even when asked again.
    calls : list of CallCost
        Every request that was made for it.
    tool_runs : list of ToolRun
    notes : list of str
        What a reader should know: read in parts, cut short, tokens not told.
    turns : list of PromptTurn
        What the model was given.

    Examples
    --------
    >>> turns = [PromptTurn(1, "We open in April.", 3.0, 5.0, "Ben")]
    >>> answer = Answer("When?", 'In April: "We open in April" [1].', "m", turns=turns)
    >>> answer.citations[["turn", "quote", "found"]].values.tolist()
    [[1, 'We open in April', True]]
    """

    question: str
    text: str
    model: str
    schema: Schema | None = None
    rows: list[dict[str, Any]] = field(default_factory=list)
    problem: str | None = None
    calls: list[CallCost] = field(default_factory=list)
    tool_runs: list[ToolRun] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    turns: Sequence[PromptTurn] = field(default=(), repr=False)
    seconds: float = 0.0
    thinking: str = field(default="", repr=False)

    # Facts -----------------------------------------------------------------------------------------------

    @property
    def usage(self) -> Usage:
        """Tokens of all requests; requests without usage are left out, and noted."""
        return sum((call.usage for call in self.calls if call.usage is not None), Usage())

    @property
    def cost(self) -> Decimal | None:
        """US dollars by the catalog's prices, exactly; None when any part is not known."""
        return total_cost(self.calls)

    @cached_property
    def checker(self) -> CitationChecker:
        """Checker of citations against the turns that the model was given."""
        return CitationChecker(self.turns)

    @cached_property
    def checked(self) -> list[Citation]:
        """Citations as objects, in order."""
        return self.checker.citations(self.text) if self.turns and self.schema is None else self._quotes()

    def _quotes(self) -> list[Citation]:
        """Quotes of a structured answer: its fields named ``quote`` or ``quotes``."""
        found: list[Citation] = []
        for row in self.rows if self.turns else ():
            for name in ("quote", "quotes"):
                values = row.get(name)
                for said in values if isinstance(values, list) else [values]:
                    if isinstance(said, str) and said.strip():
                        found.append(self.checker.quoted(said))
        return found

    @property
    def citations(self) -> pd.DataFrame:
        """Citations: turn, start, end (seconds), speaker, quote, found, file, source, transcript_id.

        ``found`` is False for a turn that does not exist and for a quote that was not said.
        """
        return citations_frame(self.checked)

    @property
    def frame(self) -> pd.DataFrame:
        """Rows of a structured answer, with the schema's fields and dtypes."""
        if self.schema is None:
            return pd.DataFrame({"answer": pd.Series([self.text], dtype=pd.StringDtype("python"))})
        return rows_frame(list(self.rows), self.schema)

    @property
    def value(self) -> Any:
        """The row, or the rows of a schema of several, as the schema's own class; the text without schema."""
        if self.schema is None:
            return self.text
        convert = self.schema.convert or dict
        made = [convert(row) for row in self.rows]
        return made if self.schema.many else made[0] if made else None

    @property
    def usage_line(self) -> str:
        """Tokens, cost, model and time in one line."""
        return usage_line(self.calls, self.model, self.seconds)

    # Display ---------------------------------------------------------------------------------------------

    def __str__(self) -> str:
        cited = self.turns and self.schema is None
        return clean(plain_citations(self.text, self.checker) if cited else self.text)

    def html_parts(self) -> tuple[str, str]:
        """Return the answer, and the lines under it, as safe HTML."""
        if self.problem is not None:
            body = tag("p", escape(f"No usable answer: {self.problem}."))
            body += disclosure("What the model wrote", tag("pre", escape(self.text)))
        elif self.schema is not None:
            body = self.frame.head(MAX_SHOWN_ROWS).to_html(escape=True, index=False, border=0, na_rep="–")
        else:
            body = to_html(self.text, self.checker if self.turns else None)
        under = "".join(note(escape(line)) for line in self.notes)
        missing = [c.quote for c in self.checked if c.quote and not c.found]
        if missing:
            quotes = ", ".join(missing_quote(quote) for quote in dict.fromkeys(missing))
            under += note(f"Not in the transcript word for word: {quotes}")
        for run in self.tool_runs:
            shown = ", ".join(f"{name}={value!r}" for name, value in run.arguments.items())
            state = "failed: " if run.failed else ""
            under += note(f"called {escape(run.name)}({escape(shown)}) → {state}{escape(run.result[:200])}")
        return body, under + tag("div", escape(self.usage_line), style=SMALL)

    def _repr_html_(self) -> str:
        body, under = self.html_parts()
        return saved_html(box("div", tag("div", body, dir="auto", style=BREAK), under), self.usage_line)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        lines = [str(self), *self.notes, self.usage_line]
        plain = bounded("\n".join(lines), "print(answer)")
        return saved_form({"text/plain": plain, "text/html": self._repr_html_()}, self.usage_line)


def total_cost(calls: Sequence[CallCost]) -> Decimal | None:
    """Return the sum; None when any part is not known."""
    costs = [call.cost for call in calls]
    return None if None in costs else sum((c for c in costs if c is not None), Decimal(0))


def usage_line(calls: Sequence[CallCost], model: str, seconds: float) -> str:
    """Return ``1,204 + 88 tokens · $0.0012 · model · 2.3 s``."""
    told = [call.usage for call in calls if call.usage is not None]
    used = sum(told, Usage())
    parts = [f"{used.input_tokens:,} + {used.output_tokens:,} tokens" if told else "tokens not told"]
    cost = total_cost(calls)
    if calls:
        parts.append("cost not known" if cost is None else money_text(cost))
    parts += [*([model] if model else []), f"{seconds:.1f} s"]
    if len(calls) > 1:
        parts.append(amount(len(calls), "request"))
    return " · ".join(parts)


def money_text(dollars: Decimal) -> str:
    """Return dollars with as many digits as are significant.

    Examples
    --------
    >>> [money_text(Decimal(text)) for text in ("0", "0.00001234", "0.0123", "12.5")]
    ['free', '$0.00001234', '$0.0123', '$12.50']
    """
    if not dollars:
        return "free"
    if dollars >= 1:
        return f"${dollars:.2f}"
    digits = max(2, 3 - dollars.adjusted() - 1 + 1)
    return f"${dollars:.{digits}f}".rstrip("0") if digits > 2 else f"${dollars:.2f}"

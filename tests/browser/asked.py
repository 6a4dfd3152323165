"""Traits of the views that answer, made by the real Python side."""

from __future__ import annotations

from typing import Any

from aai_jupyter.asking.answer import Answer
from aai_jupyter.asking.citations import CitationChecker
from aai_jupyter.asking.markdown import to_html
from aai_jupyter.asking.prompt_turns import PromptTurn

from . import pages

#: Everything that has ever made a page of an answer run, load or send something, or look like what it is not.
HOSTILE = """\
# Summary <img src=x onerror="window.pwned=1">
<script>window.pwned=1</script><svg onload=window.pwned=1></svg><iframe src="https://evil.example/i"></iframe>

![track](https://evil.example/p.png) [click](javascript:window.pwned=1) [c2](JaVaScRiPt&colon;window.pwned=1)
[data](data:text/html,<script>window.pwned=1</script>) [ok](https://example.org/path "t") <https://evil.example/a>

[3]: https://evil.example/ref "x"

<a href="#" data-aai-seek="1" onclick="window.pwned=1">[0:01]</a> <style>*{display:none}</style>
<form action="https://evil.example"><input autofocus onfocus=window.pwned=1><button>Log in</button></form>
<math><mtext><table><mglyph><style><img src=x onerror=window.pwned=1></style></mglyph></table></mtext></math>
<details open ontoggle=window.pwned=1><summary>s</summary>hidden</details>

He agreed [1], [99], [0:05] and "this was never said by anyone" [2]. \u202egnp.exe \x1b[31m

```html
<script>window.pwned=1</script>
```

| a | b |
|---|--:|
| <img src=x onerror=window.pwned=1> | 1 |
"""

#: What a kernel would never send: the view must not rely on that.
RAW = (
    '<p onclick="window.pwned=1" style="position:fixed;inset:0;background:url(https://evil.example/css)">text</p>'
    "<script>window.pwned=1</script><img src='https://evil.example/p.png' onerror='window.pwned=1'>"
    "<iframe srcdoc='<script>parent.pwned=1</script>'></iframe><svg><script>window.pwned=1</script></svg>"
    "<a href='javascript:window.pwned=1'>js</a><a href='https://u:p@evil.example/'>user</a>"
    "<a href='https://example.org/x' ping='https://evil.example/ping' onclick='window.pwned=1'>fine</a>"
    "<a data-aai-seek='3' data-aai-transcript='t_0' href='https://evil.example/'>[0:03]</a>"
    "<a data-aai-seek='1e999' href='javascript:window.pwned=1'>[9]</a><object data='https://evil.example/o'></object>"
    "<link rel=stylesheet href='https://evil.example/s.css'>"
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>"
    "<base href='https://evil.example/'><form action='https://evil.example/'><button>go</button></form>"
    "<video autoplay src='https://evil.example/v'></video>"
    "<template><img src=x onerror=window.pwned=1></template>"
    "<math><mi//xlink:href='data:x,<script>window.pwned=1</script>'></math>"
    + "<div>" * 400
    + "deep"
    + "</div>" * 400
)

GOOD = """\
Two books are read, in turns [1]:

1. **A Tale of Two Cities**: "it was the best of times" [1]
2. *Sense and Sensibility*, where Mr. John Dashwood is discussed [2, 4]

| reader | first words |
|:--|:--|
| A | it was the best |
| B | Mr. John Dashwood |

She says "nobody ever said these words here" [3]. Not everything is in turn [77].
"""


def turns() -> list[PromptTurn]:
    """Turns of the bundled recording as the model gets them."""
    found = []
    for number, turn in enumerate(pages.two_readers()["turns"], 1):
        words = turn["words"]
        text = " ".join(word[0] for word in words)
        found.append(
            PromptTurn(
                number, text, words[0][1] / 1000, words[-1][2] / 1000, turn["speaker"], "t_0", "two.flac"
            )
        )
    return found


def answer(text: str, state: str = "done") -> dict[str, Any]:
    """Traits of an AnswerView."""
    made = Answer("What is read?", text, "model-1", turns=turns(), seconds=2.3)
    body, under = made.html_parts()
    return {"_view": "answer", "html": body, "under": under, "status": "", "state": state}


def piece(text: str) -> str:
    """HTML of a part of an answer."""
    return to_html(text, CitationChecker(turns()))


def chat(*texts: str, **more: Any) -> dict[str, Any]:
    """Traits of a Chat in which each text has been answered."""
    entries = []
    for number, text in enumerate(texts):
        one = answer(text)
        question = "What do they read, and who begins?" if number == 0 else f"{HOSTILE[:300]} #{number}"
        entries.append(
            {
                "id": number,
                "question": question,
                "html": one["html"],
                "under": one["under"],
                "state": "done",
                "error": "",
            }
        )
    return {
        "_view": "chat",
        "title": "two_readers.flac",
        "facts": "12 turns",
        "hint": "Ask what was said, when and by whom.",
        "models": [
            {"id": "model-1", "name": "One", "facts": "$1 / $4 per M"},
            {"id": "model-2", "name": "Two", "facts": ""},
        ],
        "model": "model-1",
        "entries": entries,
        "draft": None,
        "busy": False,
        "budget": {"used": 2340, "limit": 8000, "left_out": 0},
        "cost": "$0.0123",
        **more,
    }

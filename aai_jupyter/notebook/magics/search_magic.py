"""``%aai_search``: words, phrases and meaning in a corpus."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aai_jupyter.errors import UsageError
from aai_jupyter.notebook.line.arguments import Arguments, Flag, MagicSpec

if TYPE_CHECKING:
    from aai_jupyter.corpora.corpus import Corpus

SPEC = MagicSpec(
    "aai_search",
    "Find what was said in a corpus: who, in which recording, at which second; as a DataFrame.",
    ("%aai_search [flags] WORDS", "%aai_search --meaning QUESTION"),
    words="WORDS",
    words_help='Words of one turn, "phrases in quotes", AND, OR, NOT, parentheses, beginnings*.',
    flags=(
        Flag(
            "corpus",
            "The corpus, or its folder; if not given, the only one among the notebook's variables.",
            "value",
            metavar="VAR",
        ),
        Flag("speaker", "Only what exactly this speaker says.", "str", metavar="NAME"),
        Flag("where", "Only recordings for which this SQL holds.", "str", metavar="SQL"),
        Flag("limit", "How many at most.", "int", metavar="N", default=100, minimum=1),
        Flag("meaning", "Rank by words and meaning together. The model is English."),
        Flag("play", "Open the player on what was found."),
    ),
    assigns=True,
    examples=(
        '%aai_search "full refund" OR cancel*',
        '%aai_search --corpus calls --speaker Ann --play "full refund"',
        "hits = %aai_search --meaning Who wanted their money back?",
    ),
)


def run(shell: Any, arguments: Arguments, cell: str | None, namespace: Mapping[str, Any]) -> Any:
    """Run the magic."""
    words = [str(word) for word in arguments.words]
    if not words:
        raise UsageError("There is nothing to search for.", hint="%aai_search WORDS")
    # The line has taken the quotes off: what has a space in it stood in some.
    query = " ".join(words if arguments.meaning else map(_quoted, words))
    hits = _corpus(arguments.flags["corpus"], namespace).search(
        query,
        speaker=arguments.speaker,
        where=arguments.where,
        limit=arguments.limit,
        meaning=bool(arguments.meaning),
    )
    if arguments.target is not None:
        shell.push({arguments.target: hits})
    if arguments.play and len(hits):
        return hits.aai.play()
    return hits


def _quoted(word: str) -> str:
    return f'"{word}"' if " " in word and '"' not in word else word


def _corpus(given: Any, namespace: Mapping[str, Any]) -> Corpus:
    from aai_jupyter.api.open_corpus import corpus
    from aai_jupyter.corpora.corpus import Corpus

    if isinstance(given, Corpus):
        return given
    if given is not None:
        return corpus(str(given))
    found = {id(value): value for value in namespace.values() if isinstance(value, Corpus)}
    if len(found) != 1:
        raise UsageError(
            f"Which corpus? There are {len(found)} among the variables." if found else "There is no corpus.",
            hint='Open one: calls = aai.corpus("calls"), or name it: %aai_search --corpus calls ...',
        )
    return next(iter(found.values()))

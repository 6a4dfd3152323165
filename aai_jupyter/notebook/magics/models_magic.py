"""``%aai_models``: the language models on offer, their abilities and their prices; or the speech models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aai_jupyter.notebook.line.arguments import Arguments, Flag, MagicSpec
from aai_jupyter.settings.configuration import settings

if TYPE_CHECKING:
    import pandas as pd

REGIONS = ("us", "eu", "global")

SPEC = MagicSpec(
    "aai_models",
    "List the language models that can be asked, as a DataFrame: prices, context, regions, capabilities.",
    ("%aai_models [TEXT] [--region REGION] [--refresh] [--as NAME]",),
    words="TEXT",
    words_help="Only models whose id, name or maker has this in it.",
    max_words=1,
    flags=(
        Flag("region", "Whose prices are shown; the endpoint's, if not given.", "str", choices=REGIONS),
        Flag("speech", "The speech models of the local engine: which are installed, which can be had."),
        Flag("refresh", "Ask the service again; the list is kept for a minute."),
    ),
    assigns=True,
    notes=(
        "Prices are US dollars for a million tokens. Without -m, %aai_ask takes the setting llm_model, else a"
        " default that the list has."
    ),
    examples=("%aai_models claude", "cheap = %aai_models"),
)


def run(shell: Any, arguments: Arguments, cell: str | None, namespace: Mapping[str, Any]) -> Any:
    """Run the magic."""
    if arguments.speech:
        return _given(shell, arguments, _speech_models(), ("model", "licence", "languages"))
    from aai_jupyter.asking.models import available_models, models_frame
    from aai_jupyter.runtime.process import runtime

    catalog = available_models(refresh=arguments.refresh)
    of_endpoint = runtime().endpoint().region
    region = arguments.region or (of_endpoint if of_endpoint in ("us", "eu") else "us")
    if catalog.missing:
        print(f"Not listed: {catalog.missing}.", flush=True)
    found = models_frame(catalog, region)
    return _given(shell, arguments, found, ("model", "name", "creator"))


def _speech_models() -> pd.DataFrame:
    import pandas as pd

    from aai_jupyter.weights.model_list import model_rows

    texts = ("model", "kind", "state", "licence", "languages", "measured", "command")
    return pd.DataFrame(list(model_rows(Path(settings.home) / "engine"))).astype(
        {**dict.fromkeys(texts, "string"), "megabytes": "Int64"}
    )


def _given(shell: Any, arguments: Arguments, found: pd.DataFrame, searched: Sequence[str]) -> Any:
    """Return the rows that were asked for, under the name that was."""
    if arguments.words:
        wanted = str(arguments.words[0]).casefold()
        text = found[list(searched)].astype("string").fillna("").agg(" ".join, axis=1)
        found = found[text.str.casefold().str.contains(wanted, regex=False)].reset_index(drop=True)
    if arguments.target is not None:
        shell.push({arguments.target: found})
    return None if arguments.silent else found

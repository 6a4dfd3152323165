"""``%aai_models``: the language models on offer, their abilities and their prices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aai_jupyter.notebook.line.arguments import Arguments, Flag, MagicSpec

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
    from aai_jupyter.asking.models import available_models, models_frame
    from aai_jupyter.runtime.process import runtime

    catalog = available_models(refresh=arguments.refresh)
    of_endpoint = runtime().endpoint().region
    region = arguments.region or (of_endpoint if of_endpoint in ("us", "eu") else "us")
    if catalog.missing:
        print(f"Not listed: {catalog.missing}.", flush=True)
    found = models_frame(catalog, region)
    if arguments.words:
        wanted = str(arguments.words[0]).casefold()
        text = found["model"] + " " + found["name"] + " " + found["creator"].astype(found["name"].dtype)
        found = found[text.str.casefold().str.contains(wanted, regex=False)].reset_index(drop=True)
    if arguments.target is not None:
        shell.push({arguments.target: found})
    return None if arguments.silent else found

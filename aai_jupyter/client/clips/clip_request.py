"""Options of a clip, checked and put into the two parts of its body; and what it costs."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from aai_jupyter.client.options.catalog.clip_options import (
    CLIP_PRICES,
    CLIPS,
    CONTEXT_CHARACTERS,
    CONTEXT_TURNS,
)
from aai_jupyter.client.options.checking import checked, raise_problems
from aai_jupyter.client.options.option import Option
from aai_jupyter.client.options.option_values import plain

CLIP_OPTIONS: dict[str, Option] = {option.name: option for option in CLIPS}
"""Every option of a clip: the model of its header, and the fields of its ``config`` part."""
MODEL_HEADER = "X-AAI-Model"


@dataclass(frozen=True)
class ClipRequest:
    """Checked options of a clip.

    Attributes
    ----------
    model : str
        Goes into the header ``X-AAI-Model``.
    config : dict
        The ``config`` part.
    warnings : tuple of str
        What is likely not meant.
    """

    model: str
    config: dict[str, Any]
    warnings: tuple[str, ...] = ()

    def body(self, wav: bytes) -> tuple[bytes, dict[str, str]]:
        """The body and its headers. ``config`` comes first: the service refuses sound before it."""
        head, end, headers = self._around(self.config, "clip.wav", "audio/wav")
        return b"".join((head, wav, end)), headers

    def spoken_body(self, rate: int) -> tuple[bytes, bytes, dict[str, str]]:
        """Return what goes before and after samples of 16 bits, however many they are; and the headers."""
        return self._around({**self.config, "sample_rate": rate, "channels": 1}, "clip.pcm", "audio/pcm")

    def _around(self, config: dict[str, Any], name: str, kind: str) -> tuple[bytes, bytes, dict[str, str]]:
        mark = secrets.token_hex(16)
        head = (
            f'--{mark}\r\nContent-Disposition: form-data; name="config"\r\n'
            f"Content-Type: application/json\r\n\r\n"
        ).encode()
        part = (
            f'\r\n--{mark}\r\nContent-Disposition: form-data; name="audio"; filename="{name}"\r\n'
            f"Content-Type: {kind}\r\n\r\n"
        ).encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={mark}", MODEL_HEADER: self.model}
        return head + msgspec.json.encode(config) + part, f"\r\n--{mark}--\r\n".encode(), headers


def build_clip_request(
    options: Mapping[str, Any] | None = None, *, extra: Mapping[str, Any] | None = None
) -> ClipRequest:
    """Check options.

    Parameters
    ----------
    options : mapping
        By their API names. None: not given.
    extra : mapping, optional
        Sent as it is, over the others.

    Raises
    ------
    OptionError
        Names everything that is wrong. Nothing was sent.

    Examples
    --------
    >>> build_clip_request({"keyterms_prompt": "Zarr, Borealis"}).config
    {'keyterms_prompt': ['Zarr', 'Borealis']}
    """
    params, problems, warnings = checked(CLIP_OPTIONS, options or {}, "a short clip")
    raise_problems(problems)
    if params.get("prompt") and params.get("language_codes"):
        warnings.append("language_codes has no effect beside prompt.")
    context = params.get("conversation_context") or []
    if len(context) > CONTEXT_TURNS or sum(map(len, context)) > CONTEXT_CHARACTERS:
        warnings.append(
            f"conversation_context: the service uses the last {CONTEXT_TURNS} turns and "
            f"{CONTEXT_CHARACTERS} characters only."
        )
    params |= plain(dict(extra or {}))
    model = str(params.pop("speech_model", CLIP_OPTIONS["speech_model"].default))
    return ClipRequest(model, params, tuple(warnings))


def clip_price(model: str) -> float | None:
    """USD for one hour of clips; None when no public price was found.

    >>> clip_price("universal-3-5-pro")
    0.3
    """
    return CLIP_PRICES.get(model)

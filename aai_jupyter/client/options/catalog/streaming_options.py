"""Query parameters of the real-time socket (``/v3/ws``). Read by `client.streaming.streaming_request`."""

from __future__ import annotations

from aai_jupyter.client.options.catalog.streaming_audio import SOUND
from aai_jupyter.client.options.catalog.streaming_text import TEXT

STREAMING = (*SOUND, *TEXT)

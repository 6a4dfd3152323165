"""``aai.check_captions``: the checker of captions."""

from __future__ import annotations

from aai_jupyter.interchange.writers.caption_frame import check_captions

__all__ = ["check_captions"]

"""What decoders of JSON raise for text of strangers: the one list of it."""

from __future__ import annotations

import msgspec

NOT_JSON = (msgspec.DecodeError, ValueError, RecursionError)
"""Not JSON or of another shape; not UTF-8, or a number of thousands of digits; nested too deeply."""

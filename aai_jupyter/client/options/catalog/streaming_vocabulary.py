"""Models, prices and languages of the real-time socket."""

from __future__ import annotations

from typing import Literal

S37_REALTIME = "assemblyai-stt-3-7-realtime"
U36_PRO, U35_PRO = "universal-3-6-pro", "universal-3-5-pro"
US_ENGLISH, US_MULTILINGUAL = "universal-streaming-english", "universal-streaming-multilingual"
PRO = (U36_PRO, U35_PRO)
US = (US_ENGLISH, US_MULTILINGUAL)
LEGACY = ("u3-rt-pro", "whisper-rt")
LOCAL_STREAMING_MODELS = ("whisper-base", "whisper-tiny.en")
STREAMING_MODELS = (*PRO, *US, S37_REALTIME, *LEGACY, *LOCAL_STREAMING_MODELS)
#: Models of which it is known what they take; what others take is for the service to say.
DOCUMENTED_STREAMING_MODELS = (*PRO, *US, *LEGACY)

#: USD per hour of session time; add-ons stand with their options.
STREAMING_PRICES = {U36_PRO: 0.45, **dict.fromkeys(US, 0.15), **dict.fromkeys(LOCAL_STREAMING_MODELS, 0.0)}

Auth = Literal["header", "token", "query", "message"]
#: How the key goes to the socket; see `client.streaming.websocket.open_connection`.
AUTH: tuple[Auth, ...] = ("header", "token", "query", "message")

ENCODINGS = ("pcm_s16le", "pcm_mulaw", "opus", "ogg_opus", "aac")
MODES = ("min_latency", "balanced", "max_accuracy")
PROMPT_CHARACTERS = 1750
_LANGUAGES = """
af ar yue ca da nl en et fi fr gl de he hi it ja ko zh mr no nn fa pt ro ru es sv tr ur vi xh zu multi
"""
STREAMING_LANGUAGES = tuple(_LANGUAGES.split())

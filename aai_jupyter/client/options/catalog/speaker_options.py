"""Request parameters for speakers and channels, and for the webhook."""

from __future__ import annotations

from aai_jupyter.client.options.option import Option

_SPEAKERS = "Speakers and channels"
_WEBHOOK = "Webhook"

_DIARIZATION = ("speaker_labels",)


SPEAKERS = (
    Option(
        "speaker_labels",
        "bool",
        _SPEAKERS,
        "Tell who speaks; gives utterances.",
        default=False,
        requires=("punctuate",),
        price=0.02,
    ),
    Option(
        "speakers_expected",
        "int",
        _SPEAKERS,
        "The number of speakers, when you know it exactly.",
        minimum=1,
        requires=_DIARIZATION,
        conflicts=("speaker_options",),
    ),
    Option(
        "speaker_options",
        "object",
        _SPEAKERS,
        "Settings of speaker_labels, as one object.",
        requires=_DIARIZATION,
    ),
    Option(
        "speaker_options.min_speakers_expected",
        "int",
        _SPEAKERS,
        "Least number of speakers.",
        default=1,
        minimum=1,
    ),
    Option(
        "speaker_options.max_speakers_expected",
        "int",
        _SPEAKERS,
        "Most speakers; too high a number costs accuracy.",
        minimum=1,
    ),
    Option(
        "speaker_options.include_speaker_confidence",
        "bool",
        _SPEAKERS,
        "Add a confidence to each speaker label.",
        default=False,
    ),
    Option(
        "speaker_options.advanced_speaker_segmentation",
        "bool",
        _SPEAKERS,
        "Finer segments by speaker (set by the service, not documented).",
    ),
    Option(
        "speaker_options.short_file_diarization_method",
        "str",
        _SPEAKERS,
        "Method for short files (not documented by the service).",
        choices=("deliberate", "balanced", "conservative", "aggressive"),
    ),
    Option(
        "speaker_options.long_file_diarization_method",
        "str",
        _SPEAKERS,
        "Method for long files; the experimental one costs more.",
        choices=("standard", "experimental"),
        price=0.045,  # 0.065 in all, 0.02 of which is speaker_labels itself
        price_values=("experimental",),
    ),
    Option(
        "speaker_options.use_two_stage_clustering",
        "bool",
        _SPEAKERS,
        "Cluster speakers in two stages (not documented by the service).",
    ),
    Option(
        "multichannel",
        "bool",
        _SPEAKERS,
        "Transcribe each channel on its own; every channel is billed.",
        default=False,
    ),
    Option(
        "webhook_url",
        "str",
        _WEBHOOK,
        "Address the service calls when the job has ended.",
        pattern=r"https://\S+|http://(localhost|127\.0\.0\.1|\[::1\])([:/]\S*)?",
        pattern_help="an https:// address",
    ),
    Option(
        "webhook_auth_header_name",
        "str",
        _WEBHOOK,
        "Header to send with the call.",
        max_length=1000,
        pattern=r"[A-Za-z0-9_-]+",
        pattern_help="letters, digits, - and _ only",
        requires=("webhook_url", "webhook_auth_header_value"),
    ),
    Option(
        "webhook_auth_header_value",
        "str",
        _WEBHOOK,
        "Value of that header.",
        max_length=1000,
        pattern=r"[^\r\n]+",
        pattern_help="one line",
        requires=("webhook_url", "webhook_auth_header_name"),
        secret=True,
    ),
)

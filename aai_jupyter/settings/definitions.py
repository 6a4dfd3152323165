"""Declaration of each setting: default, environment variable, and permitted values."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aai_jupyter.errors import OptionError
from aai_jupyter.plugins.plugin_protocols import BUILTIN
from aai_jupyter.settings.endpoint import ApiKey
from aai_jupyter.text.loopback import is_loopback

API_KEY_VARIABLE = "ASSEMBLYAI_API_KEY"
LLM_KEY_VARIABLE = "AAI_JUPYTER_LLM_API_KEY"
SECRETS = ("api_key", "llm_api_key")
NOT_OF_PROJECTS = ("api_key_command", "ca_file", "client_cert", "client_key")
"""Settings that a project's files do not set: to open somebody's notebook runs no command of theirs, and
shows no certificate of the user's where they want it."""
_CORRECT = "Correct it where it is set."

_TRUTH = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}
_SCHEMES = {
    "base_url": ("http", "https"),
    "streaming_base_url": ("ws", "wss"),
    "llm_gateway_base_url": ("http", "https"),
    "sync_base_url": ("http", "https"),
}


@dataclass(frozen=True)
class Setting:
    """One setting."""

    name: str
    default: Any
    help: str
    variable: str | None = None
    choices: tuple[str, ...] = ()


SETTINGS: dict[str, Setting] = {
    s.name: s
    for s in (
        Setting(
            "api_key", None, "Key of the service; without one the local engine is used.", API_KEY_VARIABLE
        ),
        Setting(
            "api_key_command",
            None,
            "Command whose first line of output is the key, such as that of a password manager; 2 s at most.",
            "AAI_JUPYTER_API_KEY_COMMAND",
        ),
        Setting(
            "region",
            "global",
            "Where the service runs. global: recordings in the US, live speech and clips in the "
            "nearest region. us, eu: all three stay there; for the LLM Gateway that is promised in eu only.",
            None,
            ("global", "us", "eu"),
        ),
        Setting("base_url", None, "Host of pre-recorded speech; overrides region.", "ASSEMBLYAI_BASE_URL"),
        Setting(
            "streaming_base_url",
            None,
            "Host of real-time speech; overrides region.",
            "ASSEMBLYAI_STREAMING_BASE_URL",
        ),
        Setting(
            "llm_gateway_base_url",
            None,
            "Host of the LLM Gateway; overrides region.",
            "ASSEMBLYAI_LLM_GATEWAY_BASE_URL",
        ),
        Setting(
            "sync_base_url",
            None,
            "Host of short clips (aai.dictate); overrides region.",
            "ASSEMBLYAI_SYNC_BASE_URL",
        ),
        Setting("local", False, "Use the local engine even when there is a key."),
        Setting(
            "offline",
            False,
            "Nothing leaves this machine: every address but its own is refused. A policy file of the "
            "administrator wins over this.",
            "AAI_JUPYTER_OFFLINE",
        ),
        Setting(
            "local_model",
            "base",
            "Model of the local engine: base, tiny.en, one that `aai-jupyter pull` brought, a folder, or a "
            "recognizer of another package.",
        ),
        Setting(
            "local_diarizer",
            BUILTIN,
            "Who separates speakers in the local engine: itself (builtin), or a diarizer of another package.",
        ),
        Setting(
            "local_device",
            "auto",
            "What the local engine computes on; auto is an NVIDIA GPU where there is one.",
            None,
            ("auto", "cpu", "cuda"),
        ),
        Setting(
            "compute_type",
            "auto",
            "Precision of the local engine, as CTranslate2 calls it: int8 on a CPU, float16 on a GPU.",
        ),
        Setting("llm_model", None, "Model that answers questions; without it, a default of the catalog."),
        Setting(
            "llm_url", None, 'Server of language models for the local engine (OpenAI protocol), or "auto".'
        ),
        Setting("llm_api_key", None, "Key of that server, if it wants one.", LLM_KEY_VARIABLE),
        Setting("units", "s", "Unit of times in frames.", None, ("s", "ms", "timedelta")),
        Setting("home", None, "Folder of the store and the local engine's data.", "AAI_JUPYTER_HOME"),
        Setting(
            "ca_file",
            None,
            "Further certificate authorities (PEM), beside those that the operating system trusts.",
            "AAI_JUPYTER_CA_FILE",
        ),
        Setting(
            "client_cert",
            None,
            "Certificate (PEM) shown to servers that want one.",
            "AAI_JUPYTER_CLIENT_CERT",
        ),
        Setting(
            "client_key",
            None,
            "Key of that certificate, if it is not in the same file.",
            "AAI_JUPYTER_CLIENT_KEY",
        ),
        Setting(
            "cache_limit",
            None,
            "Size of what is kept here and can be made again, such as 20 GB; beyond it the oldest goes.",
            "AAI_JUPYTER_CACHE_LIMIT",
        ),
        Setting(
            "keep_days",
            None,
            "Days after which transcripts, edits and sound on this machine are erased; without it they stay.",
        ),
        Setting(
            "delete_at_service",
            "never",
            "after_download: the service deletes a transcript and its upload as soon as it is kept here.",
            None,
            ("never", "after_download"),
        ),
        Setting(
            "privacy",
            None,
            "Key file of pseudonyms: transcripts come with them in place of names; live speech is refused.",
        ),
        Setting(
            "saved_output",
            "full",
            "What a saved notebook keeps of transcripts: full, summary (facts without words), none.",
            "AAI_JUPYTER_SAVED_OUTPUT",
            ("full", "summary", "none"),
        ),
        Setting("concurrency", 8, "Files uploaded at once in a batch; those up to 1 MB four times as many."),
        Setting("max_cost", None, "USD that one call may cost, by the price list; more is not sent."),
        Setting(
            "monthly_budget",
            None,
            "USD that this machine may spend with an account in a calendar month (UTC), by the price list.",
        ),
        Setting("full_errors", False, "Show whole tracebacks instead of two or three lines."),
    )
}


def unknown(name: str) -> str:
    """Return the error text for an unknown setting, with the most similar name."""
    near = difflib.get_close_matches(name, SETTINGS, 1)
    return f"There is no setting {name!r}." + (f" Did you mean {near[0]!r}?" if near else "")


def coerce(setting: Setting, value: Any, origin: str) -> Any:
    """Convert a value to the setting's type.

    Raises
    ------
    OptionError
        It cannot be one.
    """
    name = setting.name
    where = f"Setting {name!r} ({origin})"
    if name in SECRETS:
        return value if isinstance(value, ApiKey) else ApiKey(str(value))
    if name in _SCHEMES:
        url = str(value).rstrip("/")
        parts = urlsplit(url)
        if parts.scheme not in _SCHEMES[name] or not parts.hostname:
            raise OptionError(
                f"{where} is not a {' or '.join(_SCHEMES[name])} address: {url!r}.",
                hint=_CORRECT,
            )
        if parts.scheme in ("http", "ws") and not is_loopback(parts.hostname):
            raise OptionError(
                f"{where} would send the key unencrypted: {url!r}.", hint=f"Use {parts.scheme}s://."
            )
        return url
    if name == "llm_url":
        return _llm_url(str(value).strip(), where)
    if name == "home":
        try:
            return Path(value).expanduser()
        except (RuntimeError, TypeError, ValueError):
            raise OptionError(f"{where} is not a folder: {value!r}.", hint="Give a whole path.") from None
    if setting.choices and value not in setting.choices:
        near = difflib.get_close_matches(str(value), setting.choices, 1)
        hint = f"Did you mean {near[0]!r}?" if near else _CORRECT
        raise OptionError(f"{where} must be one of {', '.join(setting.choices)}, not {value!r}.", hint=hint)
    if isinstance(setting.default, bool):
        if setting.variable and isinstance(value, str) and value.lower() in _TRUTH:  # a variable is text
            return _TRUTH[value.lower()]
        if not isinstance(value, bool):
            raise OptionError(f"{where} must be true or false, not {value!r}.", hint=_CORRECT)
        return value
    if name in ("max_cost", "monthly_budget"):
        return checked_usd(value, where)
    if isinstance(setting.default, int) or name == "keep_days":
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise OptionError(f"{where} must be a whole number from 1, not {value!r}.")
        return value
    return str(value)


def checked_usd(value: Any, where: str) -> float:
    """Return an amount of money.

    Raises
    ------
    OptionError
        It is none, or below 0.

    Examples
    --------
    >>> checked_usd(5, "max_cost")
    5.0
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e12:
        raise OptionError(f"{where} must be a number of US dollars, such as 5 or 0.50, not {value!r}.")
    return float(value)


def _llm_url(text: str, where: str) -> str:
    """Return the base of an OpenAI-compatible server, without the ``/v1`` that some write."""
    if text == "auto":
        return text
    url = text.rstrip("/").removesuffix("/v1").rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise OptionError(
            f"{where} is not the address of a server: {text!r}.",
            hint='Such as "http://127.0.0.1:11434", or "auto" to look on this machine.',
        )
    return url

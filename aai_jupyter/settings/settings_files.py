"""Reading of what settings come from: TOML, ``.env`` and the keyring."""

from __future__ import annotations

import contextlib
import io
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from aai_jupyter.errors import OptionError
from aai_jupyter.settings.definitions import API_KEY_VARIABLE
from aai_jupyter.settings.file_text import read_text
from aai_jupyter.settings.notices import notices

APP = "aai_jupyter"
KEYRING_SERVICE = "assemblyai"


def user_config_path() -> Path:
    """Return the path of the user's own configuration file (it need not exist)."""
    import platformdirs

    return Path(platformdirs.user_config_dir(APP, appauthor=False)) / "config.toml"


def of_project(path: Path) -> dict[str, Any]:
    """Our table of a pyproject.toml. A file that does not name us stops nothing, however broken it is."""
    try:
        return table_in(toml_of(path), path, "tool", APP)
    except OptionError:
        with contextlib.suppress(OSError):
            if APP in read_text(path):
                raise
        return {}


def toml_of(path: Path) -> dict[str, Any]:
    """Values of a TOML file; raises an OptionError when it cannot be read."""
    try:
        status = path.stat()
        return _parsed(path, status.st_mtime_ns, status.st_size)
    except OSError as error:
        raise OptionError(
            f"{path.name} cannot be read: {error.strerror or error}.", hint=f"Check who may read {path}."
        ) from None


@lru_cache(8)
def _parsed(path: Path, *state: int) -> dict[str, Any]:
    """Parse a file, cached while it does not change: each frame asks for the setting ``units``."""
    try:
        return tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise OptionError(f"{path.name} cannot be read: {error}", hint=f"Mend {path}.") from None


def table_in(data: dict[str, Any], path: Path, *names: str) -> dict[str, Any]:
    """Return a table inside `data`, empty when it is not there."""
    for name in names:
        data = data.get(name, {})
        if not isinstance(data, dict):
            raise OptionError(f"{path.name} cannot be read: {name!r} is not a table.", hint=f"Mend {path}.")
    return data


def keyring_key() -> str | None:
    """The key in the system's keyring, if there are both."""
    try:
        import keyring
        import keyring.errors
    except (ImportError, OSError):  # OSError: an import from a working folder that is gone
        return None
    try:
        return keyring.get_password(KEYRING_SERVICE, API_KEY_VARIABLE)
    except (keyring.errors.KeyringError, OSError, RuntimeError):
        return None  # a machine without a keyring service is normal: the other places still count


def dotenv_of(path: Path) -> dict[str, str | None]:
    """Values of a ``.env`` file; one that cannot be read is named once in a warning."""
    import dotenv

    try:
        text = read_text(path)
    except OSError as error:
        notices.tell_once(f"{path} is not read as settings: {error.strerror or error}.")
        return {}
    return dict(dotenv.dotenv_values(stream=io.StringIO(text), interpolate=False))

"""Values of all settings, and their origin.

A value is looked up in this order; the first place that has it wins:

1. set by code (``aai.settings.region = "eu"``) or by ``%aai_login``
2. the environment (``ASSEMBLYAI_API_KEY`` ...)
3. a ``.env`` file in the working folder or above it, as far as :mod:`~aai_jupyter.settings.project_files`
   looks; it fills gaps and never overrides
4. for the key only: the secrets of Colab, Kaggle and Databricks, the system keyring (when the ``keyring``
   extra is installed and holds one), and what ``api_key_command`` prints; see
   :mod:`~aai_jupyter.settings.key_stores`
5. ``[tool.aai_jupyter]`` of the nearest ``pyproject.toml``
6. the user's ``config.toml`` (see :func:`user_config_path`)
7. the default

Nothing is read before a value is needed, and no file is ever written here except by ``%aai_login --keyring``.
"""

from __future__ import annotations

import difflib
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aai_jupyter.errors import AaiError, OptionError
from aai_jupyter.network.certificates import CertificateFiles, certificates
from aai_jupyter.network.offline_lock import lock
from aai_jupyter.network.offline_policy import offline_by_policy
from aai_jupyter.plugins.plugin_protocols import BUILTIN
from aai_jupyter.settings import project_files
from aai_jupyter.settings.definitions import (
    API_KEY_VARIABLE,
    NOT_OF_PROJECTS,
    SECRETS,
    SETTINGS,
    Setting,
    coerce,
    unknown,
)
from aai_jupyter.settings.endpoint import HOSTS, ApiKey, Endpoint
from aai_jupyter.settings.key_stores import KeyStores
from aai_jupyter.settings.notices import notices
from aai_jupyter.settings.settings_files import APP as APP
from aai_jupyter.settings.settings_files import KEYRING_SERVICE as KEYRING_SERVICE
from aai_jupyter.settings.settings_files import dotenv_of, keyring_key, of_project, table_in, toml_of
from aai_jupyter.settings.settings_files import user_config_path as user_config_path
from aai_jupyter.settings.working_folder import working_folder
from aai_jupyter.text.public_class import public
from aai_jupyter.text.sanitize import clean

_LOOK_SECONDS = 2.0
LOGIN = "%aai_login"
"""Where settings came from that ``%aai_login`` set."""


@dataclass(frozen=True)
class SettingRow:
    """One line of ``%aai_status``: a setting, its value as text (the key masked), and where it came from."""

    name: str
    value: str
    origin: str
    help: str = field(repr=False, default="")


@public
class Settings:
    """Settings of this process. Assign to override: ``aai.settings.region = "eu"``.

    Raises
    ------
    OptionError
        An unknown setting, or a value outside its choices.

    Examples
    --------
    >>> s = Settings(environ={}, start=Path("/nowhere"))
    >>> s.region, s.origin("region")
    ('global', 'default')
    >>> s.units = "ms"
    >>> s.origin("units")
    'set in code'
    """

    _set: dict[str, tuple[Any, str]]
    _environ: Mapping[str, str] | None
    _start: Path | None
    _offline: tuple[float, str | None, bool, str]
    _stores: KeyStores

    def __init__(self, *, environ: Mapping[str, str] | None = None, start: Path | None = None) -> None:
        object.__setattr__(self, "_set", {})
        object.__setattr__(self, "_environ", environ)
        object.__setattr__(self, "_start", start)
        object.__setattr__(self, "_offline", (-_LOOK_SECONDS, None, False, ""))
        object.__setattr__(self, "_stores", KeyStores())

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in SETTINGS:
            raise AttributeError(unknown(name))
        return self._lookup(name)[0]

    def origin(self, name: str) -> str:
        """Return where the value of a setting came from."""
        return self._lookup(name)[1]

    def rows(self) -> list[SettingRow]:
        """Return all settings for display; the key is masked."""
        rows = []
        for name, setting in SETTINGS.items():
            value, origin = self._lookup(name)
            rows.append(SettingRow(name, "" if value is None else str(value), origin, setting.help))
        return rows

    def _lookup(self, name: str) -> tuple[Any, str]:
        if name == "offline" and (who := offline_by_policy()):
            return True, who  # the administrator's word: nothing here opens it
        if name == "offline" and name not in self._set:
            return self._offline_by_files()
        if name in self._set:
            return self._set[name]
        setting = SETTINGS[name]
        for value, origin in self._candidates(name, setting):
            if value not in (None, ""):
                return coerce(setting, value, origin), origin
        if name == "home":
            return _default_home(), "default"
        if name in HOSTS["global"]:
            region, origin = self._lookup("region")
            return HOSTS[region][name], f"region {region} ({origin})"
        return (ApiKey() if name in SECRETS else setting.default), "default"

    def _offline_by_files(self) -> tuple[bool, str]:
        """The environment's word; else any file's: a project does not open what the user's own file locks."""
        setting = SETTINGS["offline"]
        given = [
            (bool(coerce(setting, value, origin)), origin)
            for value, origin in self._candidates("offline", setting)
            if value not in (None, "")
        ]
        if given and given[0][1] == setting.variable:
            return given[0]
        return next((one for one in given if one[0]), (given or [(False, "default")])[0])

    def _candidates(self, name: str, setting: Setting) -> Any:
        if setting.variable:
            yield self._of_environment(setting.variable), setting.variable
            if name not in NOT_OF_PROJECTS:
                yield self._dotenv().get(setting.variable), ".env"
        if name == "api_key":
            yield from self._other_keys()
        if name in SECRETS:
            return  # a key in pyproject.toml would end up in git
        for table, origin in self._files():
            if name not in NOT_OF_PROJECTS or origin not in project_files.PROJECT_FILES:
                yield table.get(name), origin

    def _other_keys(self) -> Iterator[tuple[str | None, str]]:
        """Yield the key from the places that are asked only when no variable has it."""
        if self.offline_holder() is None:  # hosted stores are elsewhere
            yield self._stores.key(API_KEY_VARIABLE)
        yield keyring_key(), "keyring"
        if command := self.api_key_command:
            yield self._stores.of_command(command), "api_key_command"

    def _of_environment(self, variable: str) -> str | None:
        # No local name for the environment: a report that shows locals would show every secret in it.
        return (os.environ if self._environ is None else self._environ).get(variable)

    def _project_file(self, name: str) -> Path | None:
        start = self._start or working_folder()
        return project_files.find(name, start.absolute()) if start is not None else None

    def _dotenv(self) -> dict[str, str | None]:
        found = self._project_file(".env")
        if found is None:
            return {}
        return dotenv_of(found)

    def _files(self) -> list[tuple[dict[str, Any], str]]:
        found = []
        project = self._project_file("pyproject.toml")
        if project:
            found.append((of_project(project), "pyproject.toml"))
        user = user_config_path()
        if os.path.isfile(user):
            found.append((toml_of(user), "config.toml"))
        return found

    def profiles(self) -> dict[str, dict[str, Any]]:
        """Named sets of options (``[tool.aai_jupyter.profiles.NAME]``); the project's win over the user's."""
        found: dict[str, dict[str, Any]] = {}
        for table, origin in reversed(self._files()):
            found.update(table_in(table, Path(origin), "profiles"))
        return found

    def profile(self, name: str) -> dict[str, Any]:
        """Return the options of one profile.

        Raises
        ------
        OptionError
            There is no such profile; the nearest name is in the message.
        """
        known = self.profiles()
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = (
                f"Did you mean {near[0]}?" if near else f"Add [tool.{APP}.profiles.{name}] to pyproject.toml."
            )
            raise OptionError(f"There is no profile {name!r}.", hint=hint)
        return dict(known[name])

    def __setattr__(self, name: str, value: Any) -> None:
        self.set(name, value)

    def set(self, name: str, value: Any, *, origin: str = "set in code") -> None:
        """Set a value and remember where it came from; ``None`` returns to the value found elsewhere."""
        if name not in SETTINGS:
            raise OptionError(unknown(name))
        if value is None:
            self._set.pop(name, None)
        else:
            self._set[name] = (coerce(SETTINGS[name], value, origin), origin)

    def overlay(self, *, origin: str = "argument", **values: Any) -> Settings:
        """Return a copy in which these values are set; None leaves a value as it is.

        Examples
        --------
        >>> Settings(environ={}, start=Path("/nowhere")).overlay(region="eu").base_url
        'https://api.eu.assemblyai.com'
        """
        copy = self.copy()
        for name, value in values.items():
            if value is not None:
                copy.set(name, value, origin=origin)
        return copy

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *SETTINGS})

    def login(self, key: str | ApiKey, *, region: str | None = None, origin: str = LOGIN) -> None:
        """Set the key, and use the service instead of the local engine."""
        key = key if isinstance(key, ApiKey) else ApiKey(key)
        if not key:
            raise OptionError("The key is empty.", hint="Copy it from the dashboard of your account.")
        self.logout()  # the region of an earlier login says nothing about this key
        self.set("api_key", key, origin=origin)
        self.set("local", False, origin=origin)
        if region:
            self.set("region", region, origin=origin)

    def logout(self) -> None:
        """Remove the key given in this session, and what else a login set."""
        for name, (_, origin) in list(self._set.items()):
            if name in ("api_key", "local") or origin == LOGIN:
                self.set(name, None)

    def copy(self) -> Settings:
        """Return a copy, to try a value on (a key that is not checked yet)."""
        other = Settings(environ=self._environ, start=self._start)
        other._set.update(self._set)
        object.__setattr__(other, "_stores", self._stores)  # what was asked for once
        return other

    @property
    def uses_engine(self) -> bool:
        """Whether the local engine is used: it was chosen, or there is no key of the service."""
        return self.endpoint() is None

    @property
    def engine_name(self) -> str:
        """What stored answers of the local engine are kept under: its model, and a foreign diarizer."""
        own = self.local_diarizer == BUILTIN
        return str(self.local_model) if own else f"{self.local_model}, {self.local_diarizer}"

    def endpoint(self) -> Endpoint | None:
        """Return hosts and key of the service; None where the local engine is used."""
        return None if self.local else self.service_endpoint()

    def service_endpoint(self) -> Endpoint | None:
        """Return hosts and key of the service, or None without a key."""
        key = self.api_key
        if not key:
            return None
        hosts = {name: str(getattr(self, name)) for name in HOSTS["global"]}
        self._check_receivers(hosts)
        region = str(self.region) if hosts == HOSTS[self.region] else "custom"
        return Endpoint(
            hosts["base_url"],
            hosts["streaming_base_url"],
            hosts["llm_gateway_base_url"],
            key,
            region=region,
            sync_base_url=hosts["sync_base_url"],
        )

    def llm_server(self) -> tuple[str | None, ApiKey]:
        """Server of language models for the local engine, and its key.

        Raises
        ------
        OptionError
            A file of the project names a server, and the key comes from another place.
        """
        url, origin = self._lookup("llm_url")
        key, key_origin = self._lookup("llm_api_key")
        if url and origin in project_files.PROJECT_FILES:
            if key and origin != key_origin:
                raise OptionError(
                    f"{origin} names {url} as llm_url; the key ({key_origin}) is not sent to a server that a "
                    "file of the project chose.",
                    hint="If that is meant, set it in code: aai.settings.llm_url = ...",
                )
            notices.tell_once(f"{self._project_file(origin)} sends questions and transcripts to {url}.")
        return url, key

    def _check_receivers(self, hosts: Mapping[str, str]) -> None:
        """A file of the project may name a host and a key together; it never gets a key from elsewhere.

        Raises
        ------
        OptionError
            It names a host that is none of the service's, and the key comes from another place.
        """
        key_origin = self.origin("api_key")
        for name, host in hosts.items():
            origin = self.origin(name)
            if origin not in project_files.PROJECT_FILES or host in (one[name] for one in HOSTS.values()):
                continue
            if origin != key_origin:
                raise OptionError(
                    f"{origin} names {host} as {name}; the key ({key_origin}) is not sent to a host that a "
                    "file of the project chose.",
                    hint=f"If that is meant, set it in code (aai.settings.{name} = ...), in the environment "
                    f"or in {user_config_path()}.",
                )
            notices.tell_once(f"{self._project_file(origin)} sends what you transcribe to {host}.")
        if key_origin in project_files.PROJECT_FILES:
            notices.tell_once(
                f"{self._project_file(key_origin)} holds a key: the service is used with it, not the local "
                "engine."
            )

    def offline_holder(self) -> str | None:
        """Who set ``offline``; None while it is off. Every request asks: files are read now and then."""
        if "offline" in self._set:
            value, origin = self._set["offline"]
        else:
            given = self._of_environment(SETTINGS["offline"].variable or "")
            at, seen, value, origin = self._offline
            if given != seen or time.monotonic() - at > _LOOK_SECONDS:
                value, origin = self._lookup("offline")
                object.__setattr__(self, "_offline", (time.monotonic(), given, value, origin))
        return origin if value else None

    def certificate_files(self) -> CertificateFiles:
        """Return the certificate files that are named; ``~`` is the user's home."""
        names = (self.ca_file, self.client_cert, self.client_key)
        return CertificateFiles(*(os.path.expanduser(one) if one else None for one in names))

    def __repr__(self) -> str:
        try:
            return "\n".join(f"{r.name} = {r.value}  ({r.origin})" for r in self.rows())
        except AaiError as error:  # reports of errors show objects: that must not fail in its turn
            return f"<Settings: {error}>"


def _default_home() -> Path:
    import platformdirs

    found = Path(platformdirs.user_data_dir(APP, appauthor=False))
    if found.is_absolute():
        return found
    # Nobody knows the user's home (a container with a user id of its own): not a folder named "~" here.
    import tempfile

    return Path(tempfile.gettempdir()) / f"{APP}-{os.getuid() if hasattr(os, 'getuid') else 'user'}"


settings = Settings()
"""The one settings object of this process."""
lock.also_ask(settings.offline_holder)
certificates.ask(settings.certificate_files)


def _wants_traceback() -> bool:
    try:
        return bool(settings.full_errors)
    except AaiError:  # a settings file that cannot be read is the error being shown
        return False


AaiError.wants_traceback = staticmethod(_wants_traceback)  # type: ignore[method-assign]
AaiError.clean = staticmethod(lambda text: clean(text))  # type: ignore[method-assign]

"""``%aai_login``: the key of the service, or the local engine."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from typing import Any

from aai_jupyter.errors import UsageError
from aai_jupyter.notebook.line.arguments import Arguments, Flag, MagicSpec
from aai_jupyter.settings.configuration import KEYRING_SERVICE, LOGIN, settings
from aai_jupyter.settings.definitions import API_KEY_VARIABLE
from aai_jupyter.settings.endpoint import HOSTS, ApiKey, Endpoint

SPEC = MagicSpec(
    "aai_login",
    "Ask for your AssemblyAI API key, check it, and use it in this session. The key is not shown, and not"
    " stored in the notebook.",
    ("%aai_login [--eu] [--keyring]", "%aai_login --local", "%aai_login --logout"),
    flags=(
        Flag("eu", "Use the EU hosts: the data stays in the EU."),
        Flag("local", "Use the local engine, even if there is a key."),
        Flag("keyring", "Keep the key in the system keyring too; with --logout, remove it from there."),
        Flag("logout", "Forget the key."),
    ),
)


def run(shell: Any, arguments: Arguments, cell: str | None, namespace: Mapping[str, Any]) -> None:
    """Run the magic."""
    if arguments.words:
        # Not repeated in the message: it may be the key.
        raise UsageError(
            "%aai_login takes no key on its line: a notebook is saved and shared.",
            hint="Remove it from this cell, run %aai_login alone, and paste the key where it asks.",
        )
    if arguments.logout:
        _log_out(arguments.keyring)
    elif arguments.local:
        _use_engine()
    else:
        _log_in("eu" if arguments.eu else None, arguments.keyring)


def _log_in(region: str | None, keep: bool) -> None:
    from aai_jupyter.runtime.process import runtime

    keyring = _keyring() if keep else None
    # Never a plain text in a frame: tracebacks with local names are saved with the notebook.
    key = ApiKey(_ask())
    if not key:
        raise UsageError("No key was given.", hint="Run %aai_login again and paste the key.")

    tried = settings.copy()
    tried.login(key, region=region)
    endpoint = tried.service_endpoint()
    assert endpoint is not None
    runtime().bridge.run(check(endpoint))
    settings.login(key, region=region)
    if keyring is not None:
        _keep(keyring, key)
    where = " and kept in the keyring" if keep else " for this session"
    print(f"Logged in to {endpoint.base_url} with key {endpoint.api_key}{where}.")
    if region is not None:
        _tell_fixed_hosts(region)


def _keep(keyring: Any, key: ApiKey) -> None:
    problem = None
    try:
        keyring.set_password(KEYRING_SERVICE, API_KEY_VARIABLE, key.reveal())
    except Exception as error:  # noqa: BLE001 (any backend's; raised below, where no frame holds the key)
        problem = type(error).__name__
    if problem:
        raise UsageError(
            f"The keyring of this machine does not take the key ({problem}); it is used for this session.",
            hint=f"Servers often have none: set {API_KEY_VARIABLE} in the environment or in a .env file.",
        )


def _tell_fixed_hosts(region: str) -> None:
    """Warn of a host that was set by itself: it does not follow the region, so data may go elsewhere."""
    for name, host in HOSTS[region].items():
        if getattr(settings, name) != host:
            print(f"Not moved to {region}: {name} is {getattr(settings, name)} ({settings.origin(name)}).")


async def check(endpoint: Endpoint) -> None:
    """Send one free request that needs the key; raise what is wrong with key or connection."""
    from aai_jupyter.client import Client
    from aai_jupyter.client.retry import RetryPolicy

    # Somebody waits for the answer: one more attempt is for a hiccup, no more.
    async with Client(endpoint, policy=RetryPolicy(reads=2)) as client:
        await client.transcripts.list_page(limit=1)


def _ask() -> str:
    try:
        return getpass.getpass("AssemblyAI API key: ")
    except (NotImplementedError, EOFError):  # ipykernel: StdinNotImplementedError
        raise UsageError(
            "This notebook runs where nobody can be asked for a key.",
            hint=f"Set {API_KEY_VARIABLE} in the environment or in a .env file.",
        ) from None


def _use_engine() -> None:
    settings.set("local", True, origin=LOGIN)
    print("The local engine is used from now on; %aai_login switches back to AssemblyAI.")


def _log_out(forget: bool) -> None:
    settings.logout()
    if forget:
        keyring = _keyring()
        if keyring.get_password(KEYRING_SERVICE, API_KEY_VARIABLE):
            keyring.delete_password(KEYRING_SERVICE, API_KEY_VARIABLE)
    if settings.api_key:
        origin = settings.origin("api_key")
        print(f"Logged out. There is still a key: {settings.api_key}, from {origin}; it is used.")
    else:
        print("Logged out. Without a key the local engine is used.")


def _keyring() -> Any:
    try:
        import keyring
    except ImportError:
        raise UsageError(
            "The keyring package is not installed.", hint='Install it: %pip install "aai-jupyter[keyring]"'
        ) from None
    return keyring

"""Which addresses are this machine: the key goes there without a proxy, and webhooks nowhere else."""

from __future__ import annotations

import pytest

from aai_jupyter.client.hosts import Hosts
from aai_jupyter.errors import OptionError
from aai_jupyter.local.errors import ApiError
from aai_jupyter.local.transcript_params import decode_params
from aai_jupyter.settings.definitions import SETTINGS, coerce
from aai_jupyter.settings.endpoint import ApiKey, Endpoint
from aai_jupyter.text.loopback import is_loopback, is_loopback_url

ELSEWHERE = ("127.example.org", "127.0.0.1.example.org", "localhost.example.org", "10.0.0.1", "::2", "")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.3.2.1", "::1"])
def test_this_machine(host: str) -> None:
    assert is_loopback(host)
    assert is_loopback_url(f"ws://[{host}]:1/v3/ws" if ":" in host else f"ws://{host}:1/v3/ws")


@pytest.mark.parametrize("host", ELSEWHERE)
def test_another_machine(host: str) -> None:
    assert not is_loopback(host)
    assert not is_loopback_url(f"http://{host}/")


def test_what_is_no_url_is_not_this_machine() -> None:
    assert not is_loopback_url("http://[127.0.0.1/")
    assert not is_loopback_url("127.0.0.1")


def test_a_name_that_begins_like_an_address_is_another_machine() -> None:
    url = "http://127.example.org:8000"
    hosts = Hosts(Endpoint(url, url, url, ApiKey("k"), local=True))
    assert hosts.name_of(url) == "127.example.org"
    with pytest.raises(OptionError):
        coerce(SETTINGS["base_url"], url, "a test")
    with pytest.raises(ApiError, match="this machine only"):
        decode_params({"audio_url": "http://127.0.0.1/a.wav", "webhook_url": f"{url}/done"})

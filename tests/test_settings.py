"""Where settings come from, in which order, and that the key never shows."""

import copy
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.errors import OptionError
from aai_jupyter.settings.configuration import Settings
from aai_jupyter.settings.endpoint import HOSTS, ApiKey

KEY = "0123456789abcdef0123456789abcdef"
OLD_ACCOUNT = "cedf4d2257038ef9"


def make(tmp_path: Path, **environ: str) -> Settings:
    return Settings(environ=environ, start=tmp_path)


def test_without_a_key_there_is_no_service(tmp_path):
    assert make(tmp_path).service_endpoint() is None


def test_the_environment_wins_over_dotenv_and_dotenv_fills_gaps(tmp_path):
    (tmp_path / ".env").write_text(f"ASSEMBLYAI_API_KEY={KEY}\nASSEMBLYAI_BASE_URL=https://dotenv.example\n")
    s = make(tmp_path, ASSEMBLYAI_BASE_URL="https://env.example")
    assert s.base_url == "https://env.example"
    assert s.origin("base_url") == "ASSEMBLYAI_BASE_URL"
    assert s.api_key == ApiKey(KEY)
    assert s.origin("api_key") == ".env"


def test_dotenv_is_found_from_a_folder_below_it(tmp_path):
    (tmp_path / ".env").write_text(f"ASSEMBLYAI_API_KEY={KEY}\n")
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert make(below).api_key.reveal() == KEY


def test_dotenv_does_not_change_the_environment(tmp_path):
    import os

    (tmp_path / ".env").write_text(f"ASSEMBLYAI_API_KEY={KEY}\n")
    assert Settings(start=tmp_path).api_key
    assert "ASSEMBLYAI_API_KEY" not in os.environ


@pytest.mark.parametrize("region", ["global", "us", "eu"])
def test_one_region_setting_moves_all_hosts(tmp_path, region):
    s = make(tmp_path, ASSEMBLYAI_API_KEY=KEY)
    s.region = region
    endpoint = s.service_endpoint()
    assert endpoint is not None
    assert {name: getattr(endpoint, name) for name in HOSTS[region]} == HOSTS[region]
    assert len(set(HOSTS[region].values())) == 4
    assert endpoint.region == region


def test_the_default_region_keeps_the_hosts_and_cache_keys_of_recordings(tmp_path):
    found = {}
    for region in (None, "us", "eu"):
        s = make(tmp_path, ASSEMBLYAI_API_KEY=KEY)
        s.region = region
        found[region] = s.service_endpoint()
    assert found[None].region == "global"
    assert found[None].streaming_base_url == "wss://streaming.assemblyai.com"
    assert found["us"].streaming_base_url == "wss://streaming.us.assemblyai.com"
    assert found["us"].sync_base_url == "https://sync.us.assemblyai.com"
    assert found["us"].base_url == found[None].base_url == "https://api.assemblyai.com"
    assert found["us"].llm_gateway_base_url == found[None].llm_gateway_base_url
    assert found["us"].account == found[None].account != found["eu"].account
    # The fingerprint that the version before made of the same key.
    assert found[None].account == OLD_ACCOUNT


def test_a_custom_host_overrides_the_region(tmp_path):
    s = make(tmp_path, ASSEMBLYAI_API_KEY=KEY, ASSEMBLYAI_BASE_URL="http://127.0.0.1:8000/")
    endpoint = s.service_endpoint()
    assert endpoint is not None
    assert endpoint.base_url == "http://127.0.0.1:8000"
    assert endpoint.region == "custom"


@pytest.mark.parametrize("url", ["ftp://x", "api.example.org", "http://api.example.org", ""])
def test_a_host_that_cannot_be_right_is_refused(tmp_path, url):
    with pytest.raises(OptionError):
        make(tmp_path).base_url = url


def test_pyproject_and_profiles_are_read(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    (tmp_path / "pyproject.toml").write_text(
        '[tool.aai_jupyter]\nregion = "eu"\nunits = "ms"\napi_key = "must-not-be-read-from-here"\n'
        "[tool.aai_jupyter.profiles.calls]\nspeaker_labels = true\n"
    )
    s = make(tmp_path)
    assert (s.region, s.units, s.origin("region")) == ("eu", "ms", "pyproject.toml")
    assert not s.api_key
    assert s.profile("calls") == {"speaker_labels": True}
    with pytest.raises(OptionError, match="Did you mean calls"):
        s.profile("cals")


def test_login_uses_the_service_and_logout_forgets(tmp_path):
    s = make(tmp_path)
    s.local = True
    s.login(KEY, region="eu")
    assert (s.local, s.region, s.origin("api_key")) == (False, "eu", "%aai_login")
    s.logout()
    assert s.service_endpoint() is None
    assert s.region == "global"


def test_a_login_does_not_stay_in_the_region_of_the_one_before(tmp_path):
    s = make(tmp_path)
    s.login(KEY, region="eu")
    s.login(KEY)
    assert s.region == "global"
    s.region = "eu"  # set in code: not the login's to change
    s.login(KEY)
    s.logout()
    assert s.region == "eu"


def test_a_file_that_changes_is_read_again(tmp_path):
    s = make(tmp_path)
    for units in ("ms", "timedelta"):
        (tmp_path / "pyproject.toml").write_text(f'[tool.aai_jupyter]\nunits = "{units}"\n')
        assert s.units == units


@pytest.mark.parametrize("text", ["tool.aai_jupyter = 3", "tool.aai_jupyter.profiles = 3"])
def test_a_file_of_another_shape_is_a_clear_error(tmp_path, text):
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(OptionError, match=r"pyproject\.toml cannot be read: '.*' is not a table"):
        make(tmp_path).profiles()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("region", "mars"),
        ("units", "min"),
        ("concurrency", 0),
        ("concurrency", True),
        ("local", "yes"),
        ("regoin", "eu"),
    ],
)
def test_wrong_settings_name_the_remedy(tmp_path, name, value):
    with pytest.raises(OptionError):
        make(tmp_path).set(name, value)


def test_a_broken_toml_file_is_named(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.aai_jupyter\n")
    with pytest.raises(OptionError, match=r"pyproject\.toml cannot be read"):
        _ = make(tmp_path).region


@given(st.text(alphabet="0123456789abcdefABCDEF", min_size=8, max_size=64))
def test_the_key_never_shows_itself(key):
    secret = ApiKey(key)
    endpoint_text = repr(
        Settings(environ={"ASSEMBLYAI_API_KEY": key}, start=Path("/nowhere")).service_endpoint()
    )
    for text in (
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret:>20}",
        f"{secret!r}",
        endpoint_text,
    ):
        assert key not in text
    assert not pickle.loads(pickle.dumps(secret))
    assert copy.copy(secret).reveal() in ("", key)


def test_rows_mask_the_key(tmp_path):
    s = make(tmp_path, ASSEMBLYAI_API_KEY=KEY)
    rows = {r.name: r for r in s.rows()}
    assert rows["api_key"].value == "••••cdef"
    assert KEY not in repr(s)


def test_the_account_tells_keys_and_hosts_apart_but_not_the_key(tmp_path):
    a = make(tmp_path, ASSEMBLYAI_API_KEY=KEY).service_endpoint()
    b = make(tmp_path, ASSEMBLYAI_API_KEY=KEY[::-1]).service_endpoint()
    assert a is not None
    assert b is not None
    assert a.account != b.account
    assert KEY not in a.account


def test_a_server_of_language_models_is_named_with_or_without_v1(tmp_path):
    found = Settings(environ={"AAI_JUPYTER_LLM_API_KEY": "0123456789abcdef"}, start=tmp_path)
    for text in ("http://127.0.0.1:11434", "http://127.0.0.1:11434/", "http://127.0.0.1:11434/v1/"):
        found.llm_url = text
        assert found.llm_url == "http://127.0.0.1:11434"
    found.llm_url = "auto"
    assert found.llm_url == "auto"
    for text in ("127.0.0.1:11434", "ftp://x", "https://user:pw@host"):
        with pytest.raises(OptionError, match="not the address of a server"):
            found.llm_url = text
    assert "0123456789abcdef" not in repr(found)
    assert found.llm_api_key.reveal() == "0123456789abcdef"

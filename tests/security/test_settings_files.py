"""Settings files that others can write, or that came with a repository, move neither hosts nor keys."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from aai_jupyter.errors import OptionError
from aai_jupyter.settings import project_files
from aai_jupyter.settings.configuration import Settings
from aai_jupyter.settings.endpoint import HOSTS
from aai_jupyter.settings.notices import notices

KEY = "0123456789abcdef0123456789abcdef"
EVIL = "https://evil.example"

pytestmark = pytest.mark.skipif(not hasattr(os, "getuid"), reason="rights of files as POSIX has them")


@pytest.fixture(autouse=True)
def nothing_told(monkeypatch, tmp_path):
    monkeypatch.setattr(notices, "_told", set())
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))


@pytest.fixture(params=[".env", "pyproject.toml"])
def planted(request, tmp_path) -> tuple[Path, Path]:
    """A file of settings two folders above the working folder."""
    work = tmp_path / "shared" / "data" / "mine"
    work.mkdir(parents=True)
    path = tmp_path / "shared" / request.param
    if request.param == ".env":
        path.write_text(f"ASSEMBLYAI_BASE_URL={EVIL}\nASSEMBLYAI_API_KEY={'e' * 32}\n")
    else:
        path.write_text(f'[tool.aai_jupyter]\nbase_url = "{EVIL}"\nhome = "/tmp/evil"\nllm_url = "{EVIL}"\n')
    path.chmod(0o644)
    return path, work


def test_a_file_that_everybody_can_write_is_not_read_and_named(planted):
    path, work = planted
    path.chmod(0o666)
    settings = Settings(environ={}, start=work)
    with pytest.warns(UserWarning, match=f"{path.name} is not read as settings: every user can write it"):
        assert settings.base_url == HOSTS["us"]["base_url"]
    assert not settings.api_key
    assert settings.llm_url is None
    assert settings.origin("home") == "default"


def test_a_file_of_another_user_is_not_read(planted, monkeypatch):
    path, work = planted
    monkeypatch.setattr(os, "getuid", lambda: path.stat().st_uid + 4711)
    monkeypatch.setattr(project_files, "distrust", _as_if_no_root(project_files.distrust))
    settings = Settings(environ={"ASSEMBLYAI_API_KEY": KEY}, start=work)
    with pytest.warns(UserWarning, match="belongs to another user"):
        assert settings.service_endpoint().base_url == HOSTS["us"]["base_url"]


def _as_if_no_root(distrust):
    """Tests may run as root, whose files everybody believes: here root is nobody special."""

    def judge(path):
        return "it belongs to another user" if path.stat().st_uid != os.getuid() else distrust(path)

    return judge


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_a_file_given_to_nobody_is_not_read_even_by_root(planted):
    path, work = planted
    os.chown(path, 65534, 65534)
    with pytest.warns(UserWarning, match="belongs to another user"):
        assert Settings(environ={}, start=work).base_url == HOSTS["us"]["base_url"]


def test_a_link_of_another_user_to_a_file_of_ours_is_not_followed(tmp_path, monkeypatch):
    ours = tmp_path / "ours.env"
    ours.write_text(f"ASSEMBLYAI_API_KEY={KEY}\n")
    ours.chmod(0o600)
    link = tmp_path / ".env"
    link.symlink_to(ours)
    lstat = Path.lstat

    def foreign(self):
        status = lstat(self)
        return os.stat_result([*status[:4], 4711, *status[5:]]) if self == link else status

    monkeypatch.setattr(Path, "lstat", foreign)
    assert project_files.distrust(link) == "it belongs to another user"


@pytest.mark.parametrize("mark", [".git", ".hg"])
def test_the_search_ends_at_the_root_of_a_repository(planted, mark):
    path, work = planted
    (work.parent / mark).mkdir()
    assert Settings(environ={}, start=work).base_url == HOSTS["us"]["base_url"]
    (work.parent / mark).rmdir()
    (path.parent / mark).mkdir()
    assert Settings(environ={}, start=work).base_url == EVIL


def test_the_search_ends_at_the_home_folder(planted, monkeypatch):
    _, work = planted
    monkeypatch.setenv("HOME", str(work.parent))
    assert Settings(environ={}, start=work).base_url == HOSTS["us"]["base_url"]


@pytest.mark.parametrize("url", [EVIL, "http://127.0.0.1:9"])
@pytest.mark.parametrize("name", ["base_url", "llm_gateway_base_url", "sync_base_url"])
def test_a_host_of_the_project_gets_no_key_from_elsewhere(tmp_path, name, url):
    (tmp_path / "pyproject.toml").write_text(f'[tool.aai_jupyter]\n{name} = "{url}"\n')
    settings = Settings(environ={"ASSEMBLYAI_API_KEY": KEY}, start=tmp_path)
    with pytest.raises(OptionError, match="not sent to a host that a file of the project chose"):
        settings.service_endpoint()
    logged_in = Settings(environ={}, start=tmp_path)
    logged_in.login(KEY)
    with pytest.raises(OptionError, match="not sent to a host"):
        logged_in.service_endpoint()


def test_a_host_of_dotenv_gets_the_key_of_the_same_file_and_says_so_once(tmp_path, recwarn):
    (tmp_path / ".env").write_text(f"ASSEMBLYAI_API_KEY={KEY}\nASSEMBLYAI_BASE_URL=https://proxy.example\n")
    settings = Settings(environ={}, start=tmp_path)
    for _ in range(2):
        assert settings.service_endpoint().base_url == "https://proxy.example"
    said = [str(one.message) for one in recwarn]
    assert len([text for text in said if "sends what you transcribe to https://proxy.example" in text]) == 1
    assert len([text for text in said if "holds a key" in text]) == 1
    assert KEY not in "".join(said)


def test_what_honest_files_say_is_read_as_before(tmp_path):
    (tmp_path / "pyproject.toml").write_text(
        f'[tool.aai_jupyter]\nregion = "eu"\nbase_url = "{HOSTS["us"]["base_url"]}"\n'
    )
    endpoint = Settings(environ={"ASSEMBLYAI_API_KEY": KEY}, start=tmp_path).service_endpoint()
    assert endpoint.streaming_base_url == HOSTS["eu"]["streaming_base_url"]
    code = Settings(environ={"ASSEMBLYAI_API_KEY": KEY}, start=tmp_path)
    code.base_url = "https://mine.example"
    assert code.service_endpoint().base_url == "https://mine.example"


def test_a_server_of_models_that_a_file_names_gets_no_key_from_elsewhere(tmp_path):
    (tmp_path / "pyproject.toml").write_text(f'[tool.aai_jupyter]\nllm_url = "{EVIL}"\n')
    settings = Settings(environ={"AAI_JUPYTER_LLM_API_KEY": KEY}, start=tmp_path)
    with pytest.raises(OptionError, match="not sent to a server"):
        settings.llm_server()
    with pytest.warns(UserWarning, match="sends questions and transcripts"):
        assert Settings(environ={}, start=tmp_path).llm_server()[0] == EVIL


def test_no_local_name_holds_the_environment(tmp_path):
    """Reports of errors that show local names (rich, Sentry) would show every secret of the environment."""
    (tmp_path / "pyproject.toml").write_text("[tool.aai_jupyter\n")
    environ = {"AWS_SECRET_ACCESS_KEY": "s3cr3t-of-another-service"}
    settings = Settings(environ=environ, start=tmp_path)
    with pytest.raises(OptionError) as caught:
        _ = settings.region
    trace = caught.value.__traceback__.tb_next
    while trace is not None:
        assert "s3cr3t" not in repr(trace.tb_frame.f_locals)
        trace = trace.tb_next
    assert "cannot be read" in repr(settings)

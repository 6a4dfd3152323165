"""Sources that are named by text: paths, globs, folders and URLs."""

from __future__ import annotations

import difflib
import glob
import os
import re
import stat
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from aai_jupyter.client.sources.formats import HEAD_BYTES, MEDIA_EXTENSIONS
from aai_jupyter.client.sources.source import Source, check_head, open_regular, read_error
from aai_jupyter.errors import SourceError

# Pages that show a player. The service fetches the URL itself and needs the file, not the page around it.
_PAGE_HOSTS = re.compile(
    r"(^|\.)(youtube\.com|youtu\.be|soundcloud\.com|open\.spotify\.com|twitch\.tv|tiktok\.com|instagram\.com"
    r"|facebook\.com|podcasts\.apple\.com)$|^(www\.)?vimeo\.com$"
)
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/")  # two letters at least: C:/ is a drive


def from_text(text: str, base: Path | None) -> list[Source]:
    """A path, glob, folder, ``file:`` address or URL; see :func:`from_path`.

    Spaces around it belong to it where a file has that very name.
    """
    if text != text.strip() and _names_something(text, base):
        return from_path(text, base)
    text = text.strip()
    if not text:
        raise SourceError("The source is an empty string.")
    match = _SCHEME.match(text)
    scheme = match[1].lower() if match else ""
    if scheme in ("http", "https"):
        return [_from_url(text)]
    if scheme == "file":
        parts = urlsplit(text)
        return from_path(url2pathname(parts.path), base)
    if match and "://" in text:
        hints = {
            "s3": "a pre-signed https URL",
            "gs": "a signed https URL",
            "az": "an https URL with a SAS token",
        }
        what = hints.get(scheme, "an http(s) URL")
        raise SourceError(
            f"{text} is not an address that the service can fetch.", hint=f"Use {what}, or a file."
        )
    return from_path(text, base)


def _placed(text: str, base: Path | None) -> Path:
    path = Path(os.path.expanduser(text))
    return path if base is None else base.expanduser() / path


def _names_something(text: str, base: Path | None) -> bool:
    path = _placed(text, base)
    try:
        return os.path.lexists(path) or bool(glob.has_magic(text) and glob.glob(str(path), recursive=True))
    except ValueError:  # with a NUL
        return False


def _from_url(url: str) -> Source:
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        _ = parts.port  # reading it checks it
    except ValueError as error:
        raise SourceError(f"{url} is not a URL: {error}.") from None
    if not host or re.search(r"[\s\ud800-\udfff]", url):
        raise SourceError(f"{url} is not a URL.", hint="Spaces in it must be written as %20.")
    media = Path(parts.path).suffix.lower() in MEDIA_EXTENSIONS
    if _PAGE_HOSTS.search(host) and not media:
        raise SourceError(
            f"{url} is a web page with a player, not an audio file.",
            hint="Download the sound first (yt-dlp does, where you have the right) and give that file.",
        )
    if host == "drive.google.com" and "/file/d/" in parts.path:
        raise SourceError(
            f"{url} is a preview page.", hint="Use https://drive.google.com/uc?export=download&id=…"
        )
    if host.endswith("dropbox.com") and "dl=0" in parts.query:
        raise SourceError(f"{url} is a preview page.", hint="Write dl=1 at its end instead of dl=0.")
    return Source(url, "url", url=url)


def from_path(text: str, base: Path | None) -> list[Source]:
    """A path, glob or folder, relative to `base`; a file of many that cannot be used has its ``error``."""
    path = _placed(text, base)
    try:
        if path.is_dir():
            return [_of_many(one) for one in _folder(path, text)]
        if not path.exists() and glob.has_magic(text):
            return [_of_many(one) for one in _matches(path, text)]
        return [_from_file(path, text)]
    except SourceError:
        raise
    except PermissionError as error:
        raise read_error(text, error) from None
    except (OSError, ValueError) as error:  # a name with a NUL, or longer than the system takes
        raise SourceError(
            f"{text[:200]!r} is not a path: {getattr(error, 'strerror', None) or error}."
        ) from None


def unusable(label: str, error: SourceError) -> Source:
    """One of many recordings that cannot be used: reading it raises the reason."""
    return Source(label, "file", error=error)


def _of_many(path: Path) -> Source:
    try:
        return _from_file(path, str(path))
    except SourceError as error:
        return unusable(str(path), error)


def _folder(path: Path, text: str) -> list[Path]:
    files = sorted(p for p in path.iterdir() if _is_sound(p) and not os.path.isdir(p))
    if not files:
        deeper = next((p for p in path.rglob("*") if _is_sound(p) and os.path.isfile(p)), None)
        hint = f"Sound lies deeper: use {os.path.join(text, '**', '*' + deeper.suffix)}" if deeper else None
        raise SourceError(f"The folder {text} has no audio or video files.", hint=hint)
    return files


def _is_sound(path: Path) -> bool:
    return _is_media(path) and not path.name.startswith(".")


def _is_media(path: Path) -> bool:
    return path.suffix.strip().lower() in MEDIA_EXTENSIONS


def _matches(path: Path, text: str) -> list[Path]:
    files = sorted(Path(p) for p in glob.glob(str(path), recursive=True) if not os.path.isdir(p))
    if not files:
        raise SourceError(f"No file matches {text}.", hint=_nearest(Path(path)))
    return [p for p in files if _is_media(p)] or files


def _from_file(path: Path, label: str) -> Source:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise SourceError(f"{label} is not a regular file.")
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            head = file.read(HEAD_BYTES)
    except FileNotFoundError:
        if path.is_symlink():
            raise SourceError(f"{label} is a link to {os.readlink(path)}, which does not exist.") from None
        raise SourceError(f"{label} does not exist.", hint=_nearest(path)) from None
    except OSError as error:
        raise read_error(label, error) from None
    check_head(head, label)
    absolute = path.absolute()  # the working folder may change before it is read
    return Source(label, "file", size, path=absolute, _opener=lambda: open_regular(absolute))


def _nearest(path: Path) -> str | None:
    """The name in the same folder that was probably meant."""
    if re.search(r"[\x07-\x0d]", str(path)):
        return r'Python read \t, \n, \a … in the path as control characters: write r"C:\talks\new.wav".'
    first, *others = str(path).split() or [""]
    if others and Path(first).is_file():
        return "That is more than one: put each on a line of its own, or give a list."
    folder = path.parent
    if not folder.is_dir():
        while not folder.is_dir() and folder != folder.parent:
            folder = folder.parent
        return f"The folder {path.parent} does not exist; {folder} does."
    names = {p.name.lower(): p.name for p in folder.iterdir()}
    near = [
        name
        for name in difflib.get_close_matches(path.name.lower(), names, 5, 0.5)
        # That both end with .wav makes no name like another.
        if difflib.SequenceMatcher(None, path.stem.lower(), Path(name).stem).ratio() >= 0.5
    ]
    return f"Did you mean {names[near[0]]}?" if near else None

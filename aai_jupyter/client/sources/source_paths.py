"""Sources that are named by text: paths, globs, folders and URLs."""

from __future__ import annotations

import difflib
import glob
import os
import re
import stat
import unicodedata
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from aai_jupyter.client.sources.formats import HEAD_BYTES, MEDIA_EXTENSIONS, may_hold_more, says_audio
from aai_jupyter.client.sources.remote_files import from_address, is_remote
from aai_jupyter.client.sources.source import Source, check_head, open_regular, read_error
from aai_jupyter.errors import SourceError
from aai_jupyter.settings.working_folder import GONE_HINT, working_folder
from aai_jupyter.text.sanitize import encodable

# Pages that show a player. The service fetches the URL itself and needs the file, not the page around it.
_PAGE_HOSTS = re.compile(
    r"(^|\.)(youtube\.com|youtu\.be|soundcloud\.com|open\.spotify\.com|twitch\.tv|tiktok\.com|instagram\.com"
    r"|facebook\.com|podcasts\.apple\.com)$|^(www\.)?vimeo\.com$"
)
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/")  # two letters at least: C:/ is a drive


def from_text(text: str, base: Path | None, notes: list[str] | None = None) -> list[Source]:
    """A path, glob, folder, ``file:`` address or URL; see :func:`from_path`.

    Spaces around it belong to it where a file has that very name.
    """
    if text != text.strip() and _names_something(text, base):
        return from_path(text, base, notes)
    text = text.strip()
    if not text:
        raise SourceError("The source is an empty string.")
    match = _SCHEME.match(text)
    scheme = match[1].lower() if match else ""
    if scheme in ("http", "https"):
        return [_from_url(text)]
    if scheme == "file":
        return from_path(_of_file_url(text), base, notes)
    if match and "://" in text and is_remote(scheme):
        return from_address(text, [] if notes is None else notes)
    if match and "://" in text:
        hints = {
            "s3": "a pre-signed https URL",
            "gs": "a signed https URL",
            "az": "an https URL with a SAS token",
        }
        what = hints.get(scheme, "an http(s) URL")
        raise SourceError(
            f"{text} is not an address that the service can fetch.",
            hint=f"Use {what}, or a file; with fsspec installed it is read from here.",
        )
    return from_path(text, base, notes)


def _placed(text: str, base: Path | None) -> Path:
    path = Path(os.path.expanduser(text))
    return path if base is None else base.expanduser() / path


def _names_something(text: str, base: Path | None) -> bool:
    path = _placed(text, base)
    try:
        return os.path.lexists(path) or bool(glob.has_magic(text) and glob.glob(str(path), recursive=True))
    except ValueError:  # with a NUL
        return False


def _of_file_url(text: str) -> str:
    """The path of a ``file:`` address. Written by hand, # and ? in it are letters of the name."""
    parts = urlsplit(text)
    path = url2pathname(parts.path)
    whole = url2pathname(text.split(":", 1)[1].removeprefix("//" + parts.netloc))
    return whole if not _exists(Path(path)) and _exists(Path(whole)) else path


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


def from_path(text: str, base: Path | None, notes: list[str] | None = None) -> list[Source]:
    """A path, glob or folder, relative to `base`; a file of many that cannot be used has its ``error``.

    Which files of many were left out is added to `notes`.
    """
    notes = [] if notes is None else notes
    path = _placed(text, base)
    try:
        if path.is_dir():
            return [_of_many(one) for one in _folder(path, text, notes)]
        if not path.exists() and glob.has_magic(text):
            return [_of_many(one) for one in _matches(path, text, notes)]
        return [_from_file(path, text)]
    except SourceError:
        raise
    except PermissionError as error:
        raise read_error(text, error) from None
    except (OSError, ValueError) as error:  # a name with a NUL, or longer than the system takes
        raise SourceError(
            f"{text[:200]!r} is not a path: {getattr(error, 'strerror', None) or error}."
        ) from None


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a NUL, or longer than the system takes
        return False


def shown_name(text: str) -> str:
    """A file's name for a message: spaces at its ends are put in quotes.

    Examples
    --------
    >>> shown_name("caf\\udce9.wav"), shown_name(" a.wav")
    ('caf�.wav', "' a.wav'")
    """
    text = encodable(text)
    return text if text == text.strip() else repr(text)


def unusable(label: str, error: SourceError) -> Source:
    """One of many recordings that cannot be used: reading it raises the reason."""
    return Source(label, "file", error=error)


def _of_many(path: Path) -> Source:
    try:
        source = _from_file(path, str(path))
    except SourceError as error:
        source = unusable(str(path), error)
    source.listed = True
    return source


def natural_order(path: Path) -> list[tuple[int, int, str]]:
    """Key that sorts numbers in names by their value.

    >>> sorted(map(Path, ["part10.wav", "part2.wav"]), key=natural_order)[0].name
    'part2.wav'
    """
    parts = re.split(r"([0-9]+)", str(path).casefold())
    return [(0, int(part), "") if part.isdigit() and part.isascii() else (1, 0, part) for part in parts]


def _folder(path: Path, text: str, notes: list[str]) -> list[Path]:
    files = _recordings([p for p in path.iterdir() if not os.path.isdir(p)], text, notes)
    if not files:
        deeper = next((p for p in path.rglob("*") if _is_sound(p) and os.path.isfile(p)), None)
        hint = f"Sound lies deeper: use {os.path.join(text, '**', '*' + deeper.suffix)}" if deeper else None
        raise SourceError(f"The folder {shown_name(text)} has no audio or video files.", hint=hint)
    return files


def _recordings(files: list[Path], text: str, notes: list[str]) -> list[Path]:
    """Return the audio and video among files, in natural order; the names of the others go to `notes`."""
    seen = sorted((p for p in files if not p.name.startswith(".")), key=natural_order)
    found = [p for p in seen if _is_media(p) or _begins_like_media(p)]
    taken = set(found)
    left = [encodable(p.name) for p in seen if p not in taken] if found else []
    if left:
        shown = ", ".join(left[:5]) + (f" and {len(left) - 5} more" if len(left) > 5 else "")
        notes.append(f"Left out of {text}, as it is neither audio nor video: {shown}.")
    return found


def _is_sound(path: Path) -> bool:
    return _is_media(path) and not path.name.startswith(".")


def _is_media(path: Path) -> bool:
    return path.suffix.strip().lower() in MEDIA_EXTENSIONS


def _begins_like_media(path: Path) -> bool:
    try:
        with open_regular(path) as file:
            return says_audio(file.read(16))
    except OSError:
        return False


def _matches(path: Path, text: str, notes: list[str]) -> list[Path]:
    files = [Path(p) for p in glob.glob(str(path), recursive=True) if not os.path.isdir(p)]
    if not files:
        _check_working_folder(path, text)
        raise SourceError(f"No file matches {shown_name(text)}.", hint=_nearest(Path(path)))
    return _recordings(files, text, notes) or sorted(files, key=natural_order)


def _from_file(path: Path, label: str) -> Source:
    shown = shown_name(label)
    try:
        path = _spelled_otherwise(path)
        if not stat.S_ISREG(path.stat().st_mode):
            raise SourceError(f"{shown} is not a regular file.")
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            head = file.read(HEAD_BYTES)
        absolute = path.absolute()  # the working folder may change before it is read
    except FileNotFoundError:
        _check_working_folder(path, label)
        if path.is_symlink():
            raise SourceError(f"{shown} is a link to {os.readlink(path)}, which does not exist.") from None
        raise SourceError(f"{shown} does not exist.", hint=_nearest(path)) from None
    except OSError as error:
        raise read_error(shown, error) from None
    check_head(head, shown)
    plain = not may_hold_more(head)
    return Source(label, "file", size, path=absolute, _opener=lambda: open_regular(absolute), _plain=plain)


def _check_working_folder(path: Path, text: str) -> None:
    if not path.is_absolute() and working_folder() is None:
        raise SourceError(
            f"{shown_name(text)} cannot be found: the working folder no longer exists.", hint=GONE_HINT
        ) from None


def _spelled_otherwise(path: Path) -> Path:
    """The file of that name, also where its accents are composed otherwise (macOS takes them apart)."""
    if path.exists() or path.name.isascii() or not path.parent.is_dir():
        return path
    name = unicodedata.normalize("NFC", path.name)
    same = (p for p in path.parent.iterdir() if unicodedata.normalize("NFC", p.name) == name)
    return next(same, path)


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
        other = _other_language(str(path))
        return (
            other
            or f"The folder {shown_name(str(path.parent))} does not exist; {shown_name(str(folder))} does."
        )
    # A script of a similar name is no recording; what is asked for by a suffix of its own may be one.
    meant = {*MEDIA_EXTENSIONS, path.suffix.lower(), ""}
    names = {p.name.lower(): p.name for p in folder.iterdir() if p.suffix.lower() in meant}
    near = [
        name
        for name in difflib.get_close_matches(path.name.lower(), names, 5, 0.5)
        # That both end with .wav makes no name like another.
        if difflib.SequenceMatcher(None, path.stem.lower(), Path(name).stem).ratio() >= 0.5
    ]
    return f"Did you mean {shown_name(names[near[0]])}?" if near else _other_language(str(path))


def _other_language(text: str) -> str | None:
    """What a shell or an f-string would have made of the name."""
    if re.search(r"\$\{?\w|^%\w+%", text):
        whole = os.path.expandvars(text)
        meant = f": os.path.expandvars gives {shown_name(whole)}" if whole != text else ""
        return f"Variables of a shell are not expanded in a path{meant}."
    if re.search(r"\{\w[^{}]*\}", text):
        return "Braces are expanded in an f-string and on the line of a magic only."
    return None

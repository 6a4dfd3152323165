"""When recordings were made: from a column, the names of the files, or the tags of the sound."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from aai_jupyter.errors import OptionError

if TYPE_CHECKING:
    import pandas as pd

    from aai_jupyter.client.sources.reading import Source

TAGS = "tags"
_DIRECTIVES = {
    "Y": r"\d{4}", "y": r"\d{2}", "m": r"\d{2}", "d": r"\d{2}", "H": r"\d{2}", "I": r"\d{2}", "M": r"\d{2}",
    "S": r"\d{2}", "f": r"\d{1,6}", "j": r"\d{3}", "p": r"[AaPp][Mm]", "b": r"[^\W\d_]+", "B": r"[^\W\d_]+",
    "z": r"(?:Z|[+-]\d{2}:?\d{2})", "%": "%",
}  # fmt: skip
_FULL = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}")
_DATE, _TIME = re.compile(r"\d{4}[-:]\d{2}[-:]\d{2}"), re.compile(r"\d{2}[-:]\d{2}[-:]\d{2}")


def recorded_at(
    ways: str | Sequence[str],
    sources: Sequence[Source],
    columns: pd.DataFrame | None,
    timezone: str | None = None,
) -> tuple[pd.Series, pd.Series]:
    """Find out when each recording was made.

    Parameters
    ----------
    ways : str or sequence of str
        Tried in order: the name of a column; a pattern of the file's name with directives of ``strptime``:
        ``"call_%Y%m%d-%H%M%S"``; ``"tags"``, the tags of the sound.
    sources : sequence of Source
    columns : DataFrame, optional
        One row for each.
    timezone : str, optional
        Of times that do not say theirs, and of the result; ``UTC`` when left out.

    Returns
    -------
    Series of datetime64[us, timezone], Series of str
        The times, NaT where none was found; and where each comes from. A time that came twice, or not at all,
        when clocks were set is NaT, and that is said.

    Raises
    ------
    OptionError
    """
    import pandas as pd

    zone = _zone(timezone)
    when: list[Any] = [pd.NaT] * len(sources)
    origin: list[str | None] = [None] * len(sources)
    bare = False
    for way in [ways] if isinstance(ways, str) else list(ways):
        name, find = _way(way, sources, columns)
        for place in range(len(sources)):
            if when[place] is not pd.NaT or (found := find(place)) is None:
                continue
            if found.tzinfo is not None:
                when[place], origin[place] = found, name
                continue
            bare = bare or timezone is None
            when[place], trouble = _localized(found, zone)
            origin[place] = f"{name}{trouble}"
    if bare:
        warnings.warn(
            "recorded_at has times that do not say their zone: taken as UTC. Give timezone='Europe/Berlin'.",
            stacklevel=6,
        )
    moments = pd.DatetimeIndex(pd.to_datetime(when, utc=True)).as_unit("us").tz_convert(zone)
    return pd.Series(moments), pd.Series(origin, dtype="string")


def _zone(timezone: str | None) -> Any:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        raise OptionError(
            f"There is no time zone {timezone!r}.", hint="Such as Europe/Berlin, America/New_York or UTC."
        ) from None


def _localized(found: Any, zone: Any) -> tuple[Any, str]:
    """Put a time into its zone; NaT, and why, where there are two of it or none."""
    import pandas as pd

    moment = found.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
    if pd.notna(moment):
        return moment, ""
    twice = pd.notna(found.tz_localize(zone, ambiguous=True, nonexistent="NaT"))
    why = "came twice" if twice else "did not come"
    return pd.NaT, f"; {found:%Y-%m-%d %H:%M} {why} when clocks were set"


def _way(
    way: str, sources: Sequence[Source], columns: pd.DataFrame | None
) -> tuple[str, Callable[[int], pd.Timestamp | None]]:
    """Return what a way is called, and what finds the time of the recording at a place."""
    if columns is not None and way in columns:
        cells = columns[way]
        if cells.dtype.kind in "iufb":
            raise OptionError(
                f"The column {way} has numbers, not times.", hint='pd.to_datetime(df[...], unit="s")'
            )
        return f"column {way}", lambda place: _timestamp(cells.iloc[place])
    if way == TAGS:
        return "tags of the sound", lambda place: _timestamp(_tagged(sources[place]))
    if isinstance(way, str) and "%" in way:
        pattern, expression = way, re.compile(file_name_expression(way))
        return "file name", lambda place: _named(sources[place], pattern, expression)
    known = "" if columns is None else f"a column ({', '.join(map(str, list(columns)[:12]))}), "
    raise OptionError(
        f"recorded_at={way!r} is none of its ways.",
        hint=f'It takes {known}a pattern such as "%Y%m%d-%H%M%S", or "tags".',
    )


def file_name_expression(pattern: str) -> str:
    r"""Return the regular expression of a pattern of ``strptime``.

    Raises
    ------
    OptionError
        It has a directive that is not known.

    Examples
    --------
    >>> file_name_expression("call_%Y%m%d")
    'call_\\d{4}\\d{2}\\d{2}'
    """
    parts = []
    for literal, directive in re.findall(r"([^%]+)|%(.?)", pattern):
        if literal:
            parts.append(re.escape(literal))
        elif directive in _DIRECTIVES:
            parts.append(_DIRECTIVES[directive])
        else:
            raise OptionError(
                f"recorded_at={pattern!r} has the directive %{directive}.",
                hint=f"Known are {', '.join('%' + one for one in _DIRECTIVES)}.",
            )
    return "".join(parts)


def _named(source: Source, pattern: str, expression: re.Pattern[str]) -> pd.Timestamp | None:
    name = re.split(r"[/\\]", source.label.split("?")[0])[-1]
    for found in expression.finditer(name):
        try:
            return _timestamp(datetime.strptime(found[0], pattern))
        except ValueError:  # digits that are no date
            continue
    return None


def _timestamp(value: Any) -> pd.Timestamp | None:
    import pandas as pd

    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value):
        return None
    try:
        found = pd.Timestamp(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return None if pd.isna(found) else found.as_unit("us")


def _tagged(source: Source) -> str | None:
    """The time in a file's tags: of a phone, a video, or a broadcast wave file."""
    if source.url is not None or source.error is not None:
        return None
    try:
        import av
    except ImportError:
        return None
    from aai_jupyter.audio.pyav import open_audio

    try:
        with source.open() as file, open_audio(str(source.path) if source.path else file) as container:
            tags = {key.lower(): str(value) for key, value in container.metadata.items()}
            for stream in container.streams:
                tags = {key.lower(): str(value) for key, value in stream.metadata.items()} | tags
    except (av.FFmpegError, OSError, ValueError):  # whoever transcribes it says what is wrong with it
        return None
    return tagged_time(tags)


def tagged_time(tags: dict[str, str]) -> str | None:
    """Return the date and time that tags of a recording tell; None for a date alone.

    Examples
    --------
    >>> tagged_time({"date": "2024-03-31", "creation_time": "14:05:09"})
    '2024-03-31 14:05:09'
    >>> tagged_time({"creation_time": "2024-03-31T12:05:09.000000Z"})
    '2024-03-31T12:05:09.000000Z'
    """
    names = ("com.apple.quicktime.creationdate", "creation_time", "date", "icrd", "origination_date")
    for name in names:
        if _FULL.match(tags.get(name, "")):
            return tags[name]
    day = next(
        (tags[name] for name in ("date", "origination_date") if _DATE.fullmatch(tags.get(name, ""))), ""
    )
    clock = next(
        (tags[n] for n in ("creation_time", "origination_time") if _TIME.fullmatch(tags.get(n, ""))), ""
    )
    return f"{day.replace(':', '-')} {clock.replace('-', ':')}" if day and clock else None

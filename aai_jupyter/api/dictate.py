"""`dictate`: a recording, or what is said into the page, as text at once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, overload

from aai_jupyter.client.clips.clip_audio import clip_sound
from aai_jupyter.errors import UsageError
from aai_jupyter.live.clip_sender import ClipSender
from aai_jupyter.live.dictation import Dictation
from aai_jupyter.runtime.cell import is_attended, marimo
from aai_jupyter.transcripts.clip import Clip

if TYPE_CHECKING:
    from typing import Unpack

    from aai_jupyter.api.keywords import DictateKeywords
    from aai_jupyter.client.sources.source_types import AudioSource

__all__ = ["dictate", "dictate_async"]


@overload
def dictate(
    source: None = None, *, device: str | None = None, **options: Unpack[DictateKeywords]
) -> Dictation: ...
@overload
def dictate(source: AudioSource, *, device: None = None, **options: Unpack[DictateKeywords]) -> Clip: ...
def dictate(
    source: Any = None,
    *,
    device: str | None = None,
    as_: str | None = None,
    keep_audio: bool = False,
    profile: str | None = None,
    extra: Mapping[str, Any] | None = None,
    **options: Any,
) -> Clip | Dictation:
    """Turn up to 120 s of speech into text at once: a recording, or what is said into the page.

    Parameters
    ----------
    source : optional
        Path, bytes, binary file or ``(samples, rate)``. Without one a button is shown: hold it (or the space
        key) and speak, or click it to start and again to stop. Each time gives a text.
    device : str, optional
        The kernel machine's microphone (part of a name, a number, or "default") instead of the page's.
    as_ : str, optional
        Put the newest text into the variable of this name.
    keep_audio : bool
        Keep the sound of each clip in ``clip.audio`` (in memory). Otherwise it is gone when its text is
        there; nothing is ever written to a disk.
    profile : str, optional
        Named set of options; keywords win over it.
    extra : mapping, optional
        Parameters that this version does not know; sent unchecked.
    **options
        ``prompt``, ``keyterms_prompt``, ``conversation_context``, ``language_codes``, ``timestamps``.

    Returns
    -------
    Clip or Dictation
        A :class:`Clip` for a source, once its text is there. Else, at once, the :class:`Dictation` that the
        button fills.

    Raises
    ------
    OptionError, SourceError
        Before anything is sent.
    UsageError
        There is neither a source nor a page to record in.
    AaiError
        What the service says of the source's clip.

    Examples
    --------
    >>> clip = aai.dictate("note.wav", keyterms_prompt=["Borealis"])  # doctest: +SKIP
    >>> print(clip, clip.confidence)                                  # doctest: +SKIP
    >>> d = aai.dictate(as_="note")  # press, speak, release: the text is in `note`  # doctest: +SKIP
    """
    how: dict[str, Any] = {"keep_audio": keep_audio, "profile": profile, "extra": extra, **options}
    if source is None:
        if device is None and not is_attended() and marimo() is None:
            raise UsageError(
                "There is no page here whose microphone could be used.",
                hint='Give a recording, or use device="default" for this machine\'s microphone.',
            )
        made = Dictation(device=device, as_=as_, **how)
        made.prepare()
        made.show()
        return made
    if device is not None:
        raise UsageError("A source and a device are given; a clip has one sound.", hint="Keep one of them.")
    sender = ClipSender(as_=as_, **how)
    label, wav, seconds = clip_sound(source)
    sender.prepare()
    return sender.run(sender.send(label, wav, seconds))


async def dictate_async(source: AudioSource, **arguments: Unpack[DictateKeywords]) -> Clip:
    """The same as :func:`dictate` with a source, to be awaited.

    Examples
    --------
    >>> clip = await aai.dictate_async("note.wav")  # doctest: +SKIP
    """
    sender = await asyncio.to_thread(ClipSender, **arguments)
    label, wav, seconds = await asyncio.to_thread(clip_sound, source)
    found: Clip = await asyncio.wrap_future(sender.submit(sender.send(label, wav, seconds)))
    return found

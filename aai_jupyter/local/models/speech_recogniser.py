"""The engine's recogniser of files, by the service's parameters."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from aai_jupyter.errors import EngineError
from aai_jupyter.local.models.audio_decoding import Audio, decode
from aai_jupyter.local.models.compute_device import CPU, ComputeDevice
from aai_jupyter.local.models.heard_overlap import find_overlap
from aai_jupyter.local.models.live_first import ORDER
from aai_jupyter.local.models.plugin_diarizer import diarizer_plugin
from aai_jupyter.local.models.recognition_job import RecognitionJob
from aai_jupyter.local.models.redact import redact_audio
from aai_jupyter.local.models.speaker_check import check_speakers
from aai_jupyter.local.models.supported import check_params as check_all
from aai_jupyter.local.models.voice_activity import speech_probabilities
from aai_jupyter.local.models.whisper import load_model
from aai_jupyter.local.models.words import RecognisedWord
from aai_jupyter.plugins.plugin_protocols import BUILTIN
from aai_jupyter.weights.find_weights import default_home, find_weights, model_id, recognizer_plugin


def _computed(device: ComputeDevice) -> str:
    return "int8" if device.compute_type == "auto" else device.compute_type


class SpeechRecogniser:
    """Speech models on this machine.

    Parameters
    ----------
    model : str
        ``"base"``, ``"tiny.en"``, a folder with a CTranslate2 Whisper model, or a recognizer of another
        package.
    home : Path, optional
        Folder of the engine, for joined weights and temporary samples.
    device : ComputeDevice, optional
        The CPU when left out.
    diarizer : str
        This engine's own, or one of another package.

    Attributes
    ----------
    name : str
        The model as a person knows it.

    Examples
    --------
    >>> recogniser = SpeechRecogniser("base")
    >>> recogniser.name
    'whisper-base int8'
    >>> recogniser.recognise(Path("talk.mp3"), {"language_code": "en"})["text"]  # doctest: +SKIP
    'Good morning, everybody.'
    """

    def __init__(
        self,
        model: str = "base",
        home: Path | None = None,
        device: ComputeDevice = CPU,
        diarizer: str = BUILTIN,
    ) -> None:
        # Small matrices are multiplied four times slower when BLAS threads wait for each other on a busy
        # machine. In the engine's own process numpy is not loaded before this line.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        self.model = model
        self.home = home or default_home()
        self.device = device
        self.diarizer = diarizer
        plugin = recognizer_plugin(model)
        self.name = (
            f"{model_id(model)} {_computed(device)}" if plugin is None else f"{model} ({plugin.package})"
        )

    def prepare(self) -> None:
        """Find libraries and weights, so that what is missing is known before the first job.

        Raises
        ------
        EngineError
            With the command that installs it.
        """
        missing = [
            name for name in ("faster_whisper", "av", "numpy", "vaderSentiment") if not find_spec(name)
        ]
        if missing:
            raise EngineError(
                f"The local engine needs {', '.join(missing)}.",
                hint='pip install "aai-jupyter[local,local-weights]"',
            )
        if self.diarizer != BUILTIN:
            diarizer_plugin(self.diarizer)
        if (
            recognizer_plugin(self.model) is not None
        ):  # loaded by the first job: a fault of it ends that alone
            return
        find_weights(self.model, self.home)
        if self.device.device == "cuda":  # what is wrong with that is said before the first job
            self.name = f"{model_id(self.model)} {load_model(self.model, self.home, self.device).computing}"

    def check_params(self, params: Mapping[str, Any]) -> None:
        """Refuse what this engine cannot do.

        Raises
        ------
        Unsupported
        """
        check_all(params, self.model, self.home)

    def recognise(
        self,
        path: Path,
        params: Mapping[str, Any],
        *,
        on_progress: Callable[[float], None] | None = None,
    ) -> dict[str, Any]:
        """Recognise a file; return the result fields of the service's transcript object.

        Parameters
        ----------
        path : Path
            Any audio or video file.
        params : mapping
            The service's request parameters.
        on_progress : callable, optional
            Called often with the share done (0-1); what it raises stops the work and is passed on. If it has
            a method ``heard``, that gets the last words when there are new ones.

        Returns
        -------
        dict
            The service's fields, and ``_redacted``: the redacted stretches ``[[start, end], ...]`` in
            milliseconds, for `redact_audio`. Take it out before the transcript is shown.

        Raises
        ------
        JobFailed
            With the service's error text.
        """
        job = RecognitionJob(
            self.model, self.home, params, on_progress, device=self.device, diarizer=self.diarizer
        )
        start, end = params.get("audio_start_from"), params.get("audio_end_at")
        with self._decoded(path, job.check, multichannel=job.many, start_ms=start, end_ms=end) as audio:
            return job.recognise(audio)

    def align(
        self,
        path: Path,
        text: Sequence[str],
        params: Mapping[str, Any],
        *,
        on_progress: Callable[[float], None] | None = None,
    ) -> dict[str, Any]:
        """Give the words of a typed text their times in a recording.

        Parameters
        ----------
        text : sequence of str
            Words as typed; none is changed.
        params : mapping
            ``language_code``; without it the language is detected.

        Returns
        -------
        dict
            ``words`` with ``start``, ``end``, ``aligned`` and ``confidence`` each, ``problems``, and the
            language.

        Raises
        ------
        JobFailed
        """
        job = RecognitionJob(self.model, self.home, params, on_progress, device=self.device)
        with self._decoded(path, job.check) as audio:
            return job.align(audio, text)

    def speakers(
        self,
        path: Path,
        words: Sequence[RecognisedWord],
        *,
        on_progress: Callable[[float], None] | None = None,
    ) -> dict[str, Any]:
        """Hear again who says each word of a transcript.

        Parameters
        ----------
        words : sequence of RecognisedWord
            In order of time, with the transcript's speakers.

        Returns
        -------
        dict
            ``words``, ``ghosts``, ``voices`` and ``model``.

        Raises
        ------
        JobFailed
        """
        done = 0.0

        def check() -> None:
            if on_progress is not None:
                on_progress(done)
            ORDER.give_way()

        def on_share(share: float) -> None:
            nonlocal done
            done = 0.05 + 0.95 * share

        with self._decoded(path, check) as audio:
            voiced = speech_probabilities(audio, 0, check)
            return check_speakers(audio, voiced, words, check=check, on_share=on_share).to_dict()

    def overlap(self, path: Path, *, on_progress: Callable[[float], None] | None = None) -> dict[str, Any]:
        """Hear when several people speak at once.

        Returns
        -------
        dict
            ``overlap``: start and end of each stretch, in milliseconds.

        Raises
        ------
        JobFailed
        """
        done = 0.0

        def check() -> None:
            if on_progress is not None:
                on_progress(done)
            ORDER.give_way()

        def on_share(share: float) -> None:
            nonlocal done
            done = share

        with self._decoded(path, check) as audio:
            return {"overlap": find_overlap(audio, check=check, on_share=on_share)}

    @contextmanager
    def _decoded(self, path: Path, check: Callable[[], None], **options: Any) -> Iterator[Audio]:
        """Decode a file, and let the work on it give way to live speech."""
        scratch = self.home / "tmp"
        scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        with decode(path, scratch=scratch, check=check, **options) as audio, ORDER.recording(check):
            yield audio

    def redact_audio(
        self,
        path: Path,
        out: Path,
        result: Mapping[str, Any],
        params: Mapping[str, Any],
        *,
        on_progress: Callable[[float], None] | None = None,
    ) -> None:
        """Write the redacted audio of a recognised file to `out`.

        Parameters
        ----------
        result : mapping
            What `recognise` returned, with its ``_redacted``.

        Raises
        ------
        JobFailed
        """
        options = params.get("redact_pii_audio_options") or {}
        redact_audio(
            path,
            out,
            result["_redacted"],
            quality=params.get("redact_pii_audio_quality") or "mp3",
            method=options.get("override_audio_redaction_method") or "beep",
            check=lambda: on_progress(0.0) if on_progress else None,
        )

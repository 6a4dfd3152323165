"""One recognition of a file: speech, words, language, speakers, analyses; or times for a typed text."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aai_jupyter.local.models import (
    coverage,
    diarization,
    speech_chunks,
    text_shaping,
    voice_activity,
)
from aai_jupyter.local.models.audio_decoding import RATE, Audio
from aai_jupyter.local.models.compute_device import CPU, ComputeDevice
from aai_jupyter.local.models.failures import JobFailed
from aai_jupyter.local.models.language import Languages, language_fields, whisper_code
from aai_jupyter.local.models.live_first import ORDER
from aai_jupyter.local.models.missed_speech import SecondTry
from aai_jupyter.local.models.plugin_diarizer import diarizer_plugin, plugin_turns
from aai_jupyter.local.models.result import analyse
from aai_jupyter.local.models.speaker_assignment import SpeakerTurn, assign
from aai_jupyter.local.models.supported import chosen_model, replaced_model
from aai_jupyter.local.models.typed_alignment import align_typed
from aai_jupyter.local.models.word_model import load_word_model
from aai_jupyter.local.models.words import RecognisedWord
from aai_jupyter.plugins.plugin_protocols import BUILTIN
from aai_jupyter.weights.find_weights import model_id

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LAST_WORDS = 40
_DOUBTFUL = 0.6
"""Confidence below which the speaker of a word is worth a look."""
_SWITCH_SECONDS = 12.0
"""Speech recognised in one language at a time when languages may change."""


def _start(word: RecognisedWord) -> int:
    return word.start


class RecognitionJob:
    """One running recognition of a decoded file.

    Parameters
    ----------
    model : str
        Of the engine; ``speech_models`` of the request may name another.
    home : Path
        Folder of the engine.
    params : mapping
        The service's request parameters.
    on_progress : callable, optional
        As for :meth:`~.speech_recogniser.SpeechRecogniser.recognise`.
    device : ComputeDevice, optional
    diarizer : str
        Who separates speakers: this engine, or a plug-in.

    Attributes
    ----------
    many : bool
        Whether each channel is recognised by itself.
    """

    def __init__(
        self,
        model: str,
        home: Path,
        params: Mapping[str, Any],
        on_progress: Callable[[float], None] | None = None,
        *,
        device: ComputeDevice = CPU,
        diarizer: str = BUILTIN,
    ) -> None:
        self.params = params
        self.diarizer = diarizer
        self.on_progress = on_progress or (lambda share: None)
        self.done = 0.0
        # Of the work, as measured: with speakers a quarter of it comes after the words.
        self.until = 0.72 if params.get("speaker_labels") else 0.92
        name = chosen_model(params, model)
        self.model_id = model_id(name)
        self.model = load_word_model(name, home, device)
        self.languages = Languages.of(params)
        self.many = bool(params.get("multichannel") or params.get("dual_channel"))
        self.problems: list[str] = []
        self.warnings: list[str] = [self.model.note] if self.model.note else []
        if named := replaced_model(params, self.model_id):
            self.warnings.append(f"The local engine ran {self.model_id} instead of {named}.")

    def check(self) -> None:
        """Give way to live speech; raise what ``on_progress`` raises."""
        self.on_progress(self.done)
        ORDER.give_way()

    def progress(self, share: float, text: str = "") -> None:
        """Tell the share done, and the last words if there are new ones."""
        self.done = share
        self.on_progress(share)
        heard = getattr(self.on_progress, "heard", None)
        if heard is not None and text:
            heard(text)

    def _separated(self, before: float, part: float, share: float) -> None:
        self.progress(before + part * min(share, 1.0))

    def _heard(self, before: float, part: float, share: float, text: str) -> None:
        """Note that of all speech `before` is recognised, and that share of the part in work."""
        self.progress(0.05 + (self.until - 0.05) * (before + part * share), text)

    def recognise(self, audio: Audio) -> dict[str, Any]:
        """Return the result fields of the service's transcript object."""
        if audio.tracks > 1:
            self.warnings.append(f"The file has {audio.tracks} audio tracks; only the first was transcribed.")
        voiced = [voice_activity.speech_probabilities(audio, k, self.check) for k in range(audio.n_channels)]
        voice_activity.check_speech_threshold(voiced, audio.seconds, self.params.get("speech_threshold"))
        self.progress(0.05)
        channels, fields = self._words(audio, voiced)
        self.progress(self.until)
        channels = [self._shaped(words, fields["language_code"]) for words in channels]
        self._speakers(audio, voiced, channels)
        self.progress(0.97)
        fields |= {
            "audio_duration": math.ceil(audio.source_seconds),
            "speech_model_used": self.model_id,
            **analyse(channels, self.params, self.warnings, fields["language_code"], self.many, self.check),
        }
        if self.many:
            fields["audio_channels"] = audio.n_channels
        messages, problems = (
            [{"message": message} for message in dict.fromkeys(texts)]
            for texts in ([*self.warnings, *self.problems], self.problems)
        )
        fields["metadata"] = {"domain_used": None, "warnings": messages}
        if problems:  # a field of this engine's own: what it did not hear
            fields["metadata"]["problems"] = problems
        self.progress(1.0)
        return fields

    def align(self, audio: Audio, text: Sequence[str]) -> dict[str, Any]:
        """Return the times of typed words."""
        voiced = [voice_activity.speech_probabilities(audio, 0, self.check)]
        self.progress(0.05)
        (heard,), fields = self._words(audio, voiced)
        code = whisper_code(fields["language_code"] or "en")

        def read(start: int, stop: int) -> NDArray[np.float32]:
            self.check()
            return audio.read(start * RATE // 1000, stop * RATE // 1000)

        def speech(start: int, stop: int) -> int:
            frame_ms = 1000 * voice_activity.FRAME // RATE
            return frame_ms * int((voiced[0][start // frame_ms : stop // frame_ms] >= 0.5).sum())

        found = align_typed(
            text,
            heard,
            read,
            lambda samples, words: self.model.aligned(samples, words, code),
            round(1000 * audio.seconds),
            lambda share: self.progress(0.9 + 0.1 * share),
            speech,
        )
        self.progress(1.0)
        return {**found.to_dict(), "language_code": fields["language_code"], "model": self.model_id}

    def _words(
        self, audio: Audio, voiced: Sequence[NDArray[np.float32]]
    ) -> tuple[list[list[RecognisedWord]], dict[str, Any]]:
        """Return words of each channel, and the fields about the language."""
        size = _SWITCH_SECONDS if self.languages.switching else self.model.longest
        stretches = [
            voice_activity.spans(
                p, audio.n_samples, min_silence=speech_chunks.PAUSE, pad=speech_chunks.PAD, longest=size
            )
            for p in voiced
        ]
        if not any(stretches):
            self.warnings.append("No speech was found in the audio.")
            code, confidence = self.languages.without_speech(), None
            return [[] for _ in voiced], language_fields(code, confidence, self.params, {})
        code, confidence = self._language(audio, stretches)
        prompt = self._prompt()
        total, heard = sum(stop - start for channel in stretches for start, stop in channel), 0
        second = SecondTry(self.model, audio, total / RATE, self.check)
        channels: list[list[RecognisedWord]] = []
        switched: dict[str, list[float]] = {}
        for k, channel in enumerate(stretches):
            words: list[RecognisedWord] = []
            for piece in speech_chunks.runs(channel, size):
                samples = speech_chunks.gathered(audio, piece, k)
                spoken = whisper_code(code)
                if self.languages.switching and self.model.multilingual:
                    spoken, sure = self.languages.choose(self.model.language_probabilities(samples))
                    switched.setdefault(spoken, []).append(sure)
                length = sum(stop - start for start, stop in piece)
                loops: list[RecognisedWord] = []
                found = self.model.words(
                    samples,
                    spoken,
                    prompt=prompt,
                    temperature=self.params.get("temperature") or 0.0,
                    on_heard=partial(self._heard, heard / total, length / total),
                    on_loop=loops.append,
                )
                for some in (found, loops):
                    speech_chunks.move_back(some, piece, audio.offset)
                found.sort(key=_start)
                speech_chunks.tighten(found, voiced[k], audio.offset)
                missing = coverage.without_words(piece, found, voiced[k], audio.offset)
                again = second.words(missing, voiced[k], spoken, channel=k, prompt=prompt)
                speech_chunks.tighten(again, voiced[k], audio.offset)
                found = sorted([*found, *again], key=_start)
                self.problems += coverage.loops_told(loops, found, voiced[k], audio.offset)
                words += found
                heard += length
                self._heard(heard / total, 0.0, 1.0, " ".join(word.text for word in words[-_LAST_WORDS:]))
            missing = coverage.without_words(channel, words, voiced[k], audio.offset)
            self.problems += coverage.told(missing, channel, voiced[k], audio.offset)
            channels.append(words)
        if not any(channels) and not self.problems:
            self.warnings.append("Something sounds like speech, but no words were recognised.")
        return channels, language_fields(code, confidence, self.params, switched)

    def _language(
        self, audio: Audio, stretches: Sequence[Sequence[voice_activity.Span]]
    ) -> tuple[str, float | None]:
        """Return the code of the language, and its confidence when it was detected."""
        if self.languages.given:
            if whisper_code(self.languages.given) in self.model.languages:
                return self.languages.given, None
            if self.model.multilingual or self.params.get("language_code"):
                raise JobFailed(f"language_code: {self.model_id} knows {self._known()}.")
        if not self.model.multilingual:
            if not self.languages.given:
                self.warnings.append(f"{self.model_id} knows {self._known()}: the language was not detected.")
            return next(iter(self.model.languages)), None
        found = []
        for k, channel in enumerate(stretches):
            for samples in speech_chunks.language_samples(audio, channel, k, 3 if len(stretches) == 1 else 1):
                found.append(self.model.language_probabilities(samples))
                self.check()
        return self.languages.decide(found)

    def _known(self) -> str:
        """The languages of the model, in words."""
        codes = sorted(self.model.languages)
        if codes == ["en"]:
            return "English only"
        if len(codes) <= 12:
            return f"only {', '.join(codes)}"
        usual = [code for code in ("en", "es", "fr", "de", "hi", "ja", "zh") if code in codes]
        return f"{len(codes)} languages by their codes ({', '.join(usual)}, …), not {self.languages.given!r}"

    def _prompt(self) -> str | None:
        terms = [*(self.params.get("keyterms_prompt") or ()), *(self.params.get("word_boost") or ())]
        prompt = " ".join(filter(None, [self.params.get("prompt"), ", ".join(terms)])).strip()
        if prompt and (problem := self.model.prompt_problem(prompt)):
            self.warnings.append(problem)
        return prompt or None

    def _shaped(self, words: list[RecognisedWord], code: str) -> list[RecognisedWord]:
        english = whisper_code(code) == "en"
        if self.params.get("disfluencies"):
            self.warnings.append(
                "disfluencies: Whisper leaves out most fillers by itself; those it wrote were kept."
            )
        elif english:
            words = text_shaping.without_fillers(words)
        if which := self.params.get("remove_audio_tags"):
            words = text_shaping.without_tags(words, which)
        words = text_shaping.respell(words, self.params.get("custom_spelling") or ())
        if self.params.get("filter_profanity"):
            if english:
                text_shaping.mask_profanity(words)
            else:
                self.warnings.append("filter_profanity: the local engine knows English profanity only.")
        return words

    def _speakers(
        self,
        audio: Audio,
        voiced: Sequence[NDArray[np.float32]],
        channels: Sequence[Sequence[RecognisedWord]],
    ) -> None:
        labels = bool(self.params.get("speaker_labels"))
        for k, words in enumerate(channels):
            if self.many:
                for word in words:
                    word.channel = word.speaker = str(k + 1)
            if labels and words:
                separated = partial(self._separated, self.done, (0.96 - self.until) / len(channels))
                turns = self._turns(audio, voiced[k], k, separated)
                assign(words, turns, audio.offset, prefix=str(k + 1) if self.many else "")
        if labels:
            self._tell_doubt([word for words in channels for word in words])

    def _turns(
        self, audio: Audio, voiced: NDArray[np.float32], channel: int, on_share: Callable[[float], None]
    ) -> list[SpeakerTurn]:
        fewest, most = diarization.speaker_bounds(self.params, audio.seconds)
        if self.diarizer == BUILTIN:
            return diarization.find_turns(
                audio,
                voiced,
                channel=channel,
                fewest=fewest,
                most=most,
                check=self.check,
                on_share=on_share,
            )
        plugin = diarizer_plugin(self.diarizer)
        turns = plugin_turns(plugin, audio, channel=channel, fewest=fewest, most=most, check=self.check)
        found = len({turn.speaker for turn in turns})
        if turns and not fewest <= found <= (most or found):
            self.warnings.append(f"{plugin} found {found} speakers, which is not what was asked for.")
        return turns

    def _tell_doubt(self, words: Sequence[RecognisedWord]) -> None:
        """Warn of doubtful speakers, and keep the confidence of each word only where it was asked for."""
        doubtful = sum((word.speaker_confidence or 1.0) < _DOUBTFUL for word in words)
        if doubtful:
            self.warnings.append(
                f"It is not sure who said {doubtful} of the {len(words)} words: check the speakers."
            )
        if not (self.params.get("speaker_options") or {}).get("include_speaker_confidence"):
            for word in words:
                word.speaker_confidence = None

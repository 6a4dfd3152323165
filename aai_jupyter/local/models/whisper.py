"""Speech to words with times and probabilities, by Whisper in CTranslate2."""

from __future__ import annotations

import os
import platform
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aai_jupyter.files.container_limits import usable_cores
from aai_jupyter.local.models import speech_chunks
from aai_jupyter.local.models.audio_decoding import RATE
from aai_jupyter.local.models.compute_device import CPU, ComputeDevice
from aai_jupyter.local.models.decoded_words import (
    WordPart,
    believable,
    repeats_itself,
    split_loops,
    whole_words,
)
from aai_jupyter.local.models.live_first import ORDER, YieldingModel
from aai_jupyter.local.models.memory_need import require_memory
from aai_jupyter.local.models.words import UNSPACED, RecognisedWord
from aai_jupyter.weights.find_weights import find_weights

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MAX_PROMPT_TOKENS = 223  # half of Whisper's context, less one
_MAX_ALIGNED_TOKENS = 400
_ALIGNED_SILENCE = 1.0
_DOUBTFUL = -1.0  # Whisper's own bound of the mean log probability
_SAID_AGAIN = 4
"""Tokens that a second attempt does not say twice, after the first ran in a loop."""


class Whisper:
    """One loaded model. Calls from several threads take turns, chunk by chunk; live ones go first.

    Examples
    --------
    >>> model = load_model("base", default_home())  # doctest: +SKIP
    >>> model.multilingual  # doctest: +SKIP
    True
    """

    longest = speech_chunks.PIECE_SECONDS

    def __init__(self, folder: Path, name: str, home: Path, wanted: ComputeDevice = CPU) -> None:
        # The folder is whole, so nothing is looked up; this makes sure that nothing ever is.
        os.environ["HF_HUB_OFFLINE"] = "1"
        from faster_whisper import WhisperModel

        def make(device: str, compute_type: str) -> Any:
            if device == "cpu":
                require_memory(name, folder, compute_type, home)
            return WhisperModel(
                str(folder),
                device=device,
                compute_type=compute_type,
                cpu_threads=physical_cores(),
                local_files_only=True,
            )

        self._model: Any
        #: How it computes, such as "int8"; and what to tell of that.
        self._model, self.computing, self.note = wanted.load(make)
        self._model.model = YieldingModel(self._model.model, ORDER)
        # Recordings take turns chunk by chunk; so do live calls, which never wait for a recording's chunk.
        self._recordings, self._live = threading.Lock(), threading.Lock()

    @property
    def _turn(self) -> threading.Lock:
        return self._live if ORDER.is_live else self._recordings

    @property
    def multilingual(self) -> bool:
        return bool(self._model.model.is_multilingual)

    @property
    def languages(self) -> frozenset[str]:
        """Whisper's codes of the languages that this model knows."""
        return frozenset(self._model.supported_languages)

    def language_probabilities(self, samples: NDArray[np.float32]) -> dict[str, float]:
        """Return language probabilities of up to 30 s of speech, shape (samples,), float32."""
        with self._turn:
            _, _, found = self._model.detect_language(samples)
            return dict(found)

    def _listen(self, samples: NDArray[np.float32], context: float) -> tuple[Any, int]:
        """Encode audio and a little silence after it; return that and the number of frames of audio."""
        from faster_whisper.audio import pad_or_trim

        model, extractor = self._model, self._model.feature_extractor
        features = extractor(samples)[:, : len(samples) // extractor.hop_length]
        spoken = features.shape[-1]
        frames = min(spoken + round(context * 100), extractor.nb_max_frames)
        return model.encode(pad_or_trim(features, frames)), spoken

    def prompt_problem(self, prompt: str) -> str:
        """Return what to tell when not the whole prompt is used: only about 223 tokens are."""
        if len(self._model.hf_tokenizer.encode(" " + prompt).ids) <= _MAX_PROMPT_TOKENS:
            return ""
        return (
            "prompt and keyterms_prompt are longer than Whisper's context: only about their first "
            "160 English words were used."
        )

    def words(
        self,
        samples: NDArray[np.float32],
        language: str,
        *,
        prompt: str | None = None,
        temperature: float = 0.0,
        on_heard: Callable[[float, str], None] | None = None,
        on_loop: Callable[[RecognisedWord], None] | None = None,
    ) -> list[RecognisedWord]:
        """Return words of speech without long pauses; times count from the first sample, in milliseconds.

        Parameters
        ----------
        samples : ndarray of float32, shape (samples,)
            16 kHz.
        language : str
            Whisper's code.
        prompt : str, optional
            Words and context to lean to; given to every 30 s window.
        temperature : float
            Where sampling begins; two higher ones are tried when the text repeats itself or is improbable.
        on_heard : callable, optional
            Called with the share of the sound that has been heard, and what was said last.
        on_loop : callable, optional
            Called with each loop of the decoder that was cut: its phrase and its time.
        """
        import ctranslate2  # type: ignore[import-untyped]

        first = round(temperature * 10)
        steps = [t / 10 for t in range(first, min(first + 5, 11), 2)] or [1.0]
        with self._turn:
            ctranslate2.set_random_seed(0)  # the same sound gives the same text also after a fallback
            segments, _ = self._model.transcribe(
                samples,
                language=language,
                beam_size=5,
                temperature=steps,
                condition_on_previous_text=False,  # one wrong window must not spoil the next
                word_timestamps=True,
                hallucination_silence_threshold=2.0,
                vad_filter=False,  # done before, over the whole sound
                hotwords=prompt,
            )
            if on_heard is not None:
                segments = _telling(segments, len(samples) / RATE, on_heard)
            kept = list(believable(segments))
        parts = [word for segment in kept for word in segment.words]
        words, loops = split_loops(whole_words(parts, language not in UNSPACED))
        if on_loop is not None:
            for loop in loops:
                on_loop(loop)
        return words

    def turn_words(
        self,
        samples: NDArray[np.float32],
        language: str | Callable[[Mapping[str, float]], str],
        *,
        prompt: str | None = None,
        context: float,
        beam: int = 5,
        least: float = _DOUBTFUL,
        most_silent: float = 1.0,
    ) -> list[RecognisedWord] | None:
        """Return words of a real-time turn, many times as fast as `words`; None when they look wrong.

        Whisper is made to listen to 30 s, and that costs the same however little is said. Here it listens to
        the turn and a little silence.

        Parameters
        ----------
        language : str or callable
            Whisper's code; or what chooses it by the probabilities of all languages.
        context : float
            Seconds of silence after the turn.
        beam : int
            Guesses that are followed at once.
        least : float
            Mean log probability below which a text looks wrong.
        most_silent : float
            Probability that nobody speaks, above which a text looks wrong.
        """
        from faster_whisper.tokenizer import Tokenizer

        model = self._model
        with self._turn:
            heard, spoken = self._listen(samples, context)
            if not isinstance(language, str):
                (likely,) = model.model.detect_language(heard)
                language = language({token[2:-2]: probability for token, probability in likely})
            tokenizer = Tokenizer(
                model.hf_tokenizer, model.model.is_multilingual, task="transcribe", language=language
            )
            start = model.get_prompt(tokenizer, [], without_timestamps=True, hotwords=prompt)
            for never_again in (0, _SAID_AGAIN):
                (found,) = model.model.generate(
                    heard,
                    [start],
                    beam_size=beam,
                    max_length=min(
                        448, len(start) + 16 + spoken // 12
                    ),  # nobody says more than 8 tokens a second
                    return_scores=True,
                    return_no_speech_prob=True,
                    suppress_tokens=[-1],
                    no_repeat_ngram_size=never_again,
                )
                tokens = [token for token in found.sequences_ids[0] if token < tokenizer.eot]
                said = tokenizer.decode(tokens).strip()
                if beam == 1 or not repeats_itself(said):
                    break
            doubtful = found.scores[0] < least or found.no_speech_prob > most_silent
            if not said or repeats_itself(said) or doubtful:
                return None
            (aligned,) = model.find_alignment(tokenizer, [tokens], heard, spoken)
        words = [WordPart(one["word"], one["start"], one["end"], one["probability"]) for one in aligned]
        return split_loops(whole_words(words, language not in UNSPACED))[0]

    def aligned(
        self, samples: NDArray[np.float32], words: Sequence[str], language: str
    ) -> list[tuple[int, int, float]] | None:
        """Return start, end (milliseconds) and probability of words that are known to be said, in order.

        None when Whisper's context cannot hold them.
        """
        import numpy as np
        from faster_whisper.tokenizer import Tokenizer

        model = self._model
        tokens = [model.hf_tokenizer.encode(f" {word}", add_special_tokens=False).ids for word in words]
        flat = [token for group in tokens for token in group]
        if not flat or len(flat) > _MAX_ALIGNED_TOKENS:
            return None
        with self._turn:
            heard, frames = self._listen(samples, _ALIGNED_SILENCE)
            tokenizer = Tokenizer(
                model.hf_tokenizer, model.model.is_multilingual, task="transcribe", language=language
            )
            (found,) = model.model.align(heard, tokenizer.sot_sequence, [flat], frames)
        pairs = np.array(found.alignments)
        first = np.concatenate(([True], np.diff(pairs[:, 0]) > 0))  # where each token begins
        times = 1000 * pairs[first, 1] / model.tokens_per_second
        edges = np.minimum(np.cumsum([0, *map(len, tokens)]), len(times) - 1)
        sure = [
            float(np.mean(found.text_token_probs[a:b])) if b > a else 0.0
            for a, b in zip(
                np.cumsum([0, *map(len, tokens)])[:-1], np.cumsum(list(map(len, tokens))), strict=True
            )
        ]
        return [
            (round(times[a]), round(times[b]), p) for a, b, p in zip(edges[:-1], edges[1:], sure, strict=True)
        ]


_LOADING = threading.Lock()


def load_model(name: str, home: Path, wanted: ComputeDevice = CPU) -> Whisper:
    """Return a model, loaded once in a process, also when several jobs begin at once.

    Raises
    ------
    EngineError
        Its weights are not here, or the memory does not hold them.
    """
    folder = find_weights(name, home)
    with _LOADING:
        return _load(folder, name, home, wanted)


@lru_cache(maxsize=2)
def _load(folder: Path, name: str, home: Path, wanted: ComputeDevice) -> Whisper:
    return Whisper(folder, name, home, wanted)


def physical_cores() -> int:
    """Return the number of usable physical cores, of a container its quota: more threads make Whisper slower.

    >>> physical_cores() >= 1
    True
    """
    return min(_physical(), usable_cores())


def _physical() -> int:
    usable = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set(range(os.cpu_count() or 1))
    try:
        siblings = Path("/sys/devices/system/cpu")
        return len({(siblings / f"cpu{n}/topology/thread_siblings_list").read_text("ascii") for n in usable})
    except OSError:
        shared = platform.machine().lower() in ("x86_64", "amd64")
        return max(1, len(usable) // 2 if shared else len(usable))


def _telling(segments: Iterator[Any], seconds: float, tell: Callable[[float, str], None]) -> Iterator[Any]:
    for segment in segments:
        tell(min(segment.end / seconds, 1.0), segment.text)
        yield segment

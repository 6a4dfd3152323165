"""The calls for pre-recorded speech against a scripted service on a real socket."""

import asyncio
import io
import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from aai_jupyter import errors
from aai_jupyter.audio.remux import CannotRemux, SoundOnly
from aai_jupyter.client.client import Client
from aai_jupyter.client.options.transcript_request import build_request
from aai_jupyter.client.sources.source import MAX_UPLOAD_BYTES, Source
from tests.audio.containers import written

from .scripted import HTML_502, KEY, QUICK, RESET, Received, ScriptedService, Step, endpoint_at, reply

SOUND = b"RIFF" + bytes(range(256)) * 12_000
UPLOADED = {"upload_url": "https://cdn.assemblyai.com/upload/0/1"}
URL = UPLOADED["upload_url"]
QUEUED = {"id": "t1", "status": "queued", "audio_url": URL}


def item(id: str, status: str = "completed", audio_url: str = "x", seconds_ago: float = 0) -> dict[str, Any]:
    created = (datetime.now(UTC) - timedelta(seconds=seconds_ago)).replace(tzinfo=None).isoformat()
    return {"id": id, "status": status, "audio_url": audio_url, "created": created}


def page(items: list[dict[str, Any]], more: bool = False) -> Step:
    details = {
        "limit": 200,
        "result_count": len(items),
        "prev_url": "https://evil.example/x" if more else None,
    }
    return reply({"page_details": details, "transcripts": items})


# -- upload ------------------------------------------------------------------------------------------------


async def test_an_upload_is_streamed_counted_and_whole(
    service: ScriptedService, client: Client, in_folder: Path
) -> None:
    (in_folder / "a.wav").write_bytes(SOUND)
    service.on("POST", "/v2/upload", reply(UPLOADED))
    for source in ("a.wav", SOUND, io.BytesIO(SOUND)):
        seen: list[tuple[int, int | None]] = []
        note = lambda sent, total, seen=seen: seen.append((sent, total))  # noqa: E731
        assert await client.transcripts.upload(source, progress=note) == URL
        sent = service.received[-1]
        assert sent.body == SOUND
        assert sent.headers["content-length"] == str(len(SOUND))
        assert sent.headers["content-type"] == "application/octet-stream"
        assert seen[-1] == (len(SOUND), len(SOUND))
        assert len(seen) >= 3
        assert seen == sorted(seen)


async def test_an_upload_is_repeated_from_its_start(service: ScriptedService, client: Client) -> None:
    service.on("POST", "/v2/upload", RESET, HTML_502, reply(UPLOADED))
    assert await client.transcripts.upload(SOUND) == URL
    assert [r.body for r in service.received] == [SOUND] * 3


async def test_of_a_video_the_sound_is_sent_again_from_its_start(
    service: ScriptedService, client: Client, tmp_path: Path
) -> None:
    path = written(tmp_path / "a.mp4", "aac", video="mpeg4")
    service.on("POST", "/v2/upload", RESET, HTML_502, reply(UPLOADED))
    assert await client.transcripts.upload(path) == URL
    bodies = {received.body for received in service.received}
    (body,) = bodies if len(bodies) == 1 else bodies - {b""}
    assert body[4:8] == b"ftyp"
    assert len(body) < path.stat().st_size
    assert "content-length" not in service.received[-1].headers


async def test_where_the_copy_breaks_off_the_whole_file_is_sent(
    service: ScriptedService, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / "a.mkv", "aac", video="mpeg4")
    real = SoundOnly.readinto
    calls = 0

    def breaks(self: SoundOnly, buffer: Any) -> int:
        nonlocal calls
        calls += 1
        if calls > 3:
            raise CannotRemux("times that go back")
        return real(self, memoryview(buffer)[:200])

    service.on("POST", "/v2/upload", reply(UPLOADED))
    monkeypatch.setattr("aai_jupyter.client.sources.sent_sound.SoundOnly.readinto", breaks)
    monkeypatch.setattr("aai_jupyter.audio.remux._keeps", lambda *_: True)
    assert await client.transcripts.upload(path) == URL
    assert service.received[-1].body == path.read_bytes()


async def test_an_upload_is_given_up_after_three_tries(service: ScriptedService, client: Client) -> None:
    service.on("POST", "/v2/upload", HTML_502)
    with pytest.raises(errors.ServerError):
        await client.transcripts.upload(SOUND)
    assert len(service.received) == 3


async def test_a_refusal_during_the_upload_is_read(service: ScriptedService, client: Client) -> None:
    wrong_key = reply({"error": "Authentication error"}, 401, unread=True, headers={"connection": "close"})
    service.on("POST", "/v2/upload", wrong_key)
    with pytest.raises((errors.AuthenticationError, errors.NetworkError)):
        await client.transcripts.upload(SOUND * 4)


async def test_a_url_needs_no_upload(service: ScriptedService, client: Client) -> None:
    assert await client.transcripts.upload("https://example.org/a.mp3") == "https://example.org/a.mp3"
    assert not service.received


async def test_too_large_is_said_before_anything_is_sent(service: ScriptedService, client: Client) -> None:
    with pytest.raises(errors.SourceError, match=r"2\.2 GB"):
        await client.transcripts.upload(Source("big.wav", "file", MAX_UPLOAD_BYTES + 1))
    assert not service.received


@pytest.mark.parametrize("now", [SOUND[:-1], SOUND + b"x", b""])
async def test_a_file_that_changes_meanwhile_is_not_taken_for_whole(
    service: ScriptedService, client: Client, now: bytes
) -> None:
    service.on("POST", "/v2/upload", reply(UPLOADED))
    source = Source("a.wav", "bytes", len(SOUND), _opener=lambda: io.BytesIO(now))
    with pytest.raises(errors.SourceError, match="changed while it was being uploaded"):
        await client.transcripts.upload(source)


async def test_an_upload_without_an_address_is_an_error(service: ScriptedService, client: Client) -> None:
    service.on("POST", "/v2/upload", reply({"ok": True}))
    with pytest.raises(errors.ResponseError):
        await client.transcripts.upload(SOUND)


async def test_several_recordings_are_not_one(client: Client) -> None:
    with pytest.raises(errors.UsageError, match="one recording"):
        await client.transcripts.upload([SOUND, SOUND])


# -- submit ------------------------------------------------------------------------------------------------


async def test_a_job_is_submitted_with_models_and_language(service: ScriptedService, client: Client) -> None:
    service.on("POST", "/v2/transcript", reply(QUEUED))
    job = await client.transcripts.submit(URL, speaker_labels=True)
    assert (job.id, job.status) == ("t1", "queued")
    body = service.received[0].json
    assert body["audio_url"] == URL
    assert body["speaker_labels"] is True
    assert body["speech_models"]
    assert body["language_detection"] is True
    await client.transcripts.submit(URL, build_request({"language_code": "en"}))
    assert service.received[1].json["language_code"] == "en"


@pytest.mark.parametrize(
    ("arguments", "options"),
    [(("a.wav",), {}), ((URL,), {"speaker_lables": True}), ((URL, build_request({})), {"x": 1})],
)
async def test_a_wrong_call_sends_nothing(
    service: ScriptedService, client: Client, arguments: Any, options: Any
) -> None:
    with pytest.raises((errors.UsageError, errors.OptionError)):
        await client.transcripts.submit(*arguments, **options)
    assert not service.received


SLOW_DOWN = {"error": "Too many requests"}
PAGE_429 = reply(b"<html><title>429 Too Many Requests</title></html>", 429)


@pytest.mark.parametrize("busy", [reply(SLOW_DOWN, 429), reply(SLOW_DOWN, 403)])
async def test_a_busy_service_is_asked_again(service: ScriptedService, client: Client, busy: Step) -> None:
    service.on("POST", "/v2/transcript", busy, busy, reply(QUEUED))
    assert (await client.transcripts.submit(URL)).id == "t1"
    assert len(service.sent("POST")) == 3


async def test_a_refused_job_is_not_sent_again(service: ScriptedService, client: Client) -> None:
    service.on("POST", "/v2/transcript", reply({"error": "balance is negative"}, 400))
    with pytest.raises(errors.BadRequestError, match="balance is negative"):
        await client.transcripts.submit(URL)
    assert len(service.received) == 1


LOST = [
    *(RESET, HTML_502, reply(None, 500), reply(QUEUED, cut=5), reply(b"<html>ok</html>")),
    # Whatever is not the service's own refusal may come from a proxy, after the job was taken.
    *(reply(None, 503), reply({"message": "Service Unavailable"}, 503), PAGE_429, reply(b"", 403)),
    *(reply({"error": "overloaded"}, 503), reply(b"", 302, headers={"location": "https://login.example"})),
]


@pytest.mark.parametrize("lost", LOST)
async def test_a_job_whose_reply_was_lost_is_adopted(
    service: ScriptedService, client: Client, lost: Step
) -> None:
    service.on("POST", "/v2/transcript", lost)
    service.on("GET", "/v2/transcript", page([item("other"), item("t1", audio_url=URL)]))
    service.on("GET", "/v2/transcript/t1", reply(QUEUED))
    assert (await client.transcripts.submit(URL)).id == "t1"
    assert len(service.sent("POST")) == 1


async def test_a_job_that_was_not_made_is_sent_once_more(service: ScriptedService, client: Client) -> None:
    service.on("POST", "/v2/transcript", RESET, reply(QUEUED))
    service.on("GET", "/v2/transcript", page([item("other"), item("old", audio_url=URL, seconds_ago=60)]))
    assert (await client.transcripts.submit(URL)).id == "t1"
    assert len(service.sent("POST")) == 2


async def test_losing_the_reply_twice_ends_with_advice(service: ScriptedService, client: Client) -> None:
    service.on("POST", "/v2/transcript", RESET)
    service.on("GET", "/v2/transcript", page([]))
    with pytest.raises(errors.NetworkError, match="%aai_transcripts"):
        await client.transcripts.submit(URL)
    assert len(service.sent("POST")) == 2


async def test_without_the_list_nothing_is_sent_again(service: ScriptedService, client: Client) -> None:
    service.on("POST", "/v2/transcript", RESET)
    service.on("GET", "/v2/transcript", RESET)
    with pytest.raises(errors.NetworkError, match="%aai_transcripts"):
        await client.transcripts.submit(URL)
    assert len(service.sent("POST")) == 1


async def test_two_lost_submits_of_one_url_get_a_job_each(service: ScriptedService, client: Client) -> None:
    jobs: list[str] = []

    def take(request: Received) -> Step:
        jobs.insert(0, f"t{len(jobs) + 1}")
        return RESET

    service.on("POST", "/v2/transcript", take)
    service.on("GET", "/v2/transcript", lambda r: page([item(j, audio_url=URL) for j in jobs]))
    service.on("GET", "/v2/transcript/*", lambda r: reply({"id": r.path.split("/")[-1], "status": "queued"}))
    found = await asyncio.gather(*(client.transcripts.submit(URL) for _ in range(3)))
    assert sorted(str(job.id) for job in found) == ["t1", "t2", "t3"]


async def test_cancelling_a_submit_does_not_lose_the_id(service: ScriptedService) -> None:
    service.on("POST", "/v2/transcript", reply(QUEUED, delay=0.3))
    known: list[Any] = []
    async with Client(endpoint_at(service.url), policy=QUICK) as client:
        task = asyncio.create_task(client.transcripts.submit(URL, on_submitted=known.append))
        await service.wait_for(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not known
    assert [job.id for job in known] == ["t1"]


async def test_a_job_can_be_found_by_its_url(service: ScriptedService, client: Client) -> None:
    first = [item(f"n{i}") for i in range(200)]
    service.on("GET", "/v2/transcript", page(first, more=True), page([item("t1", audio_url=URL)]))
    found = await client.transcripts.find_submitted(URL)
    assert found is not None
    assert found.id == "t1"
    assert "before_id=n199" in service.received[1].query
    assert await client.transcripts.find_submitted(URL, exclude=["t1"]) is None


# -- list, exports, delete ---------------------------------------------------------------------------------


def library(size: int) -> Any:
    """A list end point as documented: newest first, all filters."""
    rows = [item(f"id{i}", "error" if i % 3 == 0 else "completed", seconds_ago=i * 3600) for i in range(size)]

    def answer(request: Received) -> Step:
        query = {k: v[0] for k, v in parse_qs(request.query).items()}
        found = rows
        if "before_id" in query:
            at = next(i for i, r in enumerate(found) if r["id"] == query["before_id"])
            found = found[at + 1 :]
        if "status" in query:
            found = [r for r in found if r["status"] == query["status"]]
        if "created_on" in query:
            found = [r for r in found if r["created"].startswith(query["created_on"])]
        limit = int(query.get("limit", 10))
        return page(found[:limit], more=len(found) > limit)

    return rows, answer


async def test_the_list_goes_over_all_pages(service: ScriptedService, client: Client) -> None:
    rows, answer = library(450)
    service.on("GET", "/v2/transcript", answer)
    assert [i.id async for i in client.transcripts.list()] == [r["id"] for r in rows]
    assert len(service.received) == 3
    # the address of the next page, which may name any host, is not followed
    assert all("evil" not in r.headers["host"] for r in service.received)


@pytest.mark.parametrize("limit", [1, 10, 200, 201, 449, 450, 451])
async def test_the_list_ends_at_its_limit(service: ScriptedService, client: Client, limit: int) -> None:
    rows, answer = library(450)
    service.on("GET", "/v2/transcript", answer)
    assert [i.id async for i in client.transcripts.list(limit=limit)] == [r["id"] for r in rows[:limit]]


async def test_every_filter_of_the_list_works(service: ScriptedService, client: Client) -> None:
    rows, answer = library(450)
    service.on("GET", "/v2/transcript", answer)
    day = rows[100]["created"][:10]
    cases: list[tuple[dict[str, Any], list[Any]]] = [
        ({"status": "error"}, [r for r in rows if r["status"] == "error"]),
        ({"created_on": day}, [r for r in rows if r["created"].startswith(day)]),
        ({"created_on": date.fromisoformat(day)}, [r for r in rows if r["created"].startswith(day)]),
        ({"before_id": "id440"}, rows[441:]),
        ({"after_id": "id3"}, rows[:3]),
        ({"after_id": "id301", "status": "error"}, [r for r in rows[:301] if r["status"] == "error"]),
        ({"after_id": "id9", "before_id": "id5", "throttled_only": False}, rows[6:9]),
        ({"after_id": "id9", "limit": 2}, rows[:2]),
    ]
    for filters, expected in cases:
        got = [i.id async for i in client.transcripts.list(**filters)]
        assert got == [r["id"] for r in expected], filters
    assert "throttled_only=false" in service.sent("GET")[-2].query
    found = await client.transcripts.list_page(limit=5, after_id="a", before_id="id2")
    assert len(found.transcripts) == 5
    assert "after_id=a" in service.received[-1].query


async def test_wrong_filters_are_refused_here(client: Client) -> None:
    for wrong in ({"status": "done"}, {"created_on": "yesterday"}, {"limit": 0}):
        with pytest.raises(errors.OptionError):
            async for _ in client.transcripts.list(**wrong):
                pass
    with pytest.raises(errors.OptionError, match="1 to 200"):
        await client.transcripts.list_page(limit=201)


async def test_exports(service: ScriptedService, client: Client) -> None:
    service.on("GET", "/v2/transcript/t1/sentences", reply({"sentences": [{"text": "Hi."}]}))
    service.on("GET", "/v2/transcript/t1/paragraphs", reply({"paragraphs": []}))
    service.on("GET", "/v2/transcript/t1/srt", Step(200, "1\n00:00 --> 00:01\nGrüße\n".encode()))
    service.on("GET", "/v2/transcript/t1/vtt", Step(200, b"WEBVTT\n"))
    service.on("GET", "/v2/transcript/t1/word-search", reply({"total_count": 1, "matches": []}))
    t = client.transcripts
    assert (await t.sentences("t1"))["sentences"][0]["text"] == "Hi."
    assert (await t.paragraphs("t1"))["paragraphs"] == []
    assert "Grüße" in await t.srt("t1")
    assert "chars_per_caption" not in service.received[-1].query
    assert await t.vtt("t1", chars_per_caption=32) == "WEBVTT\n"
    assert service.received[-1].query == "chars_per_caption=32"
    assert (await t.word_search("t1", ["refund", "call me back"]))["total_count"] == 1
    assert parse_qs(service.received[-1].query) == {"words": ["refund,call me back"]}
    for words in ("", [], "one two three four five six"):
        with pytest.raises(errors.OptionError):
            await t.word_search("t1", words)
    with pytest.raises(errors.OptionError):
        await t.srt("t1", 0)


async def test_delete_is_sent_and_read(service: ScriptedService, client: Client) -> None:
    service.on("DELETE", "/v2/transcript/t1", RESET, reply({"id": "t1", "text": "Deleted by user."}))
    assert (await client.transcripts.delete("t1")).text == "Deleted by user."


async def test_ids_are_quoted_and_checked(service: ScriptedService, client: Client) -> None:
    with pytest.raises(errors.NotFoundError):
        await client.transcripts.get("../../v2/upload?x=1")
    assert service.received[0].path == "/v2/transcript/../../v2/upload?x=1"  # decoded again by the server
    assert service.received[0].query == ""
    for wrong in ("", " ", None):
        with pytest.raises(errors.UsageError):
            await client.transcripts.get(wrong)


# -- redacted audio ----------------------------------------------------------------------------------------


async def test_redacted_audio_is_waited_for_and_saved_without_the_key(
    service: ScriptedService, client: Client, in_folder: Path
) -> None:
    ready = {"redacted_audio_url": f"{service.url}/store/x.wav?sig=1", "status": "redacted_audio_ready"}
    service.on("GET", "/v2/transcript/t1/redacted-audio", reply({"status": "waiting"}, 202), reply(ready))
    assert await client.transcripts.redacted_audio("t1") == ready["redacted_audio_url"]
    expired = Step(403, b"<Error>Request has expired</Error>")
    service.on("GET", "/store/x.wav", expired, Step(200, SOUND, cut=1000), Step(200, SOUND))
    seen: list[Any] = []
    path = await client.transcripts.redacted_audio("t1", in_folder, progress=lambda *p: seen.append(p))
    assert path == in_folder / "t1_redacted.wav"
    assert (in_folder / "t1_redacted.wav").read_bytes() == SOUND
    assert seen[-1] == (len(SOUND), len(SOUND))
    assert all(KEY not in json.dumps(r.headers) for r in service.sent("GET", "/store/*"))
    assert os.listdir(in_folder) == ["t1_redacted.wav"]  # no partial file is left


async def test_redacted_audio_that_cannot_be_had(service: ScriptedService, client: Client) -> None:
    service.on("GET", "/v2/transcript/t1/redacted-audio", reply({"error": "not available"}, 400))
    with pytest.raises(errors.BadRequestError, match="redact_pii_audio"):
        await client.transcripts.redacted_audio("t1")
    service.on("GET", "/v2/transcript/t2/redacted-audio", reply(None, 202))
    with pytest.raises(errors.RequestTimeoutError, match="not ready"):
        await client.transcripts.redacted_audio("t2", patience=0.0)

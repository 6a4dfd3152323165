"""Pages of the list: newest first, each transcript once whichever way one walks."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.local.storage import Storage
from tests.examples import examples


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """37 transcripts of one project among those of another, with statuses in no order."""
    storage = Storage(tmp_path_factory.mktemp("list"))
    ids = []
    for n in range(74):
        row = storage.add("mine" if n % 2 else "theirs", {"audio_url": "http://127.0.0.1/"}, None)
        status = ("completed", "error", "queued")[n * n % 3]
        day = f"2026-10-{1 + n // 20:02}"
        storage._db.execute(
            "UPDATE transcripts SET status = ?, created = ? || substr(created, 11) WHERE id = ?",
            (status, day, row["id"]),
        )
        if n % 2:
            ids.append((row["id"], status, day))
    yield storage, ids[::-1]
    storage.close()


@given(
    limit=st.integers(1, 45),
    status=st.sampled_from([None, "completed", "error", "queued", "processing"]),
    day=st.sampled_from([None, "2026-10-01", "2026-10-04", "2026-11-01"]),
)
@examples(12)
def test_walking_meets_every_match_exactly_once_in_both_directions(filled, limit, status, day):
    storage, everything = filled
    wanted = [id for id, s, d in everything if status in (None, s) and day in (None, d)]

    def page(**ends):
        rows, older, newer = storage.page("mine", limit, status=status, created_on=day, **ends)
        assert len(rows) <= limit
        return rows, older, newer

    rows, older, newer = page()
    assert not newer
    seen = [row["id"] for row in rows]
    while older:
        rows, older, newer = page(before=rows[-1]["seq"])
        assert newer
        seen += [row["id"] for row in rows]
    assert seen == wanted
    back = [row["id"] for row in rows]
    while newer if rows else False:
        rows, _, newer = page(after=rows[0]["seq"])
        back = [row["id"] for row in rows] + back
    assert back == wanted


def test_the_list_over_http(engine):
    ids = [engine.submit("Hello.")["id"] for _ in range(7)]
    for id in ids:
        engine.wait(id)
    newest_first = ids[::-1]
    body = engine.client.get("/v2/transcript", params={"limit": 3, "status": "completed"}).json()
    details = body["page_details"]
    assert [t["id"] for t in body["transcripts"]] == newest_first[:3]
    assert (details["limit"], details["result_count"], details["next_url"]) == (3, 3, None)
    assert details["current_url"] == f"{engine.url}/v2/transcript?limit=3&status=completed"
    query = parse_qs(urlsplit(details["prev_url"]).query)
    assert query == {"limit": ["3"], "status": ["completed"], "before_id": [newest_first[2]]}
    second = engine.client.get(details["prev_url"]).json()
    assert [t["id"] for t in second["transcripts"]] == newest_first[3:6]
    first = engine.client.get(second["page_details"]["next_url"]).json()
    assert first["transcripts"] == body["transcripts"]
    item = body["transcripts"][0]
    assert sorted(item) == ["audio_url", "completed", "created", "error", "id", "resource_url", "status"]
    assert item["resource_url"] == f"{engine.url}/v2/transcript/{item['id']}"
    assert datetime.fromisoformat(item["created"]) <= datetime.fromisoformat(item["completed"])
    assert engine.client.get(item["resource_url"]).json()["id"] == item["id"]


def test_filters_over_http(engine):
    id = engine.finished("Hello.")["id"]

    def ids(**query):
        body = engine.client.get("/v2/transcript", params=query).raise_for_status().json()
        return [t["id"] for t in body["transcripts"]]

    today = datetime.now(UTC).date().isoformat()
    assert (
        ids(created_on=today)
        == ids(status="completed")
        == ids(limit=200)
        == ids(throttled_only="false")
        == [id]
    )
    assert ids(created_on="2020-01-01") == ids(status="error") == ids(throttled_only="true") == []
    assert ids(before_id=id) == ids(after_id=id) == []
    with engine.as_other() as other:
        assert other.get("/v2/transcript").json()["transcripts"] == []
        assert other.get("/v2/transcript", params={"before_id": id}).status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 201},
        {"limit": "ten"},
        {"status": "done"},
        {"created_on": "yesterday"},
        {"before_id": "nothing"},
        {"after_id": "nothing"},
    ],
)
def test_queries_that_make_no_sense_are_400(idle_engine, query):
    assert idle_engine.client.get("/v2/transcript", params=query).status_code == 400


def test_the_default_page_has_ten(engine):
    for _ in range(11):
        engine.submit("Hello.")
    assert engine.client.get("/v2/transcript").json()["page_details"]["result_count"] == 10

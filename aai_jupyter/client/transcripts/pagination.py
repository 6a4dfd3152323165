"""The list of transcripts as one row of items, over as many pages as it takes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable

from aai_jupyter.client.response_rows import TranscriptItem, TranscriptPage
from aai_jupyter.client.transcripts.submit import PAGE


async def walk(
    list_page: Callable[..., Awaitable[TranscriptPage]],
    *,
    limit: int | None,
    status: str | None,
    day: str | None,
    before_id: str | None,
    after_id: str | None,
    throttled_only: bool | None,
) -> AsyncGenerator[TranscriptItem]:
    """Items of all pages, newest first; parameters as of :meth:`Transcripts.list`, and checked."""
    # Whether a page "after" an id starts at that id or at the newest item is documented nowhere. So pages
    # are walked from the newest until that id is met, which no filter may hide: it is applied here.
    here = after_id is not None
    given = 0
    while True:
        page = await list_page(
            limit=PAGE if limit is None or here else min(PAGE, limit - given),
            status=None if here else status,
            created_on=None if here else day,
            before_id=before_id,
            throttled_only=throttled_only,
        )
        for item in page.transcripts:
            if here and item.id == after_id:
                return
            fits = status in (None, item.status) and (item.created or "").startswith(day or "")
            if here and not fits:
                continue
            yield item
            given += 1
            if given == limit:
                return
        before_id = page.transcripts[-1].id if page.transcripts else None
        if before_id is None or page.prev_url is None:
            return

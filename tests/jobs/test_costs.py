"""Limits of cost, the spending by the journal, and a ledger that both must agree with, to the cent."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import aai_jupyter as aai
from aai_jupyter.jobs.charges import SpendingRules
from aai_jupyter.jobs.store import Store
from aai_jupyter.runtime.process import runtime
from aai_jupyter.settings.configuration import settings
from tests.faults.kernel import Kernel, Plan
from tests.faults.simulator import KEY, Fault, Simulator
from tests.jobs.costs import ledger, recordings, wav

U2: Any = {"speech_models": ["universal-2"], "language_code": "en"}


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    monkeypatch.setattr("aai_jupyter.client.transcripts.transcripts_api.QUICKEST", 0.05)
    monkeypatch.setattr("aai_jupyter.client.transcripts.submit._LOOKS", (0.01, 0.02, 0.04, 0.08))
    with Simulator() as simulator:
        settings.login(KEY)
        settings.base_url = simulator.url
        settings.home = tmp_path / "home"
        yield simulator
        runtime().close()


def cents(usd: float) -> int:
    return round(100 * usd)


def test_spending_equals_the_ledger_to_the_cent(service: Simulator, tmp_path: Path) -> None:
    paths = recordings(tmp_path / "calls", service, [3600, 1800, 5000, 7, 3600])
    aai.transcribe(paths[:3], tag="pilot", **U2)
    aai.transcribe(paths, tag="pilot", **U2)  # three of them are known
    aai.transcribe([paths[0], paths[0]], speaker_labels=True, **U2)  # listed twice
    aai.transcribe(paths[1], entity_detection=True, tag="entities", **U2)
    total = aai.spend()
    assert (len(total), len(service.jobs)) == (7, 7)
    assert cents(total.usd.sum()) == cents(ledger(service))
    assert total.usd.sum() == pytest.approx(ledger(service), abs=1e-6)
    assert total.estimated.sum() == 0
    by_tag = aai.spend("tag")
    assert by_tag.loc["pilot", "jobs"] == 5
    assert by_tag.loc["pilot", "hours"] == pytest.approx(14007 / 3600)
    assert by_tag.loc["entities", "usd"] == pytest.approx(0.5 * 0.23)
    assert aai.spend("model").usd.sum() == pytest.approx(ledger(service))
    today = aai.spend("day")
    assert (len(today), today.index[0].strftime("%Y-%m-%d")) == (1, time.strftime("%Y-%m-%d", time.gmtime()))
    with pytest.raises(aai.OptionError, match="by must be"):
        aai.spend("week")


def test_more_than_max_cost_is_refused_before_anything_is_sent(service: Simulator, tmp_path: Path) -> None:
    paths = recordings(tmp_path / "calls", service, [3600] * 4)
    with pytest.raises(aai.CostLimitError, match=r"about \$0\.60 is more than max_cost, \$0\.50"):
        aai.transcribe([*paths, paths[0]], max_cost=0.5, **U2)  # a duplicate costs nothing
    assert not service.requests
    settings.max_cost = 0.5
    with pytest.raises(aai.CostLimitError):
        aai.transcribe(paths, **U2)
    assert len(aai.transcribe(paths, max_cost=0.6, **U2)) == 4
    service.requests.clear()
    assert len(aai.transcribe(paths, max_cost=0, **U2)) == 4  # all are known
    assert not service.requests
    limit: Any = "5"
    with pytest.raises(aai.OptionError, match="max_cost must be a number"):
        aai.transcribe(paths, max_cost=limit, **U2)


def test_a_batch_that_would_pass_its_limit_stops_and_says_so(service: Simulator, tmp_path: Path) -> None:
    urls = [f"https://example.org/{number}.mp3" for number in range(6)]  # of unknown length: an hour each
    service.lengths = dict.fromkeys(urls, 3600)
    found = aai.transcribe(urls, max_cost=0.5, **U2)
    assert len(found) == len(service.jobs) == 3
    assert cents(ledger(service)) <= 50
    assert set(found.failed.error) == {"CostLimitError"}
    assert found.failed.message[0].startswith("Not sent: it would pass max_cost, $0.50")
    assert "not paid again" in found.failed.remedy[0]
    assert found.retry_failed(max_cost=0.45) is found
    assert (len(found), len(found.failed)) == (6, 0)
    assert found.sources == urls
    assert service.paid_twice == {}
    assert cents(aai.spend().usd.sum()) == cents(ledger(service)) == 90


def test_a_length_that_the_header_understates_counts_as_it_is(service: Simulator, tmp_path: Path) -> None:
    settings.concurrency = 1
    paths = recordings(tmp_path / "calls", service, [3600] * 8)
    service.lengths = dict.fromkeys(service.lengths, 7200)
    found = aai.transcribe(paths, max_cost=1.2, **U2)
    assert len(found) + len(found.failed) == 8
    assert aai.spend().usd.sum() == pytest.approx(ledger(service))


def test_a_budget_holds_for_all_calls_of_a_month(service: Simulator, tmp_path: Path) -> None:
    settings.monthly_budget = 1.0
    paths = recordings(tmp_path / "calls", service, [3600] * 8)
    assert len(aai.transcribe(paths[:4], **U2)) == 4
    with pytest.raises(aai.CostLimitError, match=r"budget of \$1\.00 a month \(\$0\.60 spent"):
        aai.transcribe(paths[4:], **U2)
    assert len(service.jobs) == 4
    assert len(aai.transcribe(paths[:6], **U2)) == 6
    store = runtime().store
    store.clear()  # of the cache: what was spent stays spent
    with pytest.raises(aai.CostLimitError):
        aai.transcribe(paths[6:], **U2)
    store.database.write(lambda db: db.execute("UPDATE charges SET at = at - 32 * 86400"))
    assert len(aai.transcribe(paths[6:], **U2)) == 2


def test_failed_and_refused_jobs_cost_nothing(service: Simulator, tmp_path: Path) -> None:
    paths = recordings(tmp_path / "calls", service, [3600] * 2)
    refused = Fault(taken=False, status=400, body=b'{"error": "This is refused"}')
    service.fault = lambda kind, number, body: refused if kind == "post" and number == 1 else None
    settings.concurrency = 1
    found = aai.transcribe(paths, **U2)
    assert (len(found), len(found.failed), len(service.jobs)) == (1, 1, 1)
    assert cents(aai.spend().usd.sum()) == cents(ledger(service)) == 15


@pytest.mark.parametrize(
    "at", ["after commit submitting", "after commit submitted", "before commit completed"]
)
def test_a_killed_kernel_leaves_the_ledger_and_the_charges_equal(
    service: Simulator, tmp_path: Path, at: str
) -> None:
    paths = recordings(tmp_path / "calls", service, [3600, 1800])
    plan = Plan(service.url, tmp_path / "home", tuple(paths[:1]), dict(U2), at=at)
    assert Kernel(plan).result() is None
    aai.transcribe(paths, **U2)
    assert service.paid_twice == {}
    assert aai.spend().usd.sum() == pytest.approx(ledger(service))
    assert aai.spend().estimated.sum() == 0


def test_charges_survive_a_damaged_store(tmp_path: Path) -> None:
    from aai_jupyter.jobs.charges import Charge, all_charges, put_estimate

    store = Store(tmp_path, lambda line: None)
    charge = Charge("universal-2", 60.0, 0.0025)
    store.database.write(lambda db: put_estimate(db, "job-1", "account", charge, "tag", 1.7e9))
    store.close()
    from aai_jupyter.jobs.salvage import readable_rows

    rows = [row for table, row in readable_rows(tmp_path / "store-1.sqlite3") if table == "charges"]
    assert rows == [("job-1", "account", 1.7e9, "estimated", "universal-2", "tag", 60.0, 0.0025, 0)]
    again = Store(tmp_path, lambda line: None)
    assert len(again.database.read(all_charges)) == 1
    assert not SpendingRules().limits


def test_the_length_of_such_a_file_is_known(tmp_path: Path) -> None:
    from aai_jupyter.client.sources.reading import resolve_sources

    assert resolve_sources(wav(tmp_path / "a.wav", 3601))[0].seconds == 3601

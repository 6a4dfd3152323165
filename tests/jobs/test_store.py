"""The store keeps every transcript and id through damage, full disks, forks and other kernels."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from aai_jupyter.jobs.cache_keys import cache_key
from aai_jupyter.jobs.claims import ClaimLost, Claims
from aai_jupyter.jobs.holder_watch import SILENT_SECONDS
from aai_jupyter.jobs.journal import (
    COMPLETED,
    FAILED,
    FOLLOWS,
    OPEN,
    PLANNED,
    SUBMITTED,
    SUBMITTING,
    UPLOADED,
)
from aai_jupyter.jobs.sql_cells import SqlCells
from aai_jupyter.jobs.store import FILE, Store

RAW = json.dumps({"id": "t1", "status": "completed", "text": "Grüße"}).encode()


@pytest.fixture
def messages():
    return []


@pytest.fixture
def store(tmp_path, messages):
    store = Store(tmp_path / "home", messages.append)
    yield store
    store.close()


def submitted(store, key="k", transcript_id="t1", source="talk.mp3", account="acc"):
    job = store.begin(key, account, source, "{}")
    job = store.uploaded(job, "sha256:a", "https://cdn/u1")
    job = store.record(job, SUBMITTING)
    return store.record(job, SUBMITTED, transcript_id=transcript_id)


def test_a_finished_transcript_is_found_by_key_and_by_id(store):
    store.complete(submitted(store), RAW)
    assert store.cached("k").raw == RAW
    assert store.transcript("t1").source == "talk.mp3"
    assert store.transcript("t1", "other account") is None
    assert (len(store), list(store)) == (1, [("t1", "talk.mp3")])


def test_every_step_is_in_the_journal(store):
    job = store.complete(submitted(store), RAW)
    states = [(state, detail) for state, detail, _ in store.journal(job.job)]
    assert states == [
        (PLANNED, None),
        (UPLOADED, "https://cdn/u1"),
        (SUBMITTING, None),
        (SUBMITTED, "t1"),
        (COMPLETED, None),
    ]


def test_a_new_store_object_sees_what_the_last_one_wrote(store):
    job = submitted(store)
    other = Store(store.home)
    assert other.open_job("k") == job
    assert other.job_of("t1") == job
    other.close()


def test_the_job_that_came_furthest_is_taken_up(store):
    store.begin("k", "acc", "a", "{}")
    far = submitted(store)
    store.begin("k", "acc", "b", "{}")
    assert store.open_job("k").job == far.job


def test_since_leaves_out_what_is_older(store):
    store.complete(submitted(store), RAW)
    submitted(store, transcript_id="t2")
    later = time.time() + 0.001
    assert store.cached("k", later) is None
    assert store.open_job("k", later) is None


def test_uploads_are_reused_for_a_day(store):
    submitted(store)
    assert store.upload_url("sha256:a", "acc") == "https://cdn/u1"
    assert store.upload_url("sha256:a", "other") is None
    assert store.upload_url("sha256:a", "acc", now=time.time() + 24 * 3600 + 1) is None
    store.forget_upload("https://cdn/u1")
    assert store.upload_url("sha256:a", "acc") is None


def test_a_completed_job_stays_completed(store):
    done = store.complete(submitted(store), RAW)
    store.fail(done, "late news from another kernel")
    assert store.job_of("t1").state == COMPLETED
    with pytest.raises(ValueError, match="cannot follow"):
        store.record(done, SUBMITTING)


def test_a_transcript_that_turns_up_after_a_failure_is_kept(store):
    job = submitted(store)
    store.fail(job, "the service did not know it")
    store.complete(store.job_of("t1"), RAW)
    assert store.cached("k").raw == RAW
    assert store.job_of("t1").state == COMPLETED


def test_forget_removes_all_traces_of_a_transcript(store):
    store.complete(submitted(store, source="secret interview.mp3"), RAW)
    store.forget("t1")
    assert store.transcript("t1") is None
    assert store.cached("k") is None
    assert store.jobs() == []
    assert store.upload_url("sha256:a", "acc") is None


def test_an_account_is_forgotten_and_no_other(store):
    store.complete(submitted(store, source="secret interview.mp3"), RAW)
    store.keep("other", "t9", RAW)
    assert store.forget_account("acc") == 1
    assert store.jobs() == []
    assert store.cached("k") is None
    assert store.transcript("t9") is not None
    assert b"secret interview" not in (store.home / FILE).read_bytes()


def test_clear_keeps_the_ids_of_jobs_that_still_run_and_are_paid_for(store):
    store.complete(submitted(store, "done"), RAW)
    submitted(store, "running", "t2")
    store.clear()
    assert [job.transcript_id for job in store.jobs()] == ["t2"]
    assert len(store) == 0
    store.clear(unfinished=True)
    assert store.jobs() == []


def test_cleared_text_is_gone_from_the_disk(store):
    store.complete(submitted(store, source="Zanzibar-interview.mp3"), RAW)
    store.clear()
    store.close()
    assert not any(b"Zanzibar" in file.read_bytes() for file in store.home.iterdir())


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_folder_and_files_are_for_the_owner_only(store):
    old = os.umask(0)
    try:
        submitted(store)
    finally:
        os.umask(old)
    assert store.home.stat().st_mode & 0o777 == 0o700
    names = {file.name: file.stat().st_mode & 0o777 for file in store.home.iterdir()}
    assert set(names.values()) == {0o600}
    assert any(name.endswith("-wal") for name in names)


@pytest.mark.parametrize("damage", [b"", b"this is no database, it is text" * 400, "middle"])
def test_a_damaged_file_is_moved_aside_with_one_message(store, messages, damage):
    for number in range(50):
        store.complete(submitted(store, f"k{number}", f"t{number}"), RAW * 20)
    store.database.compact()
    store.close()
    path = store.database.path
    content = path.read_bytes()
    if damage == "middle":
        damage = content[:1024] + b"\xff" * (len(content) - 2048) + content[-1024:]
    path.write_bytes(damage)
    fresh = Store(store.home, messages.append)
    assert fresh.cached("k1") is None
    fresh.complete(submitted(fresh), RAW)
    assert fresh.cached("k").raw == RAW
    if damage:  # an empty file is a new database
        (line,) = messages
        assert "damaged" in line
        kept = [file for file in store.home.iterdir() if ".damaged-" in file.name]
        assert kept[0].read_bytes() == damage
    fresh.close()


def test_where_nothing_can_be_written_the_session_goes_on_in_memory(tmp_path, messages):
    (tmp_path / "file").write_text("not a folder")
    store = Store(tmp_path / "file" / "home", messages.append)
    store.complete(submitted(store), RAW)
    assert store.cached("k").raw == RAW
    (line,) = messages
    assert "this session only" in line
    assert "AAI_JUPYTER_HOME" in line


def test_a_flipped_bit_in_a_transcript_is_a_miss_not_a_crash(store):
    store.complete(submitted(store), RAW)
    store.database.write(lambda db: db.execute("UPDATE transcripts SET raw = x'789c00'"))
    assert store.cached("k") is None


@pytest.mark.skipif(not hasattr(os, "fork"), reason="fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_writes_too(store):
    submitted(store)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            store.complete(store.job_of("t1"), RAW)
            code = 0
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
    assert store.cached("k").raw == RAW


WRITER = """
import sys
from pathlib import Path
from aai_jupyter.jobs.store import Store, SUBMITTING, SUBMITTED
store = Store(Path(sys.argv[1]))
for n in range(40):
    job = store.record(store.begin(f"{sys.argv[2]}-{n}", "acc", "s", "{}"), SUBMITTING)
    store.complete(store.record(job, SUBMITTED, transcript_id=f"{sys.argv[2]}-{n}"), b"{}")
"""


def test_several_processes_write_at_once_and_nothing_is_lost(store):
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(store.home), str(number)]) for number in range(3)
    ]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert len(store) == 120
    assert {job.state for job in store.jobs()} == {COMPLETED}


def test_a_claim_belongs_to_one_until_released(store):
    ours, theirs = Claims(store), Claims(store)
    assert ours.acquire("k")
    assert ours.acquire("k")
    assert not theirs.acquire("k")
    theirs.release("k")  # not theirs to release
    assert not theirs.acquire("k")
    ours.release("k")
    assert theirs.acquire("k")


class Clock:
    """Seconds that go on when they are told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_claim_of_a_living_process_of_this_machine_is_never_taken(store):
    clock = Clock()
    ours, theirs = Claims(store), Claims(store, clock)
    ours.acquire("k")
    for _ in range(100):  # it may be stopped in a debugger
        clock.now += 1.0
        assert not theirs.acquire("k")


@pytest.mark.parametrize("owner", ["other-machine|77|123|abc", "laptop|77|5d|8f", "nonsense", "x|y|z|w"])
def test_a_foreign_claim_is_free_when_its_counter_has_stood_still_while_we_looked(store, owner):
    clock = Clock()
    ours = Claims(store, clock)
    put = "INSERT INTO claims (key, owner, beat) VALUES ('k', ?, 1e9)"
    store.database.write(lambda db: db.execute(put, (owner,)))
    for step in range(15):
        assert not ours.acquire("k")
        clock.now += 1.0
        if step == 9:
            store.database.write(lambda db: db.execute("UPDATE claims SET beat = beat + 1"))
    clock.now += 3600.0  # we ourselves were suspended, and so may have been the other
    assert not ours.acquire("k")
    for _ in range(int(SILENT_SECONDS)):
        clock.now += 1.0
        taken = ours.acquire("k")
    assert taken


def test_who_lost_the_claim_may_not_post(store):
    ours = Claims(store)
    ours.acquire("k")
    store.database.write(lambda db: db.execute("UPDATE claims SET owner = 'another'"))
    with pytest.raises(ClaimLost):
        store.database.write(lambda db: ours.renew(SqlCells(db), "k"))
    ours.beat()
    ours.release("k")
    assert store.database.read(lambda db: SqlCells(db).claim("k")).owner == "another"


def test_a_claim_of_a_dead_process_on_this_machine_is_free_at_once(store):
    code = (
        "import sys, pathlib; from aai_jupyter.jobs.store import Store; "
        "from aai_jupyter.jobs.claims import Claims; "
        "assert Claims(Store(pathlib.Path(sys.argv[1]))).acquire('k')"
    )
    subprocess.run([sys.executable, "-c", code, str(store.home)], check=True)
    assert store.database.read(lambda db: db.execute("SELECT count(*) FROM claims").fetchone()) == (1,)
    if os.name == "posix":
        assert Claims(store).acquire("k")


# -- properties ----------------------------------------------------------------------------------------

texts = st.text(max_size=20)
parts = st.tuples(texts, st.binary(max_size=20), texts, texts)


@given(parts, parts)
def test_only_equal_parts_give_equal_keys(one, other):
    """No two different combinations run together, as plain concatenation would let them."""
    assert (cache_key(*one) == cache_key(*other)) == (one == other)


options = st.dictionaries(
    st.sampled_from(["speaker_labels", "punctuate", "disfluencies", "filter_profanity", "redact_pii"]),
    st.booleans(),
)


@given(options, st.randoms())
def test_the_order_of_options_does_not_change_the_key(chosen, random):
    from aai_jupyter.client.options.transcript_request import build_request
    from aai_jupyter.errors import OptionError

    items = list(chosen.items())
    random.shuffle(items)
    try:
        one = build_request(chosen)
    except OptionError:
        return
    assert one.canonical() == build_request(dict(items)).canonical()


class Journal(RuleBasedStateMachine):
    """Whatever order the steps of two kernels come in, no ending is taken back and no id is lost."""

    @initialize()
    def start(self):
        self.store = Store(Path(__file__) / "no folder")  # in memory
        self.jobs = {}

    @rule()
    def plan(self):
        job = self.store.begin("k", "acc", "s", "{}")
        self.jobs[job.job] = job

    @rule(data=st.data(), state=st.sampled_from([*OPEN, COMPLETED, FAILED]))
    def step(self, data, state):
        if not self.jobs:
            return
        name = data.draw(st.sampled_from(sorted(self.jobs)))
        before = self.jobs[name]
        facts = {"transcript_id": f"id of {name}"} if state == SUBMITTED else {}
        if state in FOLLOWS[before.state]:
            self.jobs[name] = self.store.record(before, state, **facts)
        else:
            with pytest.raises(ValueError, match="cannot follow"):
                self.store.record(before, state, **facts)

    @rule(data=st.data())
    def fail(self, data):
        if self.jobs:
            name = data.draw(st.sampled_from(sorted(self.jobs)))
            self.store.fail(self.jobs[name], "late")
            self.jobs[name] = next(job for job in self.store.jobs() if job.job == name)

    @invariant()
    def the_journal_tells_the_truth(self):
        for name, job in getattr(self, "jobs", {}).items():
            states = [state for state, _, _ in self.store.journal(name)]
            assert states[-1] == job.state
            assert all(after in FOLLOWS[b] for b, after in zip([None, *states], states, strict=False))
            if SUBMITTED in states:
                assert self.store.job_of(f"id of {name}").job == name

    @invariant()
    def what_can_be_resumed_is_found(self):
        jobs = getattr(self, "jobs", {}).values()
        found = self.store.open_job("k") if jobs else None
        assert (found is not None) == any(job.state in OPEN for job in jobs)
        if any(job.state == SUBMITTED for job in jobs):
            assert found.state == SUBMITTED

    def teardown(self):
        if hasattr(self, "store"):
            self.store.close()


TestJournal = Journal.TestCase
TestJournal.settings = settings(
    max_examples=12, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
)


def test_sqlite_is_new_enough_for_its_error_codes():
    assert hasattr(sqlite3, "SQLITE_CORRUPT")

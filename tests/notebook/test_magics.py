"""The magics end to end: a real kernel, a real server; the newest versions and those of Colab."""

import json

import pytest

from tests.notebook.conftest import speech

pytestmark = pytest.mark.kernel


@pytest.fixture(autouse=True)
def files(shell):
    shell.ok("%reset -f\nimport pandas as pd\nfrom pathlib import Path")
    return shell.folder


def jobs_made(service):
    return len(service.client.get("/v2/transcript", params={"limit": 200}).json()["transcripts"])


def test_one_file_becomes_a_named_transcript_with_progress_and_its_id_in_the_output(shell, files, service):
    speech(files, "one.wav", "A: This is the first one.")
    cell = shell.ok("%transcribe one.wav --speaker-labels --as t")
    assert shell.value("[type(t).__name__, len(t.words), list(t.words.columns[:3])]")[:2] == ["Transcript", 6]
    assert len(cell.displays) == 1  # one display, updated in place
    progress = cell.displays[0]
    assert progress["text/plain"].startswith(
        "one.wav: done, 6 words, 1 speaker, confidence 0.90, script reader"
    )
    assert "<progress" not in progress["text/html"]
    assert cell.result is not None
    assert cell.result_metadata["aai_jupyter"]["transcript_id"] == shell.value("t.id")
    again = shell.ok("%transcribe one.wav --speaker-labels --as t2")
    assert "from cache" in again.displays[0]["text/plain"]
    assert shell.value("t2.id == t.id")


def test_the_three_ways_to_name_a_result(shell, files):
    speech(files, "named.wav")
    shell.ok("a = %transcribe named.wav")
    shell.ok("%transcribe b << named.wav")
    shell.ok("%transcribe named.wav --as c")
    assert shell.value("a.id == b.id == c.id")


def test_a_cell_names_its_result_and_lists_sources_with_patterns_comments_spaces_and_values(shell, files):
    speech(files, "calls/1.wav", "A: one")
    speech(files, "calls/2.wav", "A: two")
    speech(files, "with space.wav", "A: three")
    speech(files, "last.wav", "A: four")
    shell.ok("more = Path('last.wav')")
    body = "# all calls\ncalls/*.wav\n\nwith space.wav   # no quotes needed\n{more}\n"
    cell = shell.ok(f"%%transcribe calls --language-code en\n{body}")
    assert shell.value("[type(calls).__name__, [t.text.split()[-1] for t in calls]]") == [
        "TranscriptSet",
        ["one", "two", "three", "four"],
    ]
    *rows, summary = cell.displays[0]["text/plain"].splitlines()
    assert (len(rows), summary) == (4, "4 of 4.")
    assert shell.value("sorted(calls.words.transcript_id.unique()) == sorted(t.id for t in calls)")


def test_a_cell_magic_with_nothing_below_works_like_the_line_magic(shell, files):
    speech(files, "alone.wav")
    cell = shell.ok("%%transcribe alone.wav\n")
    assert cell.result is not None
    assert shell.value("_.text") == "RIFF....WAVE Good morning. Hello there."


@pytest.mark.any_kernel
@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("path", "Transcript"),
        ("{path}", "Transcript"),
        ("{name}", "Transcript"),
        ("data", "Transcript"),
        ("paths", "TranscriptSet"),
        ("paths[1]", "Transcript"),
        ("frame.path", "TranscriptSet"),
        ("frame['path']", "TranscriptSet"),
        ('"spa ced.wav"', "Transcript"),
        ("o*.wav", "TranscriptSet"),
        ("folder", "TranscriptSet"),
    ],
)
def test_names_of_objects_patterns_folders_and_quoted_paths_are_sources(shell, files, source, kind):
    for name in ("object1.wav", "object2.wav", "spa ced.wav", "folder/x.wav"):
        speech(files, name, f"A: {name}")
    shell.ok(
        "path = Path('object1.wav'); name = 'object1.wav'; paths = [str(path), 'object2.wav']\n"
        "data = path.read_bytes(); frame = pd.DataFrame({'path': paths})"
    )
    shell.ok(f"t = %transcribe {source}")
    assert shell.value("type(t).__name__") == kind


def test_a_magic_in_a_function_sees_its_local_names(shell, files):
    speech(files, "local.wav")
    shell.ok(
        "def f(inner):\n    %transcribe {inner} --as out --quiet\n"
        "    x = %transcribe inner --quiet\n    return x"
    )
    shell.ok("result = f('local.wav')")
    assert shell.value("result.id == out.id")


def test_quiet_semicolon_and_no_display_hide_but_still_assign(shell, files):
    speech(files, "still.wav")
    quiet = shell.ok("%transcribe still.wav --quiet")
    assert (quiet.displays, quiet.result, quiet.stdout, quiet.stderr) == ([], None, "", "")
    assert shell.ok("%transcribe still.wav;").result is None
    assert shell.ok("%transcribe still.wav --no-display").result is None
    assert shell.ok("%%transcribe named --no-display\nstill.wav").result is None
    shell.ok("a = %transcribe still.wav;")
    shell.ok("b = %transcribe still.wav --quiet")
    assert shell.value("a.id == b.id == named.id")


def test_a_dry_run_shows_sources_price_and_request_and_sends_nothing(shell, files, service):
    speech(files, "dry.wav")
    before = jobs_made(service)
    hook = "--webhook-url https://x.org --webhook-auth-header-name X --webhook-auth-header-value secret-value"
    cell = shell.ok(f"%transcribe dry.wav --speaker-labels {hook} --dry-run")
    text = cell.text
    assert jobs_made(service) == before
    assert "dry.wav" in text
    assert "1 recording" in text
    assert "price list of 20" in text
    request = json.loads(text[text.index("{") : text.rindex("}") + 1])
    assert request["speaker_labels"] is True
    assert request["speech_models"]
    assert "secret-value" not in cell.everything


def test_profiles_give_options_and_the_line_wins(shell, files):
    speech(files, "profiled.wav")
    (files / "pyproject.toml").write_text(
        "[tool.aai_jupyter.profiles.call-center]\nspeaker_labels = true\nlanguage_code = 'de'\n"
    )
    cell = shell.ok("%transcribe profiled.wav -p call-center --language-code en --dry-run")
    request = json.loads(cell.text[cell.text.index("{") : cell.text.rindex("}") + 1])
    assert (request["speaker_labels"], request["language_code"]) == (True, "en")
    wrong = shell.run("%transcribe profiled.wav -p call-centre")
    assert "call-center" in "\n".join(wrong.error)
    (files / "pyproject.toml").unlink()


def test_no_wait_gives_a_job_to_ask_later(shell, files, service):
    speech(files, "later.wav", "A: not yet")
    service.reader.hold.set()
    try:
        shell.ok("job = %transcribe later.wav --no-wait")
        assert shell.value("job.id") is not None
        assert shell.value("job.status()") in ("queued", "processing")
    finally:
        service.reader.hold.clear()
    assert shell.value("job.result().text") == "RIFF....WAVE not yet"


BAD = {
    "%transcribe missing.wav": "missing.wav",
    "%transcribe empty.wav": "empty",
    "%transcribe text.wav": "not audio",
    "%transcribe nothing": "no audio",
    "%transcribe good.wav --speaker-label": "--speaker-labels",
    "%transcribe good.wav --language-code enn": "language_code",
    "%transcribe good.wav --as 2nd": "2nd",
    "%transcribe good.wav --speakers-expected 2 --language-code en --language-detection": "language",
    "%transcribe": "needs a recording",
    "%transcribe {undefined_name}": "undefined_name",
    "%%transcribe a.wav\ngood.wav": "name",
    "%%transcribe two names\ngood.wav": "one name",
    "%%transcribe t\n--speaker-labels\ngood.wav": "first line",
    "%%transcribe t\n# only a comment": "no source",
    "%aai_status please": "takes no",
    "%aai_transcripts fetch x": "get",
    "%aai_transcripts get no-such-id": "no-such-id",
    "%aai_login my-secret-key": "no key on its line",
}


@pytest.mark.any_kernel
@pytest.mark.parametrize("code", BAD)
def test_bad_input_gives_two_or_three_lines_before_anything_is_sent(shell, files, service, code):
    speech(files, "good.wav")
    (files / "empty.wav").write_bytes(b"")
    (files / "text.wav").write_text("just some words in a file\n")
    (files / "nothing").mkdir(exist_ok=True)
    before = jobs_made(service)
    cell = shell.run(code)
    assert cell.status == "error"
    assert len(cell.error) <= 4, cell.error
    assert BAD[code] in "\n".join(cell.error)
    assert "Traceback" not in "\n".join(cell.error)
    assert "my-secret-key" not in cell.everything
    assert jobs_made(service) == before


def test_full_errors_show_the_traceback(shell):
    shell.ok("import aai_jupyter as aai; aai.settings.full_errors = True")
    try:
        assert len(shell.run("%transcribe missing.wav").error) > 8
    finally:
        shell.ok("aai.settings.full_errors = None")


def test_errors_are_catchable_and_stop_run_all(shell):
    shell.ok("try:\n    %transcribe missing.wav\nexcept ValueError as e:\n    kind = type(e).__name__")
    assert shell.value("kind") == "SourceError"
    cells = shell.run_all(["%transcribe missing.wav", "print('never')"])
    assert [cell.status for cell in cells] == ["error", "aborted"]


def test_interrupt_stops_the_wait_says_how_to_go_on_and_the_job_goes_on(shell, files, service):
    speech(files, "long.wav", "A: a long one")
    service.reader.hold.set()
    try:
        cell, seconds = shell.interrupted("%transcribe long.wav --as long", "processing")
    finally:
        service.reader.hold.clear()
    assert "<progress" not in cell.displays[-1]["text/html"]  # nothing seems to move in a saved notebook
    said = "\n".join(cell.error)
    assert cell.status == "error"
    assert len(cell.error) <= 3
    assert seconds < 5  # measured: 0.1 to 0.3 s; the bound only tells an interrupt from a wait
    (transcript_id,) = [t["id"] for t in service.client.get("/v2/transcript").json()["transcripts"][:1]]
    assert f"%aai_transcripts get {transcript_id}" in said
    assert f'aai.get("{transcript_id}")' in said
    shell.ok(f"%aai_transcripts get {transcript_id} --as resumed")
    assert shell.value("resumed.text") == "RIFF....WAVE a long one"


def test_the_help_is_the_same_by_question_mark_and_flag(shell):
    asked = shell.ok("%transcribe?").payload[0]["data"]["text/plain"]
    shown = shell.ok("%transcribe --help").stdout
    assert shell.ok("%transcribe -h").stdout == shown
    for text in ("--speaker-labels", "--dry-run", "-p, --profile", "--as NAME"):
        assert text in asked
        assert text in shown
    flat = " ".join(asked.split())
    assert " ".join(shown.split()) in flat
    for magic in ("aai_login", "aai_status", "aai_transcripts", "aai_jobs"):
        assert "--help" in shell.ok(f"%{magic} -h").stdout


def test_tab_completes_flags_values_and_files(shell, files):
    speech(files, "completed.wav")
    assert "--speaker-labels" in shell.complete("%transcribe a.wav --speaker-l")
    assert "--speaker-labels" in shell.complete("%%transcribe calls --speaker-l")
    assert any("completed.wav" in match for match in shell.complete("%transcribe comp"))
    assert "get" in shell.complete("%aai_transcripts g")


def test_status_shows_settings_their_origin_and_checks_the_connection(shell, files, service):
    speech(files, "completed.wav")
    cell = shell.ok("%aai_status")
    assert "ASSEMBLYAI_API_KEY" in cell.text
    assert "works" in cell.text
    assert "test-key-1" not in cell.everything
    shell.ok("import aai_jupyter as aai; aai.settings.api_key = 'wrong-key-0123456789'")
    try:
        wrong = shell.ok("%aai_status")
        assert "failed" in wrong.text
        assert "wrong-key" not in wrong.everything
        refused = shell.run("%transcribe completed.wav --language-code fr")
        assert refused.ename == "AuthenticationError"
        assert len(refused.error) <= 3
    finally:
        shell.ok("aai.settings.api_key = None")


def test_login_asks_without_showing_checks_the_key_and_keeps_it_out_of_the_notebook(shell, service):
    wrong = shell.answering("%aai_login", "not-a-key-of-anybody")
    assert wrong.asked == [("AssemblyAI API key: ", True)]
    assert wrong.ename == "AuthenticationError"
    assert "not-a-key-of-anybody" not in wrong.everything.replace(repr(wrong.asked), "")
    right = shell.answering("%aai_login", "test-key-2")
    assert right.status == "ok", right.error
    assert "Logged in" in right.stdout
    assert "test-key-2" not in right.everything
    assert shell.value("__import__('aai_jupyter').settings.origin('api_key')") == "%aai_login"
    europe = shell.answering("%aai_login --eu", "test-key-2")
    assert "Not moved to eu: base_url is http://127.0.0.1" in europe.stdout
    assert "still a key" in shell.ok("%aai_login --logout").stdout
    assert shell.value("__import__('aai_jupyter').settings.region") == "global"
    nobody = shell.run("%aai_login")
    assert (nobody.ename, "ASSEMBLYAI_API_KEY" in nobody.error[-1]) == ("UsageError", True)


def test_transcripts_are_listed_filtered_fetched_and_deleted(shell, files, service):
    for n in range(3):
        speech(files, f"listed{n}.wav", f"A: number {n}")
    shell.ok("%transcribe listed*.wav --as some --quiet")
    ids = shell.value("[t.id for t in some]")
    listed = shell.ok("frame = %aai_transcripts --limit 2 --status completed")
    assert listed.status == "ok"
    assert shell.value("[len(frame), list(frame.columns)[:2], str(frame.created.dtype)]") == [
        2,
        ["id", "status"],
        "datetime64[ns, UTC]",
    ]
    assert shell.value(f"set(frame.id) <= set({ids})")
    shell.ok(f"%aai_transcripts get {ids[0]} --as got")
    assert shell.value("got.id") == ids[0]
    kept = shell.answering(f"%aai_transcripts delete {ids[0]}", "n")
    assert "Nothing was deleted" in kept.stdout
    assert kept.asked[0][1] is False
    gone = shell.answering(f"%aai_transcripts delete {ids[0]}", "y")
    assert f"Deleted {ids[0]}" in gone.stdout
    assert shell.run(f"%aai_transcripts delete {ids[1]}").ename == "UsageError"  # nobody to ask
    assert shell.ok(f"%aai_transcripts delete {ids[1]} --yes").stdout.startswith("Deleted")
    assert shell.ok("%aai_transcripts --status error").status == "ok"


def test_the_journal_lists_what_was_sent(shell, files):
    speech(files, "journalled.wav", "A: for the journal")
    shell.ok("%transcribe journalled.wav --quiet")
    shell.ok("jobs = %aai_jobs")
    assert "journalled.wav" in shell.value("list(jobs.source)")
    assert shell.value("jobs.set_index('source').state['journalled.wav']") == "completed"


def test_a_batch_keeps_what_worked_and_names_what_failed(shell, files):
    speech(files, "fine.wav", "A: fine")
    speech(files, "short.wav", "")
    (files / "short.wav").write_bytes(b"RIFF\xff\xfe\xfa\xfb broken")
    cell = shell.ok("%transcribe fine.wav short.wav --as both")
    assert shell.value("[len(both), list(both.failed.source)]") == [1, ["short.wav"]]
    assert "short.wav: failed" in cell.displays[0]["text/plain"]


def test_the_python_function_shows_the_same_progress(shell, files):
    speech(files, "function.wav")
    cell = shell.ok("import aai_jupyter as aai\nt = aai.transcribe('function.wav')")
    assert cell.displays[0]["text/plain"].startswith("function.wav: done")

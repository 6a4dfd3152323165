"""The engine's gateway over real HTTP: AssemblyAI's own SDK, the extractive model, other servers' models."""

from __future__ import annotations

import json
from collections.abc import Iterator

import assemblyai as sdk
import httpx
import pytest

from aai_jupyter.embedding.sentence_vectors import find_model
from aai_jupyter.local.gateway import upstream as gateway_upstream
from aai_jupyter.local.gateway.extractive import NOT_FOUND, Extractive, read_messages
from aai_jupyter.local.gateway.gateway_routes import gateway_routes
from aai_jupyter.local.gateway.upstream_shapes import entry
from tests.local.conftest import KEY, OTHER_KEY, Running, run_engine
from tests.scripted_llm import Say, ScriptedLlm, running

SCRIPT = (
    "A: Marketing spent twelve thousand dollars on the campaign in Berlin.\n"
    "B: Agreed. I will send the revised numbers on Friday."
)
ASKED = [{"role": "user", "content": "Who will send the revised numbers?\n\n{{ transcript }}"}]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with run_engine(tmp_path_factory.mktemp("home"), routes=gateway_routes()) as found:
        yield found


@pytest.fixture(scope="module")
def call_id(engine) -> str:
    return engine.finished(SCRIPT, speaker_labels=True)["id"]


@pytest.fixture
def sdk_settings(engine, monkeypatch):
    monkeypatch.setattr(sdk.settings, "api_key", KEY)
    monkeypatch.setattr(sdk.settings, "llm_gateway_base_url", engine.url)


def test_the_official_sdk(sdk_settings, call_id):
    gateway = sdk.LLMGateway()
    (model,) = gateway.models.list().data
    assert model.id == "extractive"
    assert "Writes no text of its own" in model.description
    found = gateway.chat.completions.create(
        model=model.id, messages=ASKED, transcript_id=call_id, max_tokens=500
    )
    text = found.choices[0].message.content
    assert text == "“Agreed. I will send the revised numbers on Friday.” [0:04 B]"
    assert found.usage.completion_tokens > 5
    pieces = gateway.chat.completions.create(
        model=model.id, messages=ASKED, transcript_id=call_id, stream=True
    )
    assert "".join(p.choices[0].delta.content or "" for p in pieces if p.choices) == text
    with pytest.raises(sdk.LLMGatewayError, match="invalid request body") as caught:
        gateway.understanding.create(transcript_id=call_id, request={"action_items": {}})
    (reason,) = caught.value.errors
    assert reason.startswith("action_items: the local engine has no model that writes text. Name a server")
    with pytest.raises(sdk.LLMGatewayError):
        gateway.understanding.validate(request={"translation": {"target_languages": ["de"]}})


async def test_the_official_sdk_async(sdk_settings, call_id):
    async with sdk.AsyncLLMGateway(api_key=KEY) as gateway:
        assert [m.id for m in (await gateway.models.list()).data] == ["extractive"]
        found = await gateway.chat.completions.create(
            model="extractive", messages=ASKED, transcript_id=call_id
        )
        assert "[0:04 B]" in found.choices[0].message.content
        stream = await gateway.chat.completions.create(
            model="extractive", messages=ASKED, transcript_id=call_id, stream=True
        )
        assert "".join([p.choices[0].delta.content or "" async for p in stream if p.choices]).startswith(
            "“Agreed"
        )


def post(engine, body, **headers):
    return engine.client.post("/v1/chat/completions", json=body, headers=headers or None)


def test_bearer_is_accepted_and_the_catalog_is_open(engine, call_id):
    body = {"model": "extractive", "messages": ASKED, "transcript_id": call_id}
    assert post(engine, body, authorization=f"Bearer {KEY}").status_code == 200
    refused = httpx.post(f"{engine.url}/v1/chat/completions", json=body, trust_env=False)
    assert refused.status_code == 401
    assert refused.json()["error"] == "Authentication error, API token missing/invalid"
    assert httpx.get(f"{engine.url}/v1/models", trust_env=False).status_code == 200
    other = post(engine, body, authorization=OTHER_KEY)
    assert (other.status_code, other.json()["message"]) == (404, "transcript not found")


NUMBERS = {"properties": {"n": {"type": "integer"}}, "required": ["n"]}
FORMAT = {"type": "json_schema", "json_schema": {"name": "x", "schema": NUMBERS}}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"model": "gpt-5"}, "model gpt-5 is not supported"),
        ({"model": None}, "model is required"),
        ({"messages": None}, "one of messages or prompt required"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "role must be one of"),
        ({"temperature": 0.5}, "model extractive does not support temperature"),
        ({"tools": []}, "does not support tools"),
        ({"max_tokens": 0}, "max_tokens must be at least 1"),
        ({"model_region": "eu"}, "model_region can only be set to global"),
        ({"response_format": {"type": "xml"}}, "response_format is invalid"),
        ({"response_format": FORMAT}, "fills string and boolean fields only, not n"),
    ],
)
def test_refusals_have_the_services_words(engine, change, words):
    body = {"model": "extractive", "messages": [{"role": "user", "content": "x"}]} | change
    reply = post(engine, {k: v for k, v in body.items() if v is not None})
    assert reply.status_code == 400
    assert words in " ".join([reply.json()["message"], *reply.json().get("metadata", {}).get("errors", [])])
    assert reply.json()["request_id"]


def test_transcripts_that_are_not_there(engine, call_id):
    gone = engine.finished(SCRIPT)["id"]
    engine.client.delete(f"/v2/transcript/{gone}")
    for id, words in ((gone, "transcript deleted"), ("nobody", "transcript not found")):
        reply = post(engine, {"model": "extractive", "messages": ASKED, "transcript_id": id})
        assert (reply.status_code, reply.json()["message"]) == (404, words)
    plain = [{"role": "user", "content": "Who? {{transcript}}"}]  # no tag: the id is not looked at
    assert (
        post(engine, {"model": "extractive", "messages": plain, "transcript_id": "nobody"}).status_code == 200
    )


def test_malformed_bodies(engine):
    for content in (b"", b"{", b"[]", b"\xff", b"3"):
        assert engine.client.post("/v1/chat/completions", content=content).status_code == 400


def test_understanding_is_refused_like_the_service_does(engine, call_id):
    def ask(request, **more):
        body = {"transcript_id": call_id, "speech_understanding": {"request": request}} | more
        return engine.client.post("/v1/understanding", json=body)

    assert ask({}).json()["metadata"]["errors"] == ["speech_understanding.request is required"]
    assert ask({"action_items": {}}, transcript_id="x").status_code == 404
    unlabelled = engine.finished(SCRIPT)["id"]
    reply = ask({"speaker_identification": {"speaker_type": "name"}}, transcript_id=unlabelled)
    assert reply.json()["message"] == "speaker_labels or multichannel required"


# The extractive model ------------------------------------------------------------------------------------

TURNS = "[1] 0:02 Anna: We spent a lot in Berlin.\n[2] 0:09 Ben: The office in Lisbon opens in April."


def extract(question, turns=TURNS, **more):
    content = f"<transcript>\n{turns}\n</transcript>\n\n<question>\n{question}\n</question>"
    return Extractive().answer({"messages": [{"role": "user", "content": content}], **more}, None).text


def test_it_quotes_and_cites_or_says_that_there_is_nothing():
    assert extract("When does the office in Lisbon open?") == "“The office in Lisbon opens in April.” [2]"
    assert extract("Who won the football match?") == NOT_FOUND


@pytest.mark.parametrize(
    "task",
    [
        "write show notes",
        "Please summarize the call.",
        "Can you draft an e-mail about Lisbon?",
        "Rate the agent from 1 to 5",
        "Übersetze das Gespräch",
        "Résume la réunion",
        "Give me a summary of it",
    ],
)
def test_what_is_to_be_written_is_refused_with_the_way_to_have_it(task):
    said = extract(task)
    assert "can only quote" in said
    assert "llm_url" in said


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ("Anna: Good morning, how are you today?", "refund"),
        ("Anna: I did not ask for a refund.", "refund"),
        ("Anna: मुझे पानी पीना है आज", "refund_requested"),
        ("Anna: Ich hätte gern einen Termin.", "complaint"),
    ],
)
def test_a_boolean_that_cannot_be_quoted_for_stays_empty(said, field):
    schema = {"type": "object", "properties": {field: {"type": "boolean"}}, "required": [field]}
    chosen = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    content = f"<transcript>\n[1] 0:02 {said}\n</transcript>\n\n<question>\nWhat is it about?\n</question>"
    body = {"messages": [{"role": "user", "content": content}], "response_format": chosen}
    made = Extractive().answer(body, None)
    assert json.loads(made.text) == {field: None}
    assert any(field in line and "can only quote" in line for line in made.warnings)


def test_words_alone_do_when_the_model_is_missing(monkeypatch):
    from aai_jupyter.embedding import sentence_vectors

    monkeypatch.setattr(sentence_vectors, "CARRIER", "aai-no-such-package")
    model = Extractive()
    assert "by their words alone" in model.entry()["description"]
    body = {"messages": [{"role": "user", "content": f"{TURNS}\nWhen does the office in Lisbon open?"}]}
    made = model.answer(body, None)
    assert made.text == "“The office in Lisbon opens in April.” [2]"
    assert "not installed" in made.whole("r")["warnings"][0]


def test_changed_weights_are_refused(monkeypatch):
    from aai_jupyter.embedding import sentence_vectors
    from aai_jupyter.errors import EngineError

    monkeypatch.setattr(sentence_vectors, "SHA256", "0" * 64)
    with pytest.raises(EngineError, match="sha256 is wrong"):
        find_model()


def test_it_fills_fields_with_quotes_only():
    properties = {
        "opening_of_office": {"type": "string"},
        "money_in_berlin": {"type": ["string", "null"]},
        "football": {"type": "boolean"},
        "lisbon": {"type": "boolean"},
        "offices": {"type": "array", "items": {"type": "string"}},
        "count": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        "spaceships": {"type": "string"},
    }
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    chosen = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    found = json.loads(extract("What was said?", response_format=chosen))
    said = {"We spent a lot in Berlin.", "The office in Lisbon opens in April."}
    assert found["opening_of_office"] == "The office in Lisbon opens in April."
    assert found["money_in_berlin"] == "We spent a lot in Berlin."
    assert (found["football"], found["lisbon"], found["count"]) == (None, True, None)
    assert found["offices"]
    assert set(found["offices"]) <= said
    assert found["spaceships"] == ""


def test_a_long_turn_is_quoted_by_its_sentence():
    filler = "We talked about the weather for a while. " * 12
    text = extract("When does the office open?", f"[1] 0:00 A: {filler}The office opens in April. {filler}")
    assert text == "“The office opens in April.” [1]"


def test_plain_text_works_too():
    text = "The vendor had a breach. The survey is delayed until March. Why is the survey delayed?"
    question, passages = read_messages([{"role": "user", "content": text}], None)
    assert question == "Why is the survey delayed?"
    assert len(passages) == 2


# Models of another server --------------------------------------------------------------------------------


@pytest.fixture
def upstream(tmp_path) -> Iterator[tuple[ScriptedLlm, Running]]:
    with running(ScriptedLlm()) as llm:
        llm.models = [{"id": "llama3:8b", "object": "model", "owned_by": "library"},
                      {"id": "big", "max_model_len": 32768}]  # fmt: skip
        with run_engine(tmp_path / "home", routes=gateway_routes(llm.url, "upstream-key")) as engine:
            yield llm, engine


def test_models_of_a_named_server(upstream, monkeypatch):
    llm, engine = upstream
    rows = engine.client.get("/v1/models").json()["data"]
    assert [(r["id"], r["context_length"]) for r in rows[:2]] == [("llama3:8b", 0), ("big", 32768)]
    assert rows[-1]["id"] == "extractive"
    assert "on this machine" in rows[0]["description"]
    call = engine.finished(SCRIPT)["id"]
    llm.scripts = [Say("Ben.")]
    body = {"model": "big", "messages": ASKED, "transcript_id": call, "fail_fast": True, "temperature": 0.1}
    reply = post(engine, body).json()
    assert reply["choices"][0]["message"]["content"] == "Ben."
    assert reply["request_id"]
    sent = llm.bodies[0]
    assert "revised numbers on Friday" in sent["messages"][0]["content"]
    assert sent.keys() == {"model", "messages", "temperature"}
    monkeypatch.setattr(sdk.settings, "api_key", KEY)
    monkeypatch.setattr(sdk.settings, "llm_gateway_base_url", engine.url)
    made = sdk.LLMGateway().chat.completions.create(model="big", messages=[{"role": "user", "content": "x"}])
    assert made.choices[0].message.content == "Ben."


def test_its_streams_are_passed_through(upstream):
    llm, engine = upstream
    llm.scripts = [Say(["One ", "two."], chunk=1)]
    body = {"model": "big", "messages": ASKED, "stream": True}
    raw = post(engine, body).text
    assert raw.endswith("data: [DONE]\n\n")
    assert '"One "' in raw


@pytest.mark.parametrize(
    ("say", "status", "words"),
    [
        (Say(status=400, body={"error": {"message": "maximum context length is 4096 tokens"}}), 400,
         "model context limit exceeded"),
        (Say(status=401, body={"error": "no"}), 502, "no"),
        (Say(status=500, body={"error": {"message": "out of memory"}}), 500, "out of memory"),
        (Say(raw=b"<html>"), 502, "did not answer in JSON"),
    ],
)  # fmt: skip
def test_its_errors_come_in_the_gateways_envelope(upstream, say, status, words):
    llm, engine = upstream
    llm.scripts = [say]
    reply = post(engine, {"model": "big", "messages": ASKED})
    assert (reply.status_code, reply.json()["code"]) == (status, status)
    assert words in reply.json()["message"]


def test_broken_json_is_repaired_when_asked(upstream):
    llm, engine = upstream
    llm.scripts = [Say('Sure: {"a": 1, "b": [1, 2,]')]
    body = {"model": "big", "messages": ASKED, "post_processing_steps": [{"type": "json-repair"}]}
    content = post(engine, body).json()["choices"][0]["message"]["content"]
    assert json.loads(content) == {"a": 1, "b": [1, 2]}


def test_a_server_that_is_not_there_offers_nothing(tmp_path):
    with run_engine(tmp_path, routes=gateway_routes("http://127.0.0.1:9")) as engine:
        assert [r["id"] for r in engine.client.get("/v1/models").json()["data"]] == ["extractive"]


def test_default_ports_are_looked_at_only_when_asked(tmp_path, monkeypatch):
    with running(ScriptedLlm()) as llm:
        port = int(llm.url.rpartition(":")[2])
        monkeypatch.setattr(gateway_upstream, "PORTS", {"Ollama": port, "vLLM": 9})
        with run_engine(tmp_path / "a", routes=gateway_routes()) as engine:
            engine.client.get("/v1/models")
            assert llm.looks == 0
        with run_engine(tmp_path / "b", routes=gateway_routes("auto")) as engine:
            rows = engine.client.get("/v1/models").json()["data"]
            assert [r["id"] for r in rows] == ["smart", "plain", "extractive"]
            assert rows[0]["default_provider"]["name"] == "Ollama"


def test_a_server_on_another_machine_is_called_remote():
    server = gateway_upstream.UpstreamServer("lan", "http://192.168.1.5:8000")
    made = entry({"id": "m"}, server)
    assert made["creator"] == "remote"
    assert "another machine" in made["description"]


@pytest.mark.parametrize("known", ["json_schema", "json_object", "words"])
def test_a_schema_goes_out_in_the_way_that_the_server_knows(upstream, known):
    llm, engine = upstream

    def say(body):  # as llama-cpp-python's server, which answers 500 to a type that it does not know
        way = body.get("response_format", {}).get("type", "words")
        if way == known:
            return Say('{"n": 3}')
        told = f"1 validation error: 'loc': ('body', 'response_format', 'type'), 'input': '{way}'"
        return Say(status=500, body={"error": {"message": told, "type": "internal_server_error"}})

    llm.scripts = [say]
    body = {"model": "big", "messages": ASKED, "response_format": FORMAT}
    for times in (1, 2):
        reply = post(engine, body)
        assert reply.json()["choices"][0]["message"]["content"] == '{"n": 3}'
        # Once found, the way is kept.
        assert len(llm.bodies) == ("json_schema", "json_object", "words").index(known) + times
    asked = llm.bodies[-1]
    assert ("fits this JSON schema" in asked["messages"][0]["content"]) == (known != "json_schema")

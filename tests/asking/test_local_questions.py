"""Seven questions on each of two recordings, answered by the embedded model through the whole path."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import aai_jupyter as aai
from aai_jupyter.local.gateway.gateway_routes import gateway_routes
from aai_jupyter.runtime.process import runtime
from tests.asking.recordings import meeting, telephone, two_readers
from tests.local.conftest import KEY, run_engine

READERS = {
    "What kind of times was it?": 1,
    "How could John Dashwood help them?": 2,
    "Which season was it?": 3,
    "Was John Dashwood ill-disposed?": 4,
    "What if he had married a more amiable woman?": 6,
    "Where were we all going?": 7,
    "Who repaired the spaceship engine?": None,
}
TELEPHONE = {
    "Did the parties greet each other?": 1,
    "What sound did she hear?": 2,
    "Who is calling from New Jersey?": 3,
    "Where does Sheila live?": 4,
    "Who else comes from Chicago?": 5,
    "What do they call people from New Jersey?": 6,
    "What does the contract cost?": None,
}


@pytest.fixture(scope="module")
def engine_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with run_engine(tmp_path_factory.mktemp("home"), routes=gateway_routes()) as engine:
        yield engine.url


@pytest.fixture(autouse=True)
def asked_here(engine_url):
    aai.settings.api_key = KEY
    aai.settings.llm_gateway_base_url = engine_url
    aai.settings.base_url = engine_url
    yield
    runtime().close()


@pytest.mark.parametrize(("make", "questions"), [(two_readers, READERS), (telephone, TELEPHONE)])
def test_seven_questions(make, questions):
    t = make()
    right = []
    for question, turn in questions.items():
        answer = aai.ask(question, t)
        assert answer.citations["found"].all()  # every quote was said
        cited = set(answer.citations["turn"].dropna().tolist())
        right.append(turn in cited if turn else answer.text == "Not in the transcript.")
    assert sum(right) >= 6, dict(zip(questions, right, strict=True))
    assert right[-1]  # what is not there is not answered


def test_rows_streams_and_many_without_a_key_of_the_service():
    pieces = []
    answer = aai.ask("Who sends the revised numbers?", meeting(), on_text=pieces.append)
    assert "".join(pieces) == answer.text
    assert answer.cost == 0
    assert answer.citations["speaker"].tolist() == ["Ben"]
    rows = aai.ask(
        "What was agreed?", meeting(), schema="revised_numbers: str?, berlin: bool, spaceship: str?"
    )
    assert rows.frame.iloc[0]["revised_numbers"].startswith("Agreed.")
    assert bool(rows.frame.iloc[0]["berlin"])
    assert rows.frame["spaceship"].isna().all()
    many = aai.ask("Who lives in Texas?", [meeting(), telephone()], each=True, reduce=True)
    assert many.frame["answer"].tolist()[0] == "Not in the transcript."
    assert "Sheila" in many.reduced.text

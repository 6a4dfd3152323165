"""Texts and personal information, on lists of words."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.local.models import text_shaping
from aai_jupyter.local.models.clustering import BLOCK, cluster
from aai_jupyter.local.models.diarization import speaker_bounds
from aai_jupyter.local.models.failures import Unsupported
from aai_jupyter.local.models.numbers import digit_runs
from aai_jupyter.local.models.pii import NAME_POLICIES, POLICIES, find_pii
from aai_jupyter.local.models.redact import redact_words, redacted_stretches
from aai_jupyter.local.models.speaker_assignment import SpeakerTurn, assign
from aai_jupyter.local.models.supported import check_params
from aai_jupyter.local.models.words import RecognisedWord, text_of


def words_of(line: str) -> list[RecognisedWord]:
    return [RecognisedWord(one, 500 * i, 500 * i + 400, 0.9) for i, one in enumerate(line.split())]


spoken = st.lists(
    st.one_of(
        st.text(min_size=1, max_size=12), st.sampled_from(["Um,", "Damn!", "[Music]", "don't", "5", "five"])
    ),
    max_size=20,
).map(lambda texts: [RecognisedWord(one, 500 * i, 500 * i + 400, 0.5) for i, one in enumerate(texts)])


@given(spoken, st.booleans(), st.booleans())
def test_shape_keeps_every_word_and_time(
    words: list[RecognisedWord], punctuate: bool, format_text: bool
) -> None:
    times = [(word.start, word.end) for word in words]
    text_shaping.mask_profanity(words)
    text_shaping.plain(words, punctuate=punctuate, format_text=format_text)
    assert [(word.start, word.end) for word in words] == times
    assert all(word.text for word in words)
    if not format_text:
        assert all(word.text == word.text.lower() for word in words)


@given(spoken)
def test_words_are_only_left_out_never_moved(words: list[RecognisedWord]) -> None:
    starts = [word.start for word in words]
    for kept in (text_shaping.without_fillers(words), text_shaping.without_tags(words, "all")):
        assert [word.start for word in kept] == sorted({word.start for word in kept} & set(starts))


@given(spoken, st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=3))
def test_spelling_keeps_times_in_order(words: list[RecognisedWord], sources: list[str]) -> None:
    spelled = text_shaping.respell(words, [{"from": sources, "to": "X"}])
    edges = [edge for word in spelled for edge in (word.start, word.end)]
    assert edges == sorted(edges)
    if words:
        assert (edges[0], edges[-1]) == (words[0].start, words[-1].end)


@given(spoken, st.sampled_from(["hash", "entity_name"]))
def test_redaction_has_one_tag_for_each_word(words: list[RecognisedWord], sub: str) -> None:
    before = [word.text for word in words]
    found = find_pii(words, sorted(POLICIES - NAME_POLICIES))
    redact_words(words, found, sub)
    inside = {i for one in found for i in range(one.first, one.last)}
    assert all(
        (word.text == old) or i in inside for i, (word, old) in enumerate(zip(words, before, strict=True))
    )
    stretches = redacted_stretches(words, found)
    assert all(a[1] < b[0] for a, b in pairwise(stretches))


def test_spelling_of_several_words() -> None:
    words = text_shaping.respell(
        words_of("We run k eights, daily"), [{"from": ["K8s", "k eights"], "to": "Kubernetes"}]
    )
    assert [(word.text, word.start, word.end) for word in words[2:3]] == [("Kubernetes,", 1000, 1900)]


def test_fillers_leave_whole_sentences() -> None:
    assert (
        text_of(text_shaping.without_fillers(words_of("Um, so I, uh, left, um. Mhm."))) == "So I, left. Mhm."
    )


def test_profanity_and_its_neighbours() -> None:
    words = words_of("What the fuck, Dick's class assessment is Shitty. Scunthorpe")
    text_shaping.mask_profanity(words)
    assert text_of(words) == "What the f***, Dick's class assessment is S*****. Scunthorpe"


@pytest.mark.parametrize(
    ("policy", "line", "hidden"),
    [
        ("phone_number", "Call 555-1234 now.", "555-1234"),
        ("phone_number", "Call five five five, one two three four.", "five five five, one two three four."),
        ("phone_number", "Call double five five 1234 please", "double five five 1234"),
        ("phone_number", "It is (415) 555-2671.", "(415) 555-2671."),
        ("credit_card_number", "Card 4111 1111 1111 1111 here", "4111 1111 1111 1111"),
        ("credit_card_number", "Card 4111 1111 1111 1112 here", ""),
        ("credit_card_cvv", "The security code is 123.", "123."),
        ("credit_card_expiration", "It expires 04/27, thanks", "04/27,"),
        ("us_social_security_number", "My social is 123-45-6789.", "123-45-6789."),
        (
            "us_social_security_number",
            "one two three four five six seven eight nine",
            "one two three four five six seven eight nine",
        ),
        ("email_address", "Mail ann.lee@example.com today", "ann.lee@example.com"),
        ("email_address", "Mail ann dot lee at example dot com today", "ann dot lee at example dot com"),
        ("email_address", "We meet at noon. Come along", ""),
        ("url", "See www.example.com/help soon", "www.example.com/help"),
        ("ip_address", "The host 192.168.0.1 fails", "192.168.0.1"),
        ("money_amount", "It costs $20.50 or twenty five dollars.", "$20.50 twenty five dollars."),
        ("date", "On March 5th, 2024 we met", "March 5th, 2024"),
        (
            "date_of_birth",
            "I was born on the third of May 1984. On June 1st I left",
            "the third of May 1984.",
        ),
        ("date_interval", "From March 1 to March 5 only", "From March 1 to March 5"),
        ("time", "At 3:30 p.m. or three o'clock sharp", "3:30 p.m. three o'clock"),
        ("duration", "for two and a half hours only", "two and a half hours"),
        ("person_age", "She is 45 years old now", "45 years old"),
        ("location_zip", "My zip code is 90210 there", "90210"),
        ("account_number", "My account number is 12345678 there", "12345678"),
        ("banking_information", "account 12345678, routing number 021000021 ok", "021000021"),
        ("passport_number", "My passport number is X1234567 ok", "X1234567"),
        ("number_sequence", "code 48 15 16 and two dogs", "48 15 16"),
        ("password", "The password is blue horse. Bye", "blue horse."),
        ("blood_type", "My blood type is AB negative sir", "blood type is AB negative"),
    ],
)
def test_personal_information_is_found(policy: str, line: str, hidden: str) -> None:
    words = words_of(line)
    found = find_pii(words, [policy])
    assert " ".join(text_of(words[one.first : one.last]) for one in found) == hidden


def test_names_are_found_with_the_language_model() -> None:
    pytest.importorskip("spacy")
    words = words_of("Yesterday Anna Schmidt from Microsoft flew to Berlin.")
    found = {one.kind: text_of(words[one.first : one.last]) for one in find_pii(words, sorted(NAME_POLICIES))}
    assert (found["person_name"], found["location"]) == ("Anna Schmidt", "Berlin.")


def test_static_terms_and_hashes() -> None:
    words = words_of('Project "Blue Bird," is blue. Blue bird\'s end')
    redact_words(words, find_pii(words, [], {"CODE": ["blue bird"]}))
    assert text_of(words) == 'Project "#### ####," is blue. #### ###### end'


def test_oh_is_a_digit_only_among_digits() -> None:
    assert [run.digits for run in digit_runs(["Oh", "one", "oh", "one.", "Oh", "well,", "o"])] == ["101"]


@pytest.mark.parametrize(
    "params",
    [
        {"content_safety": True},
        {"iab_categories": True},
        {"auto_chapters": True},
        {"summarization": True},
        {"speech_understanding": {"request": {}, "x": 1}},
        {"domain": "medical-v1"},
        {"speech_models": ["universal-9"]},
        {"language_detection_options": {"localization": ["en_uk"]}},
        {"redact_pii": True, "redact_pii_policies": ["occupation"]},
        {"redact_pii": True, "redact_pii_policies": ["date"], "language_code": "de"},
        {"sentiment_analysis": True, "language_code": "fr"},
        {"speech_models": ["whisper-tiny.en"], "language_code": "fr"},
    ],
    ids=lambda params: next(reversed(params)),
)
def test_what_cannot_be_done_is_named(params: dict) -> None:
    with pytest.raises(Unsupported) as refused:
        check_params(params)
    assert refused.value.param.partition(".")[0] in params
    assert (
        refused.value.param.partition(".")[0] in refused.value.reason
        or "not available" in refused.value.reason
    )


def test_what_can_be_done_passes() -> None:
    check_params(
        {"speech_models": ["universal-3-5-pro", "universal-2"], "content_safety": False, "punctuate": False}
    )
    check_params({"redact_pii": True, "redact_pii_policies": ["email_address"], "language_code": "de"})


def voices(counts: list[int], spread: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    centres = np.eye(64)[: len(counts)]
    truth = random.permutation(np.repeat(np.arange(len(counts)), counts))
    vectors = centres[truth] + random.normal(0, spread, (len(truth), 64))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), truth


@pytest.mark.parametrize("counts", [[200, 60, 30], [4 * BLOCK, BLOCK, 200]], ids=["one block", "many blocks"])
def test_clusters_are_the_same_in_blocks(counts: list[int]) -> None:
    vectors, truth = voices(counts, 0.05)
    labels = cluster(vectors, 0.3)
    pairs = set(zip(labels.tolist(), truth.tolist(), strict=True))
    assert len(pairs) == len(counts) == len({a for a, _ in pairs})


@pytest.mark.parametrize("wanted", [1, 2, 5])
def test_the_number_of_clusters_can_be_told(wanted: int) -> None:
    vectors, _ = voices([20, 20, 20], 0.05)
    assert len(set(cluster(vectors, 0.3, fewest=wanted, most=wanted).tolist())) == wanted


def test_bounds_of_speakers() -> None:
    assert speaker_bounds({"speaker_options": {"min_speakers_expected": 2}}, 60) == (2, None)
    assert speaker_bounds({"speaker_options": {"max_speakers_expected": 3}}, 7200) == (1, 3)
    assert speaker_bounds({"speaker_options": {"min_speakers_expected": 12}}, 300) == (12, 12)


def test_a_phrase_does_not_change_hands() -> None:
    said = ["so", "we", "all", "go", "home.", "Yes", "please"]
    words = [RecognisedWord(one, 200 * i, 200 * i + 190, 0.9) for i, one in enumerate(said)]
    assign(
        words,
        [
            SpeakerTurn(0.0, 0.75, 0),
            SpeakerTurn(0.75, 0.85, 1),
            SpeakerTurn(0.85, 1.0, 0),
            SpeakerTurn(1.0, 1.4, 1),
        ],
    )
    assert [word.speaker for word in words] == ["A"] * 5 + ["B"] * 2

"""What means the same is paid once, however it is spelled."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aai_jupyter.client.options.transcript_request import build_request
from aai_jupyter.client.sources.reading import resolve_sources
from aai_jupyter.jobs.cache_keys import cache_key, cache_keys, former_names, journalled_keys
from aai_jupyter.text.urls import stable_address
from tests.faults.kernel import Plan, transcribe
from tests.faults.simulator import Simulator

AUDIO, ACCOUNT = "sha256:" + "ab" * 32, "0123456789abcdef"
SAME: list[tuple[dict[str, Any], list[dict[str, Any]]]] = [
    (
        {},
        [
            *[{name: False} for name in ("speaker_labels", "disfluencies", "redact_pii", "multichannel")],
            *[{name: True} for name in ("punctuate", "format_text")],
            *[{"language_detection": False}, {"temperature": 0}, {"speech_threshold": 0.0}],
            {"speech_models": ["assemblyai-stt-3-7", "universal-2"]},
        ],
    ),
    (
        {"redact_pii": True, "redact_pii_policies": ["person_name", "location"]},
        [
            {"redact_pii": True, "redact_pii_policies": "location,person_name", "redact_pii_sub": "hash"},
            {"redact_pii": True, "redact_pii_policies": {"location", "person_name"}},
        ],
    ),
    (
        {"speaker_labels": True, "max_speakers_expected": 3},
        [
            {"speaker_labels": True, "min_speakers_expected": 1, "max_speakers_expected": 3},
            {"speaker_labels": True, "speaker_options": {"max_speakers_expected": 3}},
        ],
    ),
    ({"keyterms_prompt": ["Zarr", "a term"]}, [{"keyterms_prompt": ["a term", "Zarr", "Zarr"]}]),
]
OTHERS: list[dict[str, Any]] = [
    {},
    {"language_code": "de"},
    {"punctuate": False},
    {"speaker_labels": True},
    {"speech_models": ["universal-2"]},
    {"speech_models": ["universal-2", "assemblyai-stt-3-7"]},
    {"redact_pii": True, "redact_pii_policies": ["location"]},
    {"redact_pii": True, "redact_pii_policies": ["location"], "redact_pii_sub": "entity_name"},
    {"action_items": {}},
    {"action_items": {"include_decisions": True}},
    {"custom_formatting": {}},
    {"extra": {"newer": 0}},
]


def keys(options: dict[str, Any]) -> tuple[str, ...]:
    extra = options.get("extra")
    known = {name: value for name, value in options.items() if name != "extra"}
    return cache_keys(AUDIO, build_request({"language_code": "en"} | known, extra=extra), ACCOUNT)


@pytest.mark.parametrize(("options", "spellings"), SAME)
async def test_options_of_one_meaning_are_paid_once(
    simulator: Simulator,
    recordings: list[Path],
    tmp_path: Path,
    options: dict[str, Any],
    spellings: list[dict[str, Any]],
) -> None:
    plan = Plan(simulator.url, tmp_path / "home", (recordings[0],), options=options)
    for spelled in [options, *spellings]:
        (said,) = await transcribe(replace(plan, options=spelled))
        assert said.startswith("Words of")
        assert len(simulator.jobs) == 1, spelled


def test_options_of_different_meaning_have_no_key_in_common() -> None:
    found = [set(keys(options)) for options in OTHERS]
    for number, one in enumerate(found):
        assert all(one.isdisjoint(other) for other in found[number + 1 :]), OTHERS[number]


@pytest.mark.parametrize("name", ["punctuate", "format_text"])
def test_what_was_kept_with_a_default_that_was_named_is_found(name: str) -> None:
    before = json.dumps({"language_code": "en", name: True}, sort_keys=True, separators=(",", ":")).encode()
    assert cache_key(AUDIO, before, ACCOUNT) in keys({name: True})


@pytest.mark.parametrize("options", OTHERS[:-1])
def test_a_job_of_the_journal_is_known_by_its_recording(options: dict[str, Any]) -> None:
    request = build_request({"language_code": "en"} | options)
    found = journalled_keys(AUDIO, request.canonical().decode(), ACCOUNT, ("", "base"))
    assert set(cache_keys(AUDIO, request, ACCOUNT, "base")) <= set(found)


@pytest.mark.parametrize(
    ("signed", "again"),
    [
        ("https://b.s3.amazonaws.com/a.mp3?X-Amz-Date=1&X-Amz-Signature=2&X-Amz-Security-Token=3", "b.s3"),
        ("https://b.s3.amazonaws.com/a.mp3?AWSAccessKeyId=A&Signature=s&Expires=1", "b.s3"),
        ("https://storage.googleapis.com/b/a.mp3?X-Goog-Signature=1&X-Goog-Expires=9", "storage"),
        ("https://x.blob.core.windows.net/c/a.mp3?sv=1&se=2&sr=b&sp=r&sig=s%3D", "x.blob"),
        ("https://d1.cloudfront.net/a.mp3?Policy=p&Signature=s&Key-Pair-Id=K", "d1"),
        ("https://D1.cloudfront.net:443/a.mp3#t=30", "d1"),
    ],
)
async def test_an_address_that_is_signed_anew_is_paid_once(
    simulator: Simulator, tmp_path: Path, signed: str, again: str
) -> None:
    plan = Plan(simulator.url, tmp_path / "home", (signed,))
    await transcribe(plan)
    other = signed.replace("Signature=", "Signature=0").replace("sig=", "sig=0").partition("#")[0]
    (said,) = await transcribe(replace(plan, sources=(other,)))
    assert said.startswith(f"Words of https://{again}".replace("d1", "D1" if "#" in signed else "d1"))
    assert len(simulator.jobs) == 1


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/a.mp3?id=7",
        "https://example.org/a.mp3?signature=1&expires=2",
        "https://example.org/a.mp3?sig=1",
        "https://b.s3.amazonaws.com/a.mp3?versionId=1",
        "https://example.org:8080/a.mp3?a=&b",
        "http://[::1]:80x/",
        "nonsense",
    ],
)
def test_any_other_address_stays(url: str) -> None:
    assert stable_address(url) == url


def test_results_of_an_address_as_it_was_kept_before_are_found() -> None:
    url = "https://example.org/a.mp3#t=30"
    (source,) = resolve_sources(url)
    assert former_names(source) == (f"url:{url}",)

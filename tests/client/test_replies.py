"""What an error reply becomes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter import errors
from aai_jupyter.client.responses import error_text, is_rate_limit, retry_after, status_error

MINUTE_LATER = {"retry-after": "Thu, 01 Jan 1970 00:01:00 GMT"}


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'{"error": "Authentication error, API token missing/invalid"}', "Authentication error"),
        (b'{"code": 429, "message": "too many requests for this action", "request_id": "r1"}', "too many"),
        (b'{"error": {"code": 400, "message": "model x is not supported"}}', "model x is not supported"),
        (b'{"message": "invalid request body", "metadata": {"errors": ["a", "b"]}}', "body: a; b"),
        (b'{"detail": [{"loc": ["query", "t"], "msg": "missing", "type": "x"}]}', "query.t: missing"),
        (b'{"detail": "Not Found"}', "Not Found"),
        (b"Not found", "Not found"),
        (b"<html><head><title>503 Service&nbsp;Down</title></head>", "503 Service Down"),
        (b"<h1>Forbidden</h1><script>x()</script>", "Forbidden"),
        ('{"error": "Sprache „xx“ unbekannt"}'.encode(), "„xx“"),
    ],
)
def test_the_services_own_words_are_found_in_every_envelope(body: bytes, text: str) -> None:
    assert text in (error_text(body)[0] or "")


def test_the_request_id_is_found() -> None:
    assert error_text(b'{"message": "m", "request_id": "r1"}') == ("m", "r1")
    error = status_error(500, b"", {"x-request-id": "r2"}, host="h")
    assert error.request_id == "r2"


@given(st.binary(max_size=300))
def test_no_body_breaks_the_error(body: bytes) -> None:
    text, _ = error_text(body)
    assert text is None or len(text) <= 500
    assert isinstance(status_error(500, body, {}, host="h"), errors.ServerError)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "message", "detail", "loc", "msg", "metadata", "errors", "request_id"]),
            inner,
        )
    ),
    max_leaves=12,
)


@given(json_values, st.integers(300, 599))
def test_no_json_breaks_the_error(data: object, status: int) -> None:
    error = status_error(status, json.dumps(data).encode(), {}, host="h")
    assert error.status == status
    assert str(error)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, b'{"error": "format_text must be a Boolean"}', errors.BadRequestError),
        (400, b'{"error": "Transcript lookup error, transcript id not found"}', errors.NotFoundError),
        (401, b"", errors.AuthenticationError),
        (403, b'{"error": "Cannot access uploaded file"}', errors.AccessError),
        (403, b'{"error": "Too many requests"}', errors.RateLimitError),
        (403, b"", errors.RateLimitError),
        (403, b"<html><title>403 Forbidden</title></html>", errors.RateLimitError),
        (404, b"Not found", errors.NotFoundError),
        (408, b"", errors.RequestTimeoutError),
        (413, b"", errors.BadRequestError),
        (422, b'{"detail": []}', errors.BadRequestError),
        (429, b"", errors.RateLimitError),
        (302, b"", errors.BadRequestError),
        (500, b"", errors.ServerError),
        (504, b"<html>", errors.ServerError),
    ],
)
def test_statuses_become_the_exceptions_of_the_tree(status: int, body: bytes, kind: type) -> None:
    error = status_error(status, body, {}, host="api.example")
    assert type(error) is kind
    assert len(error.lines()) <= 3


def test_a_wrong_key_names_the_host_and_the_other_region() -> None:
    error = status_error(
        401, b'{"error": "Authentication error"}', {}, host="api.assemblyai.com", region="us"
    )
    assert "api.assemblyai.com" in str(error)
    assert "--eu" in str(error)


def test_server_errors_name_the_status_page() -> None:
    assert "status.assemblyai.com" in str(status_error(503, b"", {}, host="h"))
    ours = str(status_error(500, b'{"error": "The local engine failed: KeyError: 1"}', {}, host="h"))
    assert "status.assemblyai.com" not in ours
    assert "engine-*.log" in ours


def test_403_is_a_rate_limit_unless_its_text_says_otherwise() -> None:
    for text in (
        "Too many requests",
        "Rate limit exceeded",
        "Forbidden",
        "Request rate is above the plan's",
        "You have exceeded your quota",
        "20,000 requests per 5 min",
    ):
        assert is_rate_limit(403, text, json.dumps({"error": text}).encode())
    assert not is_rate_limit(403, "Cannot access uploaded file", b'{"error": "Cannot access uploaded file"}')
    assert not is_rate_limit(400, "Too many requests", b"")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({"retry-after": "3"}, 3.0), ({"retry-after": "soon"}, None), ({}, None), (MINUTE_LATER, 40.0)],
)
def test_retry_after_is_read_as_seconds_or_date(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, 20.0) == seconds

"""Short names are short, and tell different sources apart."""

from hypothesis import given
from hypothesis import strategies as st

from aai_jupyter.text.short_names import short_name, short_names

PARTS = st.lists(st.sampled_from(["a", "b", "call.wav"]), min_size=1, max_size=4)


@given(st.lists(PARTS.map("/".join), min_size=1, max_size=8))
def test_different_sources_get_different_names_and_equal_ones_equal_names(labels):
    names = short_names(labels)
    assert len(names) == len(labels)
    for one, first in zip(labels, names, strict=True):
        assert one.endswith(first)
        for other, second in zip(labels, names, strict=True):
            assert (one == other) == (first == second)


def test_windows_paths_and_urls_lose_their_folders():
    assert short_name("C:\\Users\\ann\\Desktop\\x.wav") == "x.wav"
    assert short_name("https://example.org/a/b%20c.mp3?token=secret") == "b c.mp3"
    assert short_name("https://example.org") == "example.org"

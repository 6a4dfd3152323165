"""The player on pages: its hosts, the recordings in them, and what can be read from a page."""

from __future__ import annotations

from typing import Any

from . import pages

HOSTS = {
    "light": "shell?recording=two&theme=light",
    "dark": "shell?recording=two&theme=dark",
    "system": "shell?recording=two&theme=plain",
    "shadow": "shell?recording=two&theme=plain&shadow=1",
    "vscode": "vscode?recording=two",
    "vscode-contrast": "vscode?recording=two&theme=vscode-contrast",
}
EVIL = [
    "<script>window.pwned=1</script>",
    "<img/src=x/onerror=window.pwned=1>",
    "<svg/onload=window.pwned=1>",
    "javascript:window.pwned=1",
    "${window.pwned=1}",
    "**bold**",
    "$$\\href{https://example.org}{x}$$",
    "\x1b[31mred\x1b[0m",
    "abc\u202egpj.exe",
    "\ud800lone",
    "x" * 50_000,
]


def hostile() -> dict[str, Any]:
    """A transcript whose every text is an attack."""
    words = [[text, 1000 * n, 1000 * n + 900, 0.3] for n, text in enumerate(EVIL)]
    turns = [
        {"speaker": EVIL[1], "words": words},
        {"speaker": EVIL[8], "words": [["end.", 20_000, 20_500, 1]]},
    ]
    layers = [
        pages.layer(kind, 0, 9000, EVIL[0], EVIL[1])
        for kind in ("chapter", "entity", EVIL[2], "highlight", "recording")
    ]
    return pages.recording(
        turns,
        [EVIL[1], EVIL[8]],
        60_000,
        layers,
        title=EVIL[0],
        source=EVIL[1],
        model=EVIL[2],
        language=EVIL[8],
    )


def trait(page: Any, name: str) -> Any:
    """What the model holds."""
    return page.evaluate(f"model.get({name!r})")


def drawn(page: Any) -> None:
    """Wait until what the page was told is drawn."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def click_word(frame: Any, turn: int, x: float = 150) -> None:
    """Somewhere in the first line of a turn."""
    frame.locator(".aai-text").nth(turn).click(position={"x": x, "y": 12})


def drag(page: Any, first: int, last: int, x: float = 250) -> None:
    """Over the text from the start of one turn into another."""
    texts = page.locator(".aai-text")
    texts.nth(first).scroll_into_view_if_needed()
    a, b = texts.nth(first).bounding_box(), texts.nth(last).bounding_box()
    page.mouse.move(a["x"] + 20, a["y"] + 12)
    page.mouse.down()
    page.mouse.move(b["x"] + x, b["y"] + 12, steps=6)
    page.mouse.up()
    drawn(page)


def marked(frame: Any, mark: str) -> list[str]:
    """Texts that carry a mark."""
    return frame.evaluate(f"[...(CSS.highlights.get('aai-{mark}') ?? [])].map(String)")


def recordings() -> dict[str, Any]:
    """What there is to show, by name."""
    two = pages.two_readers()
    served = pages.two_readers()
    served["meta"] |= {"has_audio": "server", "audio_url": "two_readers.flac"}
    broken = pages.two_readers()
    broken["meta"] |= {"has_audio": "url", "audio_url": "missing.mp3"}
    silent = pages.two_readers()
    silent["meta"] |= {"has_audio": "none", "audio_hint": "The recording is not known."}
    coded = pages.two_readers()
    coded["codebook"] = [
        {"name": "time", "definition": "Says when something was.", "colour": "#0072b2", "parent": ""},
        {"name": "contrast", "definition": "", "colour": "#c07c00", "parent": ""},
        {"name": "hope </style><b>", "definition": "", "colour": "red;}*{display:none", "parent": ""},
    ]
    coded["codes"] = [
        ["c-1", 300, 5_000, "time", "Ann", "opens with it"],
        ["c-2", 9_000, 13_000, "contrast", "Ben", ""],
        ["c-3", 30_000, 34_000, "hope </style><b>", "Ben", ""],
    ]
    tracks = pages.two_readers()
    tracks["meta"] |= {"has_audio": "server", "audio_url": "two_readers.flac", "tracks": ["A", "B"]}
    endless = pages.recording([{"speaker": "A", "words": [["a" * 40 + "!", 0, 900, 1]]}], ["A"], 2000)
    short = pages.recording(
        [{"speaker": "A", "words": [["Good", 0, 400, 1], ["morning.", 500, 900, 1]]}], ["A"], 2000
    )
    return {
        "two": two,
        "short": short,
        "served": served,
        "broken": broken,
        "hostile": hostile(),
        "endless": endless,
        "silent": silent,
        "coded": coded,
        "tracks": tracks,
    }

"""Static pages that imitate the hosts of a widget, and the local server that serves them.

A page is the built module, a fake model (``fake_model.js``) and a shell: a light or dark notebook cell, an
iframe as in VS Code, a shadow tree as in marimo. Nothing of it needs a notebook, a kernel or Node.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PACKAGE = HERE.parents[2] / "aai_jupyter"
STATIC = PACKAGE / "widgets" / "static"
DATA = PACKAGE / "data"
RATE = 16_000

#: The variables a host defines, as its themes do.
THEMES = {
    "light": "--jp-layout-color0:#fff;--jp-ui-font-color1:rgba(0,0,0,.87);--jp-brand-color1:#1976d2",
    "dark": "--jp-layout-color0:#111;--jp-ui-font-color1:rgba(255,255,255,.87);--jp-brand-color1:#42a5f5",
    "vscode": (
        "--vscode-editor-background:#1e1e1e;--vscode-editor-foreground:#d4d4d4;--vscode-focusBorder:#007fd4"
    ),
    "vscode-contrast": (
        "--vscode-editor-background:#000;--vscode-editor-foreground:#fff;"
        "--vscode-contrastBorder:#6fc3df;--vscode-focusBorder:#f38518"
    ),
    "plain": "color-scheme:light dark",
}


def shell(
    recording: str,
    theme: str = "light",
    *,
    shadow: bool = False,
    width: int | None = None,
    script: str = "page.js",
) -> str:
    """HTML of a page with one player, or with what another `script` puts on it.

    Parameters
    ----------
    recording : str
        Name of the recording's JSON on the server.
    theme : str
        Key of `THEMES`.
    shadow : bool
        Put the player into a shadow tree.
    width : int, optional
        Width of the cell in pixels; the page's own without it.
    """
    cell = f"width:{width}px" if width else "max-width:1100px"
    kind = "shadow" if shadow else "plain"
    back = "var(--jp-layout-color0, var(--vscode-editor-background, Canvas))"
    return (
        f'<!doctype html><html lang="en" style="{THEMES[theme]}"><meta charset="utf-8"><title>{theme}</title>'
        f'<body data-recording="{recording}" data-shell="{kind}" style="margin:12px;background:{back}">'
        f'<div id="cell" style="{cell}"></div><script type="module" src="{script}"></script></body></html>'
    )


def ask_shell(
    traits: str, theme: str = "light", *, recording: str = "", shadow: bool = False, width: int = 0
) -> str:
    """HTML of a page with a view that answers, below a player of ``recording`` if one is named."""
    cell = f"width:{width}px" if width else "max-width:1000px"
    kind = "shadow" if shadow else "plain"
    back = "var(--jp-layout-color0, var(--vscode-editor-background, Canvas))"
    return (
        f'<!doctype html><html lang="en" style="{THEMES[theme]}"><meta charset="utf-8"><title>{theme}</title>'
        f'<body data-recording="{recording}" data-traits="{traits}" data-shell="{kind}" '
        f'style="margin:12px;background:{back};color:var(--jp-ui-font-color1)">'
        f'<div id="player" style="{cell}"></div><p></p><div id="asked" style="{cell}"></div>'
        '<div id="static"></div>'
        '<script type="module" src="ask_page.js"></script></body></html>'
    )


def vscode(recording: str, theme: str = "vscode") -> str:
    """A page that shows `shell` in an iframe, in a white box, as VS Code does with widgets."""
    return (
        '<!doctype html><meta charset="utf-8"><body data-vscode-theme-kind="vscode-dark">'
        '<div style="background:#fff;padding:4px">'
        '<iframe id="output" style="border:0;width:100%;height:700px" '
        f'src="shell?recording={recording}&theme={theme}"></iframe></div></body>'
    )


@cache
def sound() -> bytes:
    """The bundled recording as Int16 mono PCM at `RATE`."""
    import av

    with av.open(str(recording_path())) as container:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
        frames = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
        frames += resampler.resample(None)
    return b"".join(frame.to_ndarray().tobytes() for frame in frames)


def recording_path() -> Path:
    """The bundled recording of two readers."""
    return DATA / "two_readers.flac"


def two_readers() -> dict[str, Any]:
    """The bundled recording with its words spread evenly over each turn, and a layer of each kind."""
    known = json.loads((DATA / "two_readers.json").read_text("utf-8"))
    turns = []
    for number, turn in enumerate(known["turns"]):
        texts = turn["text"].split()
        start, end = round(turn["start"] * 1000), round(turn["end"] * 1000)
        letters = sum(len(text) + 1 for text in texts)
        words, at = [], 0
        for place, text in enumerate(texts):
            begin = start + (end - start) * at // letters
            at += len(text) + 1
            sure = 0.42 if (place * 7 + number) % 23 == 5 else 0.97
            words.append([text, begin, start + (end - start) * at // letters, sure])
        turns.append({"speaker": turn["speaker"], "words": words})
    times = [(turn["words"][0][1], turn["words"][-1][2]) for turn in turns]
    layers = [
        layer("chapter", 0, times[3][0], "Two openings", "A reader of each book begins."),
        layer("chapter", times[3][0], times[-1][1], "Tempers and seasons", "They go on in turn."),
        layer("sentiment", *times[0], "POSITIVE", ""),
        layer("sentiment", *times[3], "NEGATIVE", ""),
        layer("entity", 8_400, 9_900, "person_name", "John Dashwood"),
        layer("highlight", 300, 2_000, "", "the best of times"),
    ]
    return recording(turns, ["A", "B"], known["seconds"] * 1000, layers, title=known["file"])


def recording(
    turns: list[dict[str, Any]],
    labels: list[str],
    duration: float,
    layers: list[dict[str, Any]] | None = None,
    **meta: Any,
) -> dict[str, Any]:
    """What `fake_kernel.js` takes: turns of words ``[text, start ms, end ms, confidence]``."""
    facts = {
        "id": "t_0",
        "title": "recording",
        "source": "",
        "duration": round(duration),
        "language": "en",
        "model": "universal-3-5-pro",
        "has_audio": "comm",
        "audio_url": "",
        "sample_rate": RATE,
        "redacted": False,
        "editable": True,
        "low_confidence": 0.5,
    }
    return {
        "sample_rate": RATE,
        "meta": {**facts, **meta},
        "speakers": [{"label": label, "name": label} for label in labels],
        "turns": turns,
        "layers": layers or [],
    }


def layer(kind: str, start: int, end: int, value: str, text: str) -> dict[str, Any]:
    """One annotation of a stretch of time, in ms."""
    return {"kind": kind, "start": start, "end": end, "label": value, "value": value, "text": text}


def long_recording(
    words: int, hours: float, speakers: int = 4, layers: Mapping[str, int] | None = None
) -> dict[str, Any]:
    """A transcript of any length, from the words of the bundled one; with so many layers of each kind."""
    texts = [word[0] for turn in two_readers()["turns"] for word in turn["words"]]
    step = hours * 3_600_000 / words
    labels = [chr(ord("A") + number) for number in range(speakers)]
    turns: list[dict[str, Any]] = []
    at = 0
    while at < words:
        size = min(words - at, 12 + (at * 31) % 55)
        part = [
            [
                texts[(k * 13) % len(texts)],
                round(k * step),
                round((k + 0.9) * step),
                0.4 if k % 29 == 7 else 0.95,
            ]
            for k in range(at, at + size)
        ]
        turns.append({"speaker": labels[(at * 7) % speakers], "words": part})
        at += size
    found = []
    for kind, count in (layers or {}).items():
        every = hours * 3_600_000 / count
        covers = 0.95 if kind in ("chapter", "sentiment", "topic") else min(0.3, 1200 / every)
        for n in range(count):
            two = f"{texts[(n * 7) % len(texts)]} {texts[(n // 3) % len(texts)]}"
            value, text = {
                "chapter": (f"{n} {two}", f"{two} {n}. " * 16),
                "sentiment": (("POSITIVE", "NEUTRAL", "NEGATIVE")[n * n % 3], ""),
                "entity": (("person_name", "location", "date")[n % 3], two),
                "highlight": ("", two),
            }.get(kind, (f"{kind}>{texts[n % 40]}", ""))
            found.append(layer(kind, round(n * every), round((n + covers) * every), value, text))
    return recording(turns, labels, hours * 3_600_000, found, title="ten hours") | {"repeat_peaks": True}


@contextmanager
def serve(
    recordings: Mapping[str, dict[str, Any]], more: Mapping[str, tuple[str, bytes]] | None = None
) -> Iterator[str]:
    """Serves the pages, and more by path, on a loopback port; yields the address they start with."""
    files: dict[str, tuple[str, bytes]] = {
        f"/recordings/{name}.json": ("application/json", json.dumps(value).encode())
        for name, value in recordings.items()
    } | dict(more or {})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            options = dict(part.split("=") for part in query.split("&") if part)
            found = files.get(path) or page(path, options)
            kind, body = found or ("text/plain", b"")
            span = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
            if found and span:  # without ranges an audio element cannot seek
                first, last = int(span[1]), min(int(span[2] or len(body) - 1), len(body) - 1)
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {first}-{last}/{len(body)}")
                body = body[first : last + 1]
            else:
                self.send_response(200 if found else 404)
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(ConnectionError):  # the browser may stop listening
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Tests say what they have to say themselves."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def page(path: str, options: dict[str, str]) -> tuple[str, bytes] | None:
    """Content type and bytes of a file of the pages, the module or a shell."""
    if path == "/shell":
        width = int(options["width"]) if "width" in options else None
        html = shell(
            options["recording"], options.get("theme", "light"), shadow="shadow" in options, width=width
        )
        return "text/html", html.encode()
    if path == "/spans":
        return "text/html", shell(options["recording"]).replace("page.js", "spans.js").encode()
    if path in ("/captions", "/recorder", "/dashboard"):
        width = int(options["width"]) if "width" in options else None
        script = f"{path[1:]}.js"
        html = shell(
            "", options.get("theme", "light"), shadow="shadow" in options, width=width, script=script
        )
        return "text/html", html.encode()
    if path == "/ask":
        html = ask_shell(
            options["traits"],
            options.get("theme", "light"),
            recording=options.get("recording", ""),
            shadow="shadow" in options,
            width=int(options.get("width", 0)),
        )
        return "text/html", html.encode()
    if path == "/vscode":
        return "text/html", vscode(options["recording"], options.get("theme", "vscode")).encode()
    if path == "/two_readers.pcm":
        return "application/octet-stream", sound()
    if path == "/two_readers.flac":
        return "audio/flac", recording_path().read_bytes()
    if path == "/favicon.ico":
        return "image/x-icon", b""
    for folder in (STATIC, HERE):
        file = folder / path.lstrip("/")
        if file.suffix in (".js", ".css") and file.parent == folder and file.exists():
            kind = "text/javascript" if file.suffix == ".js" else "text/css"
            return kind, file.read_bytes()
    return None

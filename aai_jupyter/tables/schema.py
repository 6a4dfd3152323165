"""Schema of every frame, column by column, from which the documentation is made.

Conventions of all frames

* One row is one thing that was said or found, in the order in which the service gives it (by time). The index
  is a plain ``RangeIndex``.
* Columns whose unit is ``s`` hold times from the start of the recording. ``units="s"`` (default) gives
  float64 seconds, ``"ms"`` int64 milliseconds (``Int64`` when a time is missing), ``"timedelta"``
  ``timedelta64[ms]``. A missing time is NaN, ``<NA>`` or NaT.
* Text is ``string`` (``pandas.StringDtype("python")``) in pandas 2 and 3 alike, so that neither the
  pandas version nor an installed pyarrow changes what a comparison or a Parquet file looks like.
* ``speaker`` is categorical in order of first speech; all frames of a transcript share its categories.
* Zero rows keep every column and dtype.
* ``file`` is the bare name of the recording. Frames of a set begin with it.
* ``transcript_id`` comes last: it joins frames and is not for reading. In frames of a set ``source`` stands
  before it: the whole path or address, which tells files of one name apart.
* ``extra=True`` appends what else the service sent about a row, under the service's own names.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a frame.

    ``dtype`` is the pandas dtype, with ``units="s"`` where ``unit`` is ``"s"``; ``unit`` is ``""`` for text,
    labels and counts, ``"s"`` for times, ``"0-1"`` for shares and probabilities.
    """

    name: str
    dtype: str
    unit: str
    meaning: str


def _id(meaning: str = "Transcript of this row.") -> Column:
    return Column("transcript_id", "category", "", meaning)


FILE = Column("file", "category", "", "Name of the recording's file, without folders; first in a set.")
SOURCE = Column("source", "category", "", "Where the recording came from, as the user named it.")


def _times(what: str) -> tuple[Column, Column, Column]:
    return (
        Column("start", "float64", "s", f"Start of the {what}."),
        Column("end", "float64", "s", f"End of the {what}."),
        Column("duration", "float64", "s", "end - start."),
    )


_SPEAKER = Column("speaker", "category", "", "Who spoke: label or name; NA when not known.")
_SURE = Column("speaker_confidence", "float64", "0-1", "How sure the service is of the speaker, if asked.")
_CHANNEL = Column("channel", "category", "", "Audio channel; NA unless multichannel.")


def _utterances(what: str) -> list[Column]:
    return [
        Column("utterance", "int64", "", f"Number of the {what}, from 0."),
        _SPEAKER,
        Column("text", "string", "", "What was said."),
        *_times(what),
        Column("n_words", "int64", "", "Words in it."),
        Column("confidence", "float64", "0-1", "Mean confidence of its words."),
        Column("gap_before", "float64", "s", "Silence before it: max(0, start - latest end of all before)."),
        Column(
            "overlap", "float64", "s", "Time shared with earlier ones: max(0, min(end, latest end) - start)."
        ),
        _SURE,
        _CHANNEL,
        FILE,
        _id(),
    ]


def _segments(what: str) -> list[Column]:
    return [
        Column(what, "int64", "", f"Number of the {what}, from 0."),
        Column("speaker", "category", "", f"Who spoke; NA when not known or when the {what} has several."),
        Column("text", "string", "", "What was said."),
        *_times(what),
        Column("n_words", "int64", "", "Words in it."),
        Column("confidence", "float64", "0-1", "Mean confidence of its words."),
        _CHANNEL,
        FILE,
        _id(),
    ]


COLUMNS: dict[str, list[Column]] = {
    "words": [
        Column("utterance", "int64", "", "Number of the utterance that the word belongs to."),
        Column("word", "int64", "", "Number of the word in the transcript, from 0."),
        Column("text", "string", "", "The word as written, with its punctuation."),
        *_times("word"),
        Column("confidence", "float64", "0-1", "The model's confidence."),
        _SPEAKER,
        _SURE,
        _CHANNEL,
        Column(
            "timing",
            "category",
            "",
            "Where its times come from: measured, interpolated or aligned; NA without.",
        ),
        FILE,
        _id(),
    ],
    "utterances": _utterances("utterance"),
    "sentences": _segments("sentence"),
    "paragraphs": _segments("paragraph"),
    "chapters": [
        Column("chapter", "int64", "", "Number of the chapter, from 0."),
        Column("gist", "string", "", "The chapter in a few words."),
        Column("headline", "string", "", "The chapter in one sentence."),
        Column("summary", "string", "", "The chapter in a paragraph."),
        *_times("chapter"),
        FILE,
        _id(),
    ],
    "entities": [
        Column("entity_type", "category", "", "Kind of the entity, as the service names it."),
        Column("text", "string", "", "The entity as spoken."),
        *_times("entity"),
        _SPEAKER,
        FILE,
        _id(),
    ],
    "sentiments": [
        Column(
            "speaker", "category", "", "Who spoke for most of the row's time (the service's: raw_speaker)."
        ),
        Column("text", "string", "", "The sentence, without speaker tags (the service's: raw_text)."),
        *_times("sentence"),
        Column("sentiment", "category", "", "NEGATIVE, NEUTRAL or POSITIVE."),
        Column("confidence", "float64", "0-1", "Confidence in the sentiment."),
        _CHANNEL,
        FILE,
        _id(),
    ],
    "highlights": [
        Column("phrase", "int64", "", "Number of the key phrase, from 0; one row per occurrence."),
        Column("text", "string", "", "The key phrase."),
        Column("count", "int64", "", "How often it occurs."),
        Column("rank", "float64", "0-1", "Relevance to the whole, higher is more."),
        *_times("occurrence"),
        FILE,
        _id(),
    ],
    "topics": [
        Column("section", "int64", "", "Number of the stretch of text, from 0; one row per label of it."),
        Column("label", "string", "", "IAB topic, levels joined by '>'."),
        Column("relevance", "float64", "0-1", "Relevance to the section."),
        Column("text", "string", "", "The text of the section."),
        *_times("section"),
        FILE,
        _id(),
    ],
    "topics_summary": [
        Column("label", "string", "", "IAB topic, levels joined by '>'."),
        Column("relevance", "float64", "0-1", "Relevance to the whole recording."),
        FILE,
        _id(),
    ],
    "content_safety": [
        Column("section", "int64", "", "Number of the stretch of text, from 0; one row per label of it."),
        Column("label", "category", "", "Kind of sensitive content."),
        Column("confidence", "float64", "0-1", "Confidence in the label."),
        Column("severity", "float64", "0-1", "Severity; NaN for labels that have none."),
        Column("text", "string", "", "The text of the section."),
        *_times("section"),
        FILE,
        _id(),
    ],
    "content_safety_summary": [
        Column("label", "category", "", "Kind of sensitive content."),
        Column("confidence", "float64", "0-1", "Confidence over the whole recording."),
        Column("low", "float64", "0-1", "Share of low severity."),
        Column("medium", "float64", "0-1", "Share of medium severity."),
        Column("high", "float64", "0-1", "Share of high severity."),
        FILE,
        _id(),
    ],
    "summary": [
        Column("section", "int64", "", "Number of the section, from 0."),
        Column(
            "kind", "string", "", "'summary' (of all), 'section', or 'block' (one text over all sections)."
        ),
        Column("headline", "string", "", "Headline of the section."),
        Column("text", "string", "", "The summary; bullets are lines that begin with '- '."),
        *_times("part that is summarised"),
        FILE,
        _id(),
    ],
    "action_items": [
        Column("item", "int64", "", "Number of the item, from 0."),
        Column("action_item", "string", "", "What is to be done."),
        Column("quote", "string", "", "The words that it rests on."),
        Column("start", "float64", "s", "When they were said."),
        FILE,
        _id(),
    ],
    "translations": [
        Column("language", "category", "", "Target language."),
        Column("utterance", "Int64", "", "Number of the utterance; NA when the text is of the whole."),
        _SPEAKER,
        Column("text", "string", "", "The translation."),
        *_times("translated part"),
        FILE,
        _id(),
    ],
    "speaker_mapping": [
        Column("label", "string", "", "Label from diarization."),
        Column("name", "string", "", "Name or role that the service identified."),
        FILE,
        _id(),
    ],
    "formatting": [
        Column("original", "string", "", "Text as transcribed."),
        Column("formatted", "string", "", "The same in the format asked for."),
        FILE,
        _id(),
    ],
    "turns": [
        *_utterances("turn")[:-2],
        Column("turn_order", "int64", "", "Number of the turn in its session."),
        Column("end_of_turn", "bool", "", "Whether the turn is complete."),
        Column("end_of_turn_confidence", "float64", "0-1", "Confidence that the turn is complete."),
        Column("language", "category", "", "Language, where the service tells it."),
        FILE,
        _id(),
    ],
    "word_search": [
        Column("query", "string", "", "The word or phrase that was looked for."),
        Column("text", "string", "", "The words as written in the transcript."),
        Column("count", "int64", "", "How often the query occurs in this transcript."),
        Column("word", "Int64", "", "Number of the first word of the match."),
        Column("utterance", "Int64", "", "Number of its utterance."),
        _SPEAKER,
        *_times("match"),
        FILE,
        _id(),
    ],
    "codes": [
        *_times("passage"),
        Column("text", "string", "", "Its words, as they were when it was coded."),
        Column("speaker", "category", "", "Who speaks for most of it."),
        Column("code", "string", "", "The code."),
        Column("coder", "string", "", "Who gave it: a person, or a model."),
        Column("memo", "string", "", "What the coder noted."),
        Column("created", "string", "", "When it was given, ISO 8601 in UTC."),
        Column("evidence", "string", "", "What it rests on: the quote of a model."),
        Column("code_id", "string", "", "Name of this row, for changing it or taking it away."),
        FILE,
        _id(),
    ],
    "captions": [
        Column("cue", "int64", "", "Number of the cue, from 0."),
        *_times("cue"),
        Column("speaker", "category", "", "Who speaks; several, divided by a stroke, speak at once."),
        Column("text", "string", "", "Its lines as they are shown."),
        Column("lines", "int64", "", "Number of its lines."),
        Column("cpl", "int64", "", "Characters of its widest line; a letter of double width counts as two."),
        Column("cps", "float64", "", "Characters a second."),
        Column("gap", "float64", "s", "Time to the next cue; negative when they overlap."),
        Column("broken", "string", "", "Every rule that it breaks, divided by semicolons; empty for none."),
    ],
    "clips": [
        Column("clip", "int64", "", "Number of the clip, from 0."),
        Column("text", "string", "", "What was said."),
        Column("duration", "float64", "s", "Length of its sound, which is what is billed."),
        Column("n_words", "int64", "", "Words in it."),
        Column("confidence", "float64", "0-1", "The model's confidence."),
        Column("recorded", "datetime64[us, UTC]", "", "When it was sent."),
        Column("estimate", "float64", "", "USD by the public price list; NaN without a price."),
        _id("The service's session id; there is no transcript to fetch by it."),
    ],
    "transcripts": [
        Column("status", "category", "", "queued, processing, completed or error."),
        Column("created", "datetime64[us, UTC]", "", "When it was submitted."),
        Column("completed", "datetime64[us, UTC]", "", "When it ended; NaT before."),
        Column("audio_url", "string", "", "The recording's address as the service knows it."),
        Column("error", "string", "", "Why it failed."),
        Column("resource_url", "string", "", "The transcript's own address."),
        _id("The transcript."),
    ],
    "failed": [
        FILE,
        Column("error", "string", "", "Kind of error: the name of its class."),
        Column("message", "string", "", "What failed, in the service's words where there are any."),
        Column("remedy", "string", "", "What to do about it."),
        SOURCE,
        Column("transcript_id", "string", "", "The job's id, when it came to one."),
    ],
}
"""Frame name -> its columns, in order."""


@cache
def category_columns() -> frozenset[str]:
    """Return the names of the categorical columns of all frames: labels, no words."""
    columns = (column for frame in COLUMNS.values() for column in frame)
    return frozenset(column.name for column in columns if column.dtype == "category")


def markdown(name: str) -> str:
    """Return the columns of a frame as a Markdown table.

    Examples
    --------
    >>> print(markdown("formatting"))
    | column | dtype | unit | meaning |
    |---|---|---|---|
    | `original` | string |  | Text as transcribed. |
    | `formatted` | string |  | The same in the format asked for. |
    | `file` | category |  | Name of the recording's file, without folders; first in a set. |
    | `transcript_id` | category |  | Transcript of this row. |
    """
    rows = [f"| `{c.name}` | {c.dtype} | {c.unit} | {c.meaning} |" for c in COLUMNS[name]]
    return "\n".join(["| column | dtype | unit | meaning |", "|---|---|---|---|", *rows])


def in_set(name: str) -> list[Column]:
    """Return the columns of a frame of a set: the file first, its source before the id, which is last."""
    rest = [column for column in COLUMNS[name] if column not in (FILE, SOURCE)]
    return [FILE, *rest[:-1], SOURCE, rest[-1]]

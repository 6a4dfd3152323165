"""Thirty questions about calls, the turn that answers each, and other turns with words of the questions."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

import aai_jupyter as aai
from aai_jupyter.corpora.hits import hits_of

QUESTIONS = [
    ("Who asked for a refund?", "I'd like a refund for the blender, it arrived broken."),
    ("Why did somebody end the contract?", "We're leaving because the price went up twice this year."),
    ("What did the doctor say?", "My doctor told me to stay in bed for a week."),
    ("What happened to the van?", "The van wouldn't start this morning, so nothing was delivered."),
    ("Who is not happy with the noise?", "The people upstairs play drums until midnight, I can't sleep."),
    ("When is the shop there on weekdays?", "The shop is there from nine in the morning on weekdays."),
    ("Did anybody lose a phone?", "I left my mobile on the train and now it's gone."),
    ("Is there a cheaper plan?", "Our smallest subscription costs only four dollars a month."),
    ("Who has a wrong password?", "It keeps telling me that my password is wrong."),
    ("Was the package late?", "The parcel came five days after you had promised it."),
    (
        "Who would rather talk to a person than a machine?",
        "Could I please talk to a real person instead of this machine?",
    ),
    ("Was there an accident?", "Somebody crashed into my fence with a truck."),
    ("What about the weather?", "It has been raining since Sunday and the cellar is full of water."),
    ("Who is moving house?", "We're relocating to a new apartment in Leeds at the end of May."),
    ("Did someone praise the staff?", "Your colleague was so kind and patient, please thank her."),
    ("Who was charged twice?", "You charged me twice on the same bill."),
    ("Was the soup any good?", "The soup was cold and the bread was stale."),
    ("Is there trouble with the router?", "The router blinks red and no website loads."),
    ("Who has kids at school?", "My two kids go to the primary school nearby."),
    ("Was there a scam?", "That email looked like a scam to me, so I hung up."),
    ("Is the dog ill?", "The dog has been vomiting all night."),
    ("Did someone lose a job?", "I was laid off in March when the factory closed."),
    ("Who speaks of a holiday?", "We booked two weeks by the sea in Portugal."),
    ("Is a machine too hot?", "The laptop burns my knees after ten minutes."),
    ("Was anything stolen?", "Thieves broke in and took the jewellery."),
    ("Does anyone want to pay later?", "Could I settle this in three instalments?"),
    ("Who got married?", "Our wedding was in June, so my surname has changed."),
    ("Is somebody hard of hearing?", "Please speak up, my ears aren't what they used to be."),
    ("What is wrong with the display?", "The display flickers and shows green stripes."),
    ("Did they agree on a date?", "Let's meet on the fourteenth then, that suits us both."),
]
"""Question, and the turn that answers it."""

_WHO = (
    *("The manager", "My sister", "An engineer", "The neighbour", "Our driver", "A customer", "The teacher"),
    *("Somebody from sales", "The landlord", "My brother", "The nurse", "A student"),
)
_DID = (
    *(
        "called about an order",
        "opened the window",
        "fixed the printer",
        "read the long report",
        "missed the bus",
    ),
    *(
        "bought bread and milk",
        "painted the wall",
        "sent the form",
        "closed an account",
        "asked about the price",
    ),
    *(
        "lost the key",
        "changed the date",
        "wanted another chair",
        "forgot the password",
        "speaks of the plan",
    ),
    *(
        "wrote a letter",
        "paid the bill",
        "found a cheaper flight",
        "talked to the children",
        "mentioned a delay",
    ),
    *("stopped the machine", "ordered food", "is happy with the store", "agreed on the wording"),
)
_WHEN = ("yesterday.", "on Monday.")


def distractors() -> list[str]:
    """Ordinary turns with some of the questions' words that answer none of them."""
    return [f"{who} {did} {when}" for did, when, who in itertools.product(_DID, _WHEN, _WHO)]


def calls() -> aai.TranscriptSet:
    """Twelve calls of two people with all the turns."""
    others = distractors()
    answers = [answer for _, answer in QUESTIONS]
    step = len(others) // len(answers)
    turns = [
        turn for n, answer in enumerate(answers) for turn in (*others[n * step : (n + 1) * step], answer)
    ]
    size = -(-len(turns) // 12)
    return aai.TranscriptSet(_call(n, turns[n * size : (n + 1) * size]) for n in range(12))


def _call(number: int, turns: list[str]) -> aai.Transcript:
    clock = 0
    said: list[dict[str, Any]] = []
    for place, text in enumerate(turns):
        words = []
        for word in text.split():
            times = {"start": clock, "end": clock + 250, "confidence": 0.9}
            words.append({"text": word, **times, "speaker": "AB"[place % 2]})
            clock += 300
        said.append({"speaker": "AB"[place % 2], "text": text, "words": words, "confidence": 0.9})
        said[-1] |= {"start": words[0]["start"], "end": words[-1]["end"]}
    raw = {"id": f"call-{number}", "words": [w for one in said for w in one["words"]], "utterances": said}
    found = aai.Transcript.from_json(raw | {"audio_duration": clock // 1000 + 1}, source=f"{number}.mp3")
    found.speakers = {"A": f"Agent {number % 3}", "B": f"Caller {number}"}
    return found


def recall(corpus: aai.Corpus, *, meaning: bool, most: int = 10) -> float:
    """Share of the questions whose turn is among the first ten: by words alone, or with meaning."""
    found = 0
    for question, answer in QUESTIONS:
        if meaning:
            texts = corpus.search(question, meaning=True, limit=most)["text"].tolist()
        else:
            texts = by_words(corpus, question, most)
        found += answer in texts
    return found / len(QUESTIONS)


def by_words(corpus: aai.Corpus, question: str, most: int) -> list[str]:
    """The best turns by BM25 alone, any of the question's words but the commonest."""
    corpus.index()
    search = corpus._search
    asked = search.words.of_question(question)
    if asked is None:
        return []
    rows = np.sort(
        np.fromiter(itertools.islice(search.words.turns(asked, None, by_rank=True), most), np.int64)
    )
    catalog = corpus.catalog
    return hits_of(corpus.folder, catalog, search.places(catalog, rows), ())["text"].tolist()


def foreign_sentences(corpus: aai.Corpus) -> int:
    """How many turns of somebody else a search with a speaker gives, by words and by meaning."""
    speakers = [name for (name,) in corpus.sql("SELECT DISTINCT speaker FROM utterances").fetchall()]
    wrong = 0
    for speaker in speakers:
        for hits in (
            corpus.search("the OR a OR was", speaker=speaker, limit=None),
            corpus.search(QUESTIONS[0][0], speaker=speaker, meaning=True, limit=20),
        ):
            wrong += int((hits["speaker"] != speaker).sum())
    return wrong

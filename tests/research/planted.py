"""Twenty interviews that name a hundred people, places and firms: whole, in parts, inflected, misspelt."""

from __future__ import annotations

import random

from aai_jupyter.transcripts.transcript import Transcript
from tests.asking.recordings import transcript

_FIRST_TEXT = """
Margaret Oliver Katherine Desmond Fiona Gregory Harriet Lawrence Beatrice Raymond Priscilla Douglas
Veronica Leonard Philippa Maurice Rosalind Bernard Josephine Winston Aisha Dmitri Ingrid Kwame
Yolanda Stefan Magdalena Rajesh Svetlana Thabo Eleanor Clarence Gwendolyn Ferdinand Henrietta
Reginald Marguerite Sebastian Theodora Augustus
"""
_LAST_TEXT = """
Thornbury Okafor Lindqvist Castellano Pemberton Novak Hargreaves Delacroix Whitcombe Rasmussen
Abernathy Kowalski Fitzgerald Nakamura Ostrowski Balakrishnan Montgomery Vandenberg Cholmondeley
Eriksson Mbeki Petrov Hallström Boateng Gutierrez Zimmermann Sokolov Banerjee Volkov Dlamini
Ashworth Bancroft Carmichael Dunstable Ellsworth Fairweather Goldsmith Hathaway Ironside Jamieson
"""
_PLACES_TEXT = """
Birmingham Rotterdam Edinburgh Marrakesh Wellington Saskatoon Gothenburg Bratislava Ljubljana
Montevideo Nottingham Sunderland Aberystwyth Canterbury Scarborough Reykjavik Thessaloniki
Wolverhampton Guadalajara Szczecin Timisoara Valparaiso Winnipeg Yokohama Zaragoza Antwerp Bologna
Coimbra Dundee Eindhoven
"""
_FIRMS_TEXT = """
Brightwater Caldera Dovetail Everline Foxglove Greystone Halcyon Ironbridge Juniper Kestrel
Lanternfish Meridian Northgate Oakhurst Pinnacle Quillfeather Redshank Silverbrook Tamarind
Umberfield Verdigris Westerly Yellowhammer Zephyrine Applecross Bluestone Copperfield Driftwood
Elderflower Fernhill
"""
_KINDS = ("Logistics", "Bank", "Insurance", "Hospital", "Foundation", "Systems")
_NAMES = zip(_FIRST_TEXT.split(), _LAST_TEXT.split(), strict=True)
PEOPLE = [f"{one} {two}" for one, two in _NAMES]
PLACES = _PLACES_TEXT.split()
FIRMS = [f"{one} {_KINDS[number % 6]}" for number, one in enumerate(_FIRMS_TEXT.split())]
PLANTED = [*PEOPLE, *PLACES, *FIRMS]

_PERSON = (
    "Then I spoke to {0} about the whole thing.",
    "It was really {0} who told us to wait.",
    "I think that {first} was tired by then.",
    "We went over to {last}'s house that evening.",
    "And the letter came from {typo} in the end.",
    "So {first} and I went home early.",
    "Everybody liked {first}'s way of saying it.",
)
_PLACE = (
    "We moved to {0} when I was nine.",
    "She had a job in {0} for some years.",
    "I never liked {0}'s weather very much.",
    "They came back from {typo} with nothing.",
)
_FIRM = (
    "He worked for {0} at the time.",
    "We had a contract with {0} for a year.",
    "Then {0}'s lawyers wrote to us again.",
    "My sister left {0} in the spring.",
)
_FILLERS = (
    "Well, it was a long time ago and I do not remember all of it.",
    "You know, we did what we could with what we had.",
    "The doctor said that it would get better soon.",
    "I mean, nobody really asked us what we wanted.",
    "It rained for weeks and the roads were bad.",
    "And how did you feel about that?",
    "We were happy to be there, mostly.",
)


def one_letter_off(name: str, rng: random.Random) -> str:
    """Return a word with one letter in its middle changed, left out or doubled."""
    at = rng.randrange(2, len(name) - 2)
    return rng.choice(
        (name[:at] + name[at + 1 :], name[:at] + name[at] + name[at:], name[:at] + "e" + name[at + 1 :])
    )


def interviews(seed: int = 7) -> tuple[list[Transcript], dict[str, set[str]]]:
    """Return the transcripts, and for each planted name the spellings that are in them."""
    rng = random.Random(seed)
    said: list[list[str]] = [[] for _ in range(20)]
    spelled: dict[str, set[str]] = {}
    for name in PLANTED:
        lines = _PERSON if name in PEOPLE else _PLACE if name in PLACES else _FIRM
        words = name.split()
        whole = [lines[0], *rng.sample(lines[1:], 3)]
        for number, line in zip(rng.sample(range(20), 2) * 2, whole, strict=True):
            typo = one_letter_off(words[-1], rng) if lines is not _FIRM else name
            said[number].append(line.format(name, first=words[0], last=words[-1], typo=typo))
            spelled.setdefault(name, {name}).update(
                {typo}
                if "{typo}" in line
                else {words[0]}
                if "{first}" in line
                else {words[-1]}
                if "{last}" in line
                else ()
            )
    made = []
    for number, lines in enumerate(said):
        turns = []
        for line in rng.sample(lines, len(lines)):
            turns += [("A", line), ("B", rng.choice(_FILLERS))]
        timed = [(who, 4.0 * n, 4.0 * n + 3.5, text) for n, (who, text) in enumerate(turns)]
        who = PEOPLE[number]
        file = f"calls/{who.replace(' ', '_')}-{number}.mp3"
        t = transcript(timed, id=f"id-{number}", source=file, language_code="en", summary=f"{who} talks.")
        t.speakers = {"A": who, "B": "Interviewer"}
        spelled[who].add(who)
        t.edit.set_word(0, t.words["text"].iloc[0].lower())
        made.append(t)
    return made, spelled

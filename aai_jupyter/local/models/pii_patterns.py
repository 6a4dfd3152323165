"""Patterns of personal information in recognised English speech, one list for each policy.

Text is lower case when a pattern is applied, words are one space apart. Speech recognition writes what was
said, so most things have a spoken form too ("ann dot lee at example dot com").

What repeats has an upper bound: the recording decides what is matched, and without one a text of some
kilobytes takes seconds.
"""

from __future__ import annotations

import re


def _any(*lines: str) -> str:
    """Return a pattern of one of many words; ``_`` stands for a space inside one."""
    return "(?:" + "|".join(" ".join(lines).split()).replace("_", " ") + ")"


_UNIT = _any(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen",
    "seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand",
    r"million billion trillion half dozen couple",
)
_UNIT = rf"(?:{_UNIT}\b)"
_UNITS = rf"{_UNIT}(?:[ -](?:and |a )?{_UNIT}){{0,15}}"
_SCALE = "(?:hundred|thousand|million|billion|trillion|[km])"
_NUMBER = rf"(?:\d[\d,.]{{0,40}}(?:[ -]{_SCALE}\b)?|(?:an? )?{_UNITS})"
_MONTH = _any(
    "january february march april may june july august september october november december",
    r"jan\b\.? feb\b\.? mar\b\.? apr\b\.? jun\b\.? jul\b\.? aug\b\.? sept?\b\.? oct\b\.? nov\b\.? dec\b\.?",
)
_ORDINAL = _any(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth",
    "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth thirtieth",
)
_DAY = rf"(?:\d{{1,2}}(?:st|nd|rd|th)?|(?:(?:twenty|thirty)[ -])?{_ORDINAL})"
_SPOKEN_YEAR = (
    rf"(?:(?:nineteen|twenty)[ -](?:oh |hundred |and )?{_UNIT}(?:[ -]{_UNIT})?"
    rf"|two thousand(?: and)?(?: {_UNIT}(?:[ -]{_UNIT})?)?)"
)
_YEAR = rf"(?:(?:1[89]|20)\d\d|{_SPOKEN_YEAR})"
_WEEKDAY = "(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,? )"
DATE = (
    rf"(?:{_WEEKDAY}?(?:the )?{_DAY}(?: of)? {_MONTH}(?:,? (?:of )?{_YEAR})?"
    rf"|{_WEEKDAY}?{_MONTH} (?:the )?{_DAY}(?!\d)(?:,? (?:of )?{_YEAR})?"
    rf"|{_MONTH},? (?:of )?{_YEAR}"
    r"|\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d{2})(?!\d)"
    r"|\d{4}[/-]\d{1,2}[/-]\d{1,2})"
)
_TLD = _any(
    "com org net edu gov mil int info biz io ai app dev me tv co uk us ca au nz ie de fr es it nl be ch at",
    "se no dk fi pl pt ru cn jp in br mx za eu",
)
_DOT = r"(?:\.| dot | point )"
_HOST = rf"[a-z0-9-]{{1,63}}(?:{_DOT}[a-z0-9-]{{1,63}}){{0,8}}{_DOT}{_TLD}\b(?:{_DOT}{_TLD}\b)?"
_JOIN = _any("dot underscore dash hyphen plus")
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_CURRENCY = _any(
    "dollars? bucks? cents? euros? pounds? quid pence yen yuan rupees? francs? kron(?:a|er|or) pesos? reais",
    "usd eur gbp",
)
_NAMED = r"(?:'s)?(?: (?:number|no|id|code|name))?(?: (?:is|was|are|would be|it's|it is))?[:,]? "
_CODE = r"(?P<it>(?=[a-z0-9-]*\d)[a-z0-9-]{4,}(?: (?=[a-z0-9-]*\d)[a-z0-9-]+)*)"
_EXPIRY = rf"(?P<it>(?:0?[1-9]|1[0-2])[ /-]\d{{2,4}}|{_MONTH},? (?:of )?{_YEAR}|{_UNIT}[ -]{_UNITS})"
_ENDINGS = _any("pdf docx? xlsx? pptx? csv txt zip jpe?g png gif mp3 mp4 wav py ipynb json xml html?")

PATTERNS: dict[str, tuple[str, ...]] = {
    "email_address": (
        r"[a-z0-9_.+'-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8}",
        rf"(?:(?:[a-z0-9] ){{1,40}}|[a-z0-9_.+'-]{{1,64}})"
        rf"(?: ?{_JOIN} [a-z0-9_+'-]{{1,64}}){{0,8}} at {_HOST}",
    ),
    "url": (
        r"(?:https?://|www\.)[^\s,]+",
        r"(?:(?:w w w|www|triple w|h t t p s?|https?)[ .,]{0,5}(?:dot |colon |slash ){0,6})?"
        rf"{_HOST}(?:(?:/| slash )[a-z0-9_/.-]+)*",
    ),
    "ip_address": (
        rf"{_OCTET}(?:{_DOT}{_OCTET}){{3}}(?!\d)",
        r"(?:[0-9a-f]{1,4}:){2,7}:?[0-9a-f]{1,4}",
    ),
    "us_social_security_number": (r"\d{3}[- ]\d{2}[- ]\d{4}(?!\d)",),
    "phone_number": (
        r"(?:\+?\d{1,3}[ .-]?)?\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?!\d)",
        r"\+\d{1,3}(?:[ .-]?\d){6,14}(?!\d)",
    ),
    "money_amount": (
        rf"[$€£¥] ?\d[\d,.]{{0,40}}(?: ?{_SCALE}\b)?(?: {_CURRENCY}\b)?",
        rf"{_NUMBER} {_CURRENCY}\b(?:,? (?:and )?{_NUMBER} (?:cents?|pence))?",
    ),
    "date_interval": (
        rf"(?:between |from )?{DATE} (?:to|and|until|till|through|-) (?:{DATE}|(?:the )?{_DAY}\b)",
        rf"(?:between |from )?{_YEAR} (?:to|and|until|through) {_YEAR}",
        rf"(?:from )?{_MONTH} (?:to|until|till|through) {_MONTH}(?:,? {_YEAR})?",
    ),
    "date": (DATE,),
    "time": (
        r"\d{1,2}[:.]\d{2} ?[ap]\.?m\b\.?",
        r"\d{1,2}:\d{2}(?!\d)",
        r"\d{1,2} ?[ap]\.?m\b\.?",
        rf"{_UNIT} (?:(?:thirty|fifteen|forty-five) )?[ap]\.?m\b\.?",
        rf"(?:\d{{1,2}}|{_UNIT}) o'?clock",
        rf"(?:half past|quarter (?:past|to)|\d{{1,2}} (?:minutes )?(?:past|to)) (?:\d{{1,2}}|{_UNIT})",
        "noon|midnight",
    ),
    "duration": (rf"{_NUMBER}(?: and a half)?[ -](?:second|minute|hour|day|week|month|year|decade)s?\b",),
    "person_age": (
        rf"{_NUMBER}[ -](?:years?|months?|weeks?)[ -](?:old|of age)",
        rf"(?:aged?|age of|age is) {_NUMBER}",
    ),
    "credit_card_expiration": (rf"expir(?:es|y|ation|ing)?(?: date)?(?: is| on| in|:|,)* {_EXPIRY}",),
    "banking_information": (
        r"[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){3,7}(?: ?[a-z0-9]{1,3})?\b",
        r"swift code (?:is )?(?P<it>[a-z]{6}[a-z0-9]{2,5})",
    ),
    "passport_number": (rf"passport{_NAMED}{_CODE}",),
    "drivers_license": (rf"driv(?:er'?s?|ing) licen[cs]e{_NAMED}{_CODE}",),
    "healthcare_number": (
        rf"(?:medicare|medicaid|nhs|medical record|health insurance|member id){_NAMED}{_CODE}",
    ),
    "vehicle_id": (
        r"(?=[a-z0-9]*\d)[a-hj-npr-z0-9]{17}\b",
        rf"(?:licen[cs]e|number) plate{_NAMED}{_CODE}",
    ),
    "username": (r"user ?name (?:is )?(?P<it>\S+)",),
    "password": (
        r"pass(?:word|code) (?:is|was) (?P<it>[^.?!]+)",
        r"pass(?:word|code) (?P<it>(?=\S*\d)\S+)",
    ),
    "filename": (rf"[\w-]{{1,100}}\.{_ENDINGS}\b",),
    "blood_type": (
        r"blood (?:type|group)(?: is)? (?:ab|a|b|o)\b(?: ?[+-]| positive| negative)?",
        r"(?:ab|a|b|o)[ -](?:positive|negative)\b",
    ),
    "location_zip": (
        rf"(?:zip|postal)(?: code)?{_NAMED}(?P<it>\d{{5}}(?:-\d{{4}})?)",
        r"[a-z]{1,2}\d[a-z\d]? \d[a-z]{2}\b",
    ),
    "location_coordinate": (
        r"-?\d{1,3}\.\d{3,}°?(?: ?[ns](?:orth|outh)?)?,? -?\d{1,3}\.\d{3,}°?(?: ?[ew](?:est|ast)?)?",
    ),
    "zodiac_sign": (
        _any("aries taurus gemini leo virgo libra scorpio sagittarius capricorn aquarius pisces") + r"\b",
    ),
    "marital_status": (
        _any(
            r"(?:un|never_|newly_)?married divorced divorcee widow(?:ed|er)? (?:legally_)?separated engaged",
            "single_(?:mother|father|mom|dad|parent)",
        )
        + r"\b",
    ),
    "religion": (
        _any(
            "christian(?:s|ity)? catholic(?:s|ism)? protestant(?:s|ism)? orthodox baptists? methodists?",
            "lutherans? presbyterians? evangelicals? mormons? jehovah's_witness(?:es)? muslims? islam(?:ic)?",
            "sunnis? shi'?a jew(?:s|ish)? judaism hindus? hinduism buddhis(?:ts?|m) sikhs? sikhism",
            "taois(?:ts?|m) atheis(?:ts?|m) agnostics?",
        )
        + r"\b",
    ),
    "political_affiliation": (
        _any(
            "democrats? democratic_party republicans? gop libertarians? green_party labour_party",
            "tor(?:y|ies) conservatives? liberal_democrats? liberals? socialists? communists?",
            "independent_voter",
        )
        + r"\b",
    ),
    "language": (
        _any(
            "english spanish french german italian portuguese dutch swedish norwegian danish finnish",
            "icelandic polish czech slovak hungarian romanian bulgarian greek turkish russian",
            "ukrainian serbian croatian bosnian slovenian albanian arabic hebrew yiddish persian",
            "farsi pashto urdu hindi bengali punjabi gujarati marathi tamil telugu kannada malayalam",
            "nepali sinhala thai lao khmer burmese vietnamese indonesian malay tagalog filipino",
            "chinese mandarin cantonese japanese korean mongolian swahili yoruba hausa zulu amharic",
            "somali afrikaans latin welsh irish gaelic basque catalan galician estonian latvian",
            "lithuanian armenian georgian kazakh uzbek",
        )
        + r"\b",
    ),
}

_ANY_LANGUAGE = {"email_address", "url", "ip_address", "us_social_security_number", "phone_number"}
ENGLISH_ONLY = frozenset(PATTERNS) - _ANY_LANGUAGE
"""Policies whose patterns need English words."""

DIGIT_POLICIES: tuple[tuple[str, str, int, int], ...] = (
    ("credit_card_cvv", r"\b(?:cvv|cvc|cv2|security code|verification (?:code|number|value))\b", 3, 4),
    ("location_zip", r"\b(?:zip|postal)(?: code)?\b", 5, 9),
    ("us_social_security_number", r"\b(?:social security|social|ssn|s s n)\b", 4, 9),
    ("banking_information", r"\b(?:routing|bank|sort code|aba|iban)\b", 6, 20),
    ("passport_number", r"\bpassport\b", 6, 9),
    ("drivers_license", r"\b(?:driver'?s? licen[cs]e|driving licen[cs]e)\b", 5, 16),
    (
        "healthcare_number",
        r"\b(?:medicare|medicaid|nhs|medical record|health (?:insurance|card|care)|member id)\b",
        5,
        14,
    ),
    (
        "account_number",
        r"\b(?:account|acct|customer|policy|invoice|order|reference|confirmation|member(?:ship)?)\b",
        4,
        20,
    ),
)
"""Runs of digits that words shortly before them explain: policy, those words, fewest and most digits."""

COMPILED = {
    policy: tuple(re.compile(rf"(?<![\w@])(?:{one})") for one in found) for policy, found in PATTERNS.items()
}
"""Where a pattern has a group ``it``, that is the information; the rest only tells what it is."""

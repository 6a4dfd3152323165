"""The words that the service knows: models, languages, PII policies."""

from __future__ import annotations

S37 = "assemblyai-stt-3-7"
U35 = "universal-3-5-pro"
U2 = "universal-2"

#: Models for recorded speech, the newest first.
MODELS = (S37, U35, U2)
#: What is sent when no model is named. Universal-2 stays last: the service no longer falls back by itself.
DEFAULT_MODELS = (S37, U2)
#: What was sent then before, newest first: results of those requests are still found in the store.
FORMER_DEFAULTS = ((U35, U2),)
#: Models of live speech that people may name here by mistake.
LIVE_ONLY = ("assemblyai-stt-3-7-realtime",)
#: Models whose languages and limits are published; what the others take is for the service to say.
DOCUMENTED_MODELS = (U35, U2)
#: Models of the local engine; the service knows nothing of them.
LOCAL_MODELS = ("whisper-base", "whisper-tiny.en")
#: Ids that the service has retired, and what it now runs instead.
RETIRED_MODELS: dict[str, tuple[str, ...]] = {
    "universal-3-pro": (U35, U2),
    "slam-1": (U35, U2),
    "best": (U35, U2),
    "universal": (U35, U2),
    "nano": (U2,),
}

#: Languages of Universal-3.5 Pro; others go to Universal-2.
_U35 = "en es fr de it pt ar da nl fi he hi ja zh no sv tr vi"
U35_LANGUAGES = frozenset(_U35.split())
#: Languages of Medical Mode.
MEDICAL_LANGUAGES = frozenset({"en", "es", "de", "fr"})

_NAMED = """
en English; en_au Australian English; en_uk British English; en_us American English; es Spanish; fr
French; de German; de_ch Swiss German; it Italian; pt Portuguese; nl Dutch; af Afrikaans; sq Albanian;
am Amharic; ar Arabic; hy Armenian; as Assamese; az Azerbaijani; ba Bashkir; eu Basque; be Belarusian;
bn Bengali; bs Bosnian; br Breton; bg Bulgarian; my Burmese; ca Catalan; zh Chinese; hr Croatian; cs
Czech; da Danish; et Estonian; fo Faroese; fi Finnish; gl Galician; ka Georgian; el Greek; gu Gujarati;
ht Haitian; ha Hausa; haw Hawaiian; he Hebrew; hi Hindi; hu Hungarian; is Icelandic; id Indonesian; ja
Japanese; jw Javanese; kn Kannada; kk Kazakh; km Khmer; ko Korean; lo Lao; la Latin; lv Latvian; ln
Lingala; lt Lithuanian; lb Luxembourgish; mk Macedonian; mg Malagasy; ms Malay; ml Malayalam; mt
Maltese; mi Maori; mr Marathi; mn Mongolian; ne Nepali; no Norwegian; nn Norwegian Nynorsk; oc Occitan;
pa Punjabi; ps Pashto; fa Persian; pl Polish; ro Romanian; ru Russian; sa Sanskrit; sr Serbian; sn
Shona; sd Sindhi; si Sinhala; sk Slovak; sl Slovenian; so Somali; su Sundanese; sw Swahili; sv Swedish;
tl Tagalog; tg Tajik; ta Tamil; tt Tatar; te Telugu; th Thai; bo Tibetan; tr Turkish; tk Turkmen; uk
Ukrainian; ur Urdu; uz Uzbek; vi Vietnamese; cy Welsh; yi Yiddish; yo Yoruba
"""
#: Language codes of a request, with their English names.
LANGUAGES: dict[str, str] = {
    code: name
    for code, _, name in (entry.strip().partition(" ") for entry in _NAMED.replace("\n", " ").split(";"))
}
LANGUAGE_CODES = tuple(LANGUAGES)

_POLICIES = """
account_number banking_information blood_type credit_card_cvv credit_card_expiration credit_card_number
date date_interval date_of_birth drivers_license drug duration email_address event filename gender
gender_sexuality healthcare_number injury ip_address language location location_address
location_address_street location_city location_coordinate location_country location_state location_zip
marital_status medical_condition medical_process money_amount nationality number_sequence occupation
organization organization_medical_facility passport_number password person_age person_name phone_number
physical_attribute political_affiliation religion sexuality statistics time url
us_social_security_number username vehicle_id zodiac_sign corporate_action day effect financial_metric
medical_code month organization_id product project trend year
"""
#: What can be redacted. The service accepts an unknown name without a word, and then redacts nothing for it.
PII_POLICIES = tuple(_POLICIES.split())
#: The same for live speech, by the newer of the two official SDKs.
STREAMING_PII_POLICIES = PII_POLICIES

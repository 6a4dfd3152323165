"""Options as types: what an editor completes and a type checker checks. For type checkers only.

Written by tools/option_types.py from the option tables (``make tables``); not by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypedDict

# fmt: off

LanguageCode = Literal[
    "en", "en_au", "en_uk", "en_us", "es", "fr", "de", "de_ch", "it", "pt", "nl", "af", "sq", "am", "ar",
    "hy", "as", "az", "ba", "eu", "be", "bn", "bs", "br", "bg", "my", "ca", "zh", "hr", "cs", "da", "et",
    "fo", "fi", "gl", "ka", "el", "gu", "ht", "ha", "haw", "he", "hi", "hu", "is", "id", "ja", "jw", "kn",
    "kk", "km", "ko", "lo", "la", "lv", "ln", "lt", "lb", "mk", "mg", "ms", "ml", "mt", "mi", "mr", "mn",
    "ne", "no", "nn", "oc", "pa", "ps", "fa", "pl", "ro", "ru", "sa", "sr", "sn", "sd", "si", "sk", "sl",
    "so", "su", "sw", "sv", "tl", "tg", "ta", "tt", "te", "th", "bo", "tr", "tk", "uk", "ur", "uz", "vi",
    "cy", "yi", "yo"
]

ExpectedLanguage = Literal[
    "en", "en_au", "en_uk", "en_us", "es", "fr", "de", "de_ch", "it", "pt", "nl", "af", "sq", "am", "ar",
    "hy", "as", "az", "ba", "eu", "be", "bn", "bs", "br", "bg", "my", "ca", "zh", "hr", "cs", "da", "et",
    "fo", "fi", "gl", "ka", "el", "gu", "ht", "ha", "haw", "he", "hi", "hu", "is", "id", "ja", "jw", "kn",
    "kk", "km", "ko", "lo", "la", "lv", "ln", "lt", "lb", "mk", "mg", "ms", "ml", "mt", "mi", "mr", "mn",
    "ne", "no", "nn", "oc", "pa", "ps", "fa", "pl", "ro", "ru", "sa", "sr", "sn", "sd", "si", "sk", "sl",
    "so", "su", "sw", "sv", "tl", "tg", "ta", "tt", "te", "th", "bo", "tr", "tk", "uk", "ur", "uz", "vi",
    "cy", "yi", "yo", "all"
]

FallbackLanguage = Literal[
    "en", "en_au", "en_uk", "en_us", "es", "fr", "de", "de_ch", "it", "pt", "nl", "af", "sq", "am", "ar",
    "hy", "as", "az", "ba", "eu", "be", "bn", "bs", "br", "bg", "my", "ca", "zh", "hr", "cs", "da", "et",
    "fo", "fi", "gl", "ka", "el", "gu", "ht", "ha", "haw", "he", "hi", "hu", "is", "id", "ja", "jw", "kn",
    "kk", "km", "ko", "lo", "la", "lv", "ln", "lt", "lb", "mk", "mg", "ms", "ml", "mt", "mi", "mr", "mn",
    "ne", "no", "nn", "oc", "pa", "ps", "fa", "pl", "ro", "ru", "sa", "sr", "sn", "sd", "si", "sk", "sl",
    "so", "su", "sw", "sv", "tl", "tg", "ta", "tt", "te", "th", "bo", "tr", "tk", "uk", "ur", "uz", "vi",
    "cy", "yi", "yo", "auto"
]

SpeechModel = Literal[
    "assemblyai-stt-3-7", "universal-3-5-pro", "universal-2", "whisper-base", "whisper-tiny.en"
]

PiiPolicy = Literal[
    "account_number", "banking_information", "blood_type", "credit_card_cvv", "credit_card_expiration",
    "credit_card_number", "date", "date_interval", "date_of_birth", "drivers_license", "drug", "duration",
    "email_address", "event", "filename", "gender", "gender_sexuality", "healthcare_number", "injury",
    "ip_address", "language", "location", "location_address", "location_address_street", "location_city",
    "location_coordinate", "location_country", "location_state", "location_zip", "marital_status",
    "medical_condition", "medical_process", "money_amount", "nationality", "number_sequence", "occupation",
    "organization", "organization_medical_facility", "passport_number", "password", "person_age",
    "person_name", "phone_number", "physical_attribute", "political_affiliation", "religion", "sexuality",
    "statistics", "time", "url", "us_social_security_number", "username", "vehicle_id", "zodiac_sign",
    "corporate_action", "day", "effect", "financial_metric", "medical_code", "month", "organization_id",
    "product", "project", "trend", "year"
]

StreamingModel = Literal[
    "universal-3-6-pro", "universal-3-5-pro", "universal-streaming-english",
    "universal-streaming-multilingual", "assemblyai-stt-3-7-realtime", "u3-rt-pro", "whisper-rt",
    "whisper-base", "whisper-tiny.en"
]

StreamingLanguage = Literal[
    "af", "ar", "yue", "ca", "da", "nl", "en", "et", "fi", "fr", "gl", "de", "he", "hi", "it", "ja", "ko",
    "zh", "mr", "no", "nn", "fa", "pt", "ro", "ru", "es", "sv", "tr", "ur", "vi", "xh", "zu", "multi"
]

ClipModel = Literal[
    "universal-3-5-pro", "u3-sync-pro", "whisper-base", "whisper-tiny.en"
]

ClipLanguage = Literal[
    "en", "es", "de", "fr", "it", "pt", "tr", "nl", "sv", "no", "da", "fi", "hi", "vi", "ar", "he", "ja",
    "ur", "zh"
]


class TranscribeOptions(TypedDict, total=False):
    """Parameters of a recording, nested ones by their short names."""

    speech_models: Iterable[SpeechModel] | str | None
    """
    Models in order of preference; the first that knows the language runs. Languages, limits and add-on prices
    of assemblyai-stt-3-7 are not published: nothing is refused for it, and no add-on priced. Default:
    assemblyai-stt-3-7, universal-2.
    """
    domain: Literal["medical-v1"] | None
    """Medical Mode, for English, Spanish, German and French."""
    audio_start_from: int | None
    """Transcribe from this time on. In ms."""
    audio_end_at: int | None
    """Transcribe up to this time. In ms."""
    speech_threshold: float | None
    """Refuse a file with a smaller share of speech than this; needs at least 30 s of audio. Default: 0.0."""
    language_code: LanguageCode | None
    """The language spoken, when you know it."""
    language_codes: Iterable[LanguageCode] | str | None
    """The languages that speakers switch between; the service wants en among them."""
    language_detection: bool | None
    """Detect the language; needs about 15 s of speech. On when no language is given."""
    language_confidence_threshold: float | None
    """
    Fail when the language is detected with less confidence than this. Default: 0.0. Needs language_detection.
    """
    language_detection_options: Mapping[str, Any] | bool | None
    """Settings of language detection, as one object. Needs language_detection."""
    expected_languages: Iterable[ExpectedLanguage] | str | None
    """The languages to choose from. Default: all."""
    fallback_language: FallbackLanguage | None
    """Used when the detected language is not among the expected ones. Default: auto."""
    code_switching: bool | None
    """Detect switching between languages. Default: False."""
    code_switching_confidence_threshold: float | None
    """
    Least confidence for switching to another language. Default: 0.3. Needs
    language_detection_options.code_switching.
    """
    localization: Iterable[Literal["en_au", "en_uk"]] | str | None
    """Spelling variant, at most one for each language."""
    on_no_speech_detected: Literal["error", "fallback"] | None
    """What silence gives: an error, or an empty transcript (which is billed). Default: error."""
    on_low_language_confidence: Literal["error", "fallback"] | None
    """What low confidence gives: an error, or the fallback language. Default: error."""
    swiss_german: bool | None
    """Treat German as Swiss German (not documented by the service)."""
    language_detection_model: str | None
    """Model that detects the language (not documented by the service)."""
    punctuate: bool | None
    """Add punctuation. Default: True."""
    format_text: bool | None
    """Write numbers and capitals as in print. Default: True."""
    disfluencies: bool | None
    """Keep filler words such as "um". Default: False."""
    filter_profanity: bool | None
    """Replace profane words by asterisks. Default: False."""
    custom_spelling: Iterable[Mapping[str, Any]] | None
    """Replace spellings: [{"from": ["k8s", "kates"], "to": "Kubernetes"}]."""
    keyterms_prompt: Iterable[str] | None
    """Names and terms to recognise well."""
    keyterms_prompt_options: Mapping[str, Any] | bool | None
    """Settings of keyterms_prompt, as one object. Needs keyterms_prompt."""
    keyterms_match_strength: Literal["high", "standard"] | None
    """How strongly key terms are preferred (not documented by the service)."""
    prompt: str | None
    """What the recording is about, in plain words."""
    temperature: float | None
    """Randomness of the model. Default: 0.0."""
    remove_audio_tags: Literal["all", "speaker"] | None
    """Leave out tags such as [laughter]: all of them, or those of speakers."""
    speaker_labels: bool | None
    """Tell who speaks; gives utterances. Default: False. Needs punctuate."""
    speakers_expected: int | None
    """The number of speakers, when you know it exactly. Needs speaker_labels."""
    speaker_options: Mapping[str, Any] | bool | None
    """Settings of speaker_labels, as one object. Needs speaker_labels."""
    min_speakers_expected: int | None
    """Least number of speakers. Default: 1."""
    max_speakers_expected: int | None
    """Most speakers; too high a number costs accuracy."""
    include_speaker_confidence: bool | None
    """Add a confidence to each speaker label. Default: False."""
    advanced_speaker_segmentation: bool | None
    """Finer segments by speaker (set by the service, not documented)."""
    short_file_diarization_method: Literal["deliberate", "balanced", "conservative", "aggressive"] | None
    """Method for short files (not documented by the service)."""
    long_file_diarization_method: Literal["standard", "experimental"] | None
    """Method for long files; the experimental one costs more."""
    use_two_stage_clustering: bool | None
    """Cluster speakers in two stages (not documented by the service)."""
    multichannel: bool | None
    """Transcribe each channel on its own; every channel is billed. Default: False."""
    webhook_url: str | None
    """Address the service calls when the job has ended."""
    webhook_auth_header_name: str | None
    """Header to send with the call. Needs webhook_url, webhook_auth_header_value."""
    webhook_auth_header_value: str | None
    """Value of that header. Needs webhook_url, webhook_auth_header_name."""
    redact_pii: bool | None
    """
    Replace personal data in the text; entities and sentiments are not redacted. Default: False. Needs
    format_text.
    """
    redact_pii_policies: Iterable[PiiPolicy] | str | None
    """
    The kinds of personal data to replace; which of them are found depends on the language. Needs redact_pii.
    """
    redact_pii_sub: Literal["hash", "entity_name"] | None
    """What stands in its place: #### or [PERSON_NAME]. Default: hash. Needs redact_pii."""
    redact_pii_audio: bool | None
    """
    Also make a copy of the audio with personal data beeped out (files up to 1 GB). Default: False. Needs
    redact_pii.
    """
    redact_pii_audio_quality: Literal["mp3", "wav"] | None
    """File type of the redacted audio. Default: mp3. Needs redact_pii_audio."""
    redact_pii_audio_options: Mapping[str, Any] | bool | None
    """Settings of redact_pii_audio, as one object. Needs redact_pii_audio."""
    override_audio_redaction_method: Literal["silence"] | None
    """Silence in place of the beep."""
    return_redacted_no_speech_audio: bool | None
    """Return redacted audio also for files without speech. Default: False."""
    redact_pii_return_unredacted: bool | None
    """Return the unredacted text, words and utterances too. Default: False. Needs redact_pii."""
    redact_static_entities: Mapping[str, Any] | bool | None
    """Your own terms to redact: {"LABEL": ["term", ...]}. Needs redact_pii."""
    content_safety: bool | None
    """Find sensitive content. Default: False."""
    content_safety_confidence: int | None
    """Least confidence for content_safety. In %. Default: 50. Needs content_safety."""
    entity_detection: bool | None
    """Find names, places, dates and so on. Default: False."""
    sentiment_analysis: bool | None
    """Sentiment of each sentence. Default: False. Needs punctuate."""
    auto_highlights: bool | None
    """Find key phrases. Default: False."""
    iab_categories: bool | None
    """Find topics (IAB taxonomy). Default: False."""
    speech_understanding: Mapping[str, Any] | bool | None
    """All features as one object: {"request": {"action_items": {}, ...}}."""
    translation: Mapping[str, Any] | bool | None
    """Translate, as one object."""
    target_languages: Iterable[str] | None
    """Languages to translate into."""
    translation_formal: bool | None
    """Translate in formal style."""
    match_original_utterance: bool | None
    """Translate each utterance; needs speaker_labels. Default: False."""
    force_translation: bool | None
    """Translate also when source and target look alike. Default: False."""
    translation_effort: Literal["low", "medium"] | None
    """Effort spent on translation."""
    speaker_identification: Mapping[str, Any] | bool | None
    """Put names or roles in place of speaker labels, as one object; needs speaker_labels or multichannel."""
    speaker_type: Literal["name", "role"] | None
    """Identify speakers by name or by role."""
    known_values: Iterable[str] | None
    """The names or roles to choose from."""
    speakers: Iterable[Mapping[str, Any]] | None
    """The speakers with a description: [{"name": "Ann", "description": "the host"}]."""
    speaker_identification_effort: Literal["low", "medium"] | None
    """Effort spent on speaker identification."""
    custom_formatting: Mapping[str, Any] | bool | None
    """Formats of dates, phone numbers and e-mail addresses, as one object."""
    custom_formatting_date: str | None
    """Format of dates, such as "mm/dd/yyyy"."""
    custom_formatting_phone_number: str | None
    """Format of phone numbers, such as "(xxx)xxx-xxxx"."""
    custom_formatting_email: str | None
    """Format of e-mail addresses, such as "username@domain.com"."""
    format_utterances: bool | None
    """Format utterances too. Default: False."""
    custom_formatting_effort: Literal["low", "medium"] | None
    """Effort spent on formatting."""
    understanding_summarization: Mapping[str, Any] | bool | None
    """Summary by sections, as one object."""
    summarization_summary_type: Literal["bullets", "paragraph"] | None
    """Summary by sections, as bullets or paragraphs."""
    headline_length: int | None
    """Length of the headline of each section. In words. Default: 10."""
    approximate_chapters: int | None
    """About how many sections to make."""
    summarization_effort: Literal["low", "medium"] | None
    """Effort spent on the summary."""
    action_items: Mapping[str, Any] | bool | None
    """Find what people agreed to do; the object may be empty."""
    include_decisions: bool | None
    """List decisions too. Default: False."""
    action_items_effort: Literal["low", "medium"] | None
    """Effort spent on action items."""
    speech_model: str | None
    """Old form of speech_models. Deprecated: the service has refused it since March 2026."""
    dual_channel: bool | None
    """Old name of multichannel. Deprecated: it has been renamed."""
    word_boost: Iterable[str] | None
    """Old form of keyterms_prompt. Deprecated: current models do not take it."""
    auto_chapters: bool | None
    """
    Chapters with headlines. Default: False. Deprecated: use understanding_summarization, which gives sections
    with headlines.
    """
    summarization: bool | None
    """One summary of the whole. Default: False. Deprecated: use understanding_summarization."""
    summary_model: Literal["informative", "conversational", "catchy"] | None
    """
    Model of summarization. Default: informative. Needs summarization. Deprecated: use
    understanding_summarization.
    """
    summary_type: Literal["bullets", "bullets_verbose", "gist", "headline", "paragraph"] | None
    """
    Form of summarization. Default: bullets. Needs summarization. Deprecated: use understanding_summarization.
    """


class StreamingOptions(TypedDict, total=False):
    """Parameters of a real-time session."""

    speech_model: StreamingModel | None
    """
    Model. The service may run another: look at Begin.configuration.model. The default stays: price, languages
    and turn detection of assemblyai-stt-3-7-realtime are not published. Default: universal-3-6-pro.
    """
    sample_rate: int | None
    """Samples per second of the sound as it is sent. In Hz. Default: 16000."""
    encoding: Literal["pcm_s16le", "pcm_mulaw", "opus", "ogg_opus", "aac"] | None
    """How the sound is encoded on the wire; all but pcm_s16le need PyAV. Default: pcm_s16le."""
    voice_focus: Literal["near-field", "far-field"] | None
    """Favour the voice near to the microphone, or voices in the room."""
    voice_focus_threshold: float | None
    """How strongly to favour it. Needs voice_focus."""
    noise_suppression_model: Literal["near-field", "far-field"] | None
    """Old name of voice_focus. Deprecated: its name is voice_focus now."""
    noise_suppression_threshold: float | None
    """Old name of voice_focus_threshold. Deprecated: its name is voice_focus_threshold now."""
    mode: Literal["min_latency", "balanced", "max_accuracy"] | None
    """Preset of the turn detection. Default: balanced."""
    min_turn_silence: int | None
    """Silence after which a turn that sounds finished ends; low values split numbers. In ms."""
    min_end_of_turn_silence_when_confident: int | None
    """Old name of min_turn_silence. In ms. Deprecated: its name is min_turn_silence now."""
    max_turn_silence: int | None
    """Silence after which any turn ends. In ms."""
    max_turn_duration: int | None
    """
    Longest turn, in place of the limit that mode or speaker_labels sets. The service does not say in which
    unit (that of its neighbours is ms): it is sent as given.
    """
    end_of_turn_confidence_threshold: float | None
    """Confidence from which a turn ends. Default: 0.4. Deprecated: the service will drop it."""
    vad_threshold: float | None
    """Probability from which sound is speech."""
    interruption_delay: int | None
    """Wait before the first words of a turn are shown (the service adds 256 ms). In ms."""
    continuous_partials: bool | None
    """
    Partial turns about every second instead of every three. With speaker_labels, only when it is set.
    Default: True.
    """
    include_partial_turns: bool | None
    """Send turns while they are spoken. Default: True."""
    turn_left_pad_ms: int | None
    """Sound taken in before a turn (not documented by the service). In ms."""
    format_turns: bool | None
    """Punctuation and case for finished turns; Pro models always format. Default: False."""
    prompt: str | None
    """What the talk is about: context, not instructions."""
    keyterms_prompt: Iterable[str] | None
    """Names and terms to listen for."""
    agent_context: str | None
    """What a voice agent said last."""
    previous_context_n_turns: int | None
    """How many earlier turns the model looks back on; 0: none. Default: 5."""
    language_codes: Iterable[StreamingLanguage] | str | None
    """Languages to expect: a bias, not a lock."""
    language_code: StreamingLanguage | None
    """The language to expect. Deprecated: use language_codes with one code."""
    language_detection: bool | None
    """Tell the language of each finished turn. Default: False."""
    domain: Literal["medical-v1"] | None
    """Medical vocabulary (English, Spanish, German, French)."""
    filter_profanity: bool | None
    """Replace profanity by asterisks. Default: False."""
    llm_gateway: Mapping[str, Any] | bool | None
    """
    Ask a language model about each finished turn: {"model", "messages", "max_tokens"}; {{turn}} in a message
    stands for the turn.
    """
    speaker_labels: bool | None
    """Tell who speaks; cuts turns at 10 s. Default: False."""
    max_speakers: int | None
    """Most speakers to tell apart. Needs speaker_labels."""
    speaker_labels_revision_interval_ms: int | None
    """
    How often earlier labels are corrected while the session runs; 0: at its end. 300000 is advised. In ms.
    Default: 0. Needs speaker_labels.
    """
    redact_pii: bool | None
    """Take personal data out of finished turns; switches partial turns off. Default: False."""
    redact_pii_policies: Iterable[PiiPolicy] | str | None
    """What to take out; all when left out. Needs redact_pii."""
    redact_pii_sub: Literal["hash", "entity_name"] | None
    """What stands instead. Default: hash. Needs redact_pii."""
    inactivity_timeout: int | None
    """
    The service ends a session that sends nothing for so long. Always sent: an idle session is billed. In s.
    Default: 60.
    """
    session_heartbeat: bool | None
    """A message every 5 s with what the service has received. Default: False."""
    acknowledge_silence: bool | None
    """A message for each second of silence. Default: False."""
    webhook_url: str | None
    """Address that gets all finished turns after the session."""
    webhook_auth_header_name: str | None
    """Header to send with the call. Needs webhook_url, webhook_auth_header_value."""
    webhook_auth_header_value: str | None
    """Value of that header. Needs webhook_url, webhook_auth_header_name."""
    customer_support_audio_capture: bool | None
    """Let the service's support keep the session's sound."""


class StreamingChanges(TypedDict, total=False):
    """Parameters that can be changed while a real-time session runs."""

    mode: Literal["min_latency", "balanced", "max_accuracy"] | None
    """Preset of the turn detection. Default: balanced."""
    min_turn_silence: int | None
    """Silence after which a turn that sounds finished ends; low values split numbers. In ms."""
    min_end_of_turn_silence_when_confident: int | None
    """Old name of min_turn_silence. In ms. Deprecated: its name is min_turn_silence now."""
    max_turn_silence: int | None
    """Silence after which any turn ends. In ms."""
    end_of_turn_confidence_threshold: float | None
    """Confidence from which a turn ends. Default: 0.4. Deprecated: the service will drop it."""
    vad_threshold: float | None
    """Probability from which sound is speech."""
    interruption_delay: int | None
    """Wait before the first words of a turn are shown (the service adds 256 ms). In ms."""
    continuous_partials: bool | None
    """
    Partial turns about every second instead of every three. With speaker_labels, only when it is set.
    Default: True.
    """
    turn_left_pad_ms: int | None
    """Sound taken in before a turn (not documented by the service). In ms."""
    format_turns: bool | None
    """Punctuation and case for finished turns; Pro models always format. Default: False."""
    prompt: str | None
    """What the talk is about: context, not instructions."""
    keyterms_prompt: Iterable[str] | None
    """Names and terms to listen for."""
    agent_context: str | None
    """What a voice agent said last."""
    language_codes: Iterable[StreamingLanguage] | str | None
    """Languages to expect: a bias, not a lock."""
    filter_profanity: bool | None
    """Replace profanity by asterisks. Default: False."""
    session_heartbeat: bool | None
    """A message every 5 s with what the service has received. Default: False."""
    acknowledge_silence: bool | None
    """A message for each second of silence. Default: False."""


class ClipOptions(TypedDict, total=False):
    """Options of a short clip."""

    speech_model: ClipModel | None
    """Model; goes into the header X-AAI-Model. Default: universal-3-5-pro."""
    prompt: str | None
    """What the clip is about, and how to write it."""
    keyterms_prompt: Iterable[str] | None
    """Names and terms to listen for."""
    conversation_context: Iterable[str] | None
    """What was said before, oldest first; a text is one turn."""
    language_codes: Iterable[ClipLanguage] | str | None
    """Languages that are spoken; without effect beside prompt."""
    timestamps: bool | None
    """Times of the words. Default: False."""


class AskParameters(TypedDict, total=False):
    """Parameters of the LLM Gateway that a question may have."""

    max_tokens: int | None
    """Most tokens of the answer (the service's own default is 1000)."""
    temperature: float | None
    """0 is the most repeatable."""
    top_p: float | None
    """Nucleus sampling."""
    top_k: float | None
    """Sample from so many likeliest tokens."""
    tool_choice: str | dict[str, Any] | None
    """auto, none, or a function."""
    aai_prompt: str | None
    """Name of a prompt saved at the service."""
    prompt_replacements: dict[str, Any] | list[Any] | None
    """What its {{ tags }} stand for."""
    reasoning: dict[str, Any] | None
    """How much to think."""
    fallbacks: list[dict[str, Any]] | None
    """Models to take when the first fails."""
    fallback_config: dict[str, Any] | None
    """Retry, and how deep."""
    model_region: Literal["global"] | None
    """Leave the region: cheaper."""
    cache_control: dict[str, Any] | None
    """Prompt cache (Claude)."""
    prompt_cache_key: str | None
    """Prompt cache (OpenAI)."""
    prompt_cache_retention: str | None
    """Prompt cache (OpenAI)."""
    zero_data_retention: bool | None
    """Only providers that keep nothing."""
    fail_fast: bool | None
    """Do not retry on the server."""
    max_timeout: float | None
    """Seconds that the server waits for the model."""


class GatewayParameters(TypedDict, total=False):
    """All parameters of the LLM Gateway."""

    max_tokens: int | None
    """Most tokens of the answer (the service's own default is 1000)."""
    temperature: float | None
    """0 is the most repeatable."""
    top_p: float | None
    """Nucleus sampling."""
    top_k: float | None
    """Sample from so many likeliest tokens."""
    stream: bool | None
    """Send the answer piece by piece."""
    stream_options: dict[str, Any] | None
    """What else a stream carries."""
    tools: list[dict[str, Any]] | None
    """Functions that the model may ask for."""
    tool_choice: str | dict[str, Any] | None
    """auto, none, or a function."""
    response_format: dict[str, Any] | None
    """JSON schema of the answer."""
    aai_prompt: str | None
    """Name of a prompt saved at the service."""
    prompt_replacements: dict[str, Any] | list[Any] | None
    """What its {{ tags }} stand for."""
    transcript_id: str | None
    """Transcript for the tag {{ transcript }}."""
    post_processing_steps: list[dict[str, Any]] | None
    """Such as json-repair."""
    reasoning: dict[str, Any] | None
    """How much to think."""
    fallbacks: list[dict[str, Any]] | None
    """Models to take when the first fails."""
    fallback_config: dict[str, Any] | None
    """Retry, and how deep."""
    model_region: Literal["global"] | None
    """Leave the region: cheaper."""
    cache_control: dict[str, Any] | None
    """Prompt cache (Claude)."""
    prompt_cache_key: str | None
    """Prompt cache (OpenAI)."""
    prompt_cache_retention: str | None
    """Prompt cache (OpenAI)."""
    zero_data_retention: bool | None
    """Only providers that keep nothing."""
    fail_fast: bool | None
    """Do not retry on the server."""
    max_timeout: float | None
    """Seconds that the server waits for the model."""

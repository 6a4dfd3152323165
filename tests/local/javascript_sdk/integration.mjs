// What AssemblyAI's JavaScript SDK calls in its own integration tests, with real speech: prints what it saw as JSON.
// Arguments: base URL, streaming base URL, key, recording, its URL, a URL without a recording, an 8-channel recording.
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { AssemblyAI } from "assemblyai";

const [baseUrl, streamingBaseUrl, apiKey, file, remote, missing, channels] = process.argv.slice(2);
const client = new AssemblyAI({ apiKey, baseUrl, streamingBaseUrl: baseUrl });
const fast = { pollingInterval: 50 };
const english = { language_code: "en" };
const dataUri = `data:audio/wav;base64,${await readFile(file, "base64")}`;
const seen = {};

seen.uploads = [
  await client.files.upload(file),
  await client.files.upload(dataUri),
  await client.files.upload(createReadStream(file)),
  await client.files.upload(await readFile(file)),
].every((url) => url.startsWith(baseUrl));

const stream = async (token) => {
  const transcriber = client.streaming.transcriber({
    websocketBaseUrl: `${streamingBaseUrl}/v3/ws`,
    sampleRate: 16_000,
    speechModel: "universal-streaming-english",
    ...(token ? { token } : { apiKey }),
  });
  const found = { opened: null, closed: 0, errors: [], texts: [] };
  transcriber.on("open", (event) => (found.opened = [event.type, typeof event.id, typeof event.expires_at]));
  transcriber.on("close", () => (found.closed += 1));
  transcriber.on("error", (error) => found.errors.push(String(error)));
  transcriber.on("turn", (event) => event.end_of_turn && found.texts.push(event.transcript));
  await transcriber.connect();
  const size = 16 * 1024;
  for await (const chunk of createReadStream(file, { highWaterMark: size })) {
    if (chunk.length === size) transcriber.sendAudio(chunk);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await transcriber.close();
  return found;
};
const token = () =>
  client.streaming.createTemporaryToken({ expires_in_seconds: 480, max_session_duration_seconds: 480 });
seen.token = Boolean(await token());
seen.streams = [await stream(), await stream(await token())];

const submitted = await client.transcripts.submit({ audio: remote, ...english });
seen.submitted = [
  submitted.status,
  (await client.transcripts.submit({ audio: file, ...english })).status,
  (await client.transcripts.submit({ audio: dataUri, ...english })).status,
];
seen.waited = (await client.transcripts.waitUntilReady(submitted.id, fast)).status;
const done = await client.transcripts.transcribe({ audio: remote, ...english }, fast);
seen.text = [done.status, done.text, (await client.transcripts.get(done.id)).text];
const many = await client.transcripts.transcribe({ audio: channels, multichannel: true, ...english }, fast);
seen.multichannel = [
  many.multichannel,
  many.audio_channels,
  [...new Set(many.utterances.map((one) => one.channel))].sort(),
  many.utterances.every((one) => one.speaker === one.channel && one.words.every((word) => word.channel === one.channel)),
  many.utterances.map((one) => one.text),
];
const page = await client.transcripts.list();
seen.listed = Array.isArray(page.transcripts) && page.page_details !== null;
seen.failed = await client.transcripts.transcribe({ audio: missing, ...english }, fast).then((one) => [one.status, Boolean(one.error)]);
seen.paragraphs = (await client.transcripts.paragraphs(done.id)).paragraphs.length;
seen.sentences = (await client.transcripts.sentences(done.id)).sentences.length;
seen.srt = (await client.transcripts.subtitles(done.id, "srt", 32)).startsWith("1\n");
seen.vtt = (await client.transcripts.subtitles(done.id, "vtt", 32)).startsWith("WEBVTT");
const search = await client.transcripts.wordSearch(done.id, ["meters"]);
seen.search = [search.id === done.id, search.total_count, search.matches.length];
const redacted = await client.transcripts.transcribe(
  {
    audio: file,
    redact_pii: true,
    redact_pii_audio: true,
    redact_pii_audio_quality: "wav",
    redact_pii_policies: ["phone_number"],
    redact_pii_sub: "hash",
    ...english,
  },
  fast,
);
const answer = await client.transcripts.redactedAudio(redacted.id);
seen.redacted = [answer.status, (await (await client.transcripts.redactedAudioFile(redacted.id)).blob()).size > 0];
seen.deleted = (await client.transcripts.delete(redacted.id)).audio_url;
console.log(JSON.stringify(seen));

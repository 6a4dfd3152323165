// AssemblyAI's own JavaScript SDK against the engine: prints what it saw as JSON.
import { Readable } from "node:stream";
import { AssemblyAI } from "assemblyai";

const [baseUrl, apiKey, file] = process.argv.slice(2);
const client = new AssemblyAI({ apiKey, baseUrl });
const fast = { pollingInterval: 20 };
const say = async (work) => {
  try {
    return await work();
  } catch (error) {
    return String(error.message);
  }
};

const done = await client.transcripts.transcribe({ audio: file, speaker_labels: true }, fast);
const stream = await client.transcripts.transcribe({ audio: Readable.from([Buffer.from("Hello.")]) }, fast);
const failed = await client.transcripts.transcribe({ audio: Buffer.from([255, 254]) }, fast);
const secret = await client.transcripts.transcribe(
  { audio: Buffer.from("A Secret told."), redact_pii: true, redact_pii_audio: true },
  fast,
);
let redacted;
while (!redacted?.redacted_audio_url) redacted = await client.transcripts.redactedAudio(secret.id);
const pages = [];
let page = await client.transcripts.list({ limit: 3 });
for (;;) {
  pages.push(...page.transcripts.map((item) => item.id));
  if (!page.page_details.prev_url) break;
  page = await client.transcripts.list(page.page_details.prev_url);
}

console.log(
  JSON.stringify({
    text: done.text,
    speakers: done.utterances.map((u) => u.speaker),
    stream: stream.text,
    failed: [failed.status, failed.error],
    redacted: await (await fetch(redacted.redacted_audio_url)).text(),
    sentences: (await client.transcripts.sentences(done.id)).sentences.length,
    paragraphs: (await client.transcripts.paragraphs(done.id)).paragraphs.length,
    srt: await client.transcripts.subtitles(done.id, "srt", 20),
    search: (await client.transcripts.wordSearch(done.id, ["good morning", "Ann"])).total_count,
    listed: pages.length === 4 && new Set(pages).size === 4,
    deleted: (await client.transcripts.delete(done.id)).text,
    unknown: await say(() => client.transcripts.get("nothing")),
    refused: await say(() => client.transcripts.submit({ audio_url: stream.audio_url, iab_categories: true })),
    key: await say(() => new AssemblyAI({ apiKey: "wrong", baseUrl }).transcripts.list()),
  }),
);

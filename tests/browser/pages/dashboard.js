// Puts the dashboard of a batch on the page; `window.model` plays the kernel. ?files=40&done=12&failed=3&running=1
import { FakeModel } from "./fake_model.js";
import { place } from "./place.js";

const query = new URLSearchParams(location.search);
const number = (name, missing) => Number(query.get(name) ?? missing);
const count = number("files", 40);
const done = number("done", Math.floor(count / 3));
const failed = number("failed", 0);
const running = query.get("running") !== "0";

const labels = Array.from({ length: count }, (_, n) => `calls/2024/week ${1 + (n % 52)}/call_${String(n).padStart(5, "0")}.mp3`);
const lengths = labels.map((_, n) => 60 + ((n * 37) % 900));
let stages = "";
for (let n = 0; n < count; n++) {
  if (n < failed) stages += "e";
  else if (n < failed + done) stages += n % 7 ? "d" : "k";
  else if (!running) stages += "d";
  else if (n < failed + done + 8) stages += "u";
  else if (n < failed + done + 20) stages += "p";
  else stages += "w";
}
const reasons = [
  "calls/x.mp3 is empty. Check the file.",
  "The service could not read it. “Transcoding failed. File does not appear to contain audio.” <script>window.pwned=1</script>",
];
const failures = Array.from({ length: failed }, (_, n) => [n, n % 2]);
const active = [];
for (let n = 0; n < count; n++) {
  if (stages[n] === "u") active.push([n, "3.1 MB of 9.8 MB", 0.32]);
  if (stages[n] === "p") active.push([n, "64%", 0.64]);
}
const ended = [...stages].filter((s) => "dk".includes(s)).length;
const seconds = lengths.reduce((a, b) => a + b, 0);
const seconds_done = lengths.reduce((a, b, n) => a + ("dk".includes(stages[n]) ? b : 0), 0);
const totals = {
  total: count, done: ended, cached: [...stages].filter((s) => s === "k").length, failed, seconds, seconds_done,
  rate: 41.7, seconds_left: running ? 1234 : null, usd_spent: seconds_done / 18000, usd_expected: running ? 4.2 : 0, running,
};
const model = new FakeModel(
  { _view: "dashboard", labels, lengths, stages, active, reasons, failures, totals, actions: query.get("actions") !== "0" },
  () => ({ reply: { ok: true } }),
);
const parent = await place();
const module = await import("./aai.js");
window.model = model;
window.dispose = module.default.render({ model, el: parent });

import assert from "node:assert/strict";
import test from "node:test";
import { quoted, quotes } from "../src/data/quote.ts";
import { label, visible } from "../src/data/safe.ts";
import { clock, spoken, tickStep } from "../src/data/time.ts";
import { columnsOf, generator } from "./random.ts";

test("placeholders never move a character", () => {
  const random = generator(7);
  for (let run = 0; run < 500; run++) {
    const text = Array.from({ length: 40 }, () => String.fromCharCode(Math.floor(random() * 65_536))).join("");
    const shown = visible(text);
    assert.equal(shown.length, text.length);
    assert.ok(!/[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u200b\ufeff]/.test(shown));
    assert.doesNotThrow(() => encodeURIComponent(shown), "no lone surrogate is left");
  }
});

test("what people write stays as it is", () => {
  for (const text of ["naïve café", "שלום עולם", "👩‍👩‍👧", "a\nb\tc", "<b>&amp;", "می‌خواهم"])
    assert.equal(visible(text), text);
});

test("hiding and reordering characters are seen", () => {
  assert.equal(visible("a\u202egpj.exe"), "a\ufffdgpj.exe");
  assert.equal(visible("\u001b[31m"), "\u241b[31m");
  assert.equal(visible("\ud800x"), "\ufffdx");
  assert.equal(label("a\nb"), "a b");
  assert.equal(label("x".repeat(500), 10), "xxxxxxxxx…");
  assert.equal(label(null), "");
});

test("times as people read them", () => {
  assert.deepEqual(
    [0, 7_400, 725_000, 3_723_000, 36_000_000].map((ms) => clock(ms)),
    ["0:00", "0:07", "12:05", "1:02:03", "10:00:00"],
  );
  assert.deepEqual(
    [7_449, 59_990, 3_600_050].map((ms) => clock(ms, true)),
    ["0:07.4", "0:59.9", "1:00:00.0"],
  );
  assert.equal(clock(-5), "0:00");
  assert.equal(spoken(72_000), "1 minute 12 seconds");
  assert.equal(spoken(3_601_000), "1 hour 1 second");
  assert.equal(spoken(0), "0 seconds");
});

test("ruler ticks keep their distance", () => {
  for (let perPixel = 0.5; perPixel < 60_000; perPixel *= 1.7) {
    const step = tickStep(perPixel, 76);
    assert.ok(step / perPixel >= 76 || step === 36e6);
  }
});

test("what is copied says who spoke when, turn by turn, and only what was selected", () => {
  const texts = [["Good", "morning."], ["I", "want\u202e", "a"], ["Thanks."]];
  const words = texts.flatMap((texts, turn) => texts.map((text) => ({ text, turn })));
  const columns = columnsOf(
    words.map((word, i) => ({ ...word, start: i * 4000, end: i * 4000 + 900 })),
    [
      { speaker: 0, start: 0, end: 4900 },
      { speaker: 1, start: 8000, end: 16_900 },
      { speaker: -1, start: 20_000, end: 20_900 },
    ],
  );
  const name = (speaker: number) => ["Ann", "Ben"][speaker] ?? "";
  assert.equal(quoted(quotes(columns, 1, 5, name)), "[0:04] Ann: morning.\n[0:08] Ben: I want\ufffd a\n[0:20] Thanks.");
  assert.deepEqual(quotes(columns, 3, 3, name), [{ who: "Ben", at: "0:12", text: "want\ufffd" }]);
  assert.deepEqual(quotes(columns, 3, 2, name), []);
});

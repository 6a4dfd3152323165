import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { fold, folded } from "../src/data/fold.ts";
import { search } from "../src/data/search.ts";
import { columnsOf } from "./random.ts";

const KEYS = new URL("../../../../tests/data/search_keys.json", import.meta.url);

test("the page's keys are those of Python", () => {
  for (const [text, key] of JSON.parse(readFileSync(KEYS, "utf-8"))) {
    assert.equal(fold(text), key, JSON.stringify(text));
    assert.equal(fold(key), key, JSON.stringify(text));
  }
});

test("a stretch of the key leads back to the text", () => {
  const text = "Die Straße, cafe\u0301!";
  const key = folded(text);
  const at = key.text.indexOf("strasse");
  assert.deepEqual(key.span(at, at + 7), [4, 10]);
  const cafe = key.text.indexOf("café");
  assert.equal(text.slice(...key.span(cafe, cafe + 4)), "cafe\u0301");
});

function said(...words: string[]) {
  return columnsOf(
    words.map((text, i) => ({ text, start: i * 300, end: i * 300 + 280, turn: 0 })),
    [{ speaker: 0, start: 0, end: words.length * 300 }],
  );
}

test("phrases are found in every script, and letters with other marks are not", () => {
  const cases: [string[], string, [number, number] | null][] = [
    [["今天", "天气", "很", "好。"], "天气很好", [1, 3]],
    [["東京", "タワー", "に"], "東京 タワー", [0, 1]],
    [["สวัสดี", "ครับ"], "สวัสดีครับ", [0, 1]],
    [["मुझे", "पानी", "पीना"], "पान", null],
    [["मुझे", "पानी", "पीना"], "पानी पीना", [1, 2]],
    [["ที่", "มี"], "ท", null],
    [["Das", "Cafe\u0301"], "CAFÉ", [1, 1]],
    [["Die", "Straße,", "sagt"], "strasse sagt", [1, 2]],
    [["It", "don’t"], "don't", [1, 1]],
    [["می‌خواهم"], "میخواهم", [0, 0]],
    [["times,", "it"], "times it", [0, 1]],
  ];
  for (const [words, text, expected] of cases) {
    const hits = search(said(...words), { text, regex: false, speaker: null });
    assert.deepEqual(hits.length ? [hits.word[0], hits.lastWord[0]] : null, expected, text);
  }
});

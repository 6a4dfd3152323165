import assert from "node:assert/strict";
import test from "node:test";
import { makeBlocks } from "../src/data/blocks.ts";
import {
  headOf,
  spanText,
  speech,
  turnOfWord,
  unpack,
  wordAtOffset,
  wordAtTime,
  wordsBetween,
  wordText,
} from "../src/data/columns.ts";
import { transcript } from "./random.ts";

const SEEDS = Array.from({ length: 60 }, (_, i) => i + 1);

test("every word, turn and offset is found again", () => {
  for (const seed of SEEDS) {
    const { words, columns: c } = transcript(seed);
    words.forEach((word, i) => {
      assert.equal(wordText(c, i), word.text);
      assert.equal(turnOfWord(c, i), word.turn);
      for (let unit = c.offset[i]; unit < c.offset[i + 1]; unit++) assert.equal(wordAtOffset(c, unit), i);
    });
    assert.equal(spanText(c, 0, words.length - 1), c.text);
  }
});

test("the head of a long transcript is its beginning", () => {
  const lines = Array.from({ length: 300 }, (_, t) => Array.from({ length: 20 }, (_, w) => `w${t}.${w}`));
  const given = {
    text: lines.map((words) => words.join(" ")).join("\n"),
    times: Uint8Array.from({ length: 12_000 }, (_, i) => (i % 2 ? 100 : 20)),
    spaces: new Uint8Array(0),
    confidence: new Uint8Array(6000).fill(200),
    turns: Uint8Array.from(lines.flatMap((_, t) => [20, 2 * (t % 3), 0, 0])),
  };
  const [whole, head] = [unpack(given), unpack(headOf(given)!)];
  assert.equal(head.turns, 40);
  assert.ok(whole.text.startsWith(head.text));
  assert.equal(wordText(head, head.words - 1), "w39.19");
  for (const name of ["start", "end", "turnStart", "turnEnd", "speaker"] as const)
    assert.deepEqual([...head[name]], [...whole[name].slice(0, head[name].length)]);
  assert.equal(headOf({ ...given, spaces: Uint8Array.of(0, 1) }), null);
  assert.equal(headOf({ ...given, confidence: given.confidence.subarray(0, 400) }), null);
  assert.equal(headOf({ ...given, turns: Uint8Array.of(...[240, 46], 0, 0, 0) }), null); // one turn
});

test("the word at a time is the one that started last, also when turns overlap", () => {
  for (const seed of SEEDS) {
    const { words, columns: c } = transcript(seed);
    assert.equal(wordAtTime(c, -1), -1);
    for (let ms = 0; ms < 30_000; ms += 371) {
      const begun = words.map((word) => word.start).filter((start) => start <= ms);
      const found = wordAtTime(c, ms);
      if (begun.length) assert.equal(words[found].start, Math.max(...begun));
      else assert.equal(found, -1);
    }
  }
});

test("words between two times are those that sound then", () => {
  for (const seed of SEEDS) {
    const { words, columns: c } = transcript(seed);
    for (let from = 0; from < 20_000; from += 1777) {
      const to = from + 900;
      const sounding = words.flatMap((_, i) =>
        c.start[i] < to && Math.max(c.end[i], c.start[i] + 1) > from ? [i] : [],
      );
      const found = wordsBetween(c, from, to);
      // A turn's end may lie before that of a word whose length did not fit its column.
      if (found) for (const i of found) assert.ok(sounding.includes(i));
      else
        assert.equal(sounding.filter((i) => c.end[i] <= c.turnEnd[words[i].turn] && c.end[i] > c.start[i]).length, 0);
    }
  }
});

test("times come through as they were, also long ones and turns that overlap", () => {
  for (const seed of SEEDS) {
    const { words, columns: c } = transcript(seed);
    assert.deepEqual(
      words.map(({ start, end }) => [start, end]),
      words.map((_, i) => [c.start[i], c.end[i]]),
    );
    assert.equal(c.first[c.turns], words.length);
    for (let turn = 0; turn < c.turns; turn++) {
      assert.equal(c.speaker[turn], (turn % 3) - 1);
      assert.equal(c.turnStart[turn], words[c.first[turn]].start);
    }
  }
  const none = { times: new Uint8Array(), spaces: new Uint8Array(), turns: new Uint8Array() };
  assert.equal(unpack({ text: "", confidence: new Uint8Array(), ...none }).offset.length, 1);
});

test("stretches of speech are ascending, disjoint and hold every word", () => {
  for (const seed of SEEDS) {
    const { words, columns: c } = transcript(seed);
    const stretches = speech(c, 700, 150);
    for (let k = 1; k < stretches.length; k++) assert.ok(stretches[k][0] > stretches[k - 1][1]);
    words.forEach((_, i) => assert.ok(stretches.some(([from, to]) => from <= c.start[i] && c.end[i] <= to)));
  }
});

test("blocks cover all words once, in order, and never cross a turn", () => {
  for (const seed of SEEDS) {
    const { columns: c } = transcript(seed, 40);
    const blocks = makeBlocks(c);
    assert.equal(blocks.first[0], 0);
    assert.equal(blocks.first[blocks.length], c.words);
    for (let b = 0; b < blocks.length; b++) {
      assert.ok(blocks.first[b] < blocks.first[b + 1]);
      assert.equal(turnOfWord(c, blocks.first[b]), blocks.turn[b]);
      assert.equal(turnOfWord(c, blocks.first[b + 1] - 1), blocks.turn[b]);
    }
  }
});

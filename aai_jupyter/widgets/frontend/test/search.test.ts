import assert from "node:assert/strict";
import test from "node:test";
import { search, searchApart, stepHit } from "../src/data/search.ts";
import { transcript } from "./random.ts";

const find = (seed: number, text: string, regex = false, speaker: number | null = null) => {
  const { columns, words } = transcript(seed, 30);
  return { hits: search(columns, { text, regex, speaker }), columns, words };
};

test("text is found wherever it stands, whatever its case, and nowhere else", () => {
  for (let seed = 1; seed < 40; seed++) {
    const { hits, words, columns } = find(seed, "DASH");
    const expected = words.flatMap((word, i) => (word.text.includes("Dash") ? [i] : []));
    assert.deepEqual([...hits.word], expected);
    for (let i = 0; i < hits.length; i++) assert.equal(columns.text.slice(hits.from[i], hits.to[i]), "Dash");
  }
});

test("characters with a meaning in patterns are plain text unless a pattern is asked for", () => {
  const { hits, words } = find(3, "?!");
  assert.equal(hits.length, words.filter((word) => word.text === "?!").length);
  assert.ok(find(3, "^\\S", true).hits.length === 30);
});

test("a straight apostrophe finds a curly one", () => {
  const { hits, words } = find(5, "it's");
  assert.equal(hits.length, words.filter((word) => word.text === "it’s").length);
});

test("a phrase never spans two turns", () => {
  for (let seed = 1; seed < 30; seed++) {
    const { hits, words } = find(seed, "\\S\\s\\S", true);
    for (let i = 0; i < hits.length; i++) assert.equal(words[hits.word[i]].turn, words[hits.lastWord[i]].turn);
  }
});

test("one speaker's words only, and that speaker's turns when no text is given", () => {
  const { hits, columns } = find(8, "a", false, 1);
  for (const turn of hits.turn) assert.equal(columns.speaker[turn], 1);
  const turns = find(8, "", false, 1).hits;
  assert.deepEqual(
    [...turns.turn],
    Array.from({ length: 30 }, (_, i) => i).filter((turn) => columns.speaker[turn] === 1),
  );
});

test("a broken pattern says so and finds nothing; an empty match ends", () => {
  const broken = find(1, "(", true).hits;
  assert.equal(broken.length, 0);
  assert.notEqual(broken.note, "");
  assert.equal(find(1, "x*?", true).hits.length, 0);
});

test("stepping starts at the playing word and wraps around", () => {
  const { hits } = find(2, "a");
  assert.ok(hits.length > 2);
  assert.equal(stepHit(hits, -1, 1, 0), 0);
  assert.equal(stepHit(hits, hits.length - 1, 1, 0), 0);
  assert.equal(stepHit(hits, 0, -1, 0), hits.length - 1);
  assert.equal(stepHit(hits, -1, 1, hits.word[1]), 1);
  assert.equal(stepHit(hits, -1, -1, hits.word[1]), 0);
});

test("where no worker may run, a pattern is not tried in the page, which nothing could end", async () => {
  const { columns } = transcript(3, 30);
  const hostile = { text: "(\\S+\\s?)+$^", regex: true, speaker: null };
  const hits = await searchApart(columns, hostile, new AbortController().signal);
  assert.equal(hits.length, 0);
  assert.match(hits.note, /no worker/);
});

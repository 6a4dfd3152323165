import assert from "node:assert/strict";
import { test } from "node:test";
import { about, facts, headline, share } from "../src/dashboard/figures.ts";
import { placesOf, windowOf } from "../src/dashboard/stages.ts";

test("rows in sight and a few more are drawn, never beyond the ends", () => {
  assert.deepEqual(windowOf(0, 280, 28, 3000), [0, 16]);
  assert.deepEqual(windowOf(28_000, 280, 28, 3000), [994, 1016]);
  assert.deepEqual(windowOf(1e9, 280, 28, 3000), [2994, 3000]);
  assert.deepEqual(windowOf(0, 280, 28, 0), [0, 0]);
  for (let top = 0; top < 3000; top += 97) {
    const [first, end] = windowOf(top, 300, 28, 100);
    assert.ok(first >= 0 && end <= 100 && first <= end);
    assert.ok(first * 28 <= top && (end === 100 || end * 28 >= top + 300));
  }
});

test("groups are found by their letters", () => {
  assert.deepEqual(placesOf("wdkeu", ""), [0, 1, 2, 3, 4]);
  assert.deepEqual(placesOf("wdkeu", "kd"), [1, 2]);
  assert.deepEqual(placesOf("wdkeu", "e"), [3]);
});

test("figures are words, and nothing that is not known is said", () => {
  assert.equal(headline({ total: 1, done: 1 }), "1 of 1 recording done");
  assert.equal(
    headline({ total: 3000, done: 1000, cached: 4, failed: 2 }),
    "1,002 of 3,000 recordings done, 4 from cache, 2 failed",
  );
  assert.deepEqual(facts({ total: 3, running: true }), []);
  const all = {
    seconds: 600,
    seconds_done: 60,
    rate: 41.66,
    seconds_left: 130,
    usd_spent: 0.5,
    usd_expected: 1,
    running: true,
  };
  assert.deepEqual(facts(all), [
    "1:00 of 10:00 of sound",
    "41.7 × real time",
    "2 min left",
    "$0.50 spent of about $1.50",
  ]);
  assert.equal(about(4000), "1 h 7 min");
  assert.equal(share({ total: 4, done: 1, running: true }), 0.25);
  assert.equal(share({ total: 4, done: 1, seconds: 100, seconds_done: 50, running: true }), 0.5);
  assert.equal(share({ total: 4, done: 3, failed: 1, running: false }), 1);
});

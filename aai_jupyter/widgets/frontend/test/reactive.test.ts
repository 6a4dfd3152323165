import assert from "node:assert/strict";
import test from "node:test";
import { batch, react, reactive, watch } from "../src/ui/reactive.ts";
import { Shared } from "../src/ui/shared.ts";

class Point {
  declare x: number;
  declare y: number;
  readonly end = new AbortController();
  readonly signal = this.end.signal;

  constructor() {
    reactive(this, { x: 1, y: 2 });
  }
}

test("work is done again for what it reads, and for nothing else", () => {
  const point = new Point();
  const seen: number[] = [];
  react(point.signal, () => void seen.push(point.x));
  point.x = 5;
  point.x = 5;
  point.y = 7;
  assert.deepEqual(seen, [1, 5]);
});

test("what is watched counts, and not what the work reads", () => {
  const point = new Point();
  const seen: number[] = [];
  watch(point, ["x"], () => void seen.push(point.x + point.y));
  point.y = 10;
  point.x = 2;
  batch(() => {
    point.x = 3;
    point.x = 4;
  });
  assert.deepEqual(seen, [3, 12, 14]);
});

test("nothing is done after the end", () => {
  const point = new Point();
  let count = 0;
  watch(point, ["x", "y"], () => void count++);
  point.end.abort();
  point.x = 9;
  assert.equal(count, 1);
});

test("what views share is made with the first and released with the last", () => {
  const did: string[] = [];
  const shared = new Shared<string>((value) => void did.push(`released ${value}`));
  const ends = [new AbortController(), new AbortController()];
  let changed: () => void = () => undefined;
  ends.forEach((end, i) => {
    const redraw = () => void did.push(`draw ${i}`);
    const value = shared.take("key", redraw, end.signal, (all) => {
      changed = all;
      return `made for ${i}`;
    });
    assert.equal(value, "made for 0");
  });
  changed();
  ends[0].abort();
  changed();
  ends[1].abort();
  assert.deepEqual(did, ["draw 0", "draw 1", "draw 1", "released made for 0"]);
});
